import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StoredDialogs } from "./stored-dialogs.ts";

const written: unknown[] = [];
const repository = {
  change: (_centreId: string, answered: readonly { readonly legId: string }[], ended: readonly string[]) => {
    written.push({ saved: answered.map((dialog) => dialog.legId), removed: ended });
    return Promise.resolve();
  },
};
const errors: unknown[] = [];
let dialogs: StoredDialogs;

beforeEach(() => {
  vi.useFakeTimers();
  written.splice(0);
  errors.splice(0);
  dialogs = new StoredDialogs(repository, (error) => errors.push(error));
});
afterEach(() => vi.useRealTimers());

describe("dialogs of answered legs", () => {
  it("are written together", async () => {
    dialogs.answered("c", "one", null, "{}");
    dialogs.answered("c", "two", null, "{}");
    await vi.advanceTimersByTimeAsync(100);
    expect(written).toEqual([{ saved: ["one", "two"], removed: [] }]);
  });

  it("are never written when the leg ended before", async () => {
    dialogs.answered("c", "short", null, "{}");
    dialogs.ended("c", "short");
    dialogs.ended("c", "never-answered");
    await vi.advanceTimersByTimeAsync(100);
    expect(written).toEqual([]);
  });

  it("are removed after they were written, also when the leg ends while they are", async () => {
    dialogs.answered("c", "one", null, "{}");
    await vi.advanceTimersByTimeAsync(50);
    dialogs.ended("c", "one");
    await vi.advanceTimersByTimeAsync(900);
    expect(written).toEqual([{ saved: ["one"], removed: [] }]);
    await vi.advanceTimersByTimeAsync(100);
    expect(written).toEqual([
      { saved: ["one"], removed: [] },
      { saved: [], removed: ["one"] },
    ]);
  });

  it("that ended are removed with the next that is answered", async () => {
    dialogs.answered("c", "one", null, "{}");
    await vi.advanceTimersByTimeAsync(50);
    dialogs.ended("c", "one");
    dialogs.answered("c", "two", null, "{}");
    await vi.advanceTimersByTimeAsync(50);
    expect(written).toEqual([
      { saved: ["one"], removed: [] },
      { saved: ["two"], removed: ["one"] },
    ]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(written.length).toBe(2);
  });

  it("are written, and removed, once the database is back", async () => {
    let isAway = false;
    const change: typeof repository.change = (...all) =>
      isAway ? Promise.reject(new Error("away")) : repository.change(...all);
    const failing = new StoredDialogs({ change }, (error) => errors.push(error));
    failing.answered("c", "one", null, "{}");
    await vi.advanceTimersByTimeAsync(100);
    isAway = true;
    failing.ended("c", "one");
    failing.answered("c", "two", null, "{}");
    failing.answered("c", "three", null, "{}");
    await vi.advanceTimersByTimeAsync(100);
    failing.ended("c", "three");
    isAway = false;
    await vi.advanceTimersByTimeAsync(3_000);
    expect([errors.length, written]).toEqual([
      1,
      [
        { saved: ["one"], removed: [] },
        // The first write may have gone through after all.
        { saved: ["two"], removed: ["one", "three"] },
      ],
    ]);
  });

  it("go on after a write that failed", async () => {
    let isAway = true;
    const change: typeof repository.change = (...all) =>
      isAway ? Promise.reject(new Error("away")) : repository.change(...all);
    const failing = new StoredDialogs({ change }, (error) => errors.push(error));
    failing.answered("c", "one", null, "{}");
    await vi.advanceTimersByTimeAsync(100);
    isAway = false;
    failing.ended("c", "one");
    await vi.advanceTimersByTimeAsync(3_000);
    expect([errors.length, written]).toEqual([1, [{ saved: [], removed: ["one"] }]]);
  });
});
