import { assert } from "@centrala/kit";

const blockBytes = 64;
export const sha1Bytes = 20;

/**
 * HMAC-SHA1 (RFC 2104) with one key for many messages. The state after each pad is kept, all buffers are reused:
 * a message costs its own compressions plus one, and no allocation. Not reentrant, like everything else on one thread.
 */
export class HmacSha1 {
  readonly #innerStart = new Int32Array(5);
  readonly #outerStart = new Int32Array(5);
  readonly #state = new Int32Array(5);
  readonly #block = new Uint8Array(blockBytes);
  #used = 0;
  #length = 0;

  /** @param key of any length */
  constructor(key: Uint8Array) {
    const short = key.length > blockBytes ? sha1(key) : key;
    const pad = new Uint8Array(blockBytes);
    for (let index = 0; index < blockBytes; index += 1) pad[index] = (short[index] ?? 0) ^ 0x36;
    this.#innerStart.set(initial);
    compress(this.#innerStart, pad, 0);
    for (let index = 0; index < blockBytes; index += 1) pad[index] = (short[index] ?? 0) ^ 0x5c;
    this.#outerStart.set(initial);
    compress(this.#outerStart, pad, 0);
    this.#state.set(this.#innerStart);
  }

  /** Adds `bytes` from `from` up to, not including, `to`. */
  update(bytes: Uint8Array, from: number, to: number): this {
    this.#length += to - from;
    let at = from;
    if (this.#used > 0) {
      while (at < to && this.#used < blockBytes) this.#push(bytes[at++] ?? 0);
      if (this.#used < blockBytes) return this;
      this.#flush();
    }
    for (; at + blockBytes <= to; at += blockBytes) compress(this.#state, bytes, at);
    while (at < to) this.#push(bytes[at++] ?? 0);
    return this;
  }

  /** Adds a number as four bytes, most significant first. */
  updateUint32(value: number): this {
    this.#length += 4;
    for (let shift = 24; shift >= 0; shift -= 8) {
      if (this.#used === blockBytes) this.#flush();
      this.#push((value >>> shift) & 255);
    }
    if (this.#used === blockBytes) this.#flush();
    return this;
  }

  /**
   * Ends the message and makes the object ready for the next one.
   * @returns the five words of the code; valid until the next call of any method
   */
  finish(): Int32Array {
    this.#pad(blockBytes + this.#length);
    const state = this.#state;
    const block = this.#block;
    for (let index = 0; index < 5; index += 1) putWord(block, index * 4, state[index] ?? 0);
    state.set(this.#outerStart);
    this.#used = sha1Bytes;
    this.#pad(blockBytes + sha1Bytes);
    result.set(state);
    state.set(this.#innerStart);
    this.#length = 0;
    return result;
  }

  /** As {@link finish}, written to `out` at `at` as 20 bytes. */
  finishInto(out: Uint8Array, at: number): void {
    assert(out.length >= at + sha1Bytes, "there is room for 20 bytes of HMAC-SHA1");
    const words = this.finish();
    for (let index = 0; index < 5; index += 1) putWord(out, at + index * 4, words[index] ?? 0);
  }

  #push(byte: number): void {
    this.#block[this.#used] = byte;
    this.#used += 1;
  }

  #flush(): void {
    compress(this.#state, this.#block, 0);
    this.#used = 0;
  }

  /** The padding of FIPS 180-4 section 5.1.1 for a message of `length` bytes in all. */
  #pad(length: number): void {
    if (this.#used === blockBytes) this.#flush();
    this.#push(0x80);
    if (this.#used > blockBytes - 8) {
      this.#block.fill(0, this.#used);
      this.#flush();
    }
    this.#block.fill(0, this.#used, blockBytes - 4);
    putWord(this.#block, blockBytes - 4, length * 8);
    this.#flush();
  }
}

/** SHA-1 (FIPS 180-4) of a message below 2^29 bytes. */
export function sha1(message: Uint8Array): Uint8Array {
  const state = new Int32Array(initial);
  const whole = message.length - (message.length % blockBytes);
  for (let at = 0; at < whole; at += blockBytes) compress(state, message, at);
  const rest = message.length - whole;
  const tail = new Uint8Array(rest + 9 > blockBytes ? 2 * blockBytes : blockBytes);
  tail.set(message.subarray(whole));
  tail[rest] = 0x80;
  putWord(tail, tail.length - 4, message.length * 8);
  for (let at = 0; at < tail.length; at += blockBytes) compress(state, tail, at);
  const out = new Uint8Array(sha1Bytes);
  for (let index = 0; index < 5; index += 1) putWord(out, index * 4, state[index] ?? 0);
  return out;
}

const initial = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0);
const schedule = new Int32Array(80);
const result = new Int32Array(5);

/** FIPS 180-4 section 6.1.2 on the 64 bytes at `at`; the four loops are the four kinds of rounds. */
function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  const w = schedule;
  fillSchedule(w, bytes, at);
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  let t = 0;
  for (let i = 0; i < 20; i += 1) {
    t = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + 0x5a827999 + (w[i] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = t;
  }
  for (let i = 20; i < 40; i += 1) {
    t = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + (w[i] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = t;
  }
  for (let i = 40; i < 60; i += 1) {
    t = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e - 0x70e44324 + (w[i] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = t;
  }
  for (let i = 60; i < 80; i += 1) {
    t = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e - 0x359d3e2a + (w[i] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = t;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
}

function fillSchedule(w: Int32Array, bytes: Uint8Array, at: number): void {
  for (let i = 0, o = at; i < 16; i += 1, o += 4) {
    w[i] = ((bytes[o] ?? 0) << 24) | ((bytes[o + 1] ?? 0) << 16) | ((bytes[o + 2] ?? 0) << 8) | (bytes[o + 3] ?? 0);
  }
  for (let i = 16; i < 80; i += 1) {
    const x = (w[i - 3] ?? 0) ^ (w[i - 8] ?? 0) ^ (w[i - 14] ?? 0) ^ (w[i - 16] ?? 0);
    w[i] = (x << 1) | (x >>> 31);
  }
}

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
