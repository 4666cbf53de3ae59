import { assert } from "@centrala/kit";

/** How many taps each phase of the filter has at the lower of the two rates; more is steeper and slower. */
const tapsPerPhase = 48;

/**
 * Changes the sampling rate by a polyphase FIR low-pass filter (Kaiser window, about 80 dB of stop band, edge at 93 % of
 * the lower Nyquist frequency). Linear phase, without delay: the first output sample lies where the first input sample does.
 * @param fromHz 4,000 to 192,000
 * @param toHz 4,000 to 192,000
 */
export function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  assert(isRate(fromHz) && isRate(toHz), "sampling rates are whole numbers from 4,000 to 192,000");
  if (fromHz === toHz) return samples;
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  return applyPolyphase(samples, designFilter(up, down), up, down);
}

interface Filter {
  readonly taps: Float64Array;
  /** Index of the tap in the middle. */
  readonly centre: number;
}

function isRate(rateHz: number): boolean {
  return Number.isInteger(rateHz) && rateHz >= 4_000 && rateHz <= 192_000;
}

function applyPolyphase(samples: Int16Array, filter: Filter, up: number, down: number): Int16Array {
  const { taps, centre } = filter;
  const out = new Int16Array(Math.ceil((samples.length * up) / down));
  for (let index = 0; index < out.length; index += 1) {
    // Position of this output in the (never built) stream of input samples with up - 1 zeros between them.
    const position = index * down + centre;
    let sum = 0;
    let source = Math.floor(position / up);
    for (let tap = position - source * up; tap < taps.length && source >= 0; tap += up, source -= 1) {
      if (source < samples.length) sum += (taps[tap] as number) * (samples[source] as number);
    }
    out[index] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return out;
}

function designFilter(up: number, down: number): Filter {
  const factor = Math.max(up, down);
  const centre = Math.floor((tapsPerPhase * factor) / 2);
  const cutoff = 0.93 / factor;
  const taps = new Float64Array(centre * 2 + 1);
  for (let index = 0; index < taps.length; index += 1) {
    const x = index - centre;
    const sinc = x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x);
    taps[index] = sinc * up * kaiser(x / centre);
  }
  return { taps, centre };
}

/** Kaiser window of beta 8 at `x` from -1 to 1. */
function kaiser(x: number): number {
  const beta = 8;
  return besselI0(beta * Math.sqrt(Math.max(0, 1 - x * x))) / besselI0(beta);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
