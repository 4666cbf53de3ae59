/** How many large requests of one kind run at once: each holds megabytes of memory, or reads whole tables. */
export class HeavyLimit {
  readonly #perCallerMax: number;
  readonly #max: number;
  readonly #running = new Map<string, number>();
  #all = 0;

  constructor({ perCaller, inAll }: { readonly perCaller: number; readonly inAll: number }) {
    this.#perCallerMax = perCaller;
    this.#max = inAll;
  }

  /** Gives what ends the request's share, to be called once; undefined when there is none to have now. */
  begin(caller: string): (() => void) | undefined {
    const own = this.#running.get(caller) ?? 0;
    if (own >= this.#perCallerMax || this.#all >= this.#max) return undefined;
    this.#running.set(caller, own + 1);
    this.#all += 1;
    return () => {
      this.#all -= 1;
      const left = (this.#running.get(caller) ?? 1) - 1;
      if (left > 0) this.#running.set(caller, left);
      else this.#running.delete(caller);
    };
  }
}
