import type { Input } from "@centrala/contract";
import { describe, expect, it, vi } from "vitest";
import { arrival, type Bench, monday, running, turn, useFakeTimers } from "./testing/loop-bench.ts";

useFakeTimers();

describe("commits that fail", () => {
  it("tries the very same entries again after an unknown outcome, and performs their effects once", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    await turn();
    const first = bench.held?.entries;
    bench.held?.fail(new Error("connection lost"));
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.events).toEqual(["failed connection lost"]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(bench.held?.entries).toBe(first);
    bench.free = true;
    bench.held?.done();
    await turn();
    expect(bench.events).toEqual([
      "failed connection lost",
      "commit 2",
      "effect answerLeg",
      "effect play",
      "commit 3",
      "answer a ok",
      "effect answerLeg",
      "effect play",
      "answer b ok",
    ]);
  });

  it("takes on no new calls while too much is undecided, but hears what happens to running ones", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"));
    await turn();
    for (let index = 0; index < 5_000; index += 1)
      bench.submit({ kind: "offerDeclined", offerId: `o${index}`, operatorId: "x" });
    await vi.advanceTimersByTimeAsync(100);
    bench.submit(arrival("late"), "late");
    bench.submit({ kind: "legEnded", legId: "a-leg", code: "HUNG_UP", sipStatus: null }, "end");
    await turn();
    expect(bench.events).toEqual(["answer late DATABASE_AWAY"]);
    bench.free = true;
    bench.held?.done();
    await turn();
    expect(bench.events.at(-1)).toBe("answer end ok");
  });

  it("answers OVERLOADED when the inbox is full", async () => {
    const bench = await running({ inboxMax: 2 });
    for (const name of ["a", "b", "c"]) bench.submit(arrival(name), name);
    await turn();
    expect(bench.events.filter((event) => event.startsWith("answer"))).toEqual([
      "answer c OVERLOADED",
      "answer a ok",
      "answer b ok",
    ]);
    expect(bench.loop.counters.refused).toBe(1);
  });

  it("promises nothing while commits fail: new calls and whatever people ask are refused, what happens is heard", async () => {
    let elapsed = 0;
    const bench = await running({ elapsed: () => elapsed });
    bench.free = false;
    bench.submit(arrival("a"), "a");
    await turn();
    expect(bench.loop.stuckMs).toBe(0);
    elapsed = 1_500;
    bench.submit(arrival("b"), "b");
    bench.submit({ kind: "held", contactId: "a", operatorId: "x", on: true }, "hold");
    bench.submit({ kind: "legEnded", legId: "a-leg", code: "HUNG_UP", sipStatus: null }, "end");
    await vi.advanceTimersByTimeAsync(4_900);
    expect(bench.events).toEqual(["answer b DATABASE_AWAY", "answer hold DATABASE_AWAY"]);
    await vi.advanceTimersByTimeAsync(200);
    expect(bench.events.slice(2)).toEqual(["answer a DATABASE_AWAY"]);
    bench.free = true;
    bench.held?.done();
    await turn();
    expect(bench.loop.stuckMs).toBe(0);
    expect(bench.events.slice(3)).toEqual(["commit 2", "effect answerLeg", "effect play", "commit 3", "answer end ok"]);
    bench.submit(arrival("c"), "c");
    await turn();
    expect(bench.events).toContain("answer c ok");
  });

  it("stops for good when it is fenced off: nothing is performed, everybody who waits is told", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    await turn();
    bench.submit(arrival("b"), "b");
    await turn();
    bench.held?.fail(new Error("FENCED"));
    await turn();
    bench.submit(arrival("c"), "c");
    await turn();
    expect(bench.events).toEqual(["fatal", "answer a STOPPED", "answer b STOPPED", "answer c STOPPED"]);
    // The state holds both: it is no state to be kept.
    expect(bench.loop.committed).toEqual({ seq: 1, refolds: 0, fenced: true });
    await bench.loop.stop();
  });

  it("gives up entries that can never be stored, folds the journal again, and goes on", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("bad"), "bad");
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await vi.advanceTimersByTimeAsync(2_000);
      bench.held?.fail(new Error("PERMANENT"));
    }
    await turn();
    bench.free = true;
    bench.submit(arrival("good"), "good");
    await turn();
    expect(bench.bugs).toEqual(["callArrived"]);
    expect(bench.events).toEqual([
      "failed PERMANENT",
      "failed PERMANENT",
      "refold",
      "answer bad NOT_STORED",
      "commit 2",
      "effect answerLeg",
      "effect play",
      "answer good ok",
    ]);
    expect([...bench.loop.state.contacts.keys()]).toEqual(["good"]);
  });

  /** A bench whose store never takes an entry that these inputs make. */
  async function refusing(bad: (input: Input) => boolean): Promise<Bench> {
    const bench = await running();
    bench.refuses = bad;
    return bench;
  }

  it("finds the bad entry among many and decides everything after it again; only its own asker is told no", async () => {
    const bench = await refusing((input) => input.kind === "callArrived" && input.contactId === "c5");
    for (let index = 1; index <= 9; index += 1) bench.submit(arrival(`c${index}`), `c${index}`);
    await vi.advanceTimersByTimeAsync(5_000);
    const answers = bench.events.filter((event) => event.startsWith("answer"));
    expect(answers.filter((event) => !event.endsWith(" ok"))).toEqual(["answer c5 NOT_STORED"]);
    expect(answers.length).toBe(9);
    expect([...bench.loop.state.contacts.keys()]).toEqual(["c1", "c2", "c3", "c4", "c6", "c7", "c8", "c9"]);
    expect(bench.journal.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("hears what happened meanwhile, and ends the contact whose own news can't be stored", async () => {
    const bench = await running();
    for (const name of ["a", "b"]) bench.submit(arrival(name));
    await turn();
    bench.alive = new Set();
    const bad: Input = { kind: "legEnded", legId: "a-leg", code: "HUNG_UP", sipStatus: null };
    bench.refuses = (input) => input === bad;
    bench.submit(bad, "bad");
    bench.submit({ kind: "legEnded", legId: "b-leg", code: "HUNG_UP", sipStatus: null }, "end of b");
    await vi.advanceTimersByTimeAsync(5_000);
    const ends = bench.journal.flatMap((entry) => entry.facts.filter((fact) => fact.kind === "contactEnded"));
    expect(ends.map((fact) => `${fact.contactId} ${fact.code}`)).toEqual(["a NOT_STORED", "b ABANDONED_IN_SCENARIO"]);
    expect(bench.events.filter((event) => event.startsWith("answer")).slice(-2)).toEqual([
      "answer bad ok",
      "answer end of b ok",
    ]);
    expect([...bench.loop.state.legs.keys()]).toEqual([]);
  });

  it("after a refold ends legs that only one side knows", async () => {
    const bench = await refusing((input) => input.kind === "callArrived" && input.contactId === "bad");
    for (const name of ["a", "b"]) bench.submit(arrival(name));
    await turn();
    bench.alive = new Set(["b-leg", "nobody's"]);
    bench.submit(arrival("bad"), "bad");
    await vi.advanceTimersByTimeAsync(5_000);
    expect([...bench.loop.state.legs.keys()]).toEqual(["b-leg"]);
    expect(bench.events.filter((event) => event.startsWith("drop unknown"))).toEqual(["drop unknown nobody's"]);
  });

  it("goes on storing beside a leg whose end can never be stored, and asks for that now and then", async () => {
    const bench = await running();
    bench.submit(arrival("gone"));
    await turn();
    bench.alive = new Set();
    bench.refuses = (input) => input.kind === "legEnded" || input.kind === "contactFailed";
    bench.submit({ kind: "legEnded", legId: "gone-leg", code: "HUNG_UP", sipStatus: null });
    await vi.advanceTimersByTimeAsync(10_000);
    // As it was told and as the check of the legs found it, each tried twice; then its contact should end, twice as well.
    const tried = bench.bugs.length;
    expect(bench.bugs.filter((kind) => kind === "legEnded").length).toBe(4);
    expect(bench.loop.backlog).toBe(0);
    bench.submit({ kind: "tick" }, "another");
    await turn();
    expect(bench.events).toContain("answer another ok");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(bench.bugs.length).toBe(tried * 1.5);
    bench.refuses = () => false;
    await vi.advanceTimersByTimeAsync(40_000);
    expect([...bench.loop.state.legs.keys()]).toEqual([]);
  });

  it("tries a deadline over which it stumbles more and more seldom", async () => {
    const bench = await running();
    bench.submit(arrival("a"));
    await turn();
    bench.refuses = (input) => input.kind === "tick" || input.kind === "contactFailed";
    bench.now = monday + 3_600_000;
    bench.submit({ kind: "tick" });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(bench.bugs.filter((kind) => kind === "tick").length).toBeLessThan(30);
    expect(bench.loop.backlog).toBe(0);
  });
});
