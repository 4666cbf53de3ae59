import type { Entropy } from "@centrala/kit";
import { type RtpHeader, rewriteRtp, sequenceDistance, timestampDistance, writeRtpHeader } from "./packet.ts";

/** Further back than this, or further ahead than {@link aheadMax}, a forwarded stream has restarted: a splice. */
const lateMax = 64;
const aheadMax = 3_000;

/**
 * One outgoing stream: whatever is sent in it (a forwarded party, a prompt, a mix) leaves with one SSRC, sequence numbers
 * without gaps of our making and timestamps that go on with the clock, so that the receiver never notices a splice.
 */
export class RtpSender {
  readonly ssrc: number;
  packetsSent = 0;
  payloadBytesSent = 0;
  #sequence: number;
  #timestamp: number;
  #sentAtMs = -1;
  /** Forwarded stream that the offsets hold for; -1 after anything of our own making. */
  #sourceId = -1;
  #sourceSsrc = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;
  /** Sequence numbers used since the last splice, counted up to {@link lateMax}. */
  #sinceSplice = 0;
  #markNext = true;

  /** Starts at a random sequence number and timestamp with a random SSRC (RFC 3550 section 5.1). */
  constructor(entropy: Entropy) {
    const random = new Uint8Array(10);
    entropy.fill(random);
    const view = new DataView(random.buffer);
    this.ssrc = view.getUint32(0);
    // The upper bit stays clear, as libsrtp and others ask: the first wrap is then never near the start.
    this.#sequence = view.getUint16(4) & 0x7fff;
    this.#timestamp = view.getUint32(6);
  }

  /** Sequence number, timestamp and time of the last packet, for sender reports. */
  get timestamp(): number {
    return this.#timestamp;
  }

  get sentAtMs(): number {
    return this.#sentAtMs;
  }

  /** The next packet starts a new talk spurt: it gets the marker bit (RFC 3551 section 4.1). */
  markNext(): void {
    this.#markNext = true;
  }

  /**
   * Rewrites a packet of another party in place so that it goes on in this stream.
   * @param sourceId number of the party; a change of it, or of the packet's SSRC, is a splice
   * @param header of `packet`, as parsed
   * @returns false when the packet is too late to be sent after a splice
   */
  forward(packet: Uint8Array, header: RtpHeader, sourceId: number, payloadType: number, nowMs: number): boolean {
    if (sourceId !== this.#sourceId || header.ssrc !== this.#sourceSsrc) this.#splice(header, sourceId, nowMs);
    let sequence = (header.sequence + this.#sequenceOffset) & 0xffff;
    let ahead = sequenceDistance(sequence, this.#sequence);
    if (ahead <= -lateMax || ahead > aheadMax) {
      this.#splice(header, sourceId, nowMs);
      sequence = (this.#sequence + 1) & 0xffff;
      ahead = 1;
    }
    // What is late may fill its own gap; what is from before the splice has no place in this stream.
    if (ahead <= 0 && -ahead >= this.#sinceSplice) return false;
    const timestamp = (header.timestamp + this.#timestampOffset) >>> 0;
    rewriteRtp(packet, payloadType, header.marker || this.#markNext, sequence, timestamp, this.ssrc);
    if (ahead > 0) {
      this.#moveTo(sequence, timestamp, nowMs);
      this.#sinceSplice = Math.min(lateMax, this.#sinceSplice + ahead);
    }
    this.#markNext = false;
    this.#count(header.payloadLength);
    return true;
  }

  /**
   * Writes the header of a packet of our own.
   * @param samples how far the timestamp advances from the last packet of our own when no time was skipped
   */
  next(packet: Uint8Array, payloadType: number, samples: number, payloadBytes: number, nowMs: number): void {
    const timestamp = this.#sourceId === -1 ? this.#continued(samples, nowMs) : this.#elapsed(samples, nowMs);
    this.#sourceId = -1;
    const sequence = (this.#sequence + 1) & 0xffff;
    writeRtpHeader(packet, payloadType, this.#markNext, sequence, timestamp, this.ssrc);
    this.#moveTo(sequence, timestamp, nowMs);
    this.#markNext = false;
    this.#count(payloadBytes);
  }

  /**
   * Writes the header of a key packet (RFC 4733): all packets of one key share the timestamp of its first.
   * @param first true for the first packet of a key or of a segment of a long one
   */
  nextKey(packet: Uint8Array, payloadType: number, first: boolean, marker: boolean, nowMs: number): void {
    const timestamp = first ? this.#elapsed(160, nowMs) : this.#timestamp;
    this.#sourceId = -1;
    const sequence = (this.#sequence + 1) & 0xffff;
    writeRtpHeader(packet, payloadType, marker, sequence, timestamp, this.ssrc);
    this.#sequence = sequence;
    if (first) this.#moveTo(sequence, timestamp, nowMs);
    this.#count(4);
  }

  #splice(header: RtpHeader, sourceId: number, nowMs: number): void {
    this.#sourceId = sourceId;
    this.#sourceSsrc = header.ssrc;
    this.#sinceSplice = 0;
    this.#sequenceOffset = (this.#sequence + 1 - header.sequence) & 0xffff;
    this.#timestampOffset = timestampDistance(this.#elapsed(160, nowMs), header.timestamp);
    this.#markNext = true;
  }

  /** Where the timestamp stands by the clock; at least `samples` after the last one. */
  #elapsed(samples: number, nowMs: number): number {
    if (this.#sentAtMs < 0) return this.#timestamp;
    const byClock = Math.round((nowMs - this.#sentAtMs) * 8);
    return (this.#timestamp + Math.max(samples, byClock)) >>> 0;
  }

  /** A running stream of our own advances by its samples exactly; only a pause of 60 ms or more follows the clock. */
  #continued(samples: number, nowMs: number): number {
    if (this.#sentAtMs < 0) return this.#timestamp;
    if (nowMs - this.#sentAtMs >= 60) return this.#elapsed(samples, nowMs);
    return (this.#timestamp + samples) >>> 0;
  }

  #moveTo(sequence: number, timestamp: number, nowMs: number): void {
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#sentAtMs = nowMs;
  }

  #count(payloadBytes: number): void {
    this.packetsSent += 1;
    this.payloadBytesSent += payloadBytes;
  }
}
