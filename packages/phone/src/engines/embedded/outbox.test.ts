import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox } from "./outbox.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("outbox", () => {
  it("[OUTBOX-1] what can wait is gathered for a moment and leaves in one message", () => {
    const sent: (readonly string[])[] = [];
    const outbox = new Outbox<string>((messages) => sent.push(messages));
    outbox.post("a", false);
    outbox.post("b", false);
    vi.advanceTimersByTime(10);
    outbox.post("c", false);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(10);
    outbox.post("d", false);
    vi.advanceTimersByTime(20);
    expect(sent).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("[OUTBOX-2] what is urgent leaves with this turn and takes along what waits, in order", () => {
    const sent: (readonly string[])[] = [];
    const outbox = new Outbox<string>((messages) => sent.push(messages));
    outbox.post("a", false);
    outbox.post("b", true);
    outbox.post("c", false);
    vi.advanceTimersByTime(0);
    expect(sent).toEqual([["a", "b", "c"]]);
    outbox.post("d", false);
    vi.advanceTimersByTime(20);
    expect(sent).toEqual([["a", "b", "c"], ["d"]]);
  });

  it("[OUTBOX-3] what was forgotten never leaves", () => {
    const sent: (readonly string[])[] = [];
    const outbox = new Outbox<string>((messages) => sent.push(messages));
    outbox.post("a", false);
    outbox.clear();
    vi.advanceTimersByTime(20);
    expect(sent).toEqual([]);
    outbox.post("b", true);
    vi.advanceTimersByTime(0);
    expect(sent).toEqual([["b"]]);
  });
});
