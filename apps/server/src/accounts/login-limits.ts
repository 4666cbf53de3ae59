import type { Instant } from "@centrala/kit";

const windowMs = 60_000;
const keysMax = 10_000;

/** Counts failed tries by key (a login) within a minute, for logins that exist and those that do not alike. */
export class FailureLimit {
  readonly #max: number;
  readonly #failures = new Map<string, { count: number; since: Instant }>();

  /** @param max failures within a minute after which a key has to wait */
  constructor(max: number) {
    this.#max = max;
  }

  /** How long the key has to wait in milliseconds; 0 when it may try. */
  waitMs(key: string, now: Instant): number {
    const entry = this.#failures.get(key);
    if (entry === undefined || now - entry.since >= windowMs) return 0;
    return entry.count >= this.#max ? entry.since + windowMs - now : 0;
  }

  failed(key: string, now: Instant): void {
    const entry = this.#failures.get(key);
    if (entry !== undefined && now - entry.since < windowMs) {
      entry.count += 1;
      return;
    }
    this.#failures.delete(key);
    this.#failures.set(key, { count: 1, since: now });
    if (this.#failures.size <= keysMax) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}
