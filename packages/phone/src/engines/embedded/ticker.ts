/** Length of a slot. */
export const slotMs = 5;

/** A frame of 20 ms has four slots; legs are spread over them, so that not all packets leave at once. */
export const slotsPerFrame = 4;

/** After a stall of more than this the missed slots are given up instead of being sent in a burst. */
const catchUpMaxMs = 100;

/** Calls back every 5 ms, corrected against the clock, so that it neither drifts nor depends on a timer's punctuality. */
export class Ticker {
  readonly #now: () => number;
  readonly #onSlot: (slot: number, now: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #nextAt = 0;
  #slot = 0;

  /** @param onSlot is given the running number of the slot and the time */
  constructor(now: () => number, onSlot: (slot: number, now: number) => void) {
    this.#now = now;
    this.#onSlot = onSlot;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  start(): void {
    if (this.running) return;
    this.#nextAt = this.#now() + slotMs;
    this.#timer = setTimeout(this.#run, slotMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #run = (): void => {
    const now = this.#now();
    if (now - this.#nextAt > catchUpMaxMs) this.#nextAt = now;
    while (this.#nextAt <= now && this.running) {
      this.#onSlot(this.#slot, now);
      this.#slot += 1;
      this.#nextAt += slotMs;
    }
    if (this.running) this.#timer = setTimeout(this.#run, Math.max(1, this.#nextAt - this.#now()));
  };
}
