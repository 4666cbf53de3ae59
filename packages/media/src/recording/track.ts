import type { Instant } from "@centrala/kit";
import { timestampDistance } from "../rtp/packet.ts";

/** How often, in packets (10 s of 20 ms), and from which difference on (50 ms) a clock that runs away is put right. */
const skewWindowPackets = 500;
const skewMinSamples = 400;

/** How far placement by timestamp may lie from placement by arrival before the stream is anchored anew. */
const driftMaxSamples = 4_000;

/**
 * Where the packets of one sender belong in a recording: the first by its arrival, each further one by its RTP timestamp
 * (so that jitter leaves no trace), and by arrival again after a new SSRC or a timestamp that jumped. A sender's clock that
 * is slower or faster than ours is corrected by what the quickest packet of each window shows.
 */
export class TrackClock {
  #anchored = false;
  #ssrc = 0;
  #timestamp = 0;
  #position = 0;
  #windowPackets = 0;
  #smallestLag = 0;

  /** The frame of the recording in which the packet's first sample belongs; may lie before its start. */
  place(ssrc: number, timestamp: number, count: number, arrivedAt: Instant, startedAt: Instant): number {
    // A packet is sent when its last sample has been spoken.
    const byArrival = Math.round((arrivedAt - startedAt) * 8) - count;
    if (!this.#anchored || ssrc !== this.#ssrc) return this.#anchor(ssrc, timestamp, byArrival);
    const position = this.#position + timestampDistance(timestamp, this.#timestamp);
    if (Math.abs(position - byArrival) > driftMaxSamples) return this.#anchor(ssrc, timestamp, byArrival);
    this.#timestamp = timestamp;
    this.#position = position + this.#skew(byArrival - position);
    return this.#position;
  }

  /** What to add to the position: the lag of the quickest packet, once a window is over and it is worth it. */
  #skew(lag: number): number {
    this.#smallestLag = this.#windowPackets === 0 ? lag : Math.min(this.#smallestLag, lag);
    this.#windowPackets += 1;
    if (this.#windowPackets < skewWindowPackets) return 0;
    this.#windowPackets = 0;
    return Math.abs(this.#smallestLag) < skewMinSamples ? 0 : this.#smallestLag;
  }

  #anchor(ssrc: number, timestamp: number, position: number): number {
    this.#anchored = true;
    this.#windowPackets = 0;
    this.#ssrc = ssrc;
    this.#timestamp = timestamp;
    this.#position = position;
    return position;
  }
}
