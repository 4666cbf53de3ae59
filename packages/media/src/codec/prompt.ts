import { fail, ok, type Result } from "@centrala/kit";
import { encodeG711 } from "./g711.ts";
import { activeLevelDbfs, measureLevel, normaliseLevel } from "./level.ts";
import { resample } from "./resample.ts";
import type { SoundLimits } from "./sound-parts.ts";
import { readWav, toMono, type WavCode, type WavSound } from "./wav.ts";

export type PromptCode = WavCode | "PROMPT_TOO_LONG" | "PROMPT_SILENT";

/** A prompt as it is played: 8 kHz, one channel, ready in both laws. */
export interface Prompt {
  readonly durationMs: number;
  readonly samples: Int16Array;
  readonly ulaw: Uint8Array;
  readonly alaw: Uint8Array;
  /** Levels before they were evened out, so that a person can be told that a recording was too quiet. */
  readonly sourceActiveDbfs: number;
  readonly sourcePeakDbfs: number;
}

/** The longest prompt or piece of music: 15 minutes. */
export const promptDurationMaxMs = 900_000;
/** The most that is decoded of a file: 15 minutes at 48 kHz. */
export const promptLimits: SoundLimits = { durationMaxMs: promptDurationMaxMs, samplesMax: 900 * 48_000 };

/**
 * Turns an uploaded WAV file into a prompt: mixed to one channel, resampled to 8 kHz, brought to -20 dBFS, encoded.
 * @returns the prompt, or why it cannot be one (PROMPT_SILENT below -60 dBFS)
 */
export function preparePrompt(file: Uint8Array): Result<Prompt, PromptCode> {
  const read = readWav(file);
  return read.ok ? promptFrom(read.value) : read;
}

/** The same of a sound that was read already. */
export function promptFrom({ channels, sampleRateHz }: WavSound): Result<Prompt, PromptCode> {
  const durationMs = ((channels[0]?.length ?? 0) * 1_000) / sampleRateHz;
  if (durationMs > promptDurationMaxMs) return fail("PROMPT_TOO_LONG", "a prompt is at most 15 minutes long");
  const mono = resample(toMono(channels), sampleRateHz, 8_000);
  const sourceActiveDbfs = activeLevelDbfs(mono);
  if (sourceActiveDbfs < -60) return fail("PROMPT_SILENT", "nothing can be heard in this file");
  return ok({ ...promptOf(normaliseLevel(mono)), sourceActiveDbfs, sourcePeakDbfs: measureLevel(mono).peakDbfs });
}

function promptOf(samples: Int16Array): Pick<Prompt, "durationMs" | "samples" | "ulaw" | "alaw"> {
  return {
    durationMs: samples.length / 8,
    samples,
    ulaw: encodeG711("ulaw", samples),
    alaw: encodeG711("alaw", samples),
  };
}
