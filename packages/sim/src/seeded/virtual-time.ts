import type { Instant } from "@centrala/kit";

type Work = () => void;
type Due = { readonly atMs: number; readonly order: number; readonly work: Work; readonly owner: Owner; over: boolean };

/** Whose a timer is: of what is simulated round the program, or of the program itself, which may die. */
type Owner = "world" | "program";

// Taken before anything is replaced: between two steps the real loop turns once, so that every promise goes as far as it can.
const realImmediate = setImmediate;

/**
 * Time that passes only when somebody says so. While it is taken over, the timers and clocks of the process (setTimeout,
 * setInterval, setImmediate, performance.now, Date.now) are its own: whatever module reads them runs by it, in one order
 * that depends on nothing else, and a second of nothing costs nothing.
 */
export class VirtualTime {
  /** Milliseconds since the start; nobody sets them. */
  elapsedMs = 0;
  /** How far the machine's clock was set from where it would stand. */
  wallOffsetMs = 0;
  readonly #startAt: Instant;
  readonly #heap: Due[] = [];
  #order = 0;

  constructor(startAt: Instant) {
    this.#startAt = startAt;
  }

  get wall(): Instant {
    return Math.floor(this.#startAt + this.elapsedMs + this.wallOffsetMs);
  }

  /** Something of the world happens after so long. Gives a function that stops it. */
  after(delayMs: number, work: Work): () => void {
    const due = this.#add(delayMs, work, "world");
    return () => {
      due.over = true;
    };
  }

  /** Resolves after so long. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#add(delayMs, resolve, "world"));
  }

  /** The program died: nothing that it waited for comes. */
  dropProgram(): void {
    for (const due of this.#heap) if (due.owner === "program") due.over = true;
  }

  /** Runs everything that is due within `durationMs`, in order; `between` is called after each step. */
  async run(durationMs: number, between: () => void = nothing): Promise<void> {
    const endMs = this.elapsedMs + durationMs;
    await settle();
    for (;;) {
      const due = this.#heap[0];
      if (due === undefined || due.atMs > endMs) break;
      this.#take();
      if (due.over) continue;
      due.over = true;
      this.elapsedMs = Math.max(this.elapsedMs, due.atMs);
      due.work();
      await settle();
      between();
    }
    this.elapsedMs = endMs;
  }

  /** Puts this time in the place of the process' own. Gives a function that puts that back. */
  takeOver(): () => void {
    const own = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
    const ownDateNow = Date.now;
    const timer = (ms: unknown, work: Work, every: boolean): Timer => new Timer(this, Number(ms) || 0, work, every);
    const clear = (id: unknown): void => {
      if (id instanceof Timer) id.close();
    };
    const replaced = {
      setTimeout: (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
        timer(Math.max(1, ms ?? 1), () => work(...args), false),
      setInterval: (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
        timer(Math.max(1, ms ?? 1), () => work(...args), true),
      setImmediate: (work: (...args: unknown[]) => void, ...args: unknown[]) => timer(0, () => work(...args), false),
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    };
    Object.assign(globalThis, replaced);
    Date.now = () => this.wall;
    Object.defineProperty(performance, "now", { configurable: true, value: () => this.elapsedMs });
    return () => {
      Object.assign(globalThis, own);
      Date.now = ownDateNow;
      Reflect.deleteProperty(performance, "now");
    };
  }

  /** For {@link Timer} alone. */
  addTimer(delayMs: number, work: Work): Due {
    return this.#add(delayMs, work, "program");
  }

  #add(delayMs: number, work: Work, owner: Owner): Due {
    const due: Due = {
      atMs: this.elapsedMs + Math.max(0, delayMs),
      order: (this.#order += 1),
      work,
      owner,
      over: false,
    };
    const heap = this.#heap;
    let place = heap.push(due) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(due, heap[parent])) break;
      swap(heap, place, parent);
      place = parent;
    }
    return due;
  }

  /** Takes the first one out. */
  #take(): void {
    const heap = this.#heap;
    swap(heap, 0, heap.length - 1);
    heap.pop();
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let first = place;
      if (isBefore(heap[left], heap[first])) first = left;
      if (isBefore(heap[right], heap[first])) first = right;
      if (first === place) return;
      swap(heap, place, first);
      place = first;
    }
  }
}

/** What the process' own functions give: an object that can be held or let go. */
class Timer {
  readonly #time: VirtualTime;
  readonly #ms: number;
  readonly #work: Work;
  readonly #every: boolean;
  #due: Due;

  constructor(time: VirtualTime, ms: number, work: Work, every: boolean) {
    this.#time = time;
    this.#ms = ms;
    this.#work = work;
    this.#every = every;
    this.#due = this.#arm();
  }

  close(): this {
    this.#due.over = true;
    return this;
  }

  refresh(): this {
    this.#due.over = true;
    this.#due = this.#arm();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  #arm(): Due {
    return this.#time.addTimer(this.#ms, () => {
      if (this.#every) this.#due = this.#arm();
      this.#work();
    });
  }
}

function isBefore(one: Due | undefined, other: Due | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

function swap(heap: Due[], one: number, other: number): void {
  const [first, last] = [heap[one], heap[other]];
  if (first === undefined || last === undefined) return;
  heap[one] = last;
  heap[other] = first;
}

function settle(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}

function nothing(): void {
  // Nobody looks in between.
}
