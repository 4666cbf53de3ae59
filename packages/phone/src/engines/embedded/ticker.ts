/** Length of a slot. */
export const slotMs = 5;

/** A frame of 20 ms has four slots; legs are spread over them, so that not all packets leave at once. */
export const slotsPerFrame = 4;

/** After a stall of more than this the missed slots are given up instead of being sent in a burst. */
const catchUpMaxMs = 100;

/** While nobody needs frames, waking up 200 times a second would be all that an idle call costs. */
const restMs = 50;
/** While nobody's time limit is near either, looking after legs is all there is to do. */
const longRestMs = 200;

export type TickerWork = {
  /** A slot with its running number; says in which of a frame's four turns something is needed, a bit each. */
  readonly slot: (slot: number, now: number) => number;
  /** What is looked after while no frames are needed; says whether something waits for a time limit. */
  readonly rest: (now: number) => boolean;
};

/**
 * Calls back every 5 ms, corrected against the clock, so that it neither drifts nor depends on a timer's punctuality: in the
 * turns that are needed, and rarely while no frames are needed at all, until {@link wake}.
 */
export class Ticker {
  readonly #now: () => number;
  readonly #work: TickerWork;
  #timer: NodeJS.Timeout | undefined;
  #nextAt = 0;
  #slot = 0;
  /** Slots from the last one to the next whose turn is needed. */
  #ahead = 1;
  #resting = false;
  #restedMs = restMs;

  constructor(now: () => number, work: TickerWork) {
    this.#now = now;
    this.#work = work;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  get resting(): boolean {
    return this.#resting && this.running;
  }

  /** Begins at rest. */
  start(): void {
    if (!this.running) this.#rest();
  }

  /** Something waits for a time limit now: what is at long rest looks up earlier. */
  hurry(): void {
    if (!this.resting || this.#restedMs === restMs) return;
    clearTimeout(this.#timer);
    this.#rest();
  }

  /** Somebody needs frames from now on, in whichever turn. */
  wake(): void {
    if (!this.running) return;
    if (!this.#resting && this.#ahead === 1) return;
    clearTimeout(this.#timer);
    if (this.#resting) this.#nextAt = this.#now() + slotMs;
    else this.#back();
    this.#resting = false;
    this.#timer = setTimeout(this.#run, Math.max(1, this.#nextAt - this.#now()));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #run = (): void => {
    const now = this.#now();
    if (this.#resting) this.#restedMs = this.#work.rest(now) ? restMs : longRestMs;
    else this.#runSlots(now);
    if (!this.running) return;
    const waitMs = this.#resting ? this.#restedMs : Math.max(1, this.#nextAt - this.#now());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#run, waitMs);
  };

  #rest(): void {
    this.#resting = true;
    this.#restedMs = restMs;
    this.#timer = setTimeout(this.#run, restMs);
  }

  #runSlots(now: number): void {
    if (now - this.#nextAt > catchUpMaxMs) this.#nextAt = now;
    while (this.#nextAt <= now && this.running && !this.#resting) {
      const turns = this.#work.slot(this.#slot, now);
      this.#resting = turns === 0;
      this.#ahead = 1;
      while (turns !== 0 && (turns & (1 << ((this.#slot + this.#ahead) % slotsPerFrame))) === 0) this.#ahead += 1;
      this.#slot += this.#ahead;
      this.#nextAt += this.#ahead * slotMs;
    }
    this.#restedMs = restMs;
  }

  /** To the first slot that is still to come, of those that were to be left out. */
  #back(): void {
    const now = this.#now();
    for (; this.#ahead > 1 && this.#nextAt - slotMs > now; this.#ahead -= 1) {
      this.#slot -= 1;
      this.#nextAt -= slotMs;
    }
    this.#ahead = 1;
  }
}
