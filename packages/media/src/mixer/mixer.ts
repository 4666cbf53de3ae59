/** Samples in a frame of 20 ms at 8 kHz. */
export const frameSamples = 160;

/**
 * Adds frames without overflow on the way: sums are kept in 32 bits and saturated to 16 once, at the end. One mixer is
 * reused for every listener of a worker.
 */
export class Mixer {
  readonly #sum = new Int32Array(frameSamples);

  clear(): void {
    this.#sum.fill(0);
  }

  /** Adds the first {@link frameSamples} samples of `frame`. */
  add(frame: Int16Array): void {
    const sum = this.#sum;
    for (let index = 0; index < frameSamples; index += 1) {
      sum[index] = (sum[index] as number) + (frame[index] as number);
    }
  }

  /** Writes the sum as 16-bit samples; what is too loud is saturated, never wrapped. */
  writeTo(out: Int16Array): void {
    const sum = this.#sum;
    for (let index = 0; index < frameSamples; index += 1) {
      const value = sum[index] as number;
      out[index] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
    }
  }

  /** Writes the sum through a table of a law (see `encodeTable`) to `out` at `offset`. */
  encodeTo(table: Uint8Array, out: Uint8Array, offset: number): void {
    const sum = this.#sum;
    for (let index = 0; index < frameSamples; index += 1) {
      const value = sum[index] as number;
      const sample = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
      out[offset + index] = table[sample & 0xffff] as number;
    }
  }
}

/**
 * What every listener of a room hears by its hearing matrix, all at once (the engine, which sends as it goes, uses a
 * {@link Mixer} a listener).
 * @param frames one of {@link frameSamples} samples for each party
 * @param hears `hears[i][j]` is true when party i hears party j; nobody hears themselves unless it says so
 */
export function mixRoom(
  mixer: Mixer,
  frames: readonly Int16Array[],
  hears: readonly (readonly boolean[])[],
  out: readonly Int16Array[],
): void {
  for (let listener = 0; listener < out.length; listener += 1) {
    mixer.clear();
    for (let speaker = 0; speaker < frames.length; speaker += 1) {
      if (hears[listener]?.[speaker] === true) mixer.add(frames[speaker] as Int16Array);
    }
    mixer.writeTo(out[listener] as Int16Array);
  }
}
