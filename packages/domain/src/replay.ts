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

/** Differences after which a replay stops: each costs a fold of the journal up to it. */
export const differencesMax = 100;

/** Decides every entry again and names those that come out differently; after one, it goes on from what was recorded. */
export function replay(entries: readonly JournalEntry[]): Difference[] {
  const differences: Difference[] = [];
  let state = emptyState();
  for (const [index, entry] of entries.entries()) {
    const decided = step(state, entry.seq, entry.at, entry.input).facts;
    if (canonical(decided) === canonical(entry.facts)) continue;
    const { seq, at, input, facts: recorded } = entry;
    differences.push({ seq, at, input, recorded, decided });
    if (differences.length >= differencesMax) break;
    state = fold(entries.slice(0, index + 1));
  }
  return differences;
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
