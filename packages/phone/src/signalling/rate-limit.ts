import type { Instant } from "@centrala/kit";

interface Bucket {
  tokens: number;
  at: Instant;
}

/** A token bucket per source address, bounded: at the limit of sources the one that was quiet longest is forgotten. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #sourcesMax: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: { readonly burst: number; readonly perSecond: number; readonly sourcesMax: number }) {
    this.#burst = options.burst;
    this.#perSecond = options.perSecond;
    this.#sourcesMax = options.sourcesMax;
  }

  /** Takes `cost` tokens; false when there are not enough, and then none are taken. */
  take(now: Instant, source: string, cost: number): boolean {
    const bucket = this.#buckets.get(source) ?? { tokens: this.#burst, at: now };
    const earned = (Math.max(0, now - bucket.at) / 1_000) * this.#perSecond;
    const tokens = Math.min(this.#burst, bucket.tokens + earned);
    const enough = tokens >= cost;
    bucket.tokens = enough ? tokens - cost : tokens;
    bucket.at = now;
    this.#buckets.delete(source);
    this.#buckets.set(source, bucket);
    if (this.#buckets.size > this.#sourcesMax) this.#forgetOldest();
    return enough;
  }

  /** Gives back what was taken for something that proved honest. */
  give(source: string, cost: number): void {
    const bucket = this.#buckets.get(source);
    if (bucket !== undefined) bucket.tokens = Math.min(this.#burst, bucket.tokens + cost);
  }

  #forgetOldest(): void {
    const oldest = this.#buckets.keys().next().value;
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
