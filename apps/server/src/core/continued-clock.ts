import { hour, type Instant } from "@centrala/kit";

/** Of a run that was further ahead its clock was wrong, and its time is not carried into all that follow. */
const aheadMax = hour;
/** So much of the time that passes goes into letting the clock catch up. */
const slewShare = 0.1;

/**
 * The time of a core after a start: that of `clock`, or where the clock was set back meanwhile that of the run before, going on
 * from there a little slower until the clock has caught up. Deadlines would else stand still until then.
 * @param elapsed milliseconds of a clock that nobody sets
 * @param lastAt when the run before decided last; null when there was none
 */
export function continuedClock(clock: () => Instant, elapsed: () => number, lastAt: Instant | null): () => Instant {
  const ahead = lastAt === null ? 0 : lastAt - clock();
  if (ahead <= 0 || ahead >= aheadMax) return clock;
  const startedMs = elapsed();
  return () => clock() + Math.max(0, Math.ceil(ahead - (elapsed() - startedMs) * slewShare));
}
