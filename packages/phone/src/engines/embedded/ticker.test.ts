import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Ticker } from "./ticker.ts";

let slots: number[] = [];
let rests = 0;
let turns = 0;
let waits = false;

function started(): Ticker {
  const ticker = new Ticker(() => performance.now(), {
    slot: (slot) => {
      slots.push(slot % 4);
      return turns;
    },
    rest: () => {
      rests += 1;
      return waits;
    },
  });
  ticker.start();
  return ticker;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  [slots, rests, turns, waits] = [[], 0, 0, false];
});
afterEach(() => void vi.useRealTimers());

describe("ticker", () => {
  it("[TICK-1] rests while nobody needs frames, longer where no time limit waits, until it is told of one", () => {
    const ticker = started();
    vi.advanceTimersByTime(1_050);
    expect([rests, slots]).toEqual([6, []]);
    waits = true;
    ticker.hurry();
    vi.advanceTimersByTime(1_000);
    expect([rests, slots]).toEqual([26, []]);
    ticker.stop();
    vi.advanceTimersByTime(1_000);
    expect(rests).toBe(26);
  });

  it("[TICK-2] wakes for frames, ticks in the turns that are needed, and rests again", () => {
    turns = 0b1111;
    const ticker = started();
    ticker.wake();
    vi.advanceTimersByTime(40);
    expect(slots).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    turns = 0b0100;
    vi.advanceTimersByTime(60);
    expect(slots.slice(8)).toEqual([0, 2, 2, 2]);
    turns = 0;
    vi.advanceTimersByTime(100);
    expect([slots.length, rests > 0, ticker.resting]).toEqual([13, true, true]);
  });

  it("[TICK-3] who needs frames in a turn that is being left out gets the next one", () => {
    turns = 0b0001;
    const ticker = started();
    ticker.wake();
    vi.advanceTimersByTime(5);
    expect(slots).toEqual([0]);
    turns = 0b0011;
    ticker.wake();
    vi.advanceTimersByTime(5);
    expect(slots).toEqual([0, 1]);
    vi.advanceTimersByTime(40);
    expect(slots).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it("[TICK-4] what was missed for longer than a tenth of a second is not made up for", () => {
    turns = 0b1111;
    let now = 0;
    const ticker = new Ticker(() => now, { slot: (slot) => (slots.push(slot), turns), rest: () => false });
    ticker.start();
    ticker.wake();
    now = 50;
    vi.advanceTimersByTime(5);
    expect(slots.length).toBe(10);
    now = 1_000;
    vi.advanceTimersByTime(5);
    expect(slots.length).toBe(11);
    ticker.stop();
  });
});
