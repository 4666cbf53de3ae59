import { readFileSync, writeFileSync } from "node:fs";
import { type Effect, type JournalEntry, journalEntrySchema, journalVersion } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { decide, fold, Replay, replay } from "./replay.ts";
import { fromSnapshot, snapshotVersion, toSnapshot } from "./snapshot.ts";
import { emptyState } from "./state.ts";
import { nextDeadline, step } from "./step.ts";
import { afternoon } from "./testing/afternoon.ts";
import { TestCentre } from "./testing/harness.ts";

/** Written anew with CENTRALA_RECORD=1, after a change that is meant to decide otherwise. */
type Fixture = { readonly entries: JournalEntry[]; readonly effects: Effect[] };
const path = new URL(`./testing/afternoon-${journalVersion}.json`, import.meta.url);

function recorded(): Fixture {
  if (process.env["CENTRALA_RECORD"] === "1") {
    const { entries, effects } = afternoon();
    writeFileSync(path, `${JSON.stringify({ entries, effects }, null, 1)}\n`);
  }
  return JSON.parse(readFileSync(path, "utf8")) as Fixture;
}

describe("a recorded journal", () => {
  it("is decided again exactly: same facts and same effects", () => {
    const { entries, effects } = recorded();
    expect(replay(entries)).toEqual([]);
    const state = emptyState();
    const again = entries.flatMap((entry) => step(state, entry.seq, entry.at, entry.input).effects);
    expect(again).toEqual(effects);
  });

  it("folds to the same state from its facts alone", () => {
    const { entries } = recorded();
    expect(toSnapshot(fold(entries))).toEqual(toSnapshot(afternoon().state));
  });

  it("has the outer shape that the store reads back", () => {
    const { entries } = recorded();
    expect(entries.filter((entry) => !journalEntrySchema.safeParse(entry).success)).toEqual([]);
  });

  it("shows where code decides otherwise, and goes on from what was recorded", () => {
    const { entries } = recorded();
    const changed = entries.map((entry) => (entry.seq === 3 ? { ...entry, facts: [] } : entry));
    const [difference] = replay(changed);
    expect(difference?.seq).toBe(3);
    expect(difference?.recorded).toEqual([]);
    expect(difference?.decided.map((fact) => fact.kind)).toEqual(["operatorChanged"]);
  });
});

describe("a replay in pieces", () => {
  it("names every entry that comes out differently, and none that follows of one", () => {
    const { entries } = recorded();
    const places = [3, Math.floor(entries.length / 2), entries.length];
    const extra = { kind: "variableSet", contactId: "nobody", name: "x", value: "y" } as const;
    const changed = entries.map((entry, index) =>
      places.includes(index + 1) ? { ...entry, facts: [...entry.facts, extra] } : entry,
    );
    const replayed = new Replay();
    expect(changed.every((entry) => replayed.take(entry))).toBe(true);
    expect(replayed.differences.map(({ seq }) => seq)).toEqual(places.map((place) => entries[place - 1]?.seq));
    expect(replayed.count).toBe(entries.length);
  });

  it("stops after a hundred differences", () => {
    const [first] = recorded().entries;
    if (first === undefined) throw new Error("no entry");
    const entries = Array.from({ length: 150 }, (_, index) => ({ ...first, seq: index + 1, facts: [] }));
    expect(replay(entries).length).toBe(100);
  });
});

describe("snapshots and versions", () => {
  it("a snapshot of another version is left aside", () => {
    const centre = afternoon();
    const json = toSnapshot(centre.state);
    expect(fromSnapshot({ ...(json as Record<string, never>), version: snapshotVersion + 1 })).toBe(undefined);
    expect(fromSnapshot(null)).toBe(undefined);
    expect(fromSnapshot("nonsense")).toBe(undefined);
  });

  it("deciding for show leaves the state as it is", () => {
    const centre = new TestCentre();
    centre.online("anna");
    centre.call();
    const before = toSnapshot(centre.state);
    const offerId = centre.offerOf("anna");
    const shown = decide(centre.state, 99, centre.at, { kind: "offerAccepted", offerId, operatorId: "anna" });
    expect(shown.facts.length).toBe(3);
    expect(toSnapshot(centre.state)).toEqual(before);
    expect(nextDeadline(centre.state)).toBe(centre.at + 20_000);
  });
});
