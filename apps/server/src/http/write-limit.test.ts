import { describe, expect, it } from "vitest";
import { WriteLimit } from "./write-limit.ts";

describe("the limit of changes", () => {
  it("lets a burst through, then four a second, each caller by themselves", () => {
    const limit = new WriteLimit();
    const taken = (who: string, now: number, count: number) =>
      Array.from({ length: count }, () => limit.take(who, now)).filter((waitMs) => waitMs === 0).length;
    expect(taken("a", 0, 1_000)).toBe(240);
    expect(limit.take("a", 0)).toBe(250);
    expect(taken("b", 0, 1)).toBe(1);
    expect(taken("a", 1_000, 1_000)).toBe(4);
    expect(taken("a", 3_600_000, 1_000)).toBe(240);
  });

  it("takes a clock that goes back for one that stands", () => {
    const limit = new WriteLimit();
    for (let count = 0; count < 240; count += 1) limit.take("a", 10_000);
    expect(limit.take("a", 0)).toBe(250);
  });
});
