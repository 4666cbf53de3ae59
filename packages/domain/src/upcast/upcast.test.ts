import { readFileSync } from "node:fs";
import { journalVersion } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { fold } from "../replay.ts";
import { emptyBook, foldSegments } from "../report/book.ts";
import { toSnapshot } from "../snapshot.ts";
import { nextDeadline, step } from "../step.ts";
import { afternoon } from "../testing/afternoon.ts";
import type { StoredEntry } from "./stored-entry.ts";
import { upcast } from "./upcast.ts";

const versions = Array.from({ length: journalVersion }, (_, index) => index + 1);

function recorded(version: number): StoredEntry[] {
  const path = new URL(`../testing/afternoon-${version}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { entries: StoredEntry[] }).entries;
}

describe("journals of every version", () => {
  it("[J1] stand in the tests as they were written", () => {
    for (const version of versions) {
      expect(new Set(recorded(version).map((entry) => entry.version))).toEqual(new Set([version]));
    }
  });

  it("[J2] fold to the state that today's program comes to by the same events, and to the same times", () => {
    const today = afternoon();
    for (const version of versions) {
      const entries = recorded(version).map((entry) => upcast(entry));
      expect(toSnapshot(fold(entries))).toEqual(toSnapshot(today.state));
      const book = emptyBook();
      const ofToday = emptyBook();
      expect(entries.map((entry) => foldSegments(book, entry))).toEqual(
        today.entries.map((entry) => foldSegments(ofToday, entry)),
      );
    }
  });

  it("[J3] are gone on from after a restart, wherever they end", () => {
    for (const version of versions) {
      const entries = recorded(version).map((entry) => upcast(entry));
      for (let end = 1; end <= entries.length; end += 1) {
        const state = fold(entries.slice(0, end));
        let at = (entries[end - 1]?.at ?? 0) + 5_000;
        let seq = end + 1;
        expect(step(state, seq, at, { kind: "recovered", legsAlive: [], aliveUntil: null }).fault).toBe(null);
        for (let due = nextDeadline(state); due !== undefined; due = nextDeadline(state)) {
          at = Math.max(at, due);
          seq += 1;
          expect(step(state, seq, at, { kind: "tick" }).fault).toBe(null);
        }
        expect([...state.contacts.keys()]).toEqual([]);
        const duties = [...state.operators.values()].map((operator) => [operator.duty.state, operator.work.kind]);
        expect(duties).toEqual(duties.map(() => ["offline", "none"]));
      }
    }
  });

  it("[J4] old entries pass one upcaster a version", () => {
    const old: StoredEntry = {
      seq: 7,
      at: 5,
      version: 1,
      input: { kind: "wentAvailable" },
      facts: [{ kind: "wasAvailable" }],
    };
    const ways = [
      (entry: StoredEntry) => ({ ...entry, input: { kind: "operatorWent" } }),
      (entry: StoredEntry) => ({ ...entry, facts: entry.facts.map(() => ({ kind: "operatorChanged" })) }),
    ];
    expect(upcast(old, ways, 3)).toEqual({
      seq: 7,
      at: 5,
      version: 3,
      input: { kind: "operatorWent" },
      facts: [{ kind: "operatorChanged" }],
    });
    const present: StoredEntry = { ...old, input: { kind: "tick" }, facts: [] };
    expect(upcast(present)).toEqual({ ...present, version: journalVersion });
  });

  it("[J4] an entry newer than the program, or without a way, is a bug", () => {
    const entry: StoredEntry = { seq: 1, at: 1, version: 9, input: { kind: "tick" }, facts: [] };
    expect(() => upcast(entry)).toThrow("newer than this program");
    expect(() => upcast({ ...entry, version: 1 }, [], 2)).toThrow("no way leads");
  });

  it("[J5] what version 1 left out or worked out by its own constants stands in the facts", () => {
    const at = 1_000;
    const facts = [
      { kind: "enqueued", contactId: "c", queueId: "q", priority: 50, stepId: null, since: 1 },
      { kind: "offerEnded", offerId: "o", contactId: "c", operatorId: "anna", outcome: "declined" },
      { kind: "offerEnded", offerId: "o", contactId: "c", operatorId: "anna", outcome: "withdrawn" },
      { kind: "keysEntered", contactId: "c", stepId: "s", keys: "7", reference: null, length: 1, label: "" },
      { kind: "keysEntered", contactId: "c", stepId: "s", keys: "1", reference: null, length: 1, label: "Sales" },
      { kind: "consultStarted", contactId: "c", operatorId: "anna", legId: null, until: 9, playId: null },
      { kind: "contactEnded", contactId: "c", code: "CUSTOMER_HUNG_UP", answered: true },
      { kind: "legAnswered", legId: "l", contactId: "c", trunkId: "carrier" },
    ];
    const old: StoredEntry = { seq: 1, at, version: 1, input: { kind: "recovered" }, facts };
    const { input, facts: today } = upcast(old);
    expect(input).toEqual({ kind: "recovered", aliveUntil: null });
    expect(today).toEqual([
      { ...facts[0], until: null, reviewAt: null },
      { ...facts[1], missedUntil: 31_000, reviewAt: 31_000 },
      { ...facts[2], missedUntil: null, reviewAt: null },
      { ...facts[3], choice: "7" },
      { ...facts[4], choice: "Sales" },
      { kind: "consultStarted", contactId: "c", operatorId: "anna", legId: null, playId: null, second: null },
      { ...facts[6], endedKept: 2_000 },
      facts[7],
    ]);
  });

  it("[J5] until when the run before a crash had lived stands in the fact, where version 1 knew it", () => {
    const recovered = (input: object): unknown =>
      upcast({ seq: 1, at: 9, version: 1, input: { kind: "recovered", ...input }, facts: [{ kind: "recovered" }] })
        .facts;
    expect([recovered({ aliveUntil: 7 }), recovered({})]).toEqual([
      [{ kind: "recovered", aliveUntil: 7 }],
      [{ kind: "recovered", aliveUntil: null }],
    ]);
  });
});
