import type { Instant } from "@centrala/kit";

const windowMs = 1_000;
const sourcesMax = 4_096;

/**
 * Counts what each address sent in vain and stops listening to it for the rest of a second. Addresses that proved themselves are
 * not asked for here, so a forged sender can't silence a conversation.
 */
export class SourceLimiter {
  readonly #perSecondMax: number;
  readonly #counts = new Map<string, number>();
  #windowEnd: Instant = 0;

  constructor(perSecondMax: number) {
    this.#perSecondMax = perSecondMax;
  }

  /** True when nothing more is taken from this address for now. */
  blocks(address: string, now: Instant): boolean {
    this.#turn(now);
    return (this.#counts.get(address) ?? 0) >= this.#perSecondMax;
  }

  /** Counts one datagram in vain. */
  count(address: string, now: Instant): void {
    this.#turn(now);
    // A full table forgets all: who floods from thousands of addresses is not stopped by counting each.
    if (this.#counts.size >= sourcesMax && !this.#counts.has(address)) this.#counts.clear();
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
  }

  #turn(now: Instant): void {
    if (now < this.#windowEnd && now >= this.#windowEnd - windowMs) return;
    this.#windowEnd = now + windowMs;
    this.#counts.clear();
  }
}
