import { fold, fromSnapshot, nextDeadline, step, toSnapshot } from "@centrala/domain";
import { TestCentre, testConfig } from "@centrala/domain/testing";
import { describe, expect, it } from "vitest";

describe("a server that dies in the middle of calls", () => {
  it("finds the same state in its journal, ends what did not survive, and goes on", () => {
    const centre = new TestCentre(testConfig({ recordCalls: true, recordingNotice: false }));
    const talked = centre.talk("anna");
    const waited = centre.call();
    const state = fold(centre.entries);
    expect(toSnapshot(state)).toEqual(toSnapshot(centre.state));
    const { facts, effects } = step(state, centre.entries.length + 1, centre.at + 5_000, {
      kind: "recovered",
      legsAlive: [],
      aliveUntil: null,
    });
    expect(facts.filter((fact) => fact.kind === "contactEnded")).toEqual([
      { kind: "contactEnded", contactId: talked, code: "SERVER_RESTARTED", answered: true, endedKept: 2_000 },
      { kind: "contactEnded", contactId: waited, code: "SERVER_RESTARTED", answered: false, endedKept: 2_000 },
    ]);
    expect(effects.filter((effect) => effect.kind === "dropLeg").map((effect) => effect.legId)).toEqual([
      `${talked}-leg`,
      `${waited}-leg`,
    ]);
    // The recording that was being written is closed by whoever finds its file.
    const [recording] = state.recordings.values();
    const closed = {
      kind: "recordingClosed",
      recordingId: recording?.id ?? "",
      durationMs: 4_000,
      bytes: 64_000,
      sha256: "ab",
    } as const;
    expect(step(state, centre.entries.length + 2, centre.at + 6_000, closed).facts).toEqual([
      { ...closed, contactId: talked },
    ]);
    expect(nextDeadline(fromSnapshot(toSnapshot(state)) ?? state)).toBe(nextDeadline(state));
  });
});
