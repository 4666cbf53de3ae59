import { fail, type Result } from "@centrala/kit";
import { BitReader, BitsEnd } from "./bits.ts";
import { type SoundLimits, SoundParts } from "./sound-parts.ts";
import type { WavCode, WavSound } from "./wav.ts";

type Stream = { readonly rateHz: number; readonly bits: number };
type Frame = { readonly channels: readonly Int32Array[]; readonly rateHz: number; readonly bits: number };

const streamInfoBytes = 34;
const bitsMax = 24;
const sampleBits: readonly (number | undefined)[] = [0, 8, 12, undefined, 16, 20, 24];
const rates = [0, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/** Whether a file begins as FLAC does. */
export function looksLikeFlac(file: Uint8Array): boolean {
  return file[0] === 0x66 && file[1] === 0x4c && file[2] === 0x61 && file[3] === 0x43;
}

/**
 * Decodes a FLAC file (RFC 9639) of up to 24 bits to one channel. Never throws. A file that ends in the middle gives what
 * is whole; what is damaged is refused.
 */
export function readFlac(file: Uint8Array, limits: SoundLimits): Result<WavSound, WavCode | "PROMPT_TOO_LONG"> {
  try {
    return decodeFlac(file, limits);
  } catch (error) {
    if (error instanceof BitsEnd) return fail("WAV_NOT_WAV", "the file is damaged");
    throw error;
  }
}

function decodeFlac(file: Uint8Array, limits: SoundLimits): Result<WavSound, WavCode | "PROMPT_TOO_LONG"> {
  const { stream, at: first } = readMetadata(file);
  if (stream.bits > bitsMax) return fail("WAV_UNSUPPORTED", "FLAC of more than 24 bits is not read");
  const parts = new SoundParts(limits);
  for (let at = first; at < file.length; ) {
    let frame: Frame;
    try {
      const read = readFrame(file, at, stream);
      frame = read.frame;
      at = read.end;
    } catch (error) {
      // Cut off in its last frame, or followed by a tag: what came before is whole.
      if (error instanceof BitsEnd && parts.samples > 0) break;
      throw error;
    }
    const problem = parts.add(mixed(frame), frame.rateHz);
    if (problem !== undefined) return problem;
  }
  return parts.whole();
}

function readMetadata(file: Uint8Array): { readonly stream: Stream; readonly at: number } {
  if (!looksLikeFlac(file)) throw new BitsEnd();
  let stream: Stream | undefined;
  for (let at = 4; ; ) {
    const head = new BitReader(file, at);
    const isLast = head.read(1) === 1;
    const type = head.read(7);
    const length = head.read(24);
    if (type === 0 && length >= streamInfoBytes) {
      head.read(32);
      head.read(32);
      head.read(16);
      const rateHz = head.read(20);
      head.read(3);
      stream = { rateHz, bits: head.read(5) + 1 };
    }
    at += 4 + length;
    if (at > file.length) throw new BitsEnd();
    if (isLast && stream !== undefined) return { stream, at };
    if (isLast) throw new BitsEnd();
  }
}

function readFrame(file: Uint8Array, at: number, stream: Stream): { readonly frame: Frame; readonly end: number } {
  const bits = new BitReader(file, at);
  if (bits.read(15) !== 0x7ffc) throw new BitsEnd();
  bits.read(1);
  const sizeCode = bits.read(4);
  const rateCode = bits.read(4);
  const assignment = bits.read(4);
  const width = sampleBits[bits.read(3)];
  bits.read(1);
  passNumber(bits);
  const size = blockSize(bits, sizeCode);
  const rateHz = frameRate(bits, rateCode) || stream.rateHz;
  if (crc8(file, at, bits.byteOffset) !== bits.read(8)) throw new BitsEnd();
  if (assignment > 10 || width === undefined) throw new BitsEnd();
  const sampleWidth = width || stream.bits;
  const count = assignment < 8 ? assignment + 1 : 2;
  const channels = Array.from({ length: count }, (_, channel) => {
    const isSide = assignment === 9 ? channel === 0 : assignment > 7 && channel === 1;
    return readSubframe(bits, size, isSide ? sampleWidth + 1 : sampleWidth);
  });
  bits.toWholeByte();
  const end = bits.byteOffset;
  if (crc16(file, at, end) !== bits.read(16)) throw new BitsEnd();
  decorrelate(assignment, channels);
  return { frame: { channels, rateHz, bits: sampleWidth }, end: end + 2 };
}

/** The number of the frame or its first sample, in the manner of UTF-8: nobody asks for it. */
function passNumber(bits: BitReader): void {
  const first = bits.read(8);
  const more = Math.clz32(~(first << 24));
  if (more === 1 || more > 7) throw new BitsEnd();
  for (let count = 1; count < more; count += 1) bits.read(8);
}

function blockSize(bits: BitReader, code: number): number {
  if (code === 0) throw new BitsEnd();
  if (code === 1) return 192;
  if (code <= 5) return 576 << (code - 2);
  if (code === 6) return bits.read(8) + 1;
  if (code === 7) return bits.read(16) + 1;
  return 256 << (code - 8);
}

function frameRate(bits: BitReader, code: number): number {
  if (code === 12) return bits.read(8) * 1_000;
  if (code === 13) return bits.read(16);
  if (code === 14) return bits.read(16) * 10;
  const rate = rates[code];
  if (rate === undefined) throw new BitsEnd();
  return rate;
}

function readSubframe(bits: BitReader, size: number, frameWidth: number): Int32Array {
  if (bits.read(1) !== 0) throw new BitsEnd();
  const type = bits.read(6);
  const wasted = bits.read(1) === 1 ? bits.readUnary() + 1 : 0;
  const width = frameWidth - wasted;
  if (width < 1) throw new BitsEnd();
  const samples = new Int32Array(size);
  if (type === 0) samples.fill(bits.readSigned(width));
  else if (type === 1) for (let index = 0; index < size; index += 1) samples[index] = bits.readSigned(width);
  else if (type >= 8 && type <= 12) predicted(bits, samples, width, type - 8, undefined);
  else if (type >= 32) predicted(bits, samples, width, type - 31, "linear");
  else throw new BitsEnd();
  if (wasted > 0) for (let index = 0; index < size; index += 1) samples[index] = (samples[index] as number) << wasted;
  return samples;
}

const fixedCoefficients: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/** Samples that are told by how far they are from what the ones before let expect. */
function predicted(
  bits: BitReader,
  samples: Int32Array,
  width: number,
  order: number,
  kind: "linear" | undefined,
): void {
  if (order > samples.length) throw new BitsEnd();
  for (let index = 0; index < order; index += 1) samples[index] = bits.readSigned(width);
  let coefficients = fixedCoefficients[order] ?? [];
  let shift = 0;
  if (kind === "linear") {
    const precision = bits.read(4) + 1;
    shift = bits.readSigned(5);
    if (precision === 16 || shift < 0) throw new BitsEnd();
    coefficients = Array.from({ length: order }, () => bits.readSigned(precision));
  }
  readResidual(bits, samples, order);
  const divisor = 2 ** shift;
  for (let index = order; index < samples.length; index += 1) {
    let sum = 0;
    for (let back = 0; back < order; back += 1)
      sum += (coefficients[back] as number) * (samples[index - 1 - back] as number);
    samples[index] = (samples[index] as number) + (shift === 0 ? sum : Math.floor(sum / divisor));
  }
}

function readResidual(bits: BitReader, samples: Int32Array, order: number): void {
  const method = bits.read(2);
  if (method > 1) throw new BitsEnd();
  const parameterBits = method === 0 ? 4 : 5;
  const escape = 2 ** parameterBits - 1;
  const partitions = 1 << bits.read(4);
  const each = samples.length / partitions;
  if (!Number.isInteger(each) || each < order) throw new BitsEnd();
  for (let partition = 0; partition < partitions; partition += 1) {
    const parameter = bits.read(parameterBits);
    const end = (partition + 1) * each;
    const first = partition === 0 ? order : partition * each;
    if (parameter === escape) {
      const width = bits.read(5);
      for (let index = first; index < end; index += 1) samples[index] = bits.readSigned(width);
    } else {
      for (let index = first; index < end; index += 1) {
        const folded = bits.readUnary() * 2 ** parameter + bits.read(parameter);
        samples[index] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      }
    }
  }
}

/** Left and right of two channels that were told by their difference. */
function decorrelate(assignment: number, [first, second]: readonly Int32Array[]): void {
  if (assignment < 8 || first === undefined || second === undefined) return;
  for (let index = 0; index < first.length; index += 1) {
    const [a, b] = [first[index] as number, second[index] as number];
    if (assignment === 8) second[index] = a - b;
    else if (assignment === 9) first[index] = a + b;
    else {
      const twice = a * 2 + (b & 1);
      first[index] = (twice + b) >> 1;
      second[index] = (twice - b) >> 1;
    }
  }
}

/** All channels in one, as 16 bits. */
function mixed({ channels, bits }: Frame): Int16Array {
  const scale = 2 ** (16 - bits) / channels.length;
  const size = channels[0]?.length ?? 0;
  const sums = new Float64Array(size);
  for (const channel of channels)
    for (let index = 0; index < size; index += 1) sums[index] = (sums[index] as number) + (channel[index] as number);
  const samples = new Int16Array(size);
  for (let index = 0; index < size; index += 1)
    samples[index] = Math.max(-32_768, Math.min(32_767, Math.round((sums[index] as number) * scale)));
  return samples;
}

function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let at = from; at < to; at += 1) {
    crc ^= bytes[at] as number;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

const crc16Table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x8005 : crc << 1;
  return crc;
});

function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let at = from; at < to; at += 1)
    crc = ((crc << 8) ^ (crc16Table[(crc >> 8) ^ (bytes[at] as number)] as number)) & 0xffff;
  return crc;
}
