import type { Instant } from "@centrala/kit";

const keysMax = 50_000;
const waitMsMax = 3_600_000;
const forgottenAfterMs = 3_600_000;

type Options = {
  /** Failures after which a key has to wait. */
  readonly max: number;
  /** Within which they count, and how long the first wait is. */
  readonly windowMs: number;
  /** Whether every further failure doubles the wait, to an hour at most; else a new window begins. */
  readonly doubles: boolean;
};
type Entry = { count: number; since: Instant; until: Instant };

/** Counts failed tries by key (a login from an address, an address), for logins that exist and those that do not alike. */
export class FailureLimit {
  readonly #options: Options;
  readonly #failures = new Map<string, Entry>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** How long the key has to wait in milliseconds; 0 when it may try. */
  waitMs(key: string, now: Instant): number {
    return Math.max(0, (this.#failures.get(key)?.until ?? 0) - now);
  }

  failed(key: string, now: Instant): void {
    const { max, windowMs, doubles } = this.#options;
    const known = this.#failures.get(key);
    const keptMs = doubles ? forgottenAfterMs : windowMs;
    const fresh = known === undefined || now - Math.max(known.since, known.until) >= keptMs;
    const entry = fresh ? { count: 0, since: now, until: 0 } : known;
    entry.count += 1;
    if (doubles) entry.since = now;
    if (entry.count >= max)
      entry.until = doubles
        ? now + Math.min(windowMs * 2 ** Math.min(entry.count - max, 10), waitMsMax)
        : entry.since + windowMs;
    this.#failures.delete(key);
    this.#failures.set(key, entry);
    if (this.#failures.size <= keysMax) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}
