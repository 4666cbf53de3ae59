/** Length of a slot. */
export const slotMs = 5;

/** A frame of 20 ms has four slots; legs are spread over them, so that not all packets leave at once. */
export const slotsPerFrame = 4;

/** After a stall of more than this the missed slots are given up instead of being sent in a burst. */
const catchUpMaxMs = 100;

/** While nobody needs frames, waking up 200 times a second would be all that an idle call costs. */
const restMs = 50;

export type TickerWork = {
  /** A slot with its running number; says whether frames are still needed. */
  readonly slot: (slot: number, now: number) => boolean;
  /** What is looked after while no frames are needed. */
  readonly rest: (now: number) => void;
};

/**
 * Calls back every 5 ms, corrected against the clock, so that it neither drifts nor depends on a timer's punctuality; ten
 * times more rarely while no frames are needed, until {@link wake}.
 */
export class Ticker {
  readonly #now: () => number;
  readonly #work: TickerWork;
  #timer: NodeJS.Timeout | undefined;
  #nextAt = 0;
  #slot = 0;
  #resting = false;

  constructor(now: () => number, work: TickerWork) {
    this.#now = now;
    this.#work = work;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins at rest. */
  start(): void {
    if (this.running) return;
    this.#resting = true;
    this.#timer = setTimeout(this.#run, restMs);
  }

  /** Somebody needs frames from now on. */
  wake(): void {
    if (!this.running || !this.#resting) return;
    clearTimeout(this.#timer);
    this.#resting = false;
    this.#nextAt = this.#now() + slotMs;
    this.#timer = setTimeout(this.#run, slotMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #run = (): void => {
    const now = this.#now();
    if (this.#resting) this.#work.rest(now);
    else this.#runSlots(now);
    if (!this.running) return;
    const waitMs = this.#resting ? restMs : Math.max(1, this.#nextAt - this.#now());
    this.#timer = setTimeout(this.#run, waitMs);
  };

  #runSlots(now: number): void {
    if (now - this.#nextAt > catchUpMaxMs) this.#nextAt = now;
    let needed = true;
    while (this.#nextAt <= now && this.running) {
      needed = this.#work.slot(this.#slot, now);
      this.#slot += 1;
      this.#nextAt += slotMs;
    }
    this.#resting = !needed;
  }
}
