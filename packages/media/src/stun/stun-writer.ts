import { assert, type Entropy, utf8Encode } from "@centrala/kit";
import { type HmacSha1, sha1Bytes } from "../srtp/hmac-sha1.ts";
import { ipBytes, type TransportAddress } from "./address.ts";
import { fingerprintOf, stunAttribute, stunBytesMax, stunHeaderBytes, stunMagicCookie } from "./stun-message.ts";

/** Builds one STUN message after another in a buffer made once. */
export class StunWriter {
  readonly #bytes = new Uint8Array(stunBytesMax);
  #length = 0;

  /**
   * Begins a message.
   * @param type one of `stunType`
   * @param transactionId 12 bytes: new ones for a request, the request's for a response
   */
  begin(type: number, transactionId: Uint8Array): this {
    assert(transactionId.length === 12, "a STUN transaction id has 12 bytes");
    this.#length = 0;
    this.#uint16(type);
    this.#uint16(0);
    this.#uint16(stunMagicCookie >>> 16);
    this.#uint16(stunMagicCookie & 0xffff);
    this.#raw(transactionId);
    return this;
  }

  /** An attribute with any value; padding is added. */
  attribute(kind: number, value: Uint8Array): this {
    this.#uint16(kind);
    this.#uint16(value.length);
    this.#raw(value);
    while (this.#length % 4 !== 0) this.#byte(0);
    return this;
  }

  text(kind: number, value: string): this {
    return this.attribute(kind, utf8Encode(value));
  }

  uint32(kind: number, value: number): this {
    this.#uint16(kind);
    this.#uint16(4);
    this.#uint32(value);
    return this;
  }

  /** ERROR-CODE (RFC 8489 section 14.8). */
  errorCode(code: number, reason: string): this {
    const text = utf8Encode(reason);
    const value = new Uint8Array(4 + text.length);
    value[2] = Math.floor(code / 100);
    value[3] = code % 100;
    value.set(text, 4);
    return this.attribute(stunAttribute.errorCode, value);
  }

  /** XOR-MAPPED-ADDRESS (RFC 8489 section 14.2). */
  xorMappedAddress(from: TransportAddress): this {
    const ip = ipBytes(from.address);
    assert(ip !== undefined, "a mapped address is an IP address");
    this.#uint16(stunAttribute.xorMappedAddress);
    this.#uint16(4 + ip.length);
    this.#uint16(ip.length === 4 ? 1 : 2);
    this.#uint16(from.port ^ (stunMagicCookie >>> 16));
    // The mask is the cookie and the transaction id, which stand side by side in the header.
    for (let index = 0; index < ip.length; index += 1) {
      this.#byte((ip[index] ?? 0) ^ (this.#bytes[4 + index] ?? 0));
    }
    return this;
  }

  /** MESSAGE-INTEGRITY over all that was written so far (RFC 8489 section 14.5). */
  integrity(hmac: HmacSha1): this {
    const at = this.#length;
    this.#uint16(stunAttribute.messageIntegrity);
    this.#uint16(sha1Bytes);
    this.#setLength(at + 4 + sha1Bytes);
    hmac.update(this.#bytes, 0, at).finishInto(this.#bytes, at + 4);
    this.#length = at + 4 + sha1Bytes;
    return this;
  }

  /** Adds FINGERPRINT and gives a copy of the message. */
  finish(): Uint8Array {
    const at = this.#length;
    this.#setLength(at + 8);
    this.uint32(stunAttribute.fingerprint, fingerprintOf(this.#bytes, at));
    return this.#bytes.slice(0, this.#length);
  }

  #setLength(total: number): void {
    assert(total <= stunBytesMax, "a STUN message fits one datagram");
    this.#bytes[2] = (total - stunHeaderBytes) >> 8;
    this.#bytes[3] = (total - stunHeaderBytes) & 255;
  }

  #raw(value: Uint8Array): void {
    assert(this.#length + value.length <= stunBytesMax, "a STUN message fits one datagram");
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #uint32(value: number): void {
    this.#uint16(value >>> 16);
    this.#uint16(value & 0xffff);
  }

  #uint16(value: number): void {
    this.#byte(value >> 8);
    this.#byte(value);
  }

  #byte(value: number): void {
    assert(this.#length < stunBytesMax, "a STUN message fits one datagram");
    this.#bytes[this.#length] = value & 255;
    this.#length += 1;
  }
}

/** A transaction id for a request. */
export function newTransactionId(entropy: Entropy): Uint8Array {
  const id = new Uint8Array(12);
  entropy.fill(id);
  return id;
}
