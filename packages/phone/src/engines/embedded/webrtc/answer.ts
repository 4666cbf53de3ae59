import type { Codec } from "@centrala/contract";
import type { IceCredentials } from "@centrala/media";
import { type Direction, g711PayloadTypes, type OfferedMedia, type WebRtcOffer } from "./offer.ts";

/** What the answer says about us. */
export interface AnswerSide {
  /** Stays the same for all answers of a leg, below 2^53. */
  readonly sessionId: number;
  /** Grows with every answer of the leg (RFC 8866 section 5.2). */
  readonly version: number;
  /** Addresses under which browsers may reach us, the best first. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly ice: IceCredentials;
  /** SHA-256 with colons, as a=fingerprint writes it. */
  readonly fingerprint: string;
  /** The codecs that we take, the preferred one first; all of them were offered. */
  readonly codecs: readonly Codec[];
  readonly ssrc: number;
  readonly cname: string;
}

const mirrored: Readonly<Record<Direction, Direction>> = {
  sendrecv: "sendrecv",
  sendonly: "recvonly",
  recvonly: "sendonly",
  inactive: "inactive",
};

/**
 * The answer to a browser: one audio stream of G.711 and keys over ICE lite, DTLS in the passive role and one port for
 * everything; all other media are rejected by port 0 (RFC 3264 section 6, RFC 8829 section 5.3).
 */
export function writeAnswer(offer: WebRtcOffer, side: AnswerSide): string {
  const first = side.addresses[0] ?? "127.0.0.1";
  const mid = offer.media[offer.audioIndex]?.mid;
  const lines = [
    "v=0",
    `o=- ${side.sessionId} ${side.version} ${connectionOf(first)}`,
    "s=-",
    "t=0 0",
    ...(offer.bundled && mid !== undefined ? [`a=group:BUNDLE ${mid}`] : []),
    "a=ice-lite",
    "a=msid-semantic: WMS *",
    ...offer.media.flatMap((media, index) =>
      index === offer.audioIndex ? audioLines(offer, media, side, first) : rejectedLines(media),
    ),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

function audioLines(offer: WebRtcOffer, media: OfferedMedia, side: AnswerSide, address: string): string[] {
  const keys = offer.keysPayloadType;
  const formats = [...side.codecs.map((codec) => g711PayloadTypes[codec]), ...(keys === undefined ? [] : [keys])];
  return [
    `m=audio ${side.port} ${media.profile} ${formats.join(" ")}`,
    `c=${connectionOf(address)}`,
    ...midLine(media),
    "a=rtcp-mux",
    `a=ice-ufrag:${side.ice.ufrag}`,
    `a=ice-pwd:${side.ice.password}`,
    `a=fingerprint:sha-256 ${side.fingerprint}`,
    "a=setup:passive",
    ...side.addresses.map((candidate, index) => candidateLine(candidate, side.port, index)),
    "a=end-of-candidates",
    ...side.codecs.map((codec) => `a=rtpmap:${g711PayloadTypes[codec]} ${codec.toUpperCase()}/8000`),
    ...(keys === undefined ? [] : [`a=rtpmap:${keys} telephone-event/8000`, `a=fmtp:${keys} 0-16`]),
    "a=ptime:20",
    `a=${mirrored[offer.direction]}`,
    // The browser plays this source only: whatever is sent must carry it.
    `a=ssrc:${side.ssrc} cname:${side.cname}`,
    `a=ssrc:${side.ssrc} msid:${side.cname} audio`,
    `a=msid:${side.cname} audio`,
  ];
}

function connectionOf(address: string): string {
  return `IN ${address.includes(":") ? "IP6" : "IP4"} ${address}`;
}

/** A host candidate of component 1; RFC 8445 section 5.1.2.1 gives the priority. */
function candidateLine(address: string, port: number, index: number): string {
  const priority = 126 * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255;
  return `a=candidate:${index + 1} 1 udp ${priority} ${address} ${port} typ host`;
}

function rejectedLines(media: OfferedMedia): string[] {
  const formats = media.formats.join(" ");
  return [`m=${media.kind} 0 ${media.profile} ${formats}`, "c=IN IP4 0.0.0.0", ...midLine(media), "a=inactive"];
}

function midLine(media: OfferedMedia): string[] {
  return media.mid === undefined ? [] : [`a=mid:${media.mid}`];
}
