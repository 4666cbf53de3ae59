import type { Effect, Input } from "@centrala/contract";
import { describe, expect, it, vi } from "vitest";
import { arrival, Bench, monday, running, turn, useFakeTimers } from "./testing/loop-bench.ts";

useFakeTimers();

describe("group commit", () => {
  it("decides at once, but performs effects and answers only after the commit, in order of seq", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.loop.state.contacts.size).toBe(2);
    expect(bench.events).toEqual([]);
    bench.held?.done();
    await turn();
    expect(bench.events).toEqual([
      "commit 2,3",
      "effect answerLeg",
      "effect play",
      "effect answerLeg",
      "effect play",
      "answer a ok",
      "answer b ok",
    ]);
  });

  it("has one commit in flight; what is decided meanwhile shares the next", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"));
    await turn();
    bench.submit(arrival("b"));
    await turn();
    bench.submit(arrival("c"));
    await turn();
    expect(bench.appends.map((entries) => entries.length)).toEqual([1]);
    bench.held?.done();
    await turn();
    expect(bench.appends.map((entries) => entries.map((entry) => entry.seq))).toEqual([[2], [3, 4]]);
  });

  it("tells listeners the committed entries, in order", async () => {
    const bench = await running();
    const seqs: number[] = [];
    const stop = bench.loop.onCommitted((entries) => seqs.push(...entries.map((entry) => entry.seq)));
    bench.submit(arrival("a"));
    bench.submit(arrival("b"));
    await turn();
    stop();
    bench.submit(arrival("c"));
    await turn();
    expect(seqs).toEqual([2, 3]);
  });

  it("stores no entry for a refusal, and answers it in its order", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    bench.submit({ kind: "offerAccepted", offerId: "none", operatorId: "nobody" }, "refusal");
    await turn();
    expect(bench.events).toEqual([]);
    bench.held?.done();
    await turn();
    expect(bench.events.filter((event) => event.startsWith("answer"))).toEqual([
      "answer a ok",
      expect.stringMatching(/^answer refusal [A-Z_]+$/),
    ]);
    expect(bench.journal.map((entry) => entry.input.kind)).toEqual(["configured", "callArrived"]);
  });

  it("stamps entries with a time that never runs back", async () => {
    const bench = await running();
    bench.now = monday + 5_000;
    bench.submit(arrival("a"));
    await turn();
    bench.now = monday;
    bench.submit(arrival("b"));
    await turn();
    expect(bench.journal.map((entry) => entry.at - monday)).toEqual([0, 5_000, 5_000]);
  });

  it("ticks when a deadline of the state has come", async () => {
    const bench = await running();
    bench.submit(arrival("a"));
    await turn();
    const before = bench.journal.length;
    const entered = bench.journal.at(-1)?.facts.find((fact) => fact.kind === "stepEntered");
    const until = entered?.until ?? 0;
    bench.now = until;
    await vi.advanceTimersByTimeAsync(until - monday);
    await turn();
    expect(bench.journal[before]?.input).toEqual({ kind: "tick" });
  });
});

describe("after a start", () => {
  it("lets no deadline of the run before come until it has heard what has become of that run's calls", async () => {
    const before = await running();
    before.submit(arrival("a"));
    await turn();
    const bench = new Bench({ state: before.loop.state, seq: before.loop.seq });
    bench.now = monday + 3_600_000;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(bench.journal).toEqual([]);
    bench.submit({ kind: "recovered", legsAlive: [], aliveUntil: null });
    await turn();
    expect(bench.journal.map((entry) => entry.input.kind)).toEqual(["recovered"]);
    expect(bench.events.filter((event) => event.startsWith("effect"))).toEqual(["effect dropLeg"]);
  });
});

/** An input over which the core stumbles as soon as it looks at `field`. */
function stumbling(input: object, field: string): Input {
  const broken = { ...input };
  Object.defineProperty(broken, field, {
    get: () => {
      throw new Error("a bug");
    },
  });
  return broken as Input;
}

describe("a bug in the core", () => {
  it("ends the one call it happened in", async () => {
    const bench = await running();
    bench.submit(arrival("a"), "a");
    bench.submit(stumbling({ kind: "held", contactId: "a", on: true }, "operatorId"), "broken");
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.bugs).toEqual(["held"]);
    expect([...bench.loop.state.contacts.keys()]).toEqual(["b"]);
    expect(bench.journal[2]?.facts.at(-1)).toMatchObject({ kind: "contactEnded", contactId: "a" });
  });

  it("apart from any call leaves the input out, commits what was decided before, and folds the journal again", async () => {
    const bench = await running();
    bench.submit(arrival("a"), "a");
    bench.submit(stumbling({ kind: "deviceReachable", reachable: true }, "deviceId"), "broken");
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.bugs).toEqual(["deviceReachable"]);
    expect(bench.events.filter((event) => !event.startsWith("effect"))).toEqual([
      "commit 2",
      "answer broken STOPPED",
      "refold",
      "answer a ok",
      "commit 3",
      "answer b ok",
    ]);
    expect([...bench.loop.state.contacts.keys()]).toEqual(["a", "b"]);
  });
});

describe("mistakes behind the core", () => {
  it("an effect that throws costs its contact, the other effects and answers go on", async () => {
    const performed: string[] = [];
    const perform = (effect: Effect): void => {
      if (effect.kind === "answerLeg" && effect.legId === "a-leg") throw new Error("a mistake");
      performed.push("legId" in effect ? `${effect.kind} ${effect.legId}` : effect.kind);
    };
    const bench = await running({ perform });
    for (const name of ["a", "b"]) bench.submit(arrival(name), name);
    await turn();
    expect(bench.events.filter((event) => !event.startsWith("commit"))).toEqual([
      "fault answerLeg",
      "answer a ok",
      "answer b ok",
    ]);
    expect(performed).toEqual(["play a-leg", "answerLeg b-leg", "play b-leg", "dropLeg a-leg"]);
    expect(bench.journal.at(-1)?.facts.at(-1)).toMatchObject({ contactId: "a", code: "INTERNAL" });
    expect([...bench.loop.state.contacts.keys()]).toEqual(["b"]);
  });

  it("a recording that could not be changed is stopped, and told to have failed", async () => {
    const stopped: string[] = [];
    const perform = (effect: Effect): void => {
      if (effect.kind === "record") throw new Error("a mistake");
      if (effect.kind === "stopRecording") stopped.push(effect.recordingId);
    };
    const bench = await running({ perform });
    bench.submit(arrival("a"));
    await turn();
    for (let step = 0; step < 20 && stopped.length === 0; step += 1) {
      bench.now += 400_000;
      const playId = [...bench.loop.state.plays.keys()][0];
      if (playId !== undefined) bench.submit({ kind: "playEnded", playId, reason: "finished" });
      await turn();
    }
    expect(bench.events).toContain("fault record");
    const failed = bench.journal.flatMap(({ facts }) => facts).filter((fact) => fact.kind === "recordingFailed");
    expect(failed.map(({ recordingId }) => recordingId)).toEqual(stopped);
  });

  it("a listener that throws keeps nobody else from hearing", async () => {
    const bench = await running();
    const heard: number[] = [];
    bench.loop.onCommitted(() => {
      throw new Error("a mistake");
    });
    bench.loop.onCommitted((entries) => heard.push(...entries.map((entry) => entry.seq)));
    bench.submit(arrival("a"), "a");
    await turn();
    expect(heard).toEqual([2]);
    expect(bench.events).toContain("fault a listener");
    expect(bench.events).toContain("answer a ok");
  });
});

describe("stopping", () => {
  it("commits what was decided, then takes nothing more", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    const stopped = bench.loop.stop().then(() => bench.events.push("stopped"));
    await turn();
    bench.held?.done();
    await turn();
    await stopped;
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.events.filter((event) => !event.startsWith("effect"))).toEqual([
      "commit 2",
      "answer a ok",
      "stopped",
      "answer b STOPPED",
    ]);
  });
});
