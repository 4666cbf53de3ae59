import type { Instant } from "@centrala/kit";
import { timestampDistance } from "../rtp/packet.ts";

/** How far placement by timestamp may lie from placement by arrival before the stream is anchored anew. */
const driftMaxSamples = 4_000;

/**
 * Where the packets of one sender belong in a recording: the first by its arrival, each further one by its RTP timestamp
 * (so that jitter leaves no trace), and by arrival again after a new SSRC or a timestamp that jumped.
 */
export class TrackClock {
  #anchored = false;
  #ssrc = 0;
  #timestamp = 0;
  #position = 0;

  /** The frame of the recording in which the packet's first sample belongs; may lie before its start. */
  place(ssrc: number, timestamp: number, count: number, arrivedAt: Instant, startedAt: Instant): number {
    // A packet is sent when its last sample has been spoken.
    const byArrival = Math.round((arrivedAt - startedAt) * 8) - count;
    if (!this.#anchored || ssrc !== this.#ssrc) return this.#anchor(ssrc, timestamp, byArrival);
    const position = this.#position + timestampDistance(timestamp, this.#timestamp);
    if (Math.abs(position - byArrival) > driftMaxSamples) return this.#anchor(ssrc, timestamp, byArrival);
    this.#timestamp = timestamp;
    this.#position = position;
    return position;
  }

  #anchor(ssrc: number, timestamp: number, position: number): number {
    this.#anchored = true;
    this.#ssrc = ssrc;
    this.#timestamp = timestamp;
    this.#position = position;
    return position;
  }
}
