import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WakeTimer } from "./wake-timer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("wakes at the earliest deadline it was told of, once, and is set anew by who it woke", () => {
  const woken: number[] = [];
  const from = Date.now();
  const timer = new WakeTimer(() => woken.push(Date.now() - from));
  timer.set(0, 200);
  timer.set(50, 500);
  timer.set(50, 150);
  vi.advanceTimersByTime(400);
  expect(woken).toEqual([100]);
  timer.set(400, 500);
  timer.set(400, undefined);
  vi.advanceTimersByTime(400);
  expect(woken).toEqual([100, 500]);
  timer.set(800, 900);
  timer.stop();
  vi.advanceTimersByTime(400);
  expect(woken.length).toBe(2);
});
