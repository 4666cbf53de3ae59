import { goertzelCoefficient, goertzelPower } from "../tone/goertzel.ts";

const rowsHz = [697, 770, 852, 941] as const;
const columnsHz = [1209, 1336, 1477, 1633] as const;
const layout = "123A456B789C*0#D";
const coefficients = [...rowsHz, ...columnsHz].map((hz) => goertzelCoefficient(hz, 8_000));

/** 12.75 ms: narrow enough to tell the rows apart, short enough that 40 ms of a key hold two whole blocks. */
const blockSamples = 102;
const levelMinPower = 32_768 ** 2 * 10 ** -3.6;

/**
 * Finds keys sent as tones inside the sound (ITU-T Q.23 and Q.24), for far ends without RFC 4733. A key counts when two
 * blocks in a row agree (or more, where speech is likelier than keys), and again only after a block without it.
 */
export class InBandDetector {
  /** Made with the first sound: most legs of a busy hour end, or negotiate events, before any is listened to. */
  #scratch: { readonly block: Int16Array; readonly powers: Float64Array } | undefined;
  readonly #blocksMin: number;
  #filled = 0;
  #previous = "";
  #inARow = 0;
  #reported = "";

  /** @param blocksMin how many blocks of 12.75 ms make a key, at least 2 */
  constructor(blocksMin = 2) {
    this.#blocksMin = blocksMin;
  }

  /** Takes samples at 8 kHz. @returns the keys that began in them, usually "" */
  push(samples: Int16Array, from: number, count: number): string {
    let keys = "";
    this.#scratch ??= { block: new Int16Array(blockSamples), powers: new Float64Array(8) };
    const { block, powers } = this.#scratch;
    for (let index = from; index < from + count; index += 1) {
      block[this.#filled] = samples[index] as number;
      this.#filled += 1;
      if (this.#filled < blockSamples) continue;
      this.#filled = 0;
      keys += this.#decide(classify(block, powers));
    }
    return keys;
  }

  #decide(key: string): string {
    this.#inARow = key === this.#previous ? this.#inARow + 1 : 1;
    const isNew = key !== "" && this.#inARow >= this.#blocksMin && key !== this.#reported;
    if (isNew || (key === "" && this.#previous === "")) this.#reported = key;
    this.#previous = key;
    return isNew ? key : "";
  }
}

function classify(block: Int16Array, powers: Float64Array): string {
  let energy = 0;
  for (const sample of block) energy += sample * sample;
  energy /= blockSamples;
  if (energy < levelMinPower) return "";
  for (let tone = 0; tone < 8; tone += 1) {
    powers[tone] = goertzelPower(block, 0, blockSamples, coefficients[tone] as number);
  }
  const row = strongest(powers, 0);
  const column = strongest(powers, 4);
  if (row < 0 || column < 0) return "";
  const rowPower = powers[row] as number;
  const columnPower = powers[column] as number;
  // Q.24: the higher group may be up to 4 dB stronger, the lower up to 8 dB (here 6 and 9, for worn lines).
  if (columnPower > rowPower * 4 || rowPower > columnPower * 8) return "";
  // In speech much of the energy lies elsewhere.
  if (rowPower + columnPower < energy * 0.7) return "";
  return layout[row * 4 + column - 4] ?? "";
}

/** The strongest of four tones when it stands 6 dB above the three others, else -1. */
function strongest(powers: Float64Array, from: number): number {
  let best = from;
  for (let tone = from + 1; tone < from + 4; tone += 1) {
    if ((powers[tone] as number) > (powers[best] as number)) best = tone;
  }
  for (let tone = from; tone < from + 4; tone += 1) {
    if (tone !== best && (powers[tone] as number) * 4 > (powers[best] as number)) return -1;
  }
  return best;
}
