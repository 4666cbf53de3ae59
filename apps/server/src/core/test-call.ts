import { randomInt } from "node:crypto";
import {
  type Language,
  type Queue,
  type Scenario,
  scenarioSchema,
  type Trunk,
  testNumberId,
  testScenarioId,
  testTrunkId,
  trunkSchema,
} from "@centrala/contract";
import { fail, ok, type Result } from "@centrala/kit";
import type { App, Centre } from "../app.ts";

/** As many at once in a centre: each takes two lines from real callers. */
const atOnceMax = 3;
const patienceMs = 90_000;

type TestNames = { readonly line: string; readonly number: string; readonly flow: string; readonly caller: string };
/** What the test leaves in the configuration, in the centre's language. */
const testNames: Readonly<Record<Language, TestNames>> = {
  en: { line: "Test line", number: "Test number", flow: "Test call", caller: "Test caller" },
  ru: { line: "Пробная линия", number: "Пробный номер", flow: "Пробный звонок", caller: "Виртуальный клиент" },
  bg: { line: "Пробна линия", number: "Пробен номер", flow: "Пробно обаждане", caller: "Виртуален клиент" },
};

/** Whose test calls run, by centre: one a person. */
const running = new WeakMap<Centre, Set<string>>();

/**
 * A simulated caller with a voice phones in over real SIP and RTP, through the centre's first call flow. Resolves as soon
 * as the call is under way; what becomes of it is seen on the desk like any other call.
 */
export async function startTestCall(
  app: App,
  centre: Centre,
  operatorId: string,
  language: Language,
): Promise<Result<null, "NOT_FOUND" | "LIMIT_REACHED">> {
  const { queue } = centre.config.current;
  const wanted =
    queue.find((candidate) => candidate.operators.some((member) => member.userId === operatorId)) ?? queue[0];
  if (wanted === undefined) return fail("NOT_FOUND", "there is no queue yet");
  const callers = running.get(centre) ?? new Set();
  running.set(centre, callers);
  if (callers.has(operatorId) || callers.size >= atOnceMax) return fail("LIMIT_REACHED", "a test call runs already");
  callers.add(operatorId);
  const over = async (): Promise<void> => {
    callers.delete(operatorId);
    if (callers.size === 0) await closeTestLine(centre);
  };
  try {
    const number = await openTestLine(centre, wanted, language, callers.size === 1);
    const ended = await placeCall(app, centre, number, language);
    void ended.finally(over).catch((error: unknown) => app.log.warn({ err: String(error) }, "a test call ended badly"));
    return ok(null);
  } catch (error) {
    await over();
    throw error;
  }
}

/** Gives a promise of the call's end as soon as it is under way. Wrapped, because a promise of a promise is waited for. */
async function placeCall(
  app: App,
  centre: Centre,
  number: string,
  language: Language,
): Promise<{ readonly finally: (then: () => Promise<void>) => Promise<void> }> {
  const { SimulatedCall, SipLine, shippedSpeech, visit } = await import("@centrala/sim");
  const line = await SipLine.open({ address: "127.0.0.1" });
  const call = await SimulatedCall.place(line, {
    uri: `sip:${number}@127.0.0.1:${app.network.sipPort}`,
    peer: { transport: "UDP", address: "127.0.0.1", port: app.network.sipPort },
    from: "+35921112233",
    displayName: testNames[centre.config.current.centre.language].caller,
  });
  const say = (name: string) => ({ kind: "say" as const, samples: shippedSpeech(language, name) });
  const pause = (durationMs: number) => ({ kind: "wait" as const, durationMs });
  // The voice starts when somebody answers, not while the queue's music plays: heard speech would be lost there.
  const ended = talkWhenConnected(centre, call, patienceMs, () =>
    visit(
      call,
      [
        pause(800),
        say("test-caller-1"),
        pause(3_500),
        say("test-caller-2"),
        pause(3_500),
        say("test-caller-3"),
        pause(patienceMs),
      ],
      patienceMs,
    ),
  ).finally(() => line.close());
  return { finally: (then) => ended.finally(then) };
}

/** Waits until an operator talks with somebody, or the caller's patience is over. */
async function talkWhenConnected(
  centre: Centre,
  call: { hangUp(): void; ended: Promise<unknown>; answered: Promise<void> },
  limitMs: number,
  speak: () => Promise<unknown>,
): Promise<void> {
  let stopListening: () => void = () => {};
  const connected = new Promise<"connected">((resolve) => {
    stopListening = centre.core.onCommitted((entries) => {
      if (entries.some((entry) => entry.facts.some((fact) => fact.kind === "talkStarted"))) resolve("connected");
    });
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), limitMs);
  });
  const what = await Promise.race([connected, tooLong, call.ended.then(() => "ended" as const)]);
  clearTimeout(timer);
  stopListening();
  if (what === "connected") await speak();
  else call.hangUp();
  await call.ended;
}

/**
 * Puts the test line beside the configuration and gives its number: a long one that nobody can guess, so that nothing else
 * on this machine calls by a line that trusts it. Nothing of it is stored; the trunk goes with the last test call.
 */
async function openTestLine(centre: Centre, queue: Queue, language: Language, anew: boolean): Promise<string> {
  const names = testNames[centre.config.current.centre.language];
  const standing = centre.config.running.number.find(({ id }) => id === testNumberId);
  const number =
    anew || standing === undefined ? Array.from({ length: 24 }, () => randomInt(10)).join("") : standing.number;
  await centre.config.setTestLine({
    scenario: testScenario(queue, language, names.flow),
    trunk: testTrunk(names.line),
    number: {
      id: testNumberId,
      number,
      trunkId: testTrunkId,
      clientId: queue.clientId,
      scenarioId: testScenarioId,
      label: names.number,
      recording: null,
    },
  });
  return number;
}

async function closeTestLine(centre: Centre): Promise<void> {
  const { number, scenario } = centre.config.running;
  const own = number.find(({ id }) => id === testNumberId);
  const flow = scenario.find(({ id }) => id === testScenarioId);
  // Number and flow stay in memory: the core would otherwise write a new configuration down for every test call.
  if (own !== undefined && flow !== undefined)
    await centre.config.setTestLine({ trunk: null, number: own, scenario: flow });
}

function testScenario(queue: Queue, language: Language, name: string): Scenario {
  return scenarioSchema.parse({
    id: testScenarioId,
    name,
    clientId: queue.clientId,
    language,
    start: "greeting",
    steps: {
      greeting: {
        kind: "play",
        label: "",
        prompts: [
          { kind: "sound", name: "greeting" },
          { kind: "sound", name: "recording-notice" },
        ],
        next: "queue",
      },
      queue: { kind: "queue", label: "", queueId: queue.id, priority: 50, otherwise: null },
    },
  });
}

function testTrunk(name: string): Trunk {
  return trunkSchema.parse({
    id: testTrunkId,
    name,
    host: "127.0.0.1",
    sources: ["127.0.0.1"],
    optionsEveryS: null,
    priority: 1000,
  });
}
