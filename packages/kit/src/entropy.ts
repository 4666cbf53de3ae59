/**
 * A source of random bytes. The shell gives a cryptographic one; a seed stands in only in simulation,
 * never where a nonce, tag or key comes from it in a running centre.
 */
export interface Entropy {
  /** Fills `out` completely. */
  fill(out: Uint8Array): void;
}

const poolBytesDefault = 4_096;

/**
 * Draws from a source in large pieces: a call into the system for four bytes costs as much as one for thousands. What was
 * given out is erased here.
 */
export class PooledEntropy implements Entropy {
  readonly #source: Entropy;
  readonly #pool: Uint8Array;
  #used: number;

  /** @param poolBytes how much is drawn at once; more than that at a time goes past the pool */
  constructor(source: Entropy, poolBytes = poolBytesDefault) {
    this.#source = source;
    this.#pool = new Uint8Array(poolBytes);
    this.#used = poolBytes;
  }

  fill(out: Uint8Array): void {
    const { length } = out;
    if (length > this.#pool.length) {
      this.#source.fill(out);
      return;
    }
    if (this.#used + length > this.#pool.length) {
      this.#source.fill(this.#pool);
      this.#used = 0;
    }
    const end = this.#used + length;
    for (let at = this.#used, to = 0; at < end; at += 1, to += 1) {
      out[to] = this.#pool[at] ?? 0;
      this.#pool[at] = 0;
    }
    this.#used = end;
  }
}

const hexDigits = "0123456789abcdef";

/** `bytes` random bytes as lower-case hexadecimal. */
export function randomHex(entropy: Entropy, bytes: number): string {
  const buffer = new Uint8Array(bytes);
  entropy.fill(buffer);
  let text = "";
  for (const byte of buffer) text += (hexDigits[byte >> 4] ?? "") + (hexDigits[byte & 15] ?? "");
  return text;
}
