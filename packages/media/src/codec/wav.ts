import { fail, ok, type Result } from "@centrala/kit";
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

/** The longest file that is read: 64 MB, more than an hour of CD-like mono sound. */
export const wavBytesMax = 64 * 1024 * 1024;

/**
 * Reads a RIFF WAV file: 16-bit PCM, mu-law or A-law, one or two channels, 8,000 to 48,000 Hz.
 * Never throws: whatever else comes is refused with a code and a sentence for a person.
 */
export function readWav(bytes: Uint8Array): Result<WavSound, WavCode> {
  if (bytes.length > wavBytesMax) return fail("WAV_TOO_LARGE", "the file is larger than 64 MB");
  const parsed = parseWavHeader(bytes, bytes.length);
  if (!parsed.ok) return parsed;
  const format = parsed.value;
  const frameBytes = format.channels * (format.encoding === "pcm16" ? 2 : 1);
  const frames = Math.floor(format.dataBytes / frameBytes);
  if (frames === 0) return fail("WAV_EMPTY", "the file has no sound in it");
  const samples = decodeData(bytes, format, frames * format.channels);
  return ok({ sampleRateHz: format.sampleRateHz, channels: splitChannels(samples, format.channels) });
}

/**
 * Finds the format and the samples of a WAV file from its first bytes.
 * @param head at least the bytes up to the data chunk's header; 4 KB are enough for nearly every file
 * @param fileBytes length of the whole file
 */
export function parseWavHeader(head: Uint8Array, fileBytes: number): Result<WavFormat, WavCode> {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 12 || fourCc(head, 0) !== "RIFF" || fourCc(head, 8) !== "WAVE") {
    return fail("WAV_NOT_WAV", "this is not a WAV file");
  }
  let format: Omit<WavFormat, "dataOffset" | "dataBytes"> | undefined;
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
): Result<Omit<WavFormat, "dataOffset" | "dataBytes">, WavCode> {
  if (size < 16 || offset + 16 > view.byteLength) return fail("WAV_NOT_WAV", "the WAV header is cut off");
  let tag = view.getUint16(offset, true);
  // WAVE_FORMAT_EXTENSIBLE keeps the real format in the first two bytes of its GUID.
  if (tag === 0xfffe && size >= 40 && offset + 26 <= view.byteLength) tag = view.getUint16(offset + 24, true);
  const channels = view.getUint16(offset + 2, true);
  const sampleRateHz = view.getUint32(offset + 4, true);
  const bits = view.getUint16(offset + 14, true);
  const encoding = tag === 1 && bits === 16 ? "pcm16" : tag === 7 && bits === 8 ? "ulaw" : undefined;
  const known = encoding ?? (tag === 6 && bits === 8 ? "alaw" : undefined);
  if (known === undefined) return fail("WAV_UNSUPPORTED", "only 16-bit PCM, mu-law and A-law are read");
  if (channels < 1 || channels > 2) return fail("WAV_UNSUPPORTED", "only one or two channels are read");
  if (sampleRateHz < 8_000 || sampleRateHz > 48_000) {
    return fail("WAV_UNSUPPORTED", "the sampling rate must be from 8,000 to 48,000 Hz");
  }
  return ok({ encoding: known, channels, sampleRateHz });
}

function dataChunk(
  format: Omit<WavFormat, "dataOffset" | "dataBytes"> | undefined,
  dataOffset: number,
  size: number,
  fileBytes: number,
): Result<WavFormat, WavCode> {
  if (format === undefined) return fail("WAV_NOT_WAV", "the WAV file has no format chunk before its sound");
  return ok({ ...format, dataOffset, dataBytes: Math.max(0, Math.min(size, fileBytes - dataOffset)) });
}

function decodeData(bytes: Uint8Array, format: WavFormat, count: number): Int16Array {
  if (format.encoding !== "pcm16") {
    return decodeG711(format.encoding, bytes.subarray(format.dataOffset, format.dataOffset + count));
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + format.dataOffset, count * 2);
  const samples = new Int16Array(count);
  for (let index = 0; index < count; index += 1) samples[index] = view.getInt16(index * 2, true);
  return samples;
}

function splitChannels(samples: Int16Array, channels: number): Int16Array[] {
  if (channels === 1) return [samples];
  const frames = samples.length / 2;
  const left = new Int16Array(frames);
  const right = new Int16Array(frames);
  for (let frame = 0; frame < frames; frame += 1) {
    left[frame] = samples[frame * 2] as number;
    right[frame] = samples[frame * 2 + 1] as number;
  }
  return [left, right];
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
