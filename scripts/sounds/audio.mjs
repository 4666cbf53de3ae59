// The few sound tools the scripts of this folder share: WAV files, A-law, level, a limiter. Samples are numbers in -1..1.

/** Tells how loud `samples` are: the RMS of the parts that are not silent and the peak, both in dBFS (full scale sine peak = 0). */
export function measure(samples, rate) {
  const frame = Math.round(rate / 50);
  let energy = 0;
  let counted = 0;
  let peak = 0;
  for (let from = 0; from < samples.length; from += frame) {
    let sum = 0;
    const to = Math.min(from + frame, samples.length);
    for (let i = from; i < to; i++) {
      sum += samples[i] * samples[i];
      peak = Math.max(peak, Math.abs(samples[i]));
    }
    if (sum / (to - from) < SILENCE_POWER) continue;
    energy += sum;
    counted += to - from;
  }
  return { rmsDbfs: decibels(Math.sqrt(energy / Math.max(counted, 1))), peakDbfs: decibels(peak) };
}

/** A frame of 20 ms below -45 dBFS counts as a pause, so that a sentence with pauses is not made louder than one without. */
const SILENCE_POWER = 10 ** (-45 / 10);

/** Amplitude (1 = full scale) as dBFS. */
export function decibels(amplitude) {
  return 20 * Math.log10(Math.max(amplitude, 1e-6));
}

/** dBFS as amplitude. */
export function amplitude(dbfs) {
  return 10 ** (dbfs / 20);
}

/** Brings `samples` to a level: the active RMS within 0.1 dB of `rmsDbfs`, no peak above `peakDbfs`. Returns new samples. */
export function level(samples, rate, rmsDbfs, peakDbfs) {
  let gain = 1;
  let out = samples;
  // Scaling moves frames over the silence threshold and limiting takes energy away, so the gain is found in rounds.
  for (let round = 0; round < 40; round++) {
    out = limit(
      samples.map((sample) => sample * gain),
      rate,
      amplitude(peakDbfs),
    );
    const missing = rmsDbfs - measure(out, rate).rmsDbfs;
    if (Math.abs(missing) < 0.1) break;
    gain *= amplitude(missing);
  }
  return out;
}

/** A limiter that looks ahead: the gain falls over 5 ms before a peak and recovers over 60 ms, so that nothing is clipped and nothing crackles. */
export function limit(samples, rate, ceiling) {
  const ahead = Math.round(rate * 0.005);
  const release = Math.exp(-1 / (rate * 0.06));
  const wanted = samples.map((sample) => Math.min(1, ceiling / Math.max(Math.abs(sample), 1e-9)));
  const held = wanted.map((_, i) => smallest(wanted, i - ahead, i + ahead));
  const out = [];
  let gain = 1;
  for (let i = 0; i < samples.length; i++) {
    gain = Math.min(mean(held, i - ahead, i + ahead), gain * release + (1 - release));
    // The mean of the held gains can stay a hair above what the sample needs; the last word belongs to the sample.
    out.push(samples[i] * Math.min(gain, wanted[i]));
  }
  return out;
}

function smallest(values, from, to) {
  let result = 1;
  for (let i = Math.max(from, 0); i <= Math.min(to, values.length - 1); i++) result = Math.min(result, values[i]);
  return result;
}

function mean(values, from, to) {
  let sum = 0;
  let count = 0;
  for (let i = Math.max(from, 0); i <= Math.min(to, values.length - 1); i++, count++) sum += values[i];
  return sum / count;
}

/** Removes what is quieter than -50 dB below the peak at both ends and the constant offset, and smooths both cuts over 5 ms. */
export function trim(samples, rate) {
  const offset = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const centred = samples.map((sample) => sample - offset);
  const threshold = centred.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0) * amplitude(-50);
  const first = centred.findIndex((sample) => Math.abs(sample) > threshold);
  const last = centred.findLastIndex((sample) => Math.abs(sample) > threshold);
  const fade = Math.round(rate * 0.005);
  const cut = centred.slice(Math.max(first - fade, 0), last + fade + 1);
  return cut.map((sample, i) => sample * Math.min(1, (i + 1) / fade, (cut.length - i) / fade));
}

/** Adds silence of `padMs` before and after. */
export function pad(samples, rate, padMs) {
  const silence = Array.from({ length: Math.round((rate * padMs) / 1000) }, () => 0);
  return [...silence, ...samples, ...silence];
}

/** One A-law octet for a sample (ITU-T G.711, table 1a). */
export function encodeAlaw(sample) {
  const pcm = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
  const magnitude = (pcm >= 0 ? pcm : -pcm - 1) >> 3;
  const segment = magnitude < 32 ? 0 : 31 - Math.clz32(magnitude) - 4;
  const code = segment === 0 ? magnitude >> 1 : (segment << 4) | ((magnitude >> segment) & 0x0f);
  return ((pcm >= 0 ? 0x80 : 0) | code) ^ 0x55;
}

/** A mono WAV file of A-law, 8000 Hz: format 6 with its `fact` chunk, data padded to an even length. */
export function alawWav(samples) {
  const data = Buffer.from(samples.map(encodeAlaw));
  const fact = Buffer.alloc(4);
  fact.writeUInt32LE(samples.length);
  return riff([
    ["fmt ", format(6, 8000, 8, true)],
    ["fact", fact],
    ["data", data],
  ]);
}

/** A mono WAV file of 16-bit PCM. */
export function pcmWav(samples, rate) {
  const data = Buffer.alloc(samples.length * 2);
  for (const [i, sample] of samples.entries()) data.writeInt16LE(Math.round(sample * 32767), i * 2);
  return riff([
    ["fmt ", format(1, rate, 16, false)],
    ["data", data],
  ]);
}

function format(tag, rate, bits, extended) {
  const chunk = Buffer.alloc(extended ? 18 : 16);
  chunk.writeUInt16LE(tag, 0);
  chunk.writeUInt16LE(1, 2);
  chunk.writeUInt32LE(rate, 4);
  chunk.writeUInt32LE((rate * bits) / 8, 8);
  chunk.writeUInt16LE(bits / 8, 12);
  chunk.writeUInt16LE(bits, 14);
  return chunk;
}

function riff(chunks) {
  const body = chunks.flatMap(([id, data]) => {
    const head = Buffer.alloc(8);
    head.write(id, "latin1");
    head.writeUInt32LE(data.length, 4);
    return [head, data, Buffer.alloc(data.length % 2)];
  });
  const head = Buffer.alloc(12);
  head.write("RIFF", "latin1");
  head.writeUInt32LE(4 + body.reduce((sum, part) => sum + part.length, 0), 4);
  head.write("WAVE", 8, "latin1");
  return Buffer.concat([head, ...body]);
}

/** Random numbers in 0..1 that are the same on every machine for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
