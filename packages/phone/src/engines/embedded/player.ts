import { frameSamples } from "@centrala/media";
import type { Sound } from "./sounds.ts";

/** Where a player stands: which sound, and how many samples of it have been played. */
export interface PlayPosition {
  readonly sound: number;
  readonly sample: number;
}

/** Plays sounds one after another, frame by frame, without a gap between them. */
export class Player {
  readonly #sounds: readonly Sound[];
  readonly #loop: boolean;
  #sound: number;
  #sample: number;

  /** @param from where to start, as another player of the same sounds stood; taken only as far as it fits */
  constructor(sounds: readonly Sound[], loop: boolean, from: PlayPosition = { sound: 0, sample: 0 }) {
    // Nothing at all, repeated for ever, would never end within one frame.
    this.#sounds = sounds.filter((sound) => sound.length > 0);
    this.#loop = loop;
    const fits = from.sound < this.#sounds.length && from.sample < (this.#sounds[from.sound]?.length ?? 0);
    this.#sound = fits ? from.sound : 0;
    this.#sample = fits ? from.sample : 0;
  }

  get position(): PlayPosition {
    return { sound: this.#sound, sample: this.#sample };
  }

  get finished(): boolean {
    return this.#sound >= this.#sounds.length;
  }

  /** Writes the next frame of 20 ms; what is missing at the end is silence. Allocates nothing. */
  fill(frame: Int16Array): void {
    let filled = 0;
    while (filled < frameSamples) {
      const sound = this.#sounds[this.#sound];
      if (sound === undefined) {
        frame.fill(0, filled, frameSamples);
        return;
      }
      const count = Math.min(frameSamples - filled, sound.length - this.#sample);
      this.#copy(sound, frame, filled, count);
      filled += count;
      this.#advance(sound, count);
    }
  }

  #copy(sound: Sound, frame: Int16Array, at: number, count: number): void {
    const samples = sound.samples;
    if (samples === null) {
      frame.fill(0, at, at + count);
      return;
    }
    for (let index = 0; index < count; index += 1) frame[at + index] = samples[this.#sample + index] as number;
  }

  #advance(sound: Sound, count: number): void {
    this.#sample += count;
    if (this.#sample < sound.length) return;
    this.#sample = 0;
    this.#sound += 1;
    if (this.#loop && this.#sound >= this.#sounds.length) this.#sound = 0;
  }
}
