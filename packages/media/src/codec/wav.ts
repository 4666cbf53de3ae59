import { assertNever, fail, ok, type Result } from "@centrala/kit";
import { decodeG711, type Law } from "./g711.ts";

export type WavCode = "WAV_NOT_WAV" | "WAV_UNSUPPORTED" | "WAV_TOO_LARGE" | "WAV_EMPTY";

/** Sound of a WAV file: one array of 16-bit samples a channel, all of the same length. */
export interface WavSound {
  readonly sampleRateHz: number;
  readonly channels: readonly Int16Array[];
}

/** What the header of a WAV file says about its sound. */
export interface WavFormat {
  readonly encoding: "pcm16" | Law;
  readonly channels: number;
  readonly sampleRateHz: number;
  /** Where the samples start, in bytes from the start of the file. */
  readonly dataOffset: number;
  /** As far as the file really goes: a header that says more is trusted only up to the end. */
  readonly dataBytes: number;
}

/** How samples stand in a WAV file: PCM of 8 (unsigned) to 32 bits, floating point, G.711. */
type WavEncoding = WavFormat["encoding"] | "pcm8" | "pcm24" | "pcm32" | "float32" | "float64";

type AnyFormat = Omit<WavFormat, "encoding"> & { readonly encoding: WavEncoding };

const sampleBytes: Readonly<Record<WavEncoding, number>> = {
  ulaw: 1,
  alaw: 1,
  pcm8: 1,
  pcm16: 2,
  pcm24: 3,
  pcm32: 4,
  float32: 4,
  float64: 8,
};

/** By format tag and bits a sample. */
const encodings: Readonly<Record<string, WavEncoding>> = {
  "1/8": "pcm8",
  "1/16": "pcm16",
  "1/24": "pcm24",
  "1/32": "pcm32",
  "3/32": "float32",
  "3/64": "float64",
  "6/8": "alaw",
  "7/8": "ulaw",
};

const channelsMax = 8;
const rateMinHz = 4_000;
const rateMaxHz = 192_000;

/** The longest file that is read: 64 MB, more than an hour of CD-like mono sound. */
export const wavBytesMax = 64 * 1024 * 1024;

/**
 * Reads a RIFF WAV file: PCM of 8 to 32 bits, floating point, mu-law or A-law, up to eight channels, 4,000 to 192,000 Hz.
 * Never throws: whatever else comes is refused with a code and a sentence for a person.
 */
export function readWav(bytes: Uint8Array): Result<WavSound, WavCode> {
  if (bytes.length > wavBytesMax) return fail("WAV_TOO_LARGE", "the file is larger than 64 MB");
  const parsed = parseHeader(bytes, bytes.length);
  if (!parsed.ok) return parsed;
  const format = parsed.value;
  const frameBytes = format.channels * sampleBytes[format.encoding];
  const frames = Math.floor(format.dataBytes / frameBytes);
  if (frames === 0) return fail("WAV_EMPTY", "the file has no sound in it");
  const samples = decodeData(bytes, format, frames * format.channels);
  return ok({ sampleRateHz: format.sampleRateHz, channels: splitChannels(samples, format.channels) });
}

/**
 * Finds the format and the samples of a WAV file that can be played as it is: 16-bit PCM or G.711 in one or two channels.
 * @param head at least the bytes up to the data chunk's header; 4 KB are enough for nearly every file
 * @param fileBytes length of the whole file
 */
export function parseWavHeader(head: Uint8Array, fileBytes: number): Result<WavFormat, WavCode> {
  const parsed = parseHeader(head, fileBytes);
  if (!parsed.ok) return parsed;
  const { encoding } = parsed.value;
  if ((encoding !== "pcm16" && encoding !== "ulaw" && encoding !== "alaw") || parsed.value.channels > 2)
    return fail("WAV_UNSUPPORTED", "only 16-bit PCM, mu-law and A-law of one or two channels are played as they are");
  return ok({ ...parsed.value, encoding });
}

function parseHeader(head: Uint8Array, fileBytes: number): Result<AnyFormat, WavCode> {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 12 || fourCc(head, 0) !== "RIFF" || fourCc(head, 8) !== "WAVE") {
    return fail("WAV_NOT_WAV", "this is not a WAV file");
  }
  let format: Omit<AnyFormat, "dataOffset" | "dataBytes"> | undefined;
  let offset = 12;
  while (offset + 8 <= head.length) {
    const id = fourCc(head, offset);
    const size = view.getUint32(offset + 4, true);
    if (id === "fmt ") {
      const read = readFormat(view, offset + 8, size);
      if (!read.ok) return read;
      format = read.value;
    }
    if (id === "data") return dataChunk(format, offset + 8, size, fileBytes);
    offset += 8 + size + (size & 1);
  }
  return fail("WAV_NOT_WAV", "the WAV file has no sound chunk");
}

/** A complete WAV file of 16-bit PCM; the channels must be of the same length. */
export function writeWav(sound: WavSound): Uint8Array {
  const { channels, sampleRateHz } = sound;
  const frames = channels[0]?.length ?? 0;
  const bytes = new Uint8Array(44 + frames * channels.length * 2);
  bytes.set(wavHeader("pcm16", channels.length, sampleRateHz, frames * channels.length * 2));
  const view = new DataView(bytes.buffer);
  let offset = 44;
  for (let frame = 0; frame < frames; frame += 1) {
    for (const channel of channels) {
      view.setInt16(offset, channel[frame] ?? 0, true);
      offset += 2;
    }
  }
  return bytes;
}

/**
 * The header that stands before `dataBytes` bytes of samples: 44 bytes for PCM, 58 for G.711 (whose format chunk
 * needs its extension size and whose number of samples stands in a fact chunk).
 */
export function wavHeader(
  encoding: "pcm16" | Law,
  channels: number,
  sampleRateHz: number,
  dataBytes: number,
): Uint8Array {
  const g711 = encoding !== "pcm16";
  const header = new Uint8Array(g711 ? 58 : 44);
  const view = new DataView(header.buffer);
  const frameBytes = channels * (g711 ? 1 : 2);
  putFourCc(header, 0, "RIFF");
  view.setUint32(4, header.length - 8 + dataBytes + (dataBytes & 1), true);
  putFourCc(header, 8, "WAVEfmt ");
  view.setUint32(16, g711 ? 18 : 16, true);
  view.setUint16(20, formatTag(encoding), true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, g711 ? 8 : 16, true);
  if (g711) {
    putFourCc(header, 38, "fact");
    view.setUint32(42, 4, true);
    view.setUint32(46, Math.floor(dataBytes / frameBytes), true);
  }
  putFourCc(header, header.length - 8, "data");
  view.setUint32(header.length - 4, dataBytes, true);
  return header;
}

/** The mean of all channels as one. */
export function toMono(channels: readonly Int16Array[]): Int16Array {
  const first = channels[0] ?? new Int16Array(0);
  if (channels.length < 2) return first;
  return first.map((_, index) => {
    let sum = 0;
    for (const channel of channels) sum += channel[index] ?? 0;
    return Math.round(sum / channels.length);
  });
}

function readFormat(
  view: DataView,
  offset: number,
  size: number,
): Result<Omit<AnyFormat, "dataOffset" | "dataBytes">, WavCode> {
  if (size < 16 || offset + 16 > view.byteLength) return fail("WAV_NOT_WAV", "the WAV header is cut off");
  let tag = view.getUint16(offset, true);
  // WAVE_FORMAT_EXTENSIBLE keeps the real format in the first two bytes of its GUID.
  if (tag === 0xfffe && size >= 40 && offset + 26 <= view.byteLength) tag = view.getUint16(offset + 24, true);
  const channels = view.getUint16(offset + 2, true);
  const sampleRateHz = view.getUint32(offset + 4, true);
  const bits = view.getUint16(offset + 14, true);
  const encoding = encodings[`${tag}/${bits}`];
  if (encoding === undefined) return fail("WAV_UNSUPPORTED", "only PCM, floating point, mu-law and A-law are read");
  if (channels < 1 || channels > channelsMax) return fail("WAV_UNSUPPORTED", "only one to eight channels are read");
  if (sampleRateHz < rateMinHz || sampleRateHz > rateMaxHz) {
    return fail("WAV_UNSUPPORTED", "the sampling rate must be from 4,000 to 192,000 Hz");
  }
  return ok({ encoding, channels, sampleRateHz });
}

function dataChunk(
  format: Omit<AnyFormat, "dataOffset" | "dataBytes"> | undefined,
  dataOffset: number,
  size: number,
  fileBytes: number,
): Result<AnyFormat, WavCode> {
  if (format === undefined) return fail("WAV_NOT_WAV", "the WAV file has no format chunk before its sound");
  return ok({ ...format, dataOffset, dataBytes: Math.max(0, Math.min(size, fileBytes - dataOffset)) });
}

function decodeData(bytes: Uint8Array, format: AnyFormat, count: number): Int16Array {
  const { encoding, dataOffset } = format;
  if (encoding === "ulaw" || encoding === "alaw")
    return decodeG711(encoding, bytes.subarray(dataOffset, dataOffset + count));
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset, count * sampleBytes[encoding]);
  const samples = new Int16Array(count);
  for (let index = 0; index < count; index += 1) samples[index] = sampleAt(view, encoding, index);
  return samples;
}

/** One sample as 16 bits; of longer ones the upper bits, of floating point what lies between -1 and 1. */
function sampleAt(view: DataView, encoding: Exclude<WavEncoding, Law>, index: number): number {
  switch (encoding) {
    case "pcm8":
      return (view.getUint8(index) - 128) << 8;
    case "pcm16":
      return view.getInt16(index * 2, true);
    case "pcm24":
      return view.getInt16(index * 3 + 1, true);
    case "pcm32":
      return view.getInt16(index * 4 + 2, true);
    case "float32":
      return fromFloat(view.getFloat32(index * 4, true));
    case "float64":
      return fromFloat(view.getFloat64(index * 8, true));
    default:
      return assertNever(encoding);
  }
}

function fromFloat(value: number): number {
  return Number.isNaN(value) ? 0 : Math.round(Math.max(-1, Math.min(1, value)) * 32_767);
}

function splitChannels(samples: Int16Array, channels: number): Int16Array[] {
  if (channels === 1) return [samples];
  const frames = samples.length / channels;
  return Array.from({ length: channels }, (_, channel) => {
    const own = new Int16Array(frames);
    for (let frame = 0; frame < frames; frame += 1) own[frame] = samples[frame * channels + channel] as number;
    return own;
  });
}

function formatTag(encoding: "pcm16" | Law): number {
  if (encoding === "pcm16") return 1;
  return encoding === "alaw" ? 6 : 7;
}

function fourCc(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

function putFourCc(bytes: Uint8Array, offset: number, text: string): void {
  for (let index = 0; index < text.length; index += 1) bytes[offset + index] = text.charCodeAt(index);
}
