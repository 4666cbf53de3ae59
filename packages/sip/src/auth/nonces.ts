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
  /** Wrong answers that were given with it. */
  failures: number;
  highest: number;
  /** Bit n is set when count `highest - n` was seen: UDP may swap two requests. */
  seen: number;
}

const timeDigits = 12;
const randomDigits = 16;
const macDigits = 32;
/** A person mistypes, a phone repeats: after this many wrong answers a nonce has served. */
const failuresMax = 3;

/**
 * Server nonces without memory: time, 64 random bits and an HMAC-SHA-256 over both and over whom they were given to.
 * Only nonces that were used are remembered, to refuse a count that was seen before (RFC 7616 section 3.3) and to end
 * guessing with one of them.
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

  /** @param holder who may use it: the source address of the request it answers */
  issue(now: Instant, holder = ""): string {
    const head = now.toString(16).padStart(timeDigits, "0") + randomHex(this.#entropy, randomDigits / 2);
    return head + this.#mac(head, holder);
  }

  /** True when the nonce is ours, given to this holder, young enough and not worn out; says nothing about its counts. */
  isCurrent(now: Instant, nonce: string, holder = ""): boolean {
    const issuedAt = this.#issuedAt(nonce, holder);
    if (issuedAt === undefined || now - issuedAt >= this.#lifetimeMs || issuedAt > now) return false;
    const used = this.#used.get(nonce);
    return used === undefined ? issuedAt > this.#forgottenUntil : used.failures < failuresMax;
  }

  /** Uses count `nc` of a current nonce, after the credentials proved right. */
  use(nonce: string, nc: number): NonceUse {
    const known = this.#used.get(nonce);
    if (known !== undefined) return countOnce(known, nc);
    this.#remember(nonce, { issuedAt: timeOf(nonce), failures: 0, highest: nc, seen: 1 });
    return "fresh";
  }

  /** Credentials with this current nonce were wrong. */
  failed(nonce: string): void {
    const known = this.#used.get(nonce);
    if (known !== undefined) known.failures += 1;
    else this.#remember(nonce, { issuedAt: timeOf(nonce), failures: 1, highest: 0, seen: 0 });
  }

  #remember(nonce: string, used: UsedNonce): void {
    this.#forgetOldest();
    this.#used.set(nonce, used);
  }

  #forgetOldest(): void {
    if (this.#used.size < this.#usedMax) return;
    const oldest = this.#used.entries().next().value;
    if (oldest === undefined) return;
    this.#used.delete(oldest[0]);
    this.#forgottenUntil = Math.max(this.#forgottenUntil, oldest[1].issuedAt);
  }

  #issuedAt(nonce: string, holder: string): Instant | undefined {
    if (nonce.length !== timeDigits + randomDigits + macDigits) return undefined;
    const head = nonce.slice(0, timeDigits + randomDigits);
    const given = fromHex(nonce.slice(timeDigits + randomDigits));
    const right = fromHex(this.#mac(head, holder));
    if (given === undefined || right === undefined || !equalBytes(given, right)) return undefined;
    return timeOf(nonce);
  }

  #mac(head: string, holder: string): string {
    return toHex(hmac(sha256, this.#key, utf8Encode(`${head}|${holder}`))).slice(0, macDigits);
  }
}

function timeOf(nonce: string): Instant {
  return Number.parseInt(nonce.slice(0, timeDigits), 16);
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
