import type { Instant } from "@centrala/kit";

/** Runs something at once, then at most every so often; what is asked meanwhile is done once, at the end of the wait. */
export class Throttle {
  readonly #everyMs: number;
  readonly #run: () => Promise<void>;
  readonly #clock: () => Instant;
  readonly #onError: (error: unknown) => void;
  #last: Instant = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #again = false;
  #closed = false;

  constructor(everyMs: number, run: () => Promise<void>, clock: () => Instant, onError: (error: unknown) => void) {
    this.#everyMs = everyMs;
    this.#run = run;
    this.#clock = clock;
    this.#onError = onError;
  }

  ask(urgent: boolean): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    const waitMs = urgent ? 0 : Math.max(0, this.#last + this.#everyMs - this.#clock());
    if (this.#timer !== undefined) {
      if (!urgent) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (waitMs === 0) void this.#go();
    else this.later(waitMs);
  }

  later(ms: number): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#go();
    }, ms);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #go(): Promise<void> {
    if (this.#closed) return;
    this.#running = true;
    this.#last = this.#clock();
    try {
      await this.#run();
    } catch (error) {
      this.#onError(error);
    }
    this.#running = false;
    if (!this.#again) return;
    this.#again = false;
    this.later(this.#everyMs);
  }
}
