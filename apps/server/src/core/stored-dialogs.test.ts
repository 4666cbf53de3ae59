import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StoredDialogs } from "./stored-dialogs.ts";

const written: unknown[] = [];
const repository = {
  saveMany: (_centreId: string, dialogs: readonly { readonly legId: string }[]) => {
    written.push({ saved: dialogs.map((dialog) => dialog.legId) });
    return Promise.resolve();
  },
  remove: (_centreId: string, legIds: readonly string[]) => {
    written.push({ removed: legIds });
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
    expect(written).toEqual([{ saved: ["one", "two"] }]);
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
    await vi.advanceTimersByTimeAsync(100);
    expect(written).toEqual([{ saved: ["one"] }, { removed: ["one"] }]);
  });

  it("go on after a write that failed", async () => {
    const failing = new StoredDialogs({ ...repository, saveMany: () => Promise.reject(new Error("away")) }, (error) =>
      errors.push(error),
    );
    failing.answered("c", "one", null, "{}");
    await vi.advanceTimersByTimeAsync(100);
    failing.ended("c", "one");
    await vi.advanceTimersByTimeAsync(100);
    expect([errors.length, written]).toEqual([1, [{ removed: ["one"] }]]);
  });
});
