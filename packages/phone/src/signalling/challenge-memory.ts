import type { Instant } from "@centrala/kit";
import type { DigestAlgorithm } from "@centrala/sip";

const both: readonly DigestAlgorithm[] = ["SHA-256", "MD5"];
const md5Only: readonly DigestAlgorithm[] = ["MD5"];
const rememberedMs = 86_400_000;
const retryMs = 600_000;
const sourcesMax = 10_000;
/** Stacks that give up on a challenge they do not know instead of taking the other one. */
const knownMd5Only = /^(baresip v[01]\.|sipp|linphone\/3|yate)/i;

/**
 * Which digest algorithms to offer a source. Many phones fail on a challenge for SHA-256 even when one for MD5 stands
 * beside it (RFC 8760 asks them not to). A source that was offered both and comes again without an answer is
 * offered MD5 alone from then on.
 */
export class ChallengeMemory {
  readonly #offered = new Map<string, Instant>();
  readonly #md5Only = new Map<string, Instant>();

  /** The algorithms for a REGISTER that came without credentials. */
  forRegister(now: Instant, source: string, userAgent: string): readonly DigestAlgorithm[] {
    if (knownMd5Only.test(userAgent) || this.#isMd5Only(now, source)) return md5Only;
    const offeredAt = this.#offered.get(source);
    if (offeredAt !== undefined && now - offeredAt < retryMs) {
      keep(this.#md5Only, source, now);
      return md5Only;
    }
    keep(this.#offered, source, now);
    return both;
  }

  /** The algorithms for any other request. */
  forOther(now: Instant, source: string, userAgent: string): readonly DigestAlgorithm[] {
    return knownMd5Only.test(userAgent) || this.#isMd5Only(now, source) ? md5Only : both;
  }

  /** The source has answered a challenge, so it copes with what it was offered. */
  answered(source: string): void {
    this.#offered.delete(source);
  }

  #isMd5Only(now: Instant, source: string): boolean {
    const at = this.#md5Only.get(source);
    return at !== undefined && now - at < rememberedMs;
  }
}

function keep(map: Map<string, Instant>, source: string, now: Instant): void {
  map.delete(source);
  map.set(source, now);
  if (map.size <= sourcesMax) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
