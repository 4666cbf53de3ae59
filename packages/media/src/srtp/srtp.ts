import { assert } from "@centrala/kit";
import { readUint16, readUint32, writeUint32 } from "../rtp/packet.ts";
import { AesCipher } from "./aes.ts";
import type { BlockCipherFactory } from "./block-cipher.ts";
import { CounterMode, cipherBytesMax } from "./counter-mode.ts";
import { HmacSha1 } from "./hmac-sha1.ts";
import { deriveSessionKeys, type SrtpMasterKey } from "./key-derivation.ts";
import { ReplayWindow } from "./replay-window.ts";

/** Why a packet was refused; the methods below return one of these, all negative, in place of a length. */
export const srtpRefusal = {
  /** Not a packet of the protocol, or longer than a link carries. */
  malformed: -1,
  /** The tag does not match: forged, damaged, or protected with other keys. */
  notAuthentic: -2,
  /** An index that was used before, or one too old to tell. */
  replayed: -3,
  /** More sources (SSRCs) than {@link streamsMax} in one direction. */
  tooManyStreams: -4,
  /** The last index of the key was used (RFC 3711 section 9.2). */
  exhausted: -5,
} as const;

/** What protection adds to an RTP packet. */
export const srtpOverheadBytes = 10;
/** What protection adds to a compound RTCP packet: the index and the tag. */
export const srtcpOverheadBytes = 14;
/** Sources per direction; a browser's leg has one or two. */
export const streamsMax = 16;

const tagBytes = 10;
const rtcpIndexMax = 0x7fffffff;
const makeAes: BlockCipherFactory = (key) => new AesCipher(key);

/** One direction of SRTP and SRTCP, profile AES_CM_128_HMAC_SHA1_80 (RFC 3711, RFC 5764 section 4.1.2). */
export class SrtpSender {
  readonly #rtp: Protection;
  readonly #rtcp: Protection;
  readonly #streams = new Map<number, Stream>();
  readonly #rtcpIndices = new Map<number, number>();

  constructor(master: SrtpMasterKey, makeCipher: BlockCipherFactory = makeAes) {
    this.#rtp = new Protection(master, "rtp", makeCipher);
    this.#rtcp = new Protection(master, "rtcp", makeCipher);
  }

  /**
   * Encrypts and signs the RTP packet in the first `length` bytes of `packet`, in place. The array has
   * {@link srtpOverheadBytes} of room behind it. A sequence number is taken once only: the key stream of an index
   * used twice would give both packets away, so the second is refused as `replayed`.
   * @returns the protected length, or a {@link srtpRefusal}
   */
  protect(packet: Uint8Array, length: number): number {
    assert(packet.length >= length + srtpOverheadBytes, "there is room for SRTP's tag");
    const headerBytes = rtpHeaderBytes(packet, length);
    if (headerBytes < 0 || length - headerBytes > cipherBytesMax) return srtpRefusal.malformed;
    const ssrc = readUint32(packet, 8);
    const sequence = readUint16(packet, 2);
    const stream = this.#streams.get(ssrc) ?? openStream(this.#streams, ssrc);
    if (stream === undefined) return srtpRefusal.tooManyStreams;
    const rollover = stream.rolloverOf(sequence);
    const index = rollover * 0x10000 + sequence;
    if (rollover < 0 || !stream.window.isNew(index)) return srtpRefusal.replayed;
    if (rollover > 0xffffffff) return srtpRefusal.exhausted;
    stream.accept(rollover, sequence, index);
    this.#rtp.cipher.apply(packet, headerBytes, length, ssrc, rollover >>> 16, (rollover << 16) | sequence);
    putTag(packet, length, this.#rtp.hmac.update(packet, 0, length).updateUint32(rollover).finish());
    return length + srtpOverheadBytes;
  }

  /**
   * Encrypts and signs a compound RTCP packet in place (RFC 3711 section 3.4); the array has
   * {@link srtcpOverheadBytes} of room behind it.
   * @returns the protected length, or a {@link srtpRefusal}
   */
  protectRtcp(packet: Uint8Array, length: number): number {
    assert(packet.length >= length + srtcpOverheadBytes, "there is room for SRTCP's index and tag");
    if (length < 8 || length - 8 > cipherBytesMax) return srtpRefusal.malformed;
    const ssrc = readUint32(packet, 4);
    const index = this.#rtcpIndices.get(ssrc) ?? 0;
    if (index > rtcpIndexMax) return srtpRefusal.exhausted;
    if (index === 0 && this.#rtcpIndices.size >= streamsMax) return srtpRefusal.tooManyStreams;
    this.#rtcpIndices.set(ssrc, index + 1);
    this.#rtcp.cipher.apply(packet, 8, length, ssrc, 0, index);
    writeUint32(packet, length, (0x80000000 | index) >>> 0);
    putTag(packet, length + 4, this.#rtcp.hmac.update(packet, 0, length + 4).finish());
    return length + srtcpOverheadBytes;
  }
}

/** The other direction of {@link SrtpSender}. A state for a source exists only after a packet of it was authentic. */
export class SrtpReceiver {
  readonly #rtp: Protection;
  readonly #rtcp: Protection;
  readonly #streams = new Map<number, Stream>();
  readonly #rtcpWindows = new Map<number, ReplayWindow>();

  constructor(master: SrtpMasterKey, makeCipher: BlockCipherFactory = makeAes) {
    this.#rtp = new Protection(master, "rtp", makeCipher);
    this.#rtcp = new Protection(master, "rtcp", makeCipher);
  }

  /**
   * Checks and decrypts the SRTP packet in the first `length` bytes of `packet`, in place.
   * @returns the length of the RTP packet, or a {@link srtpRefusal}, then the bytes are as they came
   */
  unprotect(packet: Uint8Array, length: number): number {
    const plain = length - srtpOverheadBytes;
    const headerBytes = length > packet.length ? -1 : rtpHeaderBytes(packet, plain);
    if (headerBytes < 0 || plain - headerBytes > cipherBytesMax) return srtpRefusal.malformed;
    const ssrc = readUint32(packet, 8);
    const sequence = readUint16(packet, 2);
    const known = this.#streams.get(ssrc);
    const rollover = known === undefined ? 0 : known.rolloverOf(sequence);
    const index = rollover * 0x10000 + sequence;
    if (rollover < 0 || (known !== undefined && !known.window.isNew(index))) return srtpRefusal.replayed;
    const words = this.#rtp.hmac.update(packet, 0, plain).updateUint32(rollover).finish();
    if (!tagMatches(packet, plain, words)) return srtpRefusal.notAuthentic;
    const stream = known ?? openStream(this.#streams, ssrc);
    if (stream === undefined) return srtpRefusal.tooManyStreams;
    stream.accept(rollover, sequence, index);
    this.#rtp.cipher.apply(packet, headerBytes, plain, ssrc, rollover >>> 16, (rollover << 16) | sequence);
    return plain;
  }

  /**
   * Checks and decrypts the SRTCP packet in the first `length` bytes of `packet`, in place.
   * @returns the length of the compound RTCP packet, or a {@link srtpRefusal}
   */
  unprotectRtcp(packet: Uint8Array, length: number): number {
    const plain = length - srtcpOverheadBytes;
    if (length > packet.length || plain < 8 || plain - 8 > cipherBytesMax) return srtpRefusal.malformed;
    const ssrc = readUint32(packet, 4);
    const trailer = readUint32(packet, plain);
    const index = trailer & rtcpIndexMax;
    const known = this.#rtcpWindows.get(ssrc);
    if (known !== undefined && !known.isNew(index)) return srtpRefusal.replayed;
    const words = this.#rtcp.hmac.update(packet, 0, plain + 4).finish();
    if (!tagMatches(packet, plain + 4, words)) return srtpRefusal.notAuthentic;
    if (known === undefined && this.#rtcpWindows.size >= streamsMax) return srtpRefusal.tooManyStreams;
    const window = known ?? new ReplayWindow();
    if (known === undefined) this.#rtcpWindows.set(ssrc, window);
    window.mark(index);
    // The uppermost bit says whether the packet is encrypted at all.
    if (trailer >= 0x80000000) this.#rtcp.cipher.apply(packet, 8, plain, ssrc, 0, index);
    return plain;
  }
}

class Protection {
  readonly cipher: CounterMode;
  readonly hmac: HmacSha1;

  constructor(master: SrtpMasterKey, protocol: "rtp" | "rtcp", makeCipher: BlockCipherFactory) {
    const keys = deriveSessionKeys(master, protocol, makeCipher);
    this.cipher = new CounterMode(makeCipher(keys.cipherKey), keys.salt);
    this.hmac = new HmacSha1(keys.authenticationKey);
  }
}

/** One source's rollover counter and highest sequence number (RFC 3711 section 3.3.1), with its replay window. */
class Stream {
  readonly window = new ReplayWindow();
  #rollover = 0;
  #highest = -1;

  /** The rollover count of the index nearest to the highest one; -1 when that would lie before the first packet. */
  rolloverOf(sequence: number): number {
    if (this.#highest < 0) return 0;
    if (this.#highest < 0x8000) return sequence - this.#highest > 0x8000 ? this.#rollover - 1 : this.#rollover;
    return this.#highest - 0x8000 > sequence ? this.#rollover + 1 : this.#rollover;
  }

  accept(rollover: number, sequence: number, index: number): void {
    this.window.mark(index);
    if (rollover > this.#rollover || (rollover === this.#rollover && sequence > this.#highest)) {
      this.#rollover = rollover;
      this.#highest = sequence;
    }
  }
}

function openStream(streams: Map<number, Stream>, ssrc: number): Stream | undefined {
  if (streams.size >= streamsMax) return undefined;
  const stream = new Stream();
  streams.set(ssrc, stream);
  return stream;
}

/** Where the payload begins (RFC 3550 section 5.1), or -1 when the first `length` bytes are no RTP packet. */
function rtpHeaderBytes(packet: Uint8Array, length: number): number {
  const first = packet[0] ?? 0;
  if (length < 12 || first >> 6 !== 2) return -1;
  let bytes = 12 + (first & 15) * 4;
  if (first & 0x10) {
    if (bytes + 4 > length) return -1;
    bytes += 4 + readUint16(packet, bytes + 2) * 4;
  }
  return bytes <= length ? bytes : -1;
}

function tagMatches(packet: Uint8Array, at: number, words: Int32Array): boolean {
  const first = readUint32(packet, at) ^ (words[0] ?? 0);
  const second = readUint32(packet, at + 4) ^ (words[1] ?? 0);
  const third = readUint16(packet, at + 8) ^ ((words[2] ?? 0) >>> 16);
  return (first | second | third) === 0;
}

function putTag(packet: Uint8Array, at: number, words: Int32Array): void {
  writeUint32(packet, at, words[0] ?? 0);
  writeUint32(packet, at + 4, words[1] ?? 0);
  packet[at + tagBytes - 2] = (words[2] ?? 0) >>> 24;
  packet[at + tagBytes - 1] = (words[2] ?? 0) >>> 16;
}
