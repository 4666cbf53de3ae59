/** The two companding laws of ITU-T G.711. */
export type Law = "ulaw" | "alaw";

/** Linear 16-bit value of each mu-law byte (14-bit values of G.711 table 2 times 4). */
export const ulawToLinear: Int16Array = buildTable(expandUlaw);

/** Linear 16-bit value of each A-law byte (13-bit values of G.711 table 1 times 8). */
export const alawToLinear: Int16Array = buildTable(expandAlaw);

/** Mu-law byte of a linear sample; the index is `sample & 0xffff`. */
export const linearToUlaw: Uint8Array = buildInverse(compressUlaw);

/** A-law byte of a linear sample; the index is `sample & 0xffff`. */
export const linearToAlaw: Uint8Array = buildInverse(compressAlaw);

/** A-law byte of each mu-law byte. */
export const ulawToAlaw: Uint8Array = buildTranscoder(ulawToLinear, linearToAlaw);

/** Mu-law byte of each A-law byte. */
export const alawToUlaw: Uint8Array = buildTranscoder(alawToLinear, linearToUlaw);

const identity = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** 256 linear values, one a byte. */
export function decodeTable(law: Law): Int16Array {
  return law === "ulaw" ? ulawToLinear : alawToLinear;
}

/** 65,536 bytes, indexed by `sample & 0xffff`. */
export function encodeTable(law: Law): Uint8Array {
  return law === "ulaw" ? linearToUlaw : linearToAlaw;
}

/** 256 bytes that turn one law into the other; the identity when both are the same. */
export function transcodeTable(from: Law, to: Law): Uint8Array {
  if (from === to) return identity;
  return from === "ulaw" ? ulawToAlaw : alawToUlaw;
}

/** The byte that means silence: the smallest positive value of the law. */
export function silenceByte(law: Law): number {
  return law === "ulaw" ? 0xff : 0xd5;
}

/** Decodes `count` bytes of `source` from `from` into `target` at `to`. Allocates nothing. */
export function decodeInto(
  law: Law,
  source: Uint8Array,
  from: number,
  count: number,
  target: Int16Array,
  to: number,
): void {
  const table = decodeTable(law);
  for (let index = 0; index < count; index += 1) {
    target[to + index] = table[source[from + index] as number] as number;
  }
}

/** Encodes `count` samples of `source` from `from` into `target` at `to`. Allocates nothing. */
export function encodeInto(
  law: Law,
  source: Int16Array,
  from: number,
  count: number,
  target: Uint8Array,
  to: number,
): void {
  const table = encodeTable(law);
  for (let index = 0; index < count; index += 1) {
    target[to + index] = table[(source[from + index] as number) & 0xffff] as number;
  }
}

/** Changes the law of `count` bytes in place. */
export function transcodeInPlace(table: Uint8Array, bytes: Uint8Array, from: number, count: number): void {
  const end = from + count;
  for (let index = from; index < end; index += 1) bytes[index] = table[bytes[index] as number] as number;
}

/** All of `bytes` as linear samples, in a new array. */
export function decodeG711(law: Law, bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  decodeInto(law, bytes, 0, bytes.length, samples, 0);
  return samples;
}

/** All of `samples` in the given law, in a new array. */
export function encodeG711(law: Law, samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  encodeInto(law, samples, 0, samples.length, bytes, 0);
  return bytes;
}

function buildTable(expand: (byte: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, byte) => expand(byte));
}

function buildInverse(compress: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, index) => compress((index << 16) >> 16));
}

function buildTranscoder(decode: Int16Array, encode: Uint8Array): Uint8Array {
  return Uint8Array.from(decode, (sample) => encode[sample & 0xffff] as number);
}

function expandUlaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

function expandAlaw(byte: number): number {
  const bits = byte ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function compressUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  // The bias of 33 (of 14 bits) makes every segment start at a power of two; what would overflow is clipped.
  const biased = Math.min(Math.abs(sample), 32_635) + 0x84;
  const segment = 31 - Math.clz32(biased) - 7;
  return ~(sign | (segment << 4) | ((biased >> (segment + 3)) & 0x0f)) & 0xff;
}

function compressAlaw(sample: number): number {
  const positive = sample >= 0;
  // One's complement for negative values, so that -1 falls into the first negative interval (G.711 table 1).
  const magnitude = positive ? sample : ~sample;
  const segment = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7;
  const step = segment === 0 ? magnitude >> 4 : (magnitude >> (segment + 3)) & 0x0f;
  return ((positive ? 0x80 : 0) | (segment << 4) | step) ^ 0x55;
}
