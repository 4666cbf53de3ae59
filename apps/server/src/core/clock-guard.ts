import { day, hour, type Instant, minute } from "@centrala/kit";

/** Why the machine's clock is not believed: `newestAt` is what the journal knew of, or what our own clock counted. */
export type ClockDoubt = { readonly kind: "CLOCK_AHEAD" | "CLOCK_BEHIND"; readonly newestAt: Instant };

export type ClockGuardOptions = {
  /** The machine's clock, which anybody can set. */
  readonly wall: () => Instant;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed: () => number;
  /** A doubt outlives the process: what it wrote at the wrong time would hide it from the next one. */
  readonly load: () => ClockDoubt | null;
  readonly save: (doubt: ClockDoubt | null) => void;
};

const aheadMax = day;
/** Clocks are set by seconds all the time. */
const behindMax = 5 * minute;
const quietAfterStartMs = hour;

/**
 * Says whether what is old by the clock may be deleted. Not in the first hour after a start, and not while the clock is more
 * than a day ahead of the newest journal entry, behind it, or has jumped so far since the start: until a person confirms it.
 */
export class ClockGuard {
  readonly #options: ClockGuardOptions;
  readonly #startedAt: number;
  #anchor: { readonly wall: Instant; readonly elapsed: number };
  #doubt: ClockDoubt | null;

  constructor(options: ClockGuardOptions) {
    this.#options = options;
    this.#startedAt = options.elapsed();
    this.#anchor = { wall: options.wall(), elapsed: this.#startedAt };
    this.#doubt = options.load();
  }

  get doubt(): ClockDoubt | null {
    return this.#doubt;
  }

  /** The newest entry of a journal, before this run writes into it. */
  sawJournal(newestAt: Instant): void {
    this.#compare(newestAt);
  }

  mayDelete(): boolean {
    const { wall, elapsed } = this.#anchor;
    this.#compare(wall + (this.#options.elapsed() - elapsed));
    return this.#doubt === null && this.#options.elapsed() - this.#startedAt >= quietAfterStartMs;
  }

  /** A person says that the clock is right as it is now. */
  confirm(): void {
    this.#anchor = { wall: this.#options.wall(), elapsed: this.#options.elapsed() };
    this.#set(null);
  }

  #compare(expected: Instant): void {
    if (this.#doubt !== null) return;
    const ahead = this.#options.wall() - expected;
    if (ahead > aheadMax) this.#set({ kind: "CLOCK_AHEAD", newestAt: expected });
    else if (ahead < -behindMax) this.#set({ kind: "CLOCK_BEHIND", newestAt: expected });
  }

  #set(doubt: ClockDoubt | null): void {
    this.#doubt = doubt;
    this.#options.save(doubt);
  }
}
