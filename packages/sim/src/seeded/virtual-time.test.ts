import { describe, expect, it } from "vitest";
import { chanceOf, planOf, VirtualTime } from "./index.ts";

const start = 1_793_606_400_000;

describe("virtual time", () => {
  it("runs timers of the process in order, with everything that waits for them, and takes none of the real time", async () => {
    const time = new VirtualTime(start);
    const giveBack = time.takeOver();
    const seen: string[] = [];
    try {
      const say = (what: string): number => seen.push(`${what} ${performance.now()} ${Date.now() - start}`);
      setTimeout(() => say("hour"), 3_600_000);
      setTimeout(() => {
        void Promise.resolve().then(() => setImmediate(() => say("after ten")));
        say("ten");
      }, 10);
      const every = setInterval(() => say("every"), 1_500_000);
      setTimeout(() => clearInterval(every), 3_100_000);
      const stopped = setTimeout(() => say("never"), 5);
      clearTimeout(stopped);
      await time.run(7_200_000);
    } finally {
      giveBack();
    }
    expect(seen).toEqual([
      "ten 10 10",
      "after ten 10 10",
      "every 1500000 1500000",
      "every 3000000 3000000",
      "hour 3600000 3600000",
    ]);
    expect(performance.now()).toBeLessThan(3_600_000_000);
    expect(Math.abs(Date.now() - start)).toBeGreaterThan(0);
  });

  it("shows a clock that was set, and counts on beside it", async () => {
    const time = new VirtualTime(start);
    await time.run(1_000);
    time.wallOffsetMs = -60_000;
    expect([time.wall - start, time.elapsedMs]).toEqual([-59_000, 1_000]);
  });

  it("forgets what a dead program waited for, not what happens in the world", async () => {
    const time = new VirtualTime(start);
    const giveBack = time.takeOver();
    const seen: string[] = [];
    try {
      setTimeout(() => seen.push("program"), 10);
      time.after(10, () => seen.push("world"));
      time.dropProgram();
      await time.run(20);
    } finally {
      giveBack();
    }
    expect(seen).toEqual(["world"]);
  });
});

describe("a plan", () => {
  const kinds = [
    { kind: "call", weight: 5 },
    { kind: "crash", weight: 1, rare: true },
  ];

  it("is the same for the same seed, and another for another", () => {
    expect(planOf(7, kinds, 100)).toEqual(planOf(7, kinds, 100));
    expect(planOf(8, kinds, 100).moves).not.toEqual(planOf(7, kinds, 100).moves);
  });

  it("has moves in order of time", () => {
    const times = planOf(9, kinds, 300).moves.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it("leaves the chance of a thing to that thing alone", () => {
    const one = chanceOf(7, "caller 1");
    chanceOf(7, "caller 2").next();
    expect(one.next()).toBe(chanceOf(7, "caller 1").next());
  });
});
