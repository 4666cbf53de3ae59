import { day, hour, minute } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { type ClockDoubt, ClockGuard } from "./clock-guard.ts";

const monday = 1_793_606_400_000;

/** A machine with a clock that can be set, and one that can't. */
function machine(stored: ClockDoubt | null = null) {
  const clocks = { wall: monday, elapsed: 0 };
  const kept = { doubt: stored };
  const start = () =>
    new ClockGuard({
      wall: () => clocks.wall,
      elapsed: () => clocks.elapsed,
      load: () => kept.doubt,
      save: (doubt) => {
        kept.doubt = doubt;
      },
    });
  const pass = (ms: number): void => {
    clocks.wall += ms;
    clocks.elapsed += ms;
  };
  return { clocks, kept, start, pass };
}

describe("whether anything may be deleted", () => {
  it("not in the first hour after a start", () => {
    const { start, pass } = machine();
    const guard = start();
    guard.sawJournal(monday - minute);
    pass(hour - 1);
    expect(guard.mayDelete()).toBe(false);
    pass(1);
    expect(guard.mayDelete()).toBe(true);
  });

  it.each([
    ["more than a day ahead of the newest entry", -40 * day, "CLOCK_AHEAD"],
    ["behind the newest entry", hour, "CLOCK_BEHIND"],
  ] as const)("not when the clock is %s, until a person confirms it", (_name, entry, kind) => {
    const { start, pass, kept } = machine();
    const guard = start();
    guard.sawJournal(monday + entry);
    pass(30 * day);
    expect(guard.mayDelete()).toBe(false);
    expect(kept.doubt).toEqual({ kind, newestAt: monday + entry });
    guard.confirm();
    expect(guard.mayDelete()).toBe(true);
    expect(kept.doubt).toBe(null);
  });

  it("not after another start either, whose journal already holds the wrong time", () => {
    const { start, pass } = machine();
    start().sawJournal(monday - 40 * day);
    const next = start();
    next.sawJournal(monday);
    pass(2 * hour);
    expect(next.mayDelete()).toBe(false);
  });

  it.each([
    ["ahead", 2 * day, "CLOCK_AHEAD"],
    ["back", -hour, "CLOCK_BEHIND"],
  ] as const)("not when the clock jumped %s while the server ran", (_name, jump, kind) => {
    const { start, pass, clocks } = machine();
    const guard = start();
    pass(2 * hour);
    expect(guard.mayDelete()).toBe(true);
    clocks.wall += jump;
    expect(guard.mayDelete()).toBe(false);
    expect(guard.doubt?.kind).toBe(kind);
  });

  it("takes small corrections and a night's rest for what they are", () => {
    const { start, pass, clocks } = machine();
    const guard = start();
    guard.sawJournal(monday - 14 * hour);
    pass(30 * day);
    clocks.wall -= 2 * minute;
    expect(guard.mayDelete()).toBe(true);
  });
});
