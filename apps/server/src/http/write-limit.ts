import { type Instant, LruMap } from "@centrala/kit";

const callersMax = 20_000;

type Bucket = { left: number; at: Instant };

/** How much one person or token may do: at one go, and what grows again in a second. */
export class WriteLimit {
  readonly #buckets = new LruMap<Bucket>(callersMax);
  readonly #burst: number;
  readonly #perSecond: number;

  /** Unless told, for changes: more than any hand or page makes. Journal, audit and configuration grow with every one. */
  constructor({ burst = 240, perSecond = 4 }: { readonly burst?: number; readonly perSecond?: number } = {}) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** Takes one change, or one that costs as much as several; gives how long to wait in milliseconds, 0 when it may be made. */
  take(who: string, now: Instant, cost = 1): number {
    const [burst, perSecond] = [this.#burst, this.#perSecond];
    const bucket = this.#buckets.get(who) ?? { left: burst, at: now };
    const grown = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) * perSecond) / 1_000);
    this.#buckets.set(who, { left: grown < cost ? grown : grown - cost, at: now });
    return grown < cost ? Math.ceil(((cost - grown) * 1_000) / perSecond) : 0;
  }
}
