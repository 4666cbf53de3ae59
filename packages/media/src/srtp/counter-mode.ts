import { assert } from "@centrala/kit";
import type { BlockCipher } from "./block-cipher.ts";

const blockBytes = 16;

/** The longest part of a packet that is encrypted: no packet of ours or of a browser crosses a usual link's 1500 bytes. */
export const cipherBytesMax = 1536;

/** AES in counter mode as SRTP uses it (RFC 3711 section 4.1.1), in place, with buffers made once. */
export class CounterMode {
  readonly #cipher: BlockCipher;
  readonly #salt: Uint8Array;
  readonly #counters = new Uint8Array(cipherBytesMax);
  readonly #keystream = new Uint8Array(cipherBytesMax);

  /** @param salt the session salt, 14 bytes */
  constructor(cipher: BlockCipher, salt: Uint8Array) {
    assert(salt.length === 14, "an SRTP session salt has 14 bytes");
    this.#cipher = cipher;
    this.#salt = salt;
  }

  /**
   * Encrypts or decrypts `bytes` from `from` up to, not including, `to`; at most {@link cipherBytesMax} bytes.
   * @param indexHigh the upper 16 bits of the 48-bit packet index
   * @param indexLow the lower 32 bits of it
   */
  apply(bytes: Uint8Array, from: number, to: number, ssrc: number, indexHigh: number, indexLow: number): void {
    const length = to - from;
    assert(length <= cipherBytesMax && to <= bytes.length, "a packet's payload fits the counter buffer");
    const blocks = (length + blockBytes - 1) >> 4;
    this.#fillCounters(blocks, ssrc, indexHigh, indexLow);
    const stream = this.#keystream;
    this.#cipher.encrypt(this.#counters, stream, blocks);
    for (let index = 0; index < length; index += 1) {
      bytes[from + index] = (bytes[from + index] ?? 0) ^ (stream[index] ?? 0);
    }
  }

  /** IV = (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16); the last two bytes count the blocks. */
  #fillCounters(blocks: number, ssrc: number, indexHigh: number, indexLow: number): void {
    const counters = this.#counters;
    if (blocks === 0) return;
    counters.set(this.#salt);
    flipUint32(counters, 4, ssrc);
    counters[8] = (counters[8] ?? 0) ^ (indexHigh >>> 8);
    counters[9] = (counters[9] ?? 0) ^ indexHigh;
    flipUint32(counters, 10, indexLow);
    counters[14] = 0;
    counters[15] = 0;
    for (let block = 1; block < blocks; block += 1) {
      const at = block * blockBytes;
      for (let index = 0; index < 14; index += 1) counters[at + index] = counters[index] ?? 0;
      counters[at + 14] = block >>> 8;
      counters[at + 15] = block;
    }
  }
}

function flipUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (value >>> 24);
  bytes[at + 1] = (bytes[at + 1] ?? 0) ^ (value >>> 16);
  bytes[at + 2] = (bytes[at + 2] ?? 0) ^ (value >>> 8);
  bytes[at + 3] = (bytes[at + 3] ?? 0) ^ value;
}
