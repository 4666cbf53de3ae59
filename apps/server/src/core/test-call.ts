import type { Language } from "@centrala/contract";
import { fail, ok, type Result } from "@centrala/kit";
import type { App, Centre } from "../app.ts";

/** The trunk that simulated callers use: it takes calls from this computer only. */
export const testTrunkId = "test-line";
export const testNumberId = "test-number";
/** Never assigned by any carrier: the test line's own number. */
export const testNumber = "00000";

const patienceMs = 90_000;

/**
 * A simulated caller with a voice phones in over real SIP and RTP, through the centre's first call flow. Resolves as soon
 * as the call is under way; what becomes of it is seen on the desk like any other call.
 */
export async function startTestCall(app: App, centre: Centre, language: Language): Promise<Result<null, "NOT_FOUND">> {
  const scenario = centre.config.current.scenario[0];
  const client = centre.config.current.client[0];
  if (scenario === undefined || client === undefined) return fail("NOT_FOUND", "there is no call flow yet");
  await ensureTestLine(app, centre, client.id, scenario.id);
  const { SimulatedCall, SipLine, shippedSpeech, visit } = await import("@centrala/sim");
  const line = await SipLine.open({ address: "127.0.0.1" });
  const call = await SimulatedCall.place(line, {
    uri: `sip:${testNumber}@127.0.0.1:${app.network.sipPort}`,
    peer: { transport: "UDP", address: "127.0.0.1", port: app.network.sipPort },
    from: "+35921112233",
    displayName: "Test caller",
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

async function ensureTestLine(app: App, centre: Centre, clientId: string, scenarioId: string): Promise<void> {
  const { trunk, number } = centre.config.current;
  const existing = number.find((candidate) => candidate.id === testNumberId);
  if (trunk.some((candidate) => candidate.id === testTrunkId) && existing?.scenarioId === scenarioId) return;
  await app.store.entities.apply(centre.id, [
    {
      put: "trunk",
      value: {
        id: testTrunkId,
        name: "Test line",
        enabled: true,
        preset: null,
        transport: "udp",
        host: "127.0.0.1",
        port: null,
        outboundProxy: null,
        sources: ["127.0.0.1"],
        registration: null,
        trustsIdentity: false,
        calledFrom: "request-uri",
        codecs: ["pcma", "pcmu"],
        maxCalls: 100,
        optionsEveryS: null,
        callerIdIn: "from",
        country: null,
        priority: 1000,
      },
    },
    {
      put: "number",
      value: { id: testNumberId, number: testNumber, trunkId: testTrunkId, clientId, scenarioId, label: "Test" },
    },
  ]);
  await centre.config.reload();
}
