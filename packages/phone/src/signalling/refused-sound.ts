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
