import type { Fact, Input, JournalEntry } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { evolve } from "./evolve.ts";
import { fromSnapshot, toSnapshot } from "./snapshot.ts";
import { type CentreState, emptyState } from "./state.ts";
import { type Decision, step } from "./step.ts";

export type Difference = {
  readonly seq: number;
  readonly at: Instant;
  readonly input: Input;
  readonly recorded: readonly Fact[];
  readonly decided: readonly Fact[];
};

/** Differences after which a replay stops. */
export const differencesMax = 100;

/**
 * Decides entries again, one after the other, and keeps those that come out differently; after one, it goes on from what was
 * recorded. However long a journal is, two states are all that is in memory.
 */
export class Replay {
  readonly differences: Difference[] = [];
  /** Entries that were decided again. */
  count = 0;
  /** As today's program decides, and as the recorded facts say. */
  #decided = emptyState();
  readonly #recorded = emptyState();

  /** Takes the next entry; false when there are too many differences to go on. */
  take({ seq, at, input, facts: recorded }: JournalEntry): boolean {
    this.count += 1;
    const decided = step(this.#decided, seq, at, input).facts;
    for (const fact of recorded) evolve(this.#recorded, fact, at);
    if (canonical(decided) === canonical(recorded)) return true;
    this.differences.push({ seq, at, input, recorded, decided });
    this.#decided = fromSnapshot(toSnapshot(this.#recorded)) ?? emptyState();
    return this.differences.length < differencesMax;
  }
}

/** The differences of a journal in memory. */
export function replay(entries: Iterable<JournalEntry>): readonly Difference[] {
  const replayed = new Replay();
  for (const entry of entries) if (!replayed.take(entry)) break;
  return replayed.differences;
}

/** The same text for the same value: a database keeps an object's fields in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The state that a journal's facts lead to; inputs are not looked at. */
export function fold(
  entries: Iterable<Pick<JournalEntry, "at" | "facts">>,
  from: CentreState = emptyState(),
): CentreState {
  for (const entry of entries) for (const fact of entry.facts) evolve(from, fact, entry.at);
  return from;
}

/** What would be decided, leaving the state as it is: for simulation and explanation, not for the hot path. */
export function decide(state: CentreState, seq: number, at: Instant, input: Input): Decision {
  return step(fromSnapshot(toSnapshot(state)) ?? emptyState(), seq, at, input);
}
