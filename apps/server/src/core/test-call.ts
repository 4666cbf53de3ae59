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

/** Never assigned by any carrier: the test line's own number. */
export const testNumber = "00000";

const patienceMs = 90_000;

type TestNames = { readonly line: string; readonly number: string; readonly flow: string; readonly caller: string };
/** What the test leaves in the configuration, in the centre's language. */
const testNames: Readonly<Record<Language, TestNames>> = {
  en: { line: "Test line", number: "Test number", flow: "Test call", caller: "Test caller" },
  ru: { line: "Пробная линия", number: "Пробный номер", flow: "Пробный звонок", caller: "Виртуальный клиент" },
  bg: { line: "Пробна линия", number: "Пробен номер", flow: "Пробно обаждане", caller: "Виртуален клиент" },
};

/**
 * A simulated caller with a voice phones in over real SIP and RTP, through the centre's first call flow. Resolves as soon
 * as the call is under way; what becomes of it is seen on the desk like any other call.
 */
export async function startTestCall(
  app: App,
  centre: Centre,
  operatorId: string,
  language: Language,
): Promise<Result<null, "NOT_FOUND">> {
  const { queue } = centre.config.current;
  const wanted =
    queue.find((candidate) => candidate.operators.some((member) => member.userId === operatorId)) ?? queue[0];
  if (wanted === undefined) return fail("NOT_FOUND", "there is no queue yet");
  await ensureTestLine(app, centre, wanted, language);
  const { SimulatedCall, SipLine, shippedSpeech, visit } = await import("@centrala/sim");
  const line = await SipLine.open({ address: "127.0.0.1" });
  const call = await SimulatedCall.place(line, {
    uri: `sip:${testNumber}@127.0.0.1:${app.network.sipPort}`,
    peer: { transport: "UDP", address: "127.0.0.1", port: app.network.sipPort },
    from: "+35921112233",
    displayName: testNames[centre.config.current.centre.language].caller,
  });
  const say = (name: string) => ({ kind: "say" as const, samples: shippedSpeech(language, name) });
  const pause = (durationMs: number) => ({ kind: "wait" as const, durationMs });
  // The voice starts when somebody answers, not while the queue's music plays: heard speech would be lost there.
  void talkWhenConnected(centre, call, patienceMs, () =>
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
  return ok(null);
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

/** Trunk, number and call flow of the test line; changed only when they differ from what this test needs. */
async function ensureTestLine(app: App, centre: Centre, queue: Queue, language: Language): Promise<void> {
  const names = testNames[centre.config.current.centre.language];
  const scenario = testScenario(queue, language, names.flow);
  const { trunk, number, scenario: scenarios } = centre.config.current;
  const standing =
    trunk.some((candidate) => candidate.id === testTrunkId) &&
    number.some((candidate) => candidate.id === testNumberId);
  const same =
    JSON.stringify(scenarios.find((candidate) => candidate.id === testScenarioId)) === JSON.stringify(scenario);
  if (standing && same) return;
  await app.store.entities.apply(centre.id, [
    { put: "scenario", value: scenario },
    { put: "trunk", value: testTrunk(names.line) },
    {
      put: "number",
      value: {
        id: testNumberId,
        number: testNumber,
        trunkId: testTrunkId,
        clientId: queue.clientId,
        scenarioId: testScenarioId,
        label: names.number,
      },
    },
  ]);
  await centre.config.reload();
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
