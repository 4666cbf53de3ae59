/** Milliseconds since 1970-01-01T00:00:00Z. Only the composition root reads a clock; everyone else is told. */
export type Instant = number;

export const second = 1_000;
export const minute = 60_000;
export const hour = 3_600_000;
export const day = 86_400_000;

/** The earliest of some deadlines, undefined when there is none. */
export function earliest(...deadlines: ReadonlyArray<Instant | undefined>): Instant | undefined {
  let best: Instant | undefined;
  for (const deadline of deadlines) {
    if (deadline !== undefined && (best === undefined || deadline < best)) best = deadline;
  }
  return best;
}
