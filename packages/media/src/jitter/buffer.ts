import { decodeTable, type Law } from "../codec/g711.ts";
import { timestampDistance } from "../rtp/packet.ts";

/** 512 ms of sound; a power of two, so that a place in the ring is one AND. */
const ringSamples = 4_096;
const ringMask = ringSamples - 1;

/**
 * Evens out the arrival of one G.711 stream for mixing: samples are placed by RTP timestamp into a ring and read 20 ms at
 * a time. Starts to play at the target delay, waits anew after it ran dry, and skips ahead when more than the highest delay
 * has gathered (a burst, or a clock that runs fast). What never came is silence.
 */
export class JitterBuffer {
  readonly #ring = new Int16Array(ringSamples);
  readonly #targetSamples: number;
  readonly #highestSamples: number;
  #started = false;
  #playing = false;
  #readAt = 0;
  #writtenTo = 0;
  #ssrc = 0;
  /** Packets that came too late to be heard. */
  late = 0;
  /** Times it ran dry, and times it skipped. */
  underruns = 0;
  skips = 0;

  /** @param targetMs 20 to 200 @param highestMs target + 20 to 400 */
  constructor(targetMs = 40, highestMs = 120) {
    this.#targetSamples = targetMs * 8;
    this.#highestSamples = highestMs * 8;
  }

  /** Samples that wait to be played. */
  get depthSamples(): number {
    return this.#started ? Math.max(0, timestampDistance(this.#writtenTo, this.#readAt)) : 0;
  }

  /** Takes a packet's payload. Allocates nothing. */
  put(ssrc: number, timestamp: number, law: Law, packet: Uint8Array, offset: number, count: number): void {
    if (count > this.#highestSamples) return;
    if (!this.#started || ssrc !== this.#ssrc) this.#restart(ssrc, timestamp);
    let ahead = timestampDistance(timestamp, this.#readAt);
    // A jump in the timestamps (a splice at the far end, a pause without sound) starts anew.
    if (ahead + count > ringSamples || ahead < -8_000) {
      this.#restart(ssrc, timestamp);
      ahead = 0;
    }
    if (ahead < 0) {
      this.late += 1;
      // While nothing plays, what is earlier than expected moves the start.
      if (this.#playing || ahead + this.depthSamples < -ringSamples / 2) return;
      this.#readAt = timestamp;
    }
    const table = decodeTable(law);
    for (let index = 0; index < count; index += 1) {
      this.#ring[(timestamp + index) & ringMask] = table[packet[offset + index] as number] as number;
    }
    const end = (timestamp + count) >>> 0;
    if (timestampDistance(end, this.#writtenTo) > 0) this.#writtenTo = end;
  }

  /**
   * Copies the next `count` samples to `out`.
   * @returns false (and silence) while nothing plays
   */
  take(out: Int16Array, count: number): boolean {
    const depth = this.depthSamples;
    if (!this.#playing) this.#playing = depth >= this.#targetSamples;
    else if (depth > this.#highestSamples) this.#skip(depth - this.#targetSamples);
    if (!this.#playing || depth === 0) {
      if (this.#playing) this.underruns += 1;
      this.#playing = false;
      out.fill(0, 0, count);
      return false;
    }
    for (let index = 0; index < count; index += 1) {
      const place = (this.#readAt + index) & ringMask;
      out[index] = this.#ring[place] as number;
      this.#ring[place] = 0;
    }
    this.#readAt = (this.#readAt + count) >>> 0;
    if (timestampDistance(this.#writtenTo, this.#readAt) < 0) this.#writtenTo = this.#readAt;
    return true;
  }

  /** Forgets everything, for a leg that was not mixed for a while. */
  reset(): void {
    this.#started = false;
    this.#playing = false;
    this.#ring.fill(0);
  }

  #restart(ssrc: number, timestamp: number): void {
    this.reset();
    this.#started = true;
    this.#ssrc = ssrc;
    this.#readAt = timestamp;
    this.#writtenTo = timestamp;
  }

  #skip(samples: number): void {
    this.skips += 1;
    for (let index = 0; index < samples; index += 1) this.#ring[(this.#readAt + index) & ringMask] = 0;
    this.#readAt = (this.#readAt + samples) >>> 0;
  }
}
