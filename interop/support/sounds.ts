import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sine, toneLevel, writeWav } from "@centrala/media";

/** Tones that stand for voices; none is a multiple of another, so that harmonics are not mistaken. */
export const tones = { caller: 700, operator: 440, nobody: 1_130 } as const;

/** Longer than any test may take. */
const toneMs = 130_000;

/** Samples of half a second at 8 kHz: what a tone is looked for in. */
export const halfSecondSamples = 4_000;

/** A voice that speaks one tone to the end. */
export function voice(hz: number, durationMs = toneMs): Int16Array {
  return sine(hz, durationMs, -14);
}

/** How far a tone stands above one that nobody speaks, in dB, over the samples' last half second. */
export function toneDb(samples: Int16Array, hz: number): number {
  const last = samples.subarray(Math.max(0, samples.length - halfSecondSamples));
  if (last.length < halfSecondSamples) return 0;
  return toneLevel(last, hz) - toneLevel(last, tones.nobody);
}

/** Whether the tone is plainly there: louder than -40 dBFS and 20 dB above one that nobody speaks. */
export function hears(samples: Int16Array, hz: number): boolean {
  const last = samples.subarray(Math.max(0, samples.length - halfSecondSamples));
  return last.length === halfSecondSamples && toneLevel(last, hz) > -40 && toneDb(samples, hz) > 20;
}

/** In how many of the half seconds the tone is plainly there. */
export function halfSecondsWith(samples: Int16Array, hz: number): number {
  let found = 0;
  for (let end = halfSecondSamples; end <= samples.length; end += halfSecondSamples)
    if (hears(samples.subarray(end - halfSecondSamples, end), hz)) found += 1;
  return found;
}

/** Share of half seconds in which the tone is plainly there, 0 to 1. */
export function shareWith(samples: Int16Array, hz: number): number {
  const blocks = Math.floor(samples.length / halfSecondSamples);
  return blocks === 0 ? 0 : halfSecondsWith(samples, hz) / blocks;
}

/** A WAV file with one tone at 8 kHz. */
export function toneFile(hz: number, durationMs = toneMs, sampleRateHz = 8_000): Uint8Array {
  return writeWav({ sampleRateHz, channels: [sine(hz, durationMs, -14, sampleRateHz)] });
}

/** A tone that swells four times a second as syllables do: a browser takes an even one for noise and suppresses it. */
export function spokenTone(hz: number, durationMs: number, sampleRateHz: number): Int16Array {
  const samples = sine(hz, durationMs, -10, sampleRateHz);
  return samples.map((sample, index) => sample * (0.55 + 0.45 * Math.cos((2 * Math.PI * 4 * index) / sampleRateHz)));
}

/** A folder of its own that is gone after `remove`, which waits for what an ending program still writes there. */
export function temporaryFolder(name: string): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `centrala-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }) };
}
