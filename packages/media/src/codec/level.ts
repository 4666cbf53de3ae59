import { assert } from "@centrala/kit";

/** Levels in dB relative to a full-scale square wave (32,768); silence is -Infinity. */
export interface Level {
  readonly rmsDbfs: number;
  readonly peakDbfs: number;
}

/** Root mean square and peak of all samples. */
export function measureLevel(samples: Int16Array): Level {
  let sum = 0;
  let peak = 0;
  for (const sample of samples) {
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rmsDbfs: decibels(Math.sqrt(sum / Math.max(1, samples.length))), peakDbfs: decibels(peak) };
}

/**
 * RMS over the 20 ms frames (at 8 kHz) that are at most 25 dB below the loudest one, so that pauses in a prompt do not
 * make it seem quiet. In dBFS; -Infinity for silence.
 */
export function activeLevelDbfs(samples: Int16Array): number {
  const energies: number[] = [];
  for (let start = 0; start < samples.length; start += 160) energies.push(frameEnergy(samples, start));
  const loudest = energies.reduce((most, energy) => Math.max(most, energy), 0);
  const active = energies.filter((energy) => energy > 0 && energy >= loudest / 316);
  const sum = active.reduce((total, energy) => total + energy, 0);
  return decibels(Math.sqrt(sum / Math.max(1, active.length)));
}

/**
 * Brings the active level to `targetDbfs` without letting a sample pass `peakLimitDbfs`. Silence comes back unchanged.
 * @param targetDbfs for instance -20: the level of a good announcement on a telephone line
 */
export function normaliseLevel(samples: Int16Array, targetDbfs = -20, peakLimitDbfs = -1): Int16Array {
  assert(targetDbfs <= 0 && peakLimitDbfs <= 0, "levels are at most 0 dBFS");
  const active = activeLevelDbfs(samples);
  if (active === Number.NEGATIVE_INFINITY) return samples;
  const gainDb = Math.min(targetDbfs - active, peakLimitDbfs - measureLevel(samples).peakDbfs);
  const gain = 10 ** (gainDb / 20);
  return samples.map((sample) => Math.round(sample * gain));
}

function frameEnergy(samples: Int16Array, start: number): number {
  const end = Math.min(start + 160, samples.length);
  let sum = 0;
  for (let index = start; index < end; index += 1) sum += (samples[index] as number) ** 2;
  return sum / (end - start);
}

function decibels(amplitude: number): number {
  return amplitude === 0 ? Number.NEGATIVE_INFINITY : 20 * Math.log10(amplitude / 32_768);
}
