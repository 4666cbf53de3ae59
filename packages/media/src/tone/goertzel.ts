/**
 * Power of one frequency in a block of samples by the Goertzel algorithm, as the mean square amplitude of that tone: a
 * sine of amplitude A gives A * A / 2 when the block holds whole periods.
 * @param coefficient from {@link goertzelCoefficient}
 */
export function goertzelPower(samples: Int16Array, from: number, count: number, coefficient: number): number {
  let s1 = 0;
  let s2 = 0;
  for (let index = from; index < from + count; index += 1) {
    const s0 = (samples[index] as number) + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  return (2 * (s1 * s1 + s2 * s2 - coefficient * s1 * s2)) / (count * count);
}

export function goertzelCoefficient(hz: number, sampleRateHz: number): number {
  return 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz);
}

/**
 * Level of a tone in dB relative to a full-scale square wave; a full-scale sine has -3.01. Below -120 it is -120.
 * The block is weighted with a Hann window, so that neighbouring tones do not leak: with one second they are told apart
 * from 4 Hz on.
 */
export function toneLevel(samples: Int16Array, hz: number, sampleRateHz = 8_000): number {
  if (samples.length < 2) return -120;
  const coefficient = goertzelCoefficient(hz, sampleRateHz);
  const step = (2 * Math.PI) / samples.length;
  let s1 = 0;
  let s2 = 0;
  for (let index = 0; index < samples.length; index += 1) {
    const window = 1 - Math.cos(step * index);
    const s0 = (samples[index] as number) * window + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const power = (2 * (s1 * s1 + s2 * s2 - coefficient * s1 * s2)) / (samples.length * samples.length);
  return Math.max(-120, 10 * Math.log10(Math.max(power, 1e-12) / 32_768 ** 2));
}
