import type { Effect, Input, JournalEntry } from "@centrala/contract";
import { type CentreState, defaultConfig, emptyState, evolve, toCoreConfig } from "@centrala/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SubmitCode } from "../app.ts";
import { CoreLoop, type LoopOptions } from "./loop.ts";

const monday = 1_793_606_400_000;
const config = toCoreConfig({
  ...defaultConfig({ kind: "in-house", country: "BG", language: "en", timeZone: "Europe/Sofia", name: "Test" }),
  trunk: [],
});
const configured: Input = { kind: "configured", config: { ...config, numbers: [number("hotline")] } };

function number(id: string) {
  return { id, trunkId: "carrier", clientId: "main", scenarioId: "main" };
}

function arrival(name: string): Input {
  return {
    kind: "callArrived",
    contactId: name,
    legId: `${name}-leg`,
    trunkId: "carrier",
    numberId: "hotline",
    callerAddressId: null,
    calledAddressId: null,
    customerId: null,
    outsideAddressIds: {},
  };
}

type Held = {
  readonly entries: readonly JournalEntry[];
  readonly done: () => void;
  readonly fail: (error: Error) => void;
};

/** A store whose commits end when the test says so, and everything the loop did, in order. */
class Bench {
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

function fold(entries: readonly JournalEntry[]): CentreState {
  let state = emptyState();
  for (const { at, facts } of entries) for (const fact of facts) state = evolve(state, fact, at);
  return state;
}

/** Lets everything run that is due, and what that leads to; retries of a commit come much later. */
const turn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(5);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A bench with a configuration, its events forgotten. */
async function running(options: Partial<LoopOptions> = {}): Promise<Bench> {
  const bench = new Bench(options);
  bench.submit(configured);
  await turn();
  bench.events.length = 0;
  bench.appends.length = 0;
  return bench;
}

describe("group commit", () => {
  it("decides at once, but performs effects and answers only after the commit, in order of seq", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.loop.state.contacts.size).toBe(2);
    expect(bench.events).toEqual([]);
    bench.held?.done();
    await turn();
    expect(bench.events).toEqual([
      "commit 2,3",
      "effect answerLeg",
      "effect play",
      "effect answerLeg",
      "effect play",
      "answer a ok",
      "answer b ok",
    ]);
  });

  it("has one commit in flight; what is decided meanwhile shares the next", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"));
    await turn();
    bench.submit(arrival("b"));
    await turn();
    bench.submit(arrival("c"));
    await turn();
    expect(bench.appends.map((entries) => entries.length)).toEqual([1]);
    bench.held?.done();
    await turn();
    expect(bench.appends.map((entries) => entries.map((entry) => entry.seq))).toEqual([[2], [3, 4]]);
  });

  it("tells listeners the committed entries, in order", async () => {
    const bench = await running();
    const seqs: number[] = [];
    const stop = bench.loop.onCommitted((entries) => seqs.push(...entries.map((entry) => entry.seq)));
    bench.submit(arrival("a"));
    bench.submit(arrival("b"));
    await turn();
    stop();
    bench.submit(arrival("c"));
    await turn();
    expect(seqs).toEqual([2, 3]);
  });

  it("stores no entry for a refusal, and answers it in its order", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    bench.submit({ kind: "offerAccepted", offerId: "none", operatorId: "nobody" }, "refusal");
    await turn();
    expect(bench.events).toEqual([]);
    bench.held?.done();
    await turn();
    expect(bench.events.filter((event) => event.startsWith("answer"))).toEqual([
      "answer a ok",
      expect.stringMatching(/^answer refusal [A-Z_]+$/),
    ]);
    expect(bench.journal.map((entry) => entry.input.kind)).toEqual(["configured", "callArrived"]);
  });

  it("stamps entries with a time that never runs back", async () => {
    const bench = await running();
    bench.now = monday + 5_000;
    bench.submit(arrival("a"));
    await turn();
    bench.now = monday;
    bench.submit(arrival("b"));
    await turn();
    expect(bench.journal.map((entry) => entry.at - monday)).toEqual([0, 5_000, 5_000]);
  });

  it("ticks when a deadline of the state has come", async () => {
    const bench = await running();
    bench.submit(arrival("a"));
    await turn();
    const before = bench.journal.length;
    const entered = bench.journal.at(-1)?.facts.find((fact) => fact.kind === "stepEntered");
    const until = entered?.until ?? 0;
    bench.now = until;
    await vi.advanceTimersByTimeAsync(until - monday);
    await turn();
    expect(bench.journal[before]?.input).toEqual({ kind: "tick" });
  });
});

describe("commits that fail", () => {
  it("tries the very same entries again after an unknown outcome, and performs their effects once", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    await turn();
    const first = bench.held?.entries;
    bench.held?.fail(new Error("connection lost"));
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.events).toEqual(["failed connection lost"]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(bench.held?.entries).toBe(first);
    bench.free = true;
    bench.held?.done();
    await turn();
    expect(bench.events).toEqual([
      "failed connection lost",
      "commit 2",
      "effect answerLeg",
      "effect play",
      "answer a ok",
      "commit 3",
      "effect answerLeg",
      "effect play",
      "answer b ok",
    ]);
  });

  it("takes on no new calls while too much is undecided, but hears what happens to running ones", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"));
    await turn();
    for (let index = 0; index < 5_000; index += 1)
      bench.submit({ kind: "offerDeclined", offerId: `o${index}`, operatorId: "x" });
    await vi.advanceTimersByTimeAsync(100);
    bench.submit(arrival("late"), "late");
    bench.submit({ kind: "legEnded", legId: "a-leg", code: "HUNG_UP", sipStatus: null }, "end");
    await turn();
    expect(bench.events).toEqual(["answer late DATABASE_AWAY"]);
    bench.free = true;
    bench.held?.done();
    await turn();
    expect(bench.events.at(-1)).toBe("answer end ok");
  });

  it("answers OVERLOADED when the inbox is full", async () => {
    const bench = await running({ inboxMax: 2 });
    for (const name of ["a", "b", "c"]) bench.submit(arrival(name), name);
    await turn();
    expect(bench.events.filter((event) => event.startsWith("answer"))).toEqual([
      "answer c OVERLOADED",
      "answer a ok",
      "answer b ok",
    ]);
    expect(bench.loop.counters.refused).toBe(1);
  });

  it("stops for good when it is fenced off: nothing is performed, everybody who waits is told", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    await turn();
    bench.submit(arrival("b"), "b");
    await turn();
    bench.held?.fail(new Error("FENCED"));
    await turn();
    bench.submit(arrival("c"), "c");
    await turn();
    expect(bench.events).toEqual(["fatal", "answer a STOPPED", "answer b STOPPED", "answer c STOPPED"]);
    await bench.loop.stop();
  });

  it("gives up entries that can never be stored, folds the journal again, and goes on", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("bad"), "bad");
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await vi.advanceTimersByTimeAsync(2_000);
      bench.held?.fail(new Error("PERMANENT"));
    }
    await turn();
    bench.free = true;
    bench.submit(arrival("good"), "good");
    await turn();
    expect(bench.bugs).toEqual(["callArrived"]);
    expect(bench.events).toEqual([
      "failed PERMANENT",
      "failed PERMANENT",
      "refold",
      "answer bad NOT_STORED",
      "commit 2",
      "effect answerLeg",
      "effect play",
      "answer good ok",
    ]);
    expect([...bench.loop.state.contacts.keys()]).toEqual(["good"]);
  });

  /** A bench whose store never takes an entry that these inputs make. */
  async function refusing(bad: (input: Input) => boolean): Promise<Bench> {
    const bench = await running();
    bench.refuses = bad;
    return bench;
  }

  it("finds the bad entry among many and decides everything after it again; only its own asker is told no", async () => {
    const bench = await refusing((input) => input.kind === "callArrived" && input.contactId === "c5");
    for (let index = 1; index <= 9; index += 1) bench.submit(arrival(`c${index}`), `c${index}`);
    await vi.advanceTimersByTimeAsync(5_000);
    const answers = bench.events.filter((event) => event.startsWith("answer"));
    expect(answers.filter((event) => !event.endsWith(" ok"))).toEqual(["answer c5 NOT_STORED"]);
    expect(answers.length).toBe(9);
    expect([...bench.loop.state.contacts.keys()]).toEqual(["c1", "c2", "c3", "c4", "c6", "c7", "c8", "c9"]);
    expect(bench.journal.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("hears what happened meanwhile, and ends the contact whose own news can't be stored", async () => {
    const bench = await running();
    for (const name of ["a", "b"]) bench.submit(arrival(name));
    await turn();
    bench.alive = new Set();
    const bad: Input = { kind: "legEnded", legId: "a-leg", code: "HUNG_UP", sipStatus: null };
    bench.refuses = (input) => input === bad;
    bench.submit(bad, "bad");
    bench.submit({ kind: "legEnded", legId: "b-leg", code: "HUNG_UP", sipStatus: null }, "end of b");
    await vi.advanceTimersByTimeAsync(5_000);
    const ends = bench.journal.flatMap((entry) => entry.facts.filter((fact) => fact.kind === "contactEnded"));
    expect(ends.map((fact) => `${fact.contactId} ${fact.code}`)).toEqual(["a NOT_STORED", "b ABANDONED_IN_SCENARIO"]);
    expect(bench.events.filter((event) => event.startsWith("answer")).slice(-2)).toEqual([
      "answer bad ok",
      "answer end of b ok",
    ]);
    expect([...bench.loop.state.legs.keys()]).toEqual([]);
  });

  it("after a refold ends legs that only one side knows", async () => {
    const bench = await refusing((input) => input.kind === "callArrived" && input.contactId === "bad");
    for (const name of ["a", "b"]) bench.submit(arrival(name));
    await turn();
    bench.alive = new Set(["b-leg", "nobody's"]);
    bench.submit(arrival("bad"), "bad");
    await vi.advanceTimersByTimeAsync(5_000);
    expect([...bench.loop.state.legs.keys()]).toEqual(["b-leg"]);
    expect(bench.events.filter((event) => event.startsWith("drop unknown"))).toEqual(["drop unknown nobody's"]);
  });

  it("tries a deadline over which it stumbles more and more seldom", async () => {
    const bench = await running();
    bench.submit(arrival("a"));
    await turn();
    bench.refuses = (input) => input.kind === "tick" || input.kind === "contactFailed";
    bench.now = monday + 3_600_000;
    bench.submit({ kind: "tick" });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(bench.bugs.filter((kind) => kind === "tick").length).toBeLessThan(30);
    expect(bench.loop.backlog).toBe(0);
  });
});

/** An input over which the core stumbles as soon as it looks at `field`. */
function stumbling(input: object, field: string): Input {
  const broken = { ...input };
  Object.defineProperty(broken, field, {
    get: () => {
      throw new Error("a bug");
    },
  });
  return broken as Input;
}

describe("a bug in the core", () => {
  it("ends the one call it happened in", async () => {
    const bench = await running();
    bench.submit(arrival("a"), "a");
    bench.submit(stumbling({ kind: "held", contactId: "a", on: true }, "operatorId"), "broken");
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.bugs).toEqual(["held"]);
    expect([...bench.loop.state.contacts.keys()]).toEqual(["b"]);
    expect(bench.journal[2]?.facts.at(-1)).toMatchObject({ kind: "contactEnded", contactId: "a" });
  });

  it("apart from any call leaves the input out, commits what was decided before, and folds the journal again", async () => {
    const bench = await running();
    bench.submit(arrival("a"), "a");
    bench.submit(stumbling({ kind: "deviceReachable", reachable: true }, "deviceId"), "broken");
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.bugs).toEqual(["deviceReachable"]);
    expect(bench.events.filter((event) => !event.startsWith("effect"))).toEqual([
      "commit 2",
      "answer broken STOPPED",
      "answer a ok",
      "refold",
      "commit 3",
      "answer b ok",
    ]);
    expect([...bench.loop.state.contacts.keys()]).toEqual(["a", "b"]);
  });
});

describe("mistakes behind the core", () => {
  it("an effect that throws costs its contact, the other effects and answers go on", async () => {
    const performed: string[] = [];
    const perform = (effect: Effect): void => {
      if (effect.kind === "answerLeg" && effect.legId === "a-leg") throw new Error("a mistake");
      performed.push("legId" in effect ? `${effect.kind} ${effect.legId}` : effect.kind);
    };
    const bench = await running({ perform });
    for (const name of ["a", "b"]) bench.submit(arrival(name), name);
    await turn();
    expect(bench.events.filter((event) => !event.startsWith("commit"))).toEqual([
      "fault answerLeg",
      "answer a ok",
      "answer b ok",
    ]);
    expect(performed).toEqual(["play a-leg", "answerLeg b-leg", "play b-leg", "dropLeg a-leg"]);
    expect(bench.journal.at(-1)?.facts.at(-1)).toMatchObject({ contactId: "a", code: "INTERNAL" });
    expect([...bench.loop.state.contacts.keys()]).toEqual(["b"]);
  });

  it("a listener that throws keeps nobody else from hearing", async () => {
    const bench = await running();
    const heard: number[] = [];
    bench.loop.onCommitted(() => {
      throw new Error("a mistake");
    });
    bench.loop.onCommitted((entries) => heard.push(...entries.map((entry) => entry.seq)));
    bench.submit(arrival("a"), "a");
    await turn();
    expect(heard).toEqual([2]);
    expect(bench.events).toContain("fault a listener");
    expect(bench.events).toContain("answer a ok");
  });
});

describe("stopping", () => {
  it("commits what was decided, then takes nothing more", async () => {
    const bench = await running();
    bench.free = false;
    bench.submit(arrival("a"), "a");
    const stopped = bench.loop.stop().then(() => bench.events.push("stopped"));
    await turn();
    bench.held?.done();
    await turn();
    await stopped;
    bench.submit(arrival("b"), "b");
    await turn();
    expect(bench.events.filter((event) => !event.startsWith("effect"))).toEqual([
      "commit 2",
      "answer a ok",
      "stopped",
      "answer b STOPPED",
    ]);
  });
});
