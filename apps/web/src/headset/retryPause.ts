const pausesMs = [0, 1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * How long to wait before an attempt to connect again: at once, then longer each time up to 15 s. A fifth of it is random, so that a
 * floor full of headsets does not come back to a restarted server in the same instant.
 * @param attempt 0 for the first
 * @param random from 0 up to, not including, 1
 */
export function retryPauseMs(attempt: number, random: number): number {
  const pause = pausesMs[Math.min(attempt, pausesMs.length - 1)] ?? 0;
  return Math.round(pause * (0.8 + 0.2 * random));
}
