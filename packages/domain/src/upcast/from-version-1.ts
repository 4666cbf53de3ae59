import type { StoredEntry } from "./stored-entry.ts";

type Stored = { readonly kind: string } & Readonly<Record<string, unknown>>;
type Change = (fact: Stored, at: number) => Stored;

/** What the program that wrote version 1 went by, whatever today's says. */
const justMissedMs = 30_000;
const endedKept = 2_000;

/** Fields that version 1 left out where there was nothing to say. */
const absent: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  callArrived: { outsideDestinations: {}, callerTests: {} },
  contactStarted: { outsideDestinations: {}, callerTests: {} },
  legStarted: { phoneId: null, charge: null },
  legAnswered: { trunkId: null },
  consultStarted: { second: null },
  recordingStarted: { queueId: null },
  refused: { scope: null, destination: null },
  outgoingRefused: { scope: null, destination: null },
  recovered: { aliveUntil: null },
};

/**
 * What the program of version 1 worked out while it folded. Times that came of a queue's settings (how long a caller
 * waits, when a further tier opens) are not to be had from the entry alone and left out: they would matter to a call
 * that goes on while the program is exchanged, and none does.
 */
const changes: Readonly<Record<string, Change>> = {
  enqueued: (fact) => ({ ...fact, until: null, reviewAt: null }),
  offerEnded: (fact, at) => {
    const missed = fact["outcome"] !== "accepted" && fact["outcome"] !== "withdrawn";
    const again = missed ? at + justMissedMs : null;
    return { ...fact, missedUntil: again, reviewAt: again };
  },
  keysEntered: (fact) => ({ ...fact, choice: fact["label"] === "" ? fact["keys"] : fact["label"] }),
  contactEnded: (fact) => ({ ...fact, endedKept }),
  // Nobody has ever read until when a consultation rang: its offer or leg says so.
  consultStarted: ({ until: _until, ...fact }) => fact,
};

/** Version 2: every deadline stands in its fact, and no field is left out. */
export function fromVersion1({ input, facts, at }: StoredEntry): Pick<StoredEntry, "input" | "facts"> {
  // Until when a run is known to have lived stood in the input only.
  const lived: Partial<Stored> = "aliveUntil" in input ? { aliveUntil: input.aliveUntil } : {};
  const whole = (fact: { readonly kind: string }) =>
    fact.kind === "recovered" ? { ...filled(fact), ...lived } : filled(fact);
  return { input: filled(input), facts: facts.map((fact) => changed(whole(fact), at)) };
}

function filled<T extends { readonly kind: string }>(part: T): T {
  return { ...absent[part.kind], ...part };
}

function changed(fact: { readonly kind: string }, at: number): { readonly kind: string } {
  const change = changes[fact.kind];
  return change === undefined ? fact : change(fact as Stored, at);
}
