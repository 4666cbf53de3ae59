import { assert } from "@centrala/kit";
import type { TonePlan, ToneSegment } from "./plan.ts";

/** Slopes at both ends of a tone, against clicks. */
const rampSamples = 40;

/**
 * One period of a cadence as samples at 8 kHz; a repeating plan is played in a loop.
 * @param levelDbfs of each tone segment as a whole (RMS), -60 to -6
 */
export function renderTone(plan: TonePlan, levelDbfs = -19): Int16Array {
  assert(levelDbfs >= -60 && levelDbfs <= -6, "a tone is from -60 to -6 dBFS");
  const length = plan.segments.reduce((sum, segment) => sum + segment.ms * 8, 0);
  const samples = new Int16Array(length);
  let offset = 0;
  for (const segment of plan.segments) {
    renderSegment(segment, samples.subarray(offset, offset + segment.ms * 8), levelDbfs);
    offset += segment.ms * 8;
  }
  return samples;
}

/** A plain sine. @param levelDbfs RMS; a full-scale sine has -3.01 */
export function sine(hz: number, durationMs: number, levelDbfs = -12, sampleRateHz = 8_000): Int16Array {
  const amplitude = 32_768 * Math.SQRT2 * 10 ** (levelDbfs / 20);
  const samples = new Int16Array(Math.round((durationMs * sampleRateHz) / 1_000));
  for (let index = 0; index < samples.length; index += 1) {
    const value = amplitude * Math.sin((2 * Math.PI * hz * index) / sampleRateHz);
    samples[index] = Math.max(-32_768, Math.min(32_767, Math.round(value)));
  }
  return samples;
}

function renderSegment(segment: ToneSegment, out: Int16Array, levelDbfs: number): void {
  if (segment.hz.length === 0) return;
  const amplitude = 32_768 * Math.sqrt(2 / segment.hz.length) * 10 ** (levelDbfs / 20);
  for (let index = 0; index < out.length; index += 1) {
    let value = 0;
    for (const hz of segment.hz) value += Math.sin((2 * Math.PI * hz * index) / 8_000);
    const ramp = Math.min(1, index / rampSamples, (out.length - index) / rampSamples);
    out[index] = Math.max(-32_768, Math.min(32_767, Math.round(value * amplitude * ramp)));
  }
}
