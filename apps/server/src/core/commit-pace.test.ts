import type { Effect, Input } from "@centrala/contract";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommitPace } from "./commit-pace.ts";

type Waiting = Parameters<CommitPace["added"]>[0];

const ended: Input = { kind: "legEnded", legId: "a", code: "HUNG_UP", sipStatus: null };
const asked: Input = { kind: "hungUp", contactId: "a", operatorId: "x" };
const collected: Input = {
  kind: "keysCollected",
  collectId: "c",
  outcome: "keys",
  keys: "1",
  reference: null,
  length: 1,
};
const collect: Effect = {
  ...{ kind: "collectKeys", collectId: "c", legId: "a", keysMax: 1, terminator: null, afterPlayId: null },
  ...{ firstKeyTimeoutMs: 1, nextKeyTimeoutMs: 1, bargeIn: true, sensitive: false },
};

/** Commits what waits as the loop does, and notes when. */
class Run {
  readonly commits: string[] = [];
  readonly #pace: CommitPace;
  readonly #from = performance.now();
  #waiting: Waiting[] = [];
  #committing = false;

  constructor(everyMsMax: number) {
    this.#pace = new CommitPace(everyMsMax);
  }

  add(input: Input, ...effects: readonly Effect[]): void {
    const waiting = { pending: { input }, effects };
    this.#pace.added(waiting);
    this.#waiting.push(waiting);
    if (!this.#committing) void this.#commit();
  }

  async #commit(): Promise<void> {
    this.#committing = true;
    while (this.#waiting.length > 0) {
      await this.#pace.due(() => this.#waiting);
      this.#pace.begun(this.#waiting.length);
      this.commits.push(`${this.#waiting.length} at ${Math.round(performance.now() - this.#from)}`);
      this.#waiting = [];
    }
    this.#committing = false;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the pace of commits", () => {
  it("commits at once what somebody waits for, and with it what nobody does", async () => {
    const run = new Run(4);
    run.add(ended);
    run.add(ended, { kind: "closeRoom", roomId: "r" });
    await vi.advanceTimersByTimeAsync(7);
    run.add(asked);
    await vi.advanceTimersByTimeAsync(50);
    run.add(ended, { kind: "answerLeg", legId: "a" });
    await vi.advanceTimersByTimeAsync(50);
    expect(run.commits).toEqual(["3 at 7", "1 at 57"]);
  });

  it("gathers what nobody waits for, five times the longest pause at most", async () => {
    const run = new Run(4);
    run.add(ended);
    await vi.advanceTimersByTimeAsync(15);
    run.add(ended, { kind: "dropLeg", legId: "b", code: "HUNG_UP" });
    run.add(ended, collect);
    await vi.advanceTimersByTimeAsync(100);
    run.add(ended);
    await vi.advanceTimersByTimeAsync(100);
    expect(run.commits).toEqual(["3 at 20", "1 at 135"]);
  });

  it("does not let wait who goes on typing", async () => {
    const run = new Run(4);
    run.add(collected, collect);
    await vi.advanceTimersByTimeAsync(50);
    expect(run.commits).toEqual(["1 at 0"]);
  });

  it("spaces what somebody waits for under load", async () => {
    const run = new Run(4);
    for (let ms = 0; ms < 1_000; ms += 1) {
      run.add(asked);
      await vi.advanceTimersByTimeAsync(1);
    }
    const late = run.commits.filter((commit) => Number(commit.split(" at ")[1]) >= 500);
    expect([late.length > 100, late.length < 140]).toEqual([true, true]);
  });

  it("commits all at once without a pause set", async () => {
    const run = new Run(0);
    run.add(ended);
    await vi.advanceTimersByTimeAsync(0);
    expect(run.commits).toEqual(["1 at 0"]);
  });
});
