import { describe, expect, it } from "vitest";
import { FailureLimit } from "./login-limits.ts";

describe("failed sign-ins", () => {
  it("wait a minute after five, then twice as long each time, an hour at most, until nobody tried for an hour", () => {
    const limit = new FailureLimit({ max: 5, windowMs: 60_000, doubles: true });
    let now = 0;
    const waits: number[] = [];
    for (let count = 0; count < 14; count += 1) {
      limit.failed("a", now);
      waits.push(limit.waitMs("a", now) / 60_000);
      now += limit.waitMs("a", now);
    }
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    limit.failed("a", now + 3_600_000);
    expect(limit.waitMs("a", now + 3_600_000)).toBe(0);
  });

  it("of an address count within a window", () => {
    const limit = new FailureLimit({ max: 3, windowMs: 60_000, doubles: false });
    for (const now of [0, 10_000, 20_000]) limit.failed("a", now);
    expect([limit.waitMs("a", 20_000), limit.waitMs("a", 60_000), limit.waitMs("b", 0)]).toEqual([40_000, 0, 0]);
    limit.failed("a", 60_000);
    expect(limit.waitMs("a", 60_000)).toBe(0);
    limit.succeeded("a");
    expect(limit.waitMs("a", 60_000)).toBe(0);
  });
});
