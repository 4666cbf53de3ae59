import type { Instant } from "@centrala/kit";

/** How a key came, the most reliable way last: as a tone in the sound, by signalling (SIP INFO), by RFC 4733. */
export const keyWays = { tone: 1, signalling: 2, events: 3 } as const;
export type KeyWay = keyof typeof keyWays;

/** How far apart the same press may arrive by two ways. */
const sameWithinMs = 2_000;
const pendingMax = 16;

/**
 * Lets each key of a far end count once, whichever ways it comes by: devices are set to send keys by two ways because far
 * ends differ. The best way that was heard counts, worse ones are passed over from then on; a key that counted by a worse way
 * before is passed over when it comes by a better one.
 */
export class KeyWays {
  /** The best way that this far end has used so far, 0 for none. */
  #best = 0;
  readonly #counted: { readonly key: string; readonly rank: number; readonly at: Instant }[] = [];

  /** True while tones in the sound may be this far end's keys. */
  get listensForTones(): boolean {
    return this.#best <= keyWays.tone;
  }

  /** Whether the key counts. */
  admit(key: string, way: KeyWay, now: Instant): boolean {
    const rank = keyWays[way];
    if (rank < this.#best) return false;
    this.#best = rank;
    while ((this.#counted[0]?.at ?? now) < now - sameWithinMs) this.#counted.shift();
    const same = this.#counted.findIndex((counted) => counted.key === key && counted.rank < rank);
    if (same >= 0) {
      this.#counted.splice(same, 1);
      return false;
    }
    if (rank < keyWays.events && this.#counted.length < pendingMax) this.#counted.push({ key, rank, at: now });
    return true;
  }

  /** Somebody else may be there now. */
  reset(): void {
    this.#best = 0;
  }
}
