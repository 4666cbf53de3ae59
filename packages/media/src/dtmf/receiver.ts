import type { Instant } from "@centrala/kit";
import { readUint16, timestampDistance } from "../rtp/packet.ts";
import { keyOfEvent } from "./keys.ts";

/** A key that has not been heard of for this long has been let go, although its end packets were lost. */
const lostEndMs = 200;

/**
 * Makes keys of RFC 4733 packets. A key counts once, when its first packet arrives, whichever of its packets that is;
 * repeated, late and end packets and the segments of a long press (section 2.5.1.3) do not count again.
 */
export class KeyReceiver {
  #known = false;
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
   * @param timestamp of its RTP header: all packets of one key carry that of its beginning
   * @returns the key when it is a new one
   */
  receive(packet: Uint8Array, offset: number, length: number, timestamp: number, now: Instant): string | undefined {
    if (length < 4) return undefined;
    const event = packet[offset] as number;
    const ended = ((packet[offset + 1] as number) & 0x80) !== 0;
    const ticks = readUint16(packet, offset + 2);
    const distance = this.#known ? timestampDistance(timestamp, this.#timestamp) : 1;
    // Older than the newest key: a late copy of an earlier one. A key that is very old means that the sender restarted.
    if (distance < 0 && distance > -80_000) return undefined;
    const isNew = distance !== 0 && !this.#continues(event, distance);
    if (distance !== 0) this.#begin(event, timestamp, isNew);
    else if (this.down === undefined) return undefined;
    this.#segmentTicks = Math.max(this.#segmentTicks, ticks);
    this.durationMs = (this.#earlierTicks + this.#segmentTicks) / 8;
    this.#heardAt = now;
    this.down = ended ? undefined : keyOfEvent(event);
    return isNew ? keyOfEvent(event) : undefined;
  }

  /** Lets go of a key whose end was lost. @returns true when that happened */
  poll(now: Instant): boolean {
    if (this.down === undefined || now - this.#heardAt < lostEndMs) return false;
    this.down = undefined;
    return true;
  }

  /** A next segment starts where the one before it ended, with the same key still down. */
  #continues(event: number, distance: number): boolean {
    return (
      this.down !== undefined &&
      event === this.#event &&
      this.#segmentTicks > 0x8000 &&
      Math.abs(distance - 0xffff) <= 800
    );
  }

  #begin(event: number, timestamp: number, isNew: boolean): void {
    this.#earlierTicks = isNew ? 0 : this.#earlierTicks + this.#segmentTicks;
    this.#known = true;
    this.#event = event;
    this.#timestamp = timestamp;
    this.#segmentTicks = 0;
  }
}
