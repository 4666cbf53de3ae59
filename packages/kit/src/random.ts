import type { Entropy } from "./entropy.ts";

/** Repeatable random numbers for simulations and tests (xoshiro128**, Blackman and Vigna 2018). Never for keys. */
export class SeededRandom implements Entropy {
  readonly #state = new Uint32Array(4);

  /** @param seed any integer; equal seeds give equal sequences */
  constructor(seed: number) {
    // SplitMix32 spreads a small seed over the whole state.
    let x = seed >>> 0;
    for (let index = 0; index < 4; index += 1) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[index] = (z ^ (z >>> 15)) >>> 0;
    }
  }

  /** The next whole number from 0 to 2^32 - 1. */
  next(): number {
    const s = this.#state;
    const s1 = s[1] ?? 0;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s[2] = (s[2] ?? 0) ^ (s[0] ?? 0);
    s[3] = (s[3] ?? 0) ^ s1;
    s[1] = s1 ^ (s[2] ?? 0);
    s[0] = (s[0] ?? 0) ^ (s[3] ?? 0);
    s[2] = (s[2] ?? 0) ^ t;
    const s3 = s[3] ?? 0;
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor((this.next() / 2 ** 32) * below);
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  fill(out: Uint8Array): void {
    for (let index = 0; index < out.length; index += 1) out[index] = this.next() & 255;
  }
}
