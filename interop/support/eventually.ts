/** Options of {@link eventually}. */
export type Patience = {
  /** What is waited for, as it stands in the failure's message. */
  readonly what: string;
  readonly withinMs?: number;
  readonly everyMs?: number;
};

/** Only a failure waits as long as this; a slow machine under load needs some of it. */
const withinMsDefault = 30_000;
const everyMsDefault = 50;

/**
 * Asks again and again until the answer is neither undefined, null nor false; then gives it.
 * @throws Error that names what was waited for, with the last error of `check` as its cause
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  patience: Patience,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + (patience.withinMs ?? withinMsDefault);
  let cause: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, undefined | null | false>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`waited in vain for ${patience.what}`, { cause });
    await pause(patience.everyMs ?? everyMsDefault);
  }
}

/** Lets time pass where time itself is what happens: a caller who speaks, a recording that grows. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** Rejects when the work is not done in time, so that a test names what hung. */
export async function within<T>(work: Promise<T>, what: string, withinMs = withinMsDefault): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), withinMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
