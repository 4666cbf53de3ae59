import { utf8Encode } from "@centrala/kit";
import { readUint16, readUint32, writeUint16, writeUint32 } from "../rtp/packet.ts";

/** One report block (RFC 3550 section 6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Share lost since the previous report, in 256ths. */
  readonly fractionLost: number;
  /** Packets lost in all; negative when duplicates outweigh losses. */
  readonly packetsLost: number;
  readonly highestSequence: number;
  readonly jitterTicks: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0 when none came. */
  readonly lastReport: number;
  /** Time since that report in 65,536ths of a second. */
  readonly delaySinceLastReport: number;
}

/** What stands in a compound packet, as far as we use it. */
export type RtcpMessage =
  | {
      readonly kind: "senderReport";
      readonly ssrc: number;
      /** Whole seconds since 1900 and fraction in 2^-32 s. */
      readonly ntpSeconds: number;
      readonly ntpFraction: number;
      readonly rtpTimestamp: number;
      readonly packets: number;
      readonly bytes: number;
      readonly blocks: readonly ReportBlock[];
    }
  | { readonly kind: "receiverReport"; readonly ssrc: number; readonly blocks: readonly ReportBlock[] }
  | { readonly kind: "bye"; readonly ssrcs: readonly number[] };

const types = { senderReport: 200, receiverReport: 201, description: 202, bye: 203 } as const;
const messagesMax = 16;

/**
 * Reads a compound packet (RFC 3550 section 6.1 and appendix A.2). What is not used here (descriptions, feedback) is
 * skipped; what is cut off or of another version ends the reading, and what stood before it counts.
 */
export function parseRtcp(packet: Uint8Array, length: number): RtcpMessage[] {
  const messages: RtcpMessage[] = [];
  let offset = 0;
  while (offset + 8 <= length && messages.length < messagesMax) {
    const first = packet[offset] as number;
    const bytes = (readUint16(packet, offset + 2) + 1) * 4;
    if (first >> 6 !== 2 || offset + bytes > length) break;
    const message = readMessage(packet, offset, bytes, first & 0x1f);
    if (message !== undefined) messages.push(message);
    offset += bytes;
  }
  return messages;
}

/** What a report says about the stream it is sent for; times come as NTP (see {@link ntpOf}). */
export interface SenderInfo {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly bytes: number;
}

/**
 * A compound packet: sender report when `sender` is given, else receiver report, then the canonical name, and BYE when
 * the stream ends.
 * @param cname up to 255 bytes of UTF-8, without a person's name or address in it (RFC 7022)
 */
export function buildRtcp(
  ssrc: number,
  sender: SenderInfo | undefined,
  block: ReportBlock | undefined,
  cname: string,
  bye: boolean,
): Uint8Array {
  const name = utf8Encode(cname).subarray(0, 255);
  const report = 8 + (sender === undefined ? 0 : 20) + (block === undefined ? 0 : 24);
  // Item type, length and text, ended by at least one zero, to a multiple of four.
  const description = 8 + Math.ceil((2 + name.length + 1) / 4) * 4;
  const packet = new Uint8Array(report + description + (bye ? 8 : 0));
  writeReport(packet, report, ssrc, sender, block);
  writeHead(packet, report, 1, types.description, description);
  writeUint32(packet, report + 4, ssrc);
  packet[report + 8] = 1;
  packet[report + 9] = name.length;
  packet.set(name, report + 10);
  if (bye) {
    writeHead(packet, report + description, 1, types.bye, 8);
    writeUint32(packet, report + description + 4, ssrc);
  }
  return packet;
}

/** NTP time of an instant in milliseconds since 1970: seconds since 1900 and a fraction of 2^-32 s. */
export function ntpOf(instantMs: number): { readonly seconds: number; readonly fraction: number } {
  const wholeSeconds = Math.floor(instantMs / 1_000);
  const fraction = Math.floor(((instantMs - wholeSeconds * 1_000) / 1_000) * 2 ** 32);
  return { seconds: (wholeSeconds + 2_208_988_800) % 2 ** 32, fraction: Math.min(fraction, 2 ** 32 - 1) };
}

/** The middle 32 bits of an NTP time, in 65,536ths of a second. */
export function ntpMiddle(seconds: number, fraction: number): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}

function readMessage(packet: Uint8Array, offset: number, bytes: number, count: number): RtcpMessage | undefined {
  const type = packet[offset + 1];
  const ssrc = readUint32(packet, offset + 4);
  if (type === types.receiverReport) {
    return { kind: "receiverReport", ssrc, blocks: readBlocks(packet, offset + 8, offset + bytes, count) };
  }
  if (type === types.senderReport && bytes >= 28) return readSenderReport(packet, offset, bytes, count, ssrc);
  if (type !== types.bye) return undefined;
  const ssrcs: number[] = [];
  for (let index = 0; index < count && 4 + index * 4 + 4 <= bytes; index += 1) {
    ssrcs.push(readUint32(packet, offset + 4 + index * 4));
  }
  return { kind: "bye", ssrcs };
}

function readSenderReport(packet: Uint8Array, offset: number, bytes: number, count: number, ssrc: number): RtcpMessage {
  return {
    kind: "senderReport",
    ssrc,
    ntpSeconds: readUint32(packet, offset + 8),
    ntpFraction: readUint32(packet, offset + 12),
    rtpTimestamp: readUint32(packet, offset + 16),
    packets: readUint32(packet, offset + 20),
    bytes: readUint32(packet, offset + 24),
    blocks: readBlocks(packet, offset + 28, offset + bytes, count),
  };
}

function readBlocks(packet: Uint8Array, from: number, end: number, count: number): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let offset = from; blocks.length < count && offset + 24 <= end; offset += 24) {
    blocks.push({
      ssrc: readUint32(packet, offset),
      fractionLost: packet[offset + 4] as number,
      packetsLost: ((readUint32(packet, offset + 4) & 0xffffff) << 8) >> 8,
      highestSequence: readUint32(packet, offset + 8),
      jitterTicks: readUint32(packet, offset + 12),
      lastReport: readUint32(packet, offset + 16),
      delaySinceLastReport: readUint32(packet, offset + 20),
    });
  }
  return blocks;
}

function writeReport(
  packet: Uint8Array,
  bytes: number,
  ssrc: number,
  sender: SenderInfo | undefined,
  block: ReportBlock | undefined,
): void {
  const type = sender === undefined ? types.receiverReport : types.senderReport;
  writeHead(packet, 0, block === undefined ? 0 : 1, type, bytes);
  writeUint32(packet, 4, ssrc);
  if (sender !== undefined) {
    writeUint32(packet, 8, sender.ntpSeconds);
    writeUint32(packet, 12, sender.ntpFraction);
    writeUint32(packet, 16, sender.rtpTimestamp);
    writeUint32(packet, 20, sender.packets);
    writeUint32(packet, 24, sender.bytes);
  }
  if (block !== undefined) writeBlock(packet, sender === undefined ? 8 : 28, block);
}

function writeBlock(packet: Uint8Array, offset: number, block: ReportBlock): void {
  const lost = Math.max(-0x800000, Math.min(0x7fffff, block.packetsLost));
  writeUint32(packet, offset, block.ssrc);
  writeUint32(packet, offset + 4, ((block.fractionLost << 24) | (lost & 0xffffff)) >>> 0);
  writeUint32(packet, offset + 8, block.highestSequence);
  writeUint32(packet, offset + 12, Math.round(block.jitterTicks));
  writeUint32(packet, offset + 16, block.lastReport);
  writeUint32(packet, offset + 20, block.delaySinceLastReport);
}

function writeHead(packet: Uint8Array, offset: number, count: number, type: number, bytes: number): void {
  packet[offset] = 0x80 | count;
  packet[offset + 1] = type;
  writeUint16(packet, offset + 2, bytes / 4 - 1);
}
