import { type Entropy, equalBytes, fromHex, type Instant, randomHex, toHex, utf8Encode } from "@centrala/kit";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

export interface NonceOptions {
  /** Key of the authentication code, 32 random bytes; nonces of another key are stale. */
  readonly key: Uint8Array;
  readonly entropy: Entropy;
  /** How long a nonce may be used. Default 5 minutes. */
  readonly lifetimeMs?: number;
  /** How many used nonces are remembered for their counts. Default 10,000. */
  readonly usedMax?: number;
}

/** What became of a nonce count: "fresh" counts may pass, a "stale" nonce is asked to be renewed. */
export type NonceUse = "fresh" | "stale" | "replayed";

interface UsedNonce {
  readonly issuedAt: Instant;
  highest: number;
  /** Bit n is set when count `highest - n` was seen: UDP may swap two requests. */
  seen: number;
}

const timeDigits = 12;
const randomDigits = 16;
const macDigits = 32;

/**
 * Server nonces without memory: time, 64 random bits and an HMAC-SHA-256 over both. Only nonces that were used with
 * right credentials are remembered, to refuse a count that was seen before (RFC 7616 section 3.3).
 */
export class Nonces {
  readonly #key: Uint8Array;
  readonly #entropy: Entropy;
  readonly #lifetimeMs: number;
  readonly #usedMax: number;
  readonly #used = new Map<string, UsedNonce>();
  /** Nonces issued up to here may have been forgotten, so an unknown one of that age counts as stale. */
  #forgottenUntil: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: NonceOptions) {
    this.#key = options.key;
    this.#entropy = options.entropy;
    this.#lifetimeMs = options.lifetimeMs ?? 300_000;
    this.#usedMax = options.usedMax ?? 10_000;
  }

  issue(now: Instant): string {
    const head = now.toString(16).padStart(timeDigits, "0") + randomHex(this.#entropy, randomDigits / 2);
    return head + this.#mac(head);
  }

  /** True when the nonce is ours and young enough; says nothing about its counts. */
  isCurrent(now: Instant, nonce: string): boolean {
    const issuedAt = this.#issuedAt(nonce);
    return issuedAt !== undefined && now - issuedAt < this.#lifetimeMs && issuedAt <= now;
  }

  /** Uses count `nc` of a current nonce, after the credentials proved right. */
  use(nonce: string, nc: number): NonceUse {
    const known = this.#used.get(nonce);
    if (known !== undefined) return countOnce(known, nc);
    const issuedAt = this.#issuedAt(nonce) ?? Number.NEGATIVE_INFINITY;
    if (issuedAt <= this.#forgottenUntil) return "stale";
    this.#forgetOldest();
    this.#used.set(nonce, { issuedAt, highest: nc, seen: 1 });
    return "fresh";
  }

  #forgetOldest(): void {
    if (this.#used.size < this.#usedMax) return;
    const oldest = this.#used.entries().next().value;
    if (oldest === undefined) return;
    this.#used.delete(oldest[0]);
    this.#forgottenUntil = Math.max(this.#forgottenUntil, oldest[1].issuedAt);
  }

  #issuedAt(nonce: string): Instant | undefined {
    if (nonce.length !== timeDigits + randomDigits + macDigits) return undefined;
    const head = nonce.slice(0, timeDigits + randomDigits);
    const given = fromHex(nonce.slice(timeDigits + randomDigits));
    const right = fromHex(this.#mac(head));
    if (given === undefined || right === undefined || !equalBytes(given, right)) return undefined;
    return Number.parseInt(nonce.slice(0, timeDigits), 16);
  }

  #mac(head: string): string {
    return toHex(hmac(sha256, this.#key, utf8Encode(head))).slice(0, macDigits);
  }
}

function countOnce(used: UsedNonce, nc: number): NonceUse {
  const ahead = nc - used.highest;
  if (ahead > 0) {
    used.seen = ahead > 31 ? 1 : ((used.seen << ahead) | 1) >>> 0;
    used.highest = nc;
    return "fresh";
  }
  const behind = -ahead;
  if (behind > 31 || ((used.seen >>> behind) & 1) === 1) return "replayed";
  used.seen = (used.seen | (1 << behind)) >>> 0;
  return "fresh";
}
