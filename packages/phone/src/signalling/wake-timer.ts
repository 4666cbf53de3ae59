import type { Instant } from "@centrala/kit";

const timeoutMax = 2_147_483_647;

/**
 * One timer for the next deadline of many, asked after every message. It is set anew for an earlier deadline only: most are put off
 * before they come, and a timer that fires too early finds the deadline of then. Keeps no process alive.
 */
export class WakeTimer {
  readonly #wake: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at: Instant = Number.POSITIVE_INFINITY;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  set(now: Instant, deadline: Instant | undefined): void {
    if (deadline === undefined || deadline >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = deadline;
    this.#timer = setTimeout(this.#fire, Math.min(Math.max(1, deadline - now), timeoutMax));
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#at = Number.POSITIVE_INFINITY;
  }

  readonly #fire = (): void => {
    this.#at = Number.POSITIVE_INFINITY;
    this.#wake();
  };
}
