import { assert } from "@centrala/kit";
import type { Law } from "../codec/g711.ts";

/** What a payload type number means on one leg. */
export const payloadKinds = { unknown: 0, ulaw: 1, alaw: 2, keys: 3, comfortNoise: 4 } as const;
export type PayloadKind = (typeof payloadKinds)[keyof typeof payloadKinds];

/** Payload type numbers of one leg as negotiated (RFC 3551 section 6 for the static ones). One look-up a packet. */
export class PayloadMap {
  readonly #kinds = new Uint8Array(128);
  readonly law: Law;
  /** The number that audio is sent with. */
  readonly audioType: number;
  /** The number that keys are sent with; -1 when the far end takes none. */
  readonly keysType: number;

  /**
   * @param keysType 0 to 127, or null when telephone-event was not negotiated
   * @param comesAs further numbers that the far end may send keys with: after our offer it should use ours and may use its own
   */
  constructor(law: Law, audioType: number, keysType: number | null, comesAs: number | null = null) {
    assert(audioType >= 0 && audioType < 128, "payload types are 0 to 127");
    this.law = law;
    this.audioType = audioType;
    this.keysType = keysType ?? -1;
    // Both laws are always understood: some gateways change between them without asking.
    this.#kinds[0] = payloadKinds.ulaw;
    this.#kinds[8] = payloadKinds.alaw;
    this.#kinds[13] = payloadKinds.comfortNoise;
    this.#kinds[audioType] = law === "ulaw" ? payloadKinds.ulaw : payloadKinds.alaw;
    for (const type of [comesAs, keysType]) if (type !== null) this.#kinds[type & 127] = payloadKinds.keys;
  }

  kindOf(payloadType: number): PayloadKind {
    return this.#kinds[payloadType & 127] as PayloadKind;
  }

  /** Whether a packet of a number that means nothing here is a key all the same: devices send what they never offered. */
  looksLikeKey(payloadType: number, packet: Uint8Array, offset: number, length: number): boolean {
    const dynamic = payloadType >= 96 && this.kindOf(payloadType) === payloadKinds.unknown;
    return dynamic && length === 4 && (packet[offset] as number) < 16 && ((packet[offset + 1] as number) & 0x40) === 0;
  }
}
