import type { Effect, Input, JournalEntry } from "@centrala/contract";
import { type CentreState, defaultConfig, emptyState, evolve, toCoreConfig } from "@centrala/domain";
import { noNumbers } from "@centrala/domain/testing";
import { afterEach, beforeEach, vi } from "vitest";
import type { SubmitCode } from "../../app.ts";
import { CoreLoop, type LoopOptions } from "../loop.ts";

export const monday = 1_793_606_400_000;
const config = toCoreConfig({
  ...defaultConfig({ kind: "in-house", country: "BG", language: "en", timeZone: "Europe/Sofia", name: "Test" }),
  trunk: [],
});
const configured: Input = { kind: "configured", config: { ...config, numbers: [number("hotline")] } };

function number(id: string) {
  return { id, trunkId: "carrier", clientId: "main", scenarioId: "main" };
}

export function arrival(name: string): Input {
  return {
    kind: "callArrived",
    contactId: name,
    legId: `${name}-leg`,
    trunkId: "carrier",
    numberId: "hotline",
    ...noNumbers,
  };
}

type Held = {
  readonly entries: readonly JournalEntry[];
  readonly done: () => void;
  readonly fail: (error: Error) => void;
};

/** A store whose commits end when the test says so, and everything the loop did, in order. */
export class Bench {
  now = monday;
  readonly events: string[] = [];
  readonly journal: JournalEntry[] = [];
  readonly appends: (readonly JournalEntry[])[] = [];
  readonly bugs: string[] = [];
  /** What telephony has; by default what the core believes in. */
  alive: ReadonlySet<string> | undefined;
  held: Held | undefined;
  /** Commits end by themselves. */
  free = true;
  refuses: (input: Input) => boolean = () => false;
  readonly loop: CoreLoop;

  constructor(options: Partial<LoopOptions> = {}) {
    this.loop = new CoreLoop({
      state: emptyState(),
      seq: 0,
      clock: () => this.now,
      append: (entries) => this.#append(entries),
      perform: (effect: Effect) => this.events.push(`effect ${effect.kind}`),
      isFatal: (error) => (error as Error).message === "FENCED",
      onFatal: () => this.events.push("fatal"),
      isPermanent: (error) => (error as Error).message === "PERMANENT",
      onBug: (_error, input) => this.bugs.push(input.kind),
      onFault: (_error, what) => this.events.push(`fault ${what}`),
      legs: {
        alive: () => this.alive ?? new Set(this.loop.state.legs.keys()),
        dropUnknown: (legId) => this.events.push(`drop unknown ${legId}`),
      },
      refold: async () => {
        this.events.push("refold");
        return { state: fold(this.journal), seq: this.journal.at(-1)?.seq ?? 0 };
      },
      onCommitFailed: (error) => this.events.push(`failed ${(error as Error).message}`),
      ...options,
    });
  }

  #append(entries: readonly JournalEntry[]): Promise<void> {
    this.appends.push(entries);
    if (entries.some((entry) => this.refuses(entry.input))) return Promise.reject(new Error("PERMANENT"));
    return new Promise((resolve, reject) => {
      const done = (): void => {
        const known = new Set(this.journal.map((entry) => entry.seq));
        this.journal.push(...entries.filter((entry) => !known.has(entry.seq)));
        this.events.push(`commit ${entries.map((entry) => entry.seq).join(",")}`);
        this.held = undefined;
        resolve();
      };
      if (this.free) done();
      else this.held = { entries, done, fail: reject };
    });
  }

  /** Submits and notes the answer among the events. */
  submit(input: Input, name: string = input.kind): void {
    void this.loop
      .submit(input)
      .then((outcome) => this.events.push(`answer ${name} ${outcome.ok ? "ok" : (outcome.code satisfies SubmitCode)}`));
  }
}

export function fold(entries: readonly JournalEntry[]): CentreState {
  let state = emptyState();
  for (const { at, facts } of entries) for (const fact of facts) state = evolve(state, fact, at);
  return state;
}

/** Lets everything run that is due, and what that leads to; retries of a commit come much later. */
export const turn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(5);

/** Timers of the loop in the test's hands; to be called once in a file of tests. */
export function useFakeTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** A bench with a configuration, its events forgotten. */
export async function running(options: Partial<LoopOptions> = {}): Promise<Bench> {
  const bench = new Bench(options);
  bench.submit(configured);
  await turn();
  bench.events.length = 0;
  bench.appends.length = 0;
  return bench;
}
