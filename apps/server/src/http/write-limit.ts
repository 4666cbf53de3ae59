import { type Instant, LruMap } from "@centrala/kit";

/** Changes that somebody may make at one go, and what grows again in a second: more than any hand or page does. */
const burst = 240;
const perSecond = 4;
const callersMax = 20_000;

type Bucket = { left: number; at: Instant };

/** How much one person or token may change: the journal, the audit and the configuration grow with every change. */
export class WriteLimit {
  readonly #buckets = new LruMap<Bucket>(callersMax);

  /** Takes one change; gives how long to wait in milliseconds, 0 when it may be made. */
  take(who: string, now: Instant): number {
    const bucket = this.#buckets.get(who) ?? { left: burst, at: now };
    const grown = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) * perSecond) / 1_000);
    this.#buckets.set(who, { left: Math.max(0, grown < 1 ? grown : grown - 1), at: now });
    return grown < 1 ? Math.ceil(((1 - grown) * 1_000) / perSecond) : 0;
  }
}
