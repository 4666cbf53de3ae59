import { fail, ok, type Result, utf8DecodeStrict } from "@centrala/kit";
import { readUint16, readUint32 } from "../rtp/packet.ts";
import { HmacSha1, sha1Bytes } from "../srtp/hmac-sha1.ts";
import { crc32 } from "./crc32.ts";

export const stunMagicCookie = 0x2112a442;
export const stunHeaderBytes = 20;
/** Longer messages are refused: a browser's check has about 100 bytes. */
export const stunBytesMax = 1_280;

/** The values of the 14 bits beside the two zero bits, class and method together (RFC 8489 section 5). */
export const stunType = {
  bindingRequest: 0x0001,
  bindingIndication: 0x0011,
  bindingSuccess: 0x0101,
  bindingError: 0x0111,
} as const;

/** RFC 8489 section 18.3 and RFC 8445 section 20.1. */
export const stunAttribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  messageIntegritySha256: 0x001c,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  software: 0x8022,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** A message whose form, lengths and fingerprint are right. Whether its sender is who he says: {@link stunIsAuthentic}. */
export interface StunMessage {
  readonly type: number;
  /** 12 bytes; a view of the parsed bytes, as all attributes are. */
  readonly transactionId: Uint8Array;
  readonly username: string | undefined;
  readonly priority: number | undefined;
  readonly useCandidate: boolean;
  /** The role that the sender takes (RFC 8445 section 7.1.3). */
  readonly role: "controlling" | "controlled" | undefined;
  /** Where MESSAGE-INTEGRITY begins in the bytes. */
  readonly integrityAt: number | undefined;
  readonly errorCode: number | undefined;
  readonly mapped: Uint8Array | undefined;
  /** Attributes that must be understood and are not (RFC 8489 section 6.3.1). */
  readonly unknown: readonly number[];
}

export type StunRefusal = "STUN_MALFORMED" | "STUN_FINGERPRINT";

type Draft = { -readonly [Key in keyof StunMessage]: StunMessage[Key] } & { unknown: number[]; fingerprinted: boolean };

/**
 * Parses the STUN message in the first `length` bytes. ICE demands FINGERPRINT, so a message without one is refused
 * (RFC 8445 section 7.1), and attributes behind MESSAGE-INTEGRITY are left out, for nothing vouches for them.
 */
export function parseStun(bytes: Uint8Array, length: number): Result<StunMessage, StunRefusal> {
  if (!hasStunForm(bytes, length)) return fail("STUN_MALFORMED", "not a STUN message");
  const draft = emptyDraft(bytes);
  let at = stunHeaderBytes;
  while (at < length) {
    const size = readUint16(bytes, at + 2);
    const next = at + 4 + ((size + 3) & ~3);
    if (next > length || draft.fingerprinted) return fail("STUN_MALFORMED", "an attribute stands outside its message");
    if (!readAttribute(draft, bytes, readUint16(bytes, at), at, size)) {
      return fail("STUN_MALFORMED", "an attribute has a wrong value");
    }
    at = next;
  }
  if (!draft.fingerprinted || readUint32(bytes, length - 4) !== fingerprintOf(bytes, length - 8)) {
    return fail("STUN_FINGERPRINT", "the fingerprint is absent or wrong");
  }
  return ok(draft);
}

/** True when the first bytes may be STUN and not DTLS, RTP or RTCP (RFC 7983 section 7); cheap enough for every datagram. */
export function looksLikeStun(bytes: Uint8Array, length: number): boolean {
  return length >= stunHeaderBytes && (bytes[0] ?? 255) < 4 && readUint32(bytes, 4) === stunMagicCookie;
}

/** Whether MESSAGE-INTEGRITY was made with the key of `hmac` (RFC 8489 section 14.5). */
export function stunIsAuthentic(bytes: Uint8Array, message: StunMessage, hmac: HmacSha1): boolean {
  const at = message.integrityAt;
  if (at === undefined) return false;
  hmac.update(bytes, 0, 2);
  // The length that was signed ends with MESSAGE-INTEGRITY, whatever follows it.
  const signedLength = at + 4 + sha1Bytes - stunHeaderBytes;
  lengthBytes[0] = signedLength >> 8;
  lengthBytes[1] = signedLength & 255;
  hmac.update(lengthBytes, 0, 2).update(bytes, 4, at).finishInto(expectedCode, 0);
  let difference = 0;
  for (let index = 0; index < sha1Bytes; index += 1) {
    difference |= (expectedCode[index] ?? 0) ^ (bytes[at + 4 + index] ?? 0);
  }
  return difference === 0;
}

/** What FINGERPRINT says of the `length` bytes before it (RFC 8489 section 14.7). */
export function fingerprintOf(bytes: Uint8Array, length: number): number {
  return (crc32(bytes, length) ^ 0x5354554e) >>> 0;
}

const lengthBytes = new Uint8Array(2);
const expectedCode = new Uint8Array(sha1Bytes);
const usernameBytesMax = 513;

function hasStunForm(bytes: Uint8Array, length: number): boolean {
  if (length > bytes.length || length > stunBytesMax || !looksLikeStun(bytes, length)) return false;
  return length % 4 === 0 && readUint16(bytes, 2) === length - stunHeaderBytes;
}

function emptyDraft(bytes: Uint8Array): Draft {
  return {
    type: readUint16(bytes, 0),
    transactionId: bytes.subarray(8, stunHeaderBytes),
    username: undefined,
    priority: undefined,
    useCandidate: false,
    role: undefined,
    integrityAt: undefined,
    errorCode: undefined,
    mapped: undefined,
    unknown: [],
    fingerprinted: false,
  };
}

/** False when the attribute's value is not of its kind. */
function readAttribute(draft: Draft, bytes: Uint8Array, kind: number, at: number, size: number): boolean {
  if (kind === stunAttribute.fingerprint) {
    draft.fingerprinted = true;
    return size === 4;
  }
  if (draft.integrityAt !== undefined) return true;
  switch (kind) {
    case stunAttribute.messageIntegrity:
      draft.integrityAt = at;
      return size === sha1Bytes;
    case stunAttribute.username:
      draft.username = utf8DecodeStrict(bytes.subarray(at + 4, at + 4 + size));
      return draft.username !== undefined && size <= usernameBytesMax;
    case stunAttribute.priority:
      draft.priority = readUint32(bytes, at + 4);
      return size === 4;
    case stunAttribute.useCandidate:
      draft.useCandidate = true;
      return size === 0;
    case stunAttribute.iceControlling:
      draft.role = "controlling";
      return size === 8;
    case stunAttribute.iceControlled:
      draft.role = "controlled";
      return size === 8;
    case stunAttribute.errorCode:
      draft.errorCode = ((bytes[at + 6] ?? 0) & 7) * 100 + (bytes[at + 7] ?? 0);
      return size >= 4;
    case stunAttribute.xorMappedAddress:
      draft.mapped = bytes.subarray(at + 4, at + 4 + size);
      return size === 8 || size === 20;
    default:
      // Attributes below 0x8000 must be understood; a list without end helps nobody.
      if (kind < 0x8000 && !understoodElsewhere.has(kind) && draft.unknown.length < 8) draft.unknown.push(kind);
      return true;
  }
}

/** Understood and of no meaning here: what old agents add to requests, and the longer signature beside the short one. */
const understoodElsewhere: ReadonlySet<number> = new Set([
  stunAttribute.messageIntegritySha256,
  stunAttribute.unknownAttributes,
]);
