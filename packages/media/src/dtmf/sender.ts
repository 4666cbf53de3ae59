import { writeUint16 } from "../rtp/packet.ts";
import { eventOfKey, onlyKeys } from "./keys.ts";

/** One tick is one packet of 20 ms. */
const ticksPerPacket = 160;
const endPackets = 3;

/** What a tick of {@link KeySender} gave. */
export type KeyStep = "idle" | "gap" | "first" | "more";

/**
 * Sends keys by RFC 4733, one packet every 20 ms: all packets of a key share one timestamp, its first has the marker, its
 * end is sent three times (section 2.5.1.4). While it answers "gap", silence or the other sound may be sent.
 */
export class KeySender {
  #keys = "";
  #event = -1;
  #durationTicks = 0;
  #endsLeft = 0;
  #gapLeft = 0;
  readonly #keyTicks: number;
  readonly #gapPackets: number;
  readonly #keysMax = 128;

  /** @param keyMs how long a key is down, at least 40 @param gapMs how long the pause after it is, at least 40 */
  constructor(keyMs = 120, gapMs = 80) {
    this.#keyTicks = Math.max(2, Math.round(keyMs / 20)) * ticksPerPacket;
    this.#gapPackets = Math.max(2, Math.round(gapMs / 20));
  }

  get busy(): boolean {
    return this.#event >= 0 || this.#gapLeft > 0 || this.#keys.length > 0;
  }

  /** Adds keys to send; what is no key is left out, and what would make more than 128 waiting is refused with false. */
  push(keys: string): boolean {
    const wanted = onlyKeys(keys);
    if (this.#keys.length + wanted.length > this.#keysMax) return false;
    this.#keys += wanted;
    return true;
  }

  /** Writes the payload of this tick's packet (4 bytes at `offset`) for "first" and "more". */
  tick(packet: Uint8Array, offset: number): KeyStep {
    if (this.#gapLeft > 0) {
      this.#gapLeft -= 1;
      return "gap";
    }
    const first = this.#event < 0;
    if (first && !this.#start()) return "idle";
    if (this.#endsLeft === 0) this.#durationTicks += ticksPerPacket;
    const ended = this.#durationTicks >= this.#keyTicks;
    this.#write(packet, offset, ended);
    if (ended) this.#end();
    return first ? "first" : "more";
  }

  #start(): boolean {
    if (this.#keys.length === 0) return false;
    this.#event = eventOfKey(this.#keys[0] as string);
    this.#keys = this.#keys.slice(1);
    this.#durationTicks = 0;
    this.#endsLeft = 0;
    return true;
  }

  #end(): void {
    this.#endsLeft = this.#endsLeft === 0 ? endPackets - 1 : this.#endsLeft - 1;
    if (this.#endsLeft > 0) return;
    this.#event = -1;
    this.#gapLeft = this.#gapPackets;
  }

  #write(packet: Uint8Array, offset: number, ended: boolean): void {
    packet[offset] = this.#event;
    // Volume 10 is -10 dBm0, in the middle of what networks send.
    packet[offset + 1] = (ended ? 0x80 : 0) | 10;
    writeUint16(packet, offset + 2, this.#durationTicks);
  }
}
