import { fail, ok, type Result } from "@centrala/kit";
import type { WavCode, WavSound } from "./wav.ts";

export type SoundLimits = {
  readonly durationMaxMs: number;
  /** Whatever the rate: what a decoder may bring about. */
  readonly samplesMax: number;
};

const rateMinHz = 4_000;
const rateMaxHz = 192_000;

/** One channel of sound as a decoder gives it, part by part; what would become too long is not decoded to its end. */
export class SoundParts {
  readonly #limits: SoundLimits;
  readonly #parts: Int16Array[] = [];
  #rateHz = 0;
  samples = 0;

  constructor(limits: SoundLimits) {
    this.#limits = limits;
  }

  /** @returns why no more is wanted */
  add(part: Int16Array, rateHz: number): Result<never, WavCode | "PROMPT_TOO_LONG"> | undefined {
    if (part.length === 0) return undefined;
    this.#rateHz ||= rateHz;
    if (rateHz !== this.#rateHz || rateHz < rateMinHz || rateHz > rateMaxHz)
      return fail("WAV_UNSUPPORTED", "the sampling rate is not one that is read, or changes inside the file");
    this.#parts.push(part);
    this.samples += part.length;
    const isTooLong = (this.samples * 1_000) / rateHz > this.#limits.durationMaxMs;
    return isTooLong || this.samples > this.#limits.samplesMax
      ? fail("PROMPT_TOO_LONG", "the file holds more sound than is wanted")
      : undefined;
  }

  whole(): Result<WavSound, WavCode> {
    if (this.samples === 0) return fail("WAV_EMPTY", "the file has no sound in it");
    const whole = new Int16Array(this.samples);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return ok({ sampleRateHz: this.#rateHz, channels: [whole] });
  }
}
