import { hour, minute, second } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { steadyClock } from "./steady-clock.ts";

const monday = 1_793_606_400_000;

function machine(idle = false) {
  const clocks = { wall: monday, elapsed: 0, idle };
  const now = steadyClock({ wall: () => clocks.wall, elapsed: () => clocks.elapsed, idle: () => clocks.idle });
  const pass = (ms: number): number => {
    clocks.wall += ms;
    clocks.elapsed += ms;
    return now();
  };
  return { clocks, now, pass };
}

describe("the time by which contacts are led", () => {
  it("is the machine's, with its small corrections", () => {
    const { clocks, pass } = machine();
    expect(pass(minute)).toBe(monday + minute);
    clocks.wall += 300;
    expect(pass(second)).toBe(clocks.wall);
    clocks.wall -= 300;
    expect(pass(second)).toBe(clocks.wall);
  });

  it("goes on when the clock was set back an hour, and meets it again without ever standing still", () => {
    const { clocks, now, pass } = machine();
    clocks.wall -= hour;
    let last = now();
    for (let passed = 0; passed < 10 * hour; passed += minute) {
      const next = pass(minute);
      expect(next - last).toBeGreaterThanOrEqual(0.9 * minute - 1);
      last = next;
    }
    expect(last).toBe(clocks.wall);
  });

  it("lets an hour be about an hour for who talks while the clock is set forward, and follows when all is quiet", () => {
    const { clocks, now, pass } = machine();
    clocks.wall += 24 * hour;
    expect(pass(minute) - monday).toBeLessThanOrEqual(1.1 * minute);
    clocks.idle = true;
    expect(now()).toBe(clocks.wall);
  });

  it("never runs back, even when nothing runs", () => {
    const { clocks, now, pass } = machine(true);
    const before = now();
    clocks.wall -= hour;
    expect(pass(10)).toBeGreaterThanOrEqual(before);
  });
});
