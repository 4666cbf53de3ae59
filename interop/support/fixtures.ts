import type { TestCentre } from "./centre.ts";
import { parties } from "./ports.ts";

/** Numbers of the test centre, by what the caller meets there. */
export const numbers = {
  /** Goes into the queue at once. */
  queue: "+35924000001",
  /** A menu: 1 leaves a message, 2 goes into the queue. */
  menu: "+35924000002",
  /** Is greeted, then kept for a minute. */
  kept: "+35924000003",
  /** Nothing is played, so nothing is answered. */
  unanswered: "+35924000004",
  /** Nobody ever gave this number to the centre. */
  unknown: "+35924009999",
} as const;

/** A carrier that is known by its address, three numbers of it, and the call flows behind them. */
export async function furnish(centre: TestCentre): Promise<void> {
  await addTrunk(centre, "carrier", parties.carrier, {});
  const sound = (name: string): object => ({ kind: "sound", name });
  await centre.change("queue", "main", {
    welcome: [],
    announcePosition: false,
    wrapUpMsMax: 60_000,
    leaveWhenNobody: false,
  });
  await addFlow(centre, "to-queue", numbers.queue, { first: { kind: "queue", queueId: "main", otherwise: null } });
  await addFlow(centre, "menu", numbers.menu, {
    first: {
      kind: "menu",
      prompts: [sound("greeting")],
      choices: [
        { key: "1", next: "message", label: "Leave a message" },
        { key: "2", next: "queue", label: "Talk to somebody" },
      ],
      otherwise: null,
    },
    message: { kind: "voicemail", prompts: [sound("leave-message")], queueId: "main", next: null },
    queue: { kind: "queue", queueId: "main", otherwise: null },
  });
  await addFlow(centre, "kept", numbers.kept, {
    first: { kind: "play", prompts: [sound("greeting")], next: "wait" },
    wait: { kind: "wait", durationMs: 60_000, next: null },
  });
  await addFlow(centre, "unanswered", numbers.unanswered, { first: { kind: "wait", durationMs: 60_000, next: null } });
}

/** A trunk to a carrier; without a port it is never rung up, only listened to. */
export async function addTrunk(
  centre: TestCentre,
  id: string,
  host: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  await centre.put("trunk", id, { name: id, host, sources: [host], optionsEveryS: null, ...fields });
}

/** A call flow whose first step is "first", and the number that leads to it. */
export async function addFlow(
  centre: TestCentre,
  id: string,
  number: string,
  steps: Readonly<Record<string, object>>,
  trunkId = "carrier",
): Promise<void> {
  await centre.put("scenario", id, { name: id, clientId: "main", language: "en", start: "first", steps });
  await centre.put("number", id, { number, trunkId, clientId: "main", scenarioId: id, label: id });
}
