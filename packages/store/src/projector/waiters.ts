type Waiter = { readonly seq: number; readonly done: (reached: boolean) => void };

const waitersMax = 10_000;

/** Who waits for rows to hold an entry: each for a limited time. */
export class Waiters {
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /** True once `seq` was reached, false after `withinMs` or when it never will be. */
  wait(seq: number, withinMs: number): Promise<boolean> {
    if (this.#waiters.size >= waitersMax) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        seq,
        done: (reached) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(reached);
        },
      };
      const timer = setTimeout(() => waiter.done(false), withinMs);
      this.#waiters.add(waiter);
    });
  }

  reached(seq: number): void {
    for (const waiter of this.#waiters) if (waiter.seq <= seq) waiter.done(true);
  }

  giveUp(): void {
    for (const waiter of this.#waiters) waiter.done(false);
  }
}
