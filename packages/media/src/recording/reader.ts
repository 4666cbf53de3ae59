import { fail, ok, type Result } from "@centrala/kit";
import { decodeTable, type Law } from "../codec/g711.ts";
import { parseWavHeader, type WavCode, type WavFormat, wavHeader } from "../codec/wav.ts";
import { recordingHeaderBytes } from "./writer.ts";

/**
 * The header that makes a recording playable whose end was never written: sizes are taken from the file's length.
 * @param head the first 58 bytes of the file or more
 * @param fileBytes length of the whole file
 * @returns the new first 58 bytes and the length to cut the file to (a half-written last frame goes)
 */
export function recoverWavHeader(
  head: Uint8Array,
  fileBytes: number,
): Result<{ readonly header: Uint8Array; readonly fileBytes: number; readonly durationMs: number }, WavCode> {
  const parsed = parseWavHeader(head.subarray(0, recordingHeaderBytes), fileBytes);
  if (!parsed.ok) return parsed;
  const { encoding, channels, dataOffset } = parsed.value;
  if (encoding === "pcm16" || channels !== 2 || dataOffset !== recordingHeaderBytes) {
    return fail("WAV_UNSUPPORTED", "this is not a recording of ours");
  }
  const frames = Math.floor((fileBytes - recordingHeaderBytes) / 2);
  const header = wavHeader(encoding, 2, 8_000, frames * 2);
  return ok({ header, fileBytes: recordingHeaderBytes + frames * 2, durationMs: frames / 8 });
}

/** Peaks of a recording, for a waveform: each channel as `buckets` values from 0 to 255 (255 is full scale). */
export interface WaveformPeaks {
  readonly durationMs: number;
  readonly channels: readonly Uint8Array[];
}

/**
 * Gathers the peaks of a WAV file block by block, so that an hour of sound never has to be in memory.
 * Feed it with the bytes after the header, in order.
 */
export class PeakMeter {
  readonly #format: WavFormat;
  readonly #peaks: Uint16Array[];
  readonly #frames: number;
  #position = 0;
  #carry = -1;

  /** @param buckets 1 to 10,000 values a channel */
  constructor(format: WavFormat, buckets: number) {
    this.#format = format;
    this.#frames = Math.floor(format.dataBytes / (format.channels * (format.encoding === "pcm16" ? 2 : 1)));
    this.#peaks = Array.from({ length: format.channels }, () => new Uint16Array(buckets));
  }

  push(bytes: Uint8Array): void {
    if (this.#format.encoding === "pcm16") this.#pushPcm(bytes);
    else this.#pushG711(this.#format.encoding, bytes);
  }

  finish(): WaveformPeaks {
    const channels = this.#peaks.map((peaks) => Uint8Array.from(peaks, (peak) => Math.min(255, peak >> 7)));
    return { durationMs: (this.#frames * 1_000) / this.#format.sampleRateHz, channels };
  }

  #pushG711(law: Law, bytes: Uint8Array): void {
    const table = decodeTable(law);
    for (let index = 0; index < bytes.length; index += 1) this.#sample(table[bytes[index] as number] as number);
  }

  #pushPcm(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] as number;
      // A block may end between the two bytes of a sample.
      if (this.#carry < 0) {
        this.#carry = byte;
      } else {
        this.#sample((((byte << 8) | this.#carry) << 16) >> 16);
        this.#carry = -1;
      }
    }
  }

  #sample(value: number): void {
    const channels = this.#format.channels;
    const frame = Math.floor(this.#position / channels);
    const peaks = this.#peaks[this.#position % channels] as Uint16Array;
    this.#position += 1;
    if (frame >= this.#frames) return;
    const bucket = Math.floor((frame * peaks.length) / this.#frames);
    const magnitude = Math.min(32_767, Math.abs(value));
    if (magnitude > (peaks[bucket] as number)) peaks[bucket] = magnitude;
  }
}

/** Peaks of a whole WAV file in memory. @param buckets 1 to 10,000 */
export function waveformPeaks(file: Uint8Array, buckets: number): Result<WaveformPeaks, WavCode> {
  const parsed = parseWavHeader(file, file.length);
  if (!parsed.ok) return parsed;
  const meter = new PeakMeter(parsed.value, Math.max(1, Math.min(10_000, buckets)));
  meter.push(file.subarray(parsed.value.dataOffset, parsed.value.dataOffset + parsed.value.dataBytes));
  return ok(meter.finish());
}
