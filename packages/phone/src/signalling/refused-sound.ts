import type { RefusalReason } from "@centrala/contract";
import { utf8Decode } from "@centrala/kit";
import { parseSdp, type SdpMedia } from "@centrala/sip";

/** Payload types that need no name in a description (RFC 3551 section 6). */
const staticNames: Readonly<Record<string, string>> = {
  "0": "PCMU",
  "3": "GSM",
  "4": "G723",
  "8": "PCMA",
  "9": "G722",
  "13": "CN",
  "15": "G728",
  "18": "G729",
};
const namesMax = 20;

/** Warning of a 488 (RFC 3261 section 20.43): which kind of thing did not fit, and in words. */
export function warningOf(why: ReturnType<typeof whyNotAcceptable>): readonly [string, string] {
  const detail = why.detail.replaceAll(/["\\]/g, "");
  switch (why.reason) {
    case "encryptionDemanded":
      return ["warning", `303 centrala "encrypted sound (SRTP) is not spoken here: ${detail}"`];
    case "noCommonCodec":
      return ["warning", `305 centrala "no common codec, only PCMA and PCMU are spoken here: ${detail}"`];
    default:
      return ["warning", '399 centrala "the session description can not be read"'];
  }
}

/** Why an offer of sound got 488, and what was offered. */
export function whyNotAcceptable(offer: Uint8Array): { readonly reason: RefusalReason; readonly detail: string } {
  const sdp = parseSdp(utf8Decode(offer));
  const audio = sdp?.media.filter(({ kind, port }) => kind === "audio" && port > 0) ?? [];
  if (sdp === undefined) return { reason: "soundUnreadable", detail: "" };
  if (audio.length === 0) {
    return {
      reason: "noCommonCodec",
      detail: sdp.media
        .map(({ kind }) => kind)
        .slice(0, namesMax)
        .join(", "),
    };
  }
  const plain = audio.filter(({ protocol }) => protocol === "RTP/AVP" || protocol === "RTP/AVPF");
  if (plain.length === 0)
    return { reason: "encryptionDemanded", detail: audio.map(({ protocol }) => protocol).join(", ") };
  // Sound without an address can't be sent to anybody, whatever its codecs are.
  if (plain.every((media) => (media.connection ?? sdp.connection) === undefined))
    return { reason: "soundUnreadable", detail: "c=" };
  const names = new Set(plain.flatMap(namesOf));
  return { reason: "noCommonCodec", detail: [...names].slice(0, namesMax).join(", ") };
}

function namesOf(media: SdpMedia): string[] {
  const named = new Map(
    media.attributes.flatMap(({ name, value }) => {
      const match = name === "rtpmap" ? /^(\d+)\s+([^/\s]+)/.exec(value ?? "") : null;
      return match === null ? [] : [[match[1] ?? "", match[2] ?? ""] as const];
    }),
  );
  return media.formats
    .map((format) => named.get(format) ?? staticNames[format] ?? format)
    .filter((name) => name.toLowerCase() !== "telephone-event" && name !== "CN");
}
