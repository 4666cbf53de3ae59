import type { Instant } from "@centrala/kit";

export type SteadyClockOptions = {
  /** The machine's clock, which is set now and then. */
  readonly wall: () => Instant;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed: () => number;
  /** Whether nothing runs whose times a jump would spoil. */
  readonly idle: () => boolean;
};

/** So far from the machine's clock it is followed at once: that is how clocks are kept right. */
const followMs = 500;
/** Otherwise the difference is made up for by so much of the time that passes. */
const slewShare = 0.1;

/**
 * The time by which contacts are led: it never stands still and never runs back, whatever is done to the machine's clock.
 * Small corrections are followed; after a jump an hour stays an hour, a little shorter or longer, until both agree again.
 * When nothing runs, a clock that was set forward is followed at once.
 */
export function steadyClock({ wall, elapsed, idle }: SteadyClockOptions): () => Instant {
  let now = wall();
  let seen = elapsed();
  return () => {
    const at = elapsed();
    const passed = at > seen ? at - seen : 0;
    seen += passed;
    const behind = wall() - (now + passed);
    if (Math.abs(behind) <= followMs || (behind > 0 && idle())) now = Math.max(now, now + passed + behind);
    else now += passed + Math.sign(behind) * Math.min(Math.abs(behind), passed * slewShare);
    return Math.floor(now);
  };
}
