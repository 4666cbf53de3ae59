/** Length of an RTP header without contributing sources and extension (RFC 3550 section 5.1). */
export const rtpHeaderBytes = 12;

/** The largest RTP packet that is looked at; with G.711 that is more than 180 ms of sound. */
export const rtpPacketBytesMax = 1_500;

/** A parsed header. One object is reused for every packet of a socket, so that the hot path allocates nothing. */
export class RtpHeader {
  marker = false;
  payloadType = 0;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  payloadOffset = 0;
  payloadLength = 0;
}

/**
 * Parses the first `length` bytes of `packet` into `out` (RFC 3550 section 5.1 and appendix A.1).
 * @returns false when this is no valid RTP: wrong version, lengths that do not fit, padding that is longer than the payload
 */
export function parseRtp(packet: Uint8Array, length: number, out: RtpHeader): boolean {
  if (length < rtpHeaderBytes || length > rtpPacketBytesMax) return false;
  const first = packet[0] as number;
  const second = packet[1] as number;
  if (first >> 6 !== 2 || isRtcpType(second)) return false;
  let offset = rtpHeaderBytes + (first & 0x0f) * 4;
  if (first & 0x10) {
    if (offset + 4 > length) return false;
    offset += 4 + readUint16(packet, offset + 2) * 4;
  }
  const padding = first & 0x20 ? (packet[length - 1] as number) : 0;
  if ((first & 0x20 && padding === 0) || offset + padding > length) return false;
  out.marker = (second & 0x80) !== 0;
  out.payloadType = second & 0x7f;
  out.sequence = readUint16(packet, 2);
  out.timestamp = readUint32(packet, 4);
  out.ssrc = readUint32(packet, 8);
  out.payloadOffset = offset;
  out.payloadLength = length - offset - padding;
  return true;
}

/** True when a packet on a port that carries both is RTCP (RFC 5761 section 4: packet types 192 to 223). */
export function isRtcp(packet: Uint8Array, length: number): boolean {
  return length >= 8 && (packet[0] as number) >> 6 === 2 && isRtcpType(packet[1] as number);
}

/** Writes a plain 12-byte header: version 2, no padding, no extension, no contributing sources. */
export function writeRtpHeader(
  packet: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  packet[0] = 0x80;
  packet[1] = payloadType | (marker ? 0x80 : 0);
  writeUint16(packet, 2, sequence);
  writeUint32(packet, 4, timestamp);
  writeUint32(packet, 8, ssrc);
}

/** Changes payload type, marker, sequence number, timestamp and SSRC of a packet and leaves the rest as it came. */
export function rewriteRtp(
  packet: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  packet[1] = payloadType | (marker ? 0x80 : 0);
  writeUint16(packet, 2, sequence);
  writeUint32(packet, 4, timestamp);
  writeUint32(packet, 8, ssrc);
}

export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return ((readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2)) >>> 0;
}

export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** How far `a` lies after `b` on the 32-bit circle of timestamps: from -2^31 to 2^31 - 1. */
export function timestampDistance(a: number, b: number): number {
  return (a - b) | 0;
}

/** How far `a` lies after `b` on the 16-bit circle of sequence numbers: from -2^15 to 2^15 - 1. */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

function isRtcpType(second: number): boolean {
  return second >= 192 && second <= 223;
}
