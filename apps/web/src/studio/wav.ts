const headerBytes = 44;

/** A mono WAV file of 16-bit PCM from samples between -1 and 1; what is louder is cut. */
export function wavOf(samples: Float32Array, rateHz: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const word = (at: number, text: string) => {
    for (let index = 0; index < text.length; index += 1) view.setUint8(at + index, text.charCodeAt(index));
  };
  word(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => {
    const cut = Math.max(-1, Math.min(1, sample));
    view.setInt16(headerBytes + index * 2, Math.round(cut * 32_767), true);
  });
  return bytes;
}

/** The samples without the silence before and after, with a short margin kept. */
export function withoutSilence(
  samples: Float32Array,
  rateHz: number,
  thresholdDbfs = -46,
): Float32Array<ArrayBufferLike> {
  const threshold = 10 ** (thresholdDbfs / 20);
  const margin = Math.round(rateHz * 0.15);
  const loud = (sample: number) => Math.abs(sample) > threshold;
  const first = samples.findIndex(loud);
  if (first < 0) return samples;
  const last = samples.findLastIndex(loud);
  return samples.subarray(Math.max(0, first - margin), Math.min(samples.length, last + margin));
}
