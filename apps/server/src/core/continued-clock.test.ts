import { expect, it } from "vitest";
import { continuedClock } from "./continued-clock.ts";

it("goes on where the run before had got to, a tenth slower, until the clock has caught up", () => {
  let passed = 0;
  const start = 1_793_606_400_000;
  const now = continuedClock(
    () => start + passed,
    () => passed,
    start + 60_000,
  );
  const at = [0, 10_000, 100_000, 600_000, 900_000].map((after) => {
    passed = after;
    return now() - start;
  });
  expect(at).toEqual([60_000, 69_000, 150_000, 600_000, 900_000]);
});

it("follows the clock after a run that was not ahead, or whose clock was wrong", () => {
  const clock = (): number => 1_793_606_400_000;
  for (const lastAt of [null, clock() - 5, clock() + 7_200_000])
    expect(continuedClock(clock, () => 0, lastAt)()).toBe(clock());
});
