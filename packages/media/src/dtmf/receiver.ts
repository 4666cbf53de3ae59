import type { Instant } from "@centrala/kit";
import { readUint16, sequenceDistance, timestampDistance } from "../rtp/packet.ts";
import { keyOfEvent } from "./keys.ts";

/** A key that has not been heard of for this long has been let go, although its end packets were lost. */
const lostEndMs = 200;

/** After this long without a packet whatever comes is a new key, however it is numbered. */
const forgottenMs = 5_000;

/** Two packets: by so much the times of end packets run past a key's own duration where a relay wrote them anew. */
const slackTicks = 320;

/** A duration up to here may be the first that was heard of a key: a few packets may have been lost. */
const beginningTicks = 480;

const segmentTicksMax = 0xffff;

/** How far back a packet is a late one; further back the sender has restarted its numbering. */
const lateMax = 100;

/** What of an RTP header tells keys apart. */
export interface KeyPacketHeader {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
}

/**
 * Makes keys of RFC 4733 packets. A key counts once, when its first packet arrives, whichever of its packets that is;
 * repeated, late and end packets and the segments of a long press (section 2.5.1.3) do not count again.
 *
 * By the book all packets of a key share the time of its beginning, and no two keys do. Relays write new times into the end
 * packets, some stacks into all, others never advance them: so the order of the packets, the duration and the end count,
 * too.
 */
export class KeyReceiver {
  #known = false;
  #ssrc = 0;
  #sequence = 0;
  #timestamp = 0;
  #event = -1;
  #segmentTicks = 0;
  #earlierTicks = 0;
  #heardAt: Instant = 0;
  /** The key that is down, undefined when none is. */
  down: string | undefined;
  /** How long the last key was, or has been, down. */
  durationMs = 0;

  /**
   * Takes a packet's payload of 4 bytes or more.
   * @returns the key when it is a new one
   */
  receive(
    packet: Uint8Array,
    offset: number,
    length: number,
    header: KeyPacketHeader,
    now: Instant,
  ): string | undefined {
    if (length < 4) return undefined;
    if (this.#isLate(header, now)) return undefined;
    const event = packet[offset] as number;
    const ended = ((packet[offset + 1] as number) & 0x80) !== 0;
    const ticks = readUint16(packet, offset + 2);
    const isNew = !this.#belongs(event, ended, ticks, header, now);
    if (isNew) this.#begin(event, header.timestamp);
    else if (this.#isNextSegment(ticks, header.timestamp)) this.#nextSegment(header.timestamp);
    this.#known = true;
    this.#ssrc = header.ssrc;
    this.#sequence = header.sequence;
    this.#heardAt = now;
    // An end that is repeated, or was overtaken, ends nothing again.
    if (!isNew && this.down === undefined) return undefined;
    this.#segmentTicks = Math.max(this.#segmentTicks, ticks);
    this.durationMs = (this.#earlierTicks + this.#segmentTicks) / 8;
    this.down = ended ? undefined : keyOfEvent(event);
    return isNew ? keyOfEvent(event) : undefined;
  }

  /** Lets go of a key whose end was lost. @returns true when that happened */
  poll(now: Instant): boolean {
    if (this.down === undefined || now - this.#heardAt < lostEndMs) return false;
    this.down = undefined;
    return true;
  }

  /** A copy, or a packet that later ones of its stream have overtaken. */
  #isLate({ ssrc, sequence }: KeyPacketHeader, now: Instant): boolean {
    if (!this.#known || ssrc !== this.#ssrc || now - this.#heardAt >= forgottenMs) return false;
    const distance = sequenceDistance(sequence, this.#sequence);
    return distance <= 0 && distance > -lateMax;
  }

  /** Whether a packet that came after all others belongs to the newest key. */
  #belongs(
    event: number,
    ended: boolean,
    ticks: number,
    { timestamp, marker }: KeyPacketHeader,
    now: Instant,
  ): boolean {
    if (!this.#known || event !== this.#event || now - this.#heardAt >= forgottenMs) return false;
    const since = timestampDistance(timestamp, this.#timestamp);
    const repeatsEnd = ended && ticks === this.#segmentTicks && since >= 0 && since <= ticks + slackTicks;
    if (this.down === undefined) {
      if (repeatsEnd) return true;
      if (since === 0) return !marker && ticks >= this.#segmentTicks;
      return since > 0 && since < this.#segmentTicks && !(marker && ticks <= beginningTicks);
    }
    if (this.#isNextSegment(ticks, timestamp)) return true;
    const beginsAnew = ticks < this.#segmentTicks && (marker || ticks <= beginningTicks);
    if (since === 0) return !beginsAnew;
    return since > 0 && ticks >= this.#segmentTicks && since <= ticks + slackTicks;
  }

  /** A next segment starts where the one before it ended, or its duration just wraps, with the same key still down. */
  #isNextSegment(ticks: number, timestamp: number): boolean {
    if (this.down === undefined || this.#segmentTicks <= 0x8000 || ticks >= this.#segmentTicks) return false;
    const since = timestampDistance(timestamp, this.#timestamp);
    return since === 0 ? this.#segmentTicks > segmentTicksMax - 800 : Math.abs(since - segmentTicksMax) <= 800;
  }

  #nextSegment(timestamp: number): void {
    this.#earlierTicks += this.#segmentTicks;
    this.#segmentTicks = 0;
    this.#timestamp = timestamp;
  }

  #begin(event: number, timestamp: number): void {
    this.#earlierTicks = 0;
    this.#segmentTicks = 0;
    this.#event = event;
    this.#timestamp = timestamp;
  }
}
