import type { LegId, MediaEvent } from "@centrala/contract";
import { decodeTable, type Law } from "@centrala/media";

const floorDbfs = -90;

/** Gathers the energy of both directions of a leg between two events. */
export class LevelMeter {
  #inEnergy = 0;
  #inSamples = 0;
  #outEnergy = 0;
  #outSamples = 0;

  addIn(law: Law, packet: Uint8Array, offset: number, count: number): void {
    this.#inEnergy += energyOf(law, packet, offset, count);
    this.#inSamples += count;
  }

  addOut(law: Law, packet: Uint8Array, offset: number, count: number): void {
    this.#outEnergy += energyOf(law, packet, offset, count);
    this.#outSamples += count;
  }

  /** Levels since the last call, from -90 dBFS (nothing) to 0, and starts anew. */
  take(legId: LegId): MediaEvent {
    const event: MediaEvent = {
      kind: "level",
      legId,
      inDbfs: decibels(this.#inEnergy, this.#inSamples),
      outDbfs: decibels(this.#outEnergy, this.#outSamples),
    };
    this.#inEnergy = 0;
    this.#inSamples = 0;
    this.#outEnergy = 0;
    this.#outSamples = 0;
    return event;
  }
}

function energyOf(law: Law, packet: Uint8Array, offset: number, count: number): number {
  const table = decodeTable(law);
  let energy = 0;
  for (let index = offset; index < offset + count; index += 1) {
    const sample = table[packet[index] as number] as number;
    energy += sample * sample;
  }
  return energy;
}

function decibels(energy: number, samples: number): number {
  if (samples === 0 || energy === 0) return floorDbfs;
  const level = 10 * Math.log10(energy / samples / 32_768 ** 2);
  return Math.max(floorDbfs, Math.round(level * 10) / 10);
}
