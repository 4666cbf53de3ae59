import { connectionOf, type Sdp, type SdpAttribute, type SdpMedia } from "./sdp.ts";

/** The codecs of the telephone network (RFC 3551), 8000 samples a second. */
export type AudioCodec = "pcmu" | "pcma";

/** Seen from whoever wrote the description (RFC 3264 section 5.1). */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** Payload types 0 to 127 by what they carry, absent when not offered. */
export type AudioPayloadTypes = { readonly pcmu?: number; readonly pcma?: number; readonly telephoneEvent?: number };

/** The audio section of a description in the words of its writer. */
export type AudioDescription = {
  /** Which m= section it is, from 0. */
  readonly mediaIndex: number;
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  readonly payloadTypes: AudioPayloadTypes;
  /** The codecs in the writer's order of preference; empty when none is ours. */
  readonly codecs: readonly AudioCodec[];
  /** Milliseconds of audio per packet that the writer wants to get; 20 unless said. */
  readonly ptimeMs: number;
  readonly direction: Direction;
  /** True when the writer will not hear us: sendonly, inactive, or the connection address 0.0.0.0 of RFC 2543. */
  readonly hold: boolean;
  readonly rtcpMux: boolean;
  /** Where RTCP goes, the port after RTP's unless said (RFC 3605). */
  readonly rtcpPort: number;
};

/** Our side of an audio stream. */
export type LocalAudio = {
  /** The IP address media comes to, 4 or 6. */
  readonly address: string;
  /** The RTP port, 1 to 65535. */
  readonly port: number;
  /** In our order of preference, at least one. */
  readonly codecs: readonly AudioCodec[];
  /** DTMF as telephone-event (RFC 4733): the payload type we offer, 96 to 127; false for none. */
  readonly telephoneEvent: number | false;
  /** "sendrecv" unless given. */
  readonly direction?: Direction;
  /** 20 unless given. */
  readonly ptimeMs?: number;
  /** Offer (or accept) RTP and RTCP on one port (RFC 5761); false unless given. */
  readonly rtcpMux?: boolean;
  /** Digits, below 2^63; the same for all descriptions of one dialog. */
  readonly sessionId: string;
  /** Grows by one with every changed description of the dialog (RFC 3264 section 8). */
  readonly sessionVersion: number;
};

/** What both sides agreed on, from our side. */
export type NegotiatedAudio = {
  readonly codec: AudioCodec;
  /** The payload type we send the codec with. */
  readonly payloadType: number;
  /** The payload type the codec comes with. */
  readonly receivePayloadType: number;
  /** The payload type we send telephone-events with, undefined when there are none. */
  readonly telephoneEventPayloadType?: number;
  readonly receiveTelephoneEventPayloadType?: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteRtcpPort: number;
  /** Milliseconds per packet that we send, 10 to 60. */
  readonly ptimeMs: number;
  /** Our direction. */
  readonly direction: Direction;
  /** True when the other side put us on hold. */
  readonly heldByRemote: boolean;
  readonly rtcpMux: boolean;
};

export type AudioAnswer =
  | { readonly ok: true; readonly answer: Sdp; readonly audio: NegotiatedAudio }
  /** To be refused with 488 Not Acceptable Here. */
  | { readonly ok: false; readonly reason: string };

const staticPayloadTypes = { pcmu: 0, pcma: 8 } as const;
const encodingNames = { pcmu: "PCMU", pcma: "PCMA" } as const;

/** The first usable audio section: RTP/AVP or RTP/AVPF, a port above 0, an address; undefined when there is none. */
export function readAudio(sdp: Sdp): AudioDescription | undefined {
  for (let index = 0; index < sdp.media.length; index += 1) {
    const media = sdp.media[index];
    const audio = media === undefined ? undefined : readAudioSection(sdp, media, index);
    if (audio !== undefined) return audio;
  }
  return undefined;
}

function readAudioSection(sdp: Sdp, media: SdpMedia, mediaIndex: number): AudioDescription | undefined {
  const connection = media.connection ?? sdp.connection;
  if (media.kind !== "audio" || media.port === 0 || connection === undefined) return undefined;
  if (media.protocol !== "RTP/AVP" && media.protocol !== "RTP/AVPF") return undefined;
  const { codecs, payloadTypes } = readFormats(media);
  const { address } = connection;
  const written = readDirection(media.attributes) ?? readDirection(sdp.attributes) ?? "sendrecv";
  // RFC 3264 section 8.4: the all-zero address is the old way to say that nothing must be sent there.
  const nowhere = address === "0.0.0.0" || address === "::";
  const direction = nowhere ? withoutReceiving(written) : written;
  const rtcpMux = media.attributes.some(({ name }) => name === "rtcp-mux");
  return {
    mediaIndex,
    address,
    port: media.port,
    protocol: media.protocol,
    payloadTypes,
    codecs,
    ptimeMs: readPtime(media),
    direction,
    hold: direction === "sendonly" || direction === "inactive",
    rtcpMux,
    rtcpPort: rtcpMux ? media.port : (readRtcpPort(media) ?? media.port + 1),
  };
}

function withoutReceiving(direction: Direction): Direction {
  return direction === "sendrecv" || direction === "sendonly" ? "sendonly" : "inactive";
}

function readFormats(media: SdpMedia): { codecs: AudioCodec[]; payloadTypes: AudioPayloadTypes } {
  const codecs: AudioCodec[] = [];
  const payloadTypes: { pcmu?: number; pcma?: number; telephoneEvent?: number } = {};
  const maps = readRtpmaps(media);
  for (const format of media.formats) {
    const payloadType = /^[0-9]{1,3}$/.test(format) ? Number(format) : 128;
    const encoding = payloadType > 127 ? undefined : encodingOf(maps.get(format), payloadType);
    if (encoding === undefined || payloadTypes[encoding] !== undefined) continue;
    payloadTypes[encoding] = payloadType;
    if (encoding !== "telephoneEvent") codecs.push(encoding);
  }
  return { codecs, payloadTypes };
}

/** What rtpmap says of each payload type, such as "PCMA/8000"; of two the first counts. */
function readRtpmaps(media: SdpMedia): Map<string, string> {
  const maps = new Map<string, string>();
  for (const { name, value } of media.attributes) {
    if (name !== "rtpmap" || value === undefined) continue;
    const [format = "", encoding = ""] = value.trim().split(/\s+/);
    if (!maps.has(format)) maps.set(format, encoding);
  }
  return maps;
}

/** What a payload type carries by its rtpmap, or by the static table of RFC 3551 when it has none. */
function encodingOf(map: string | undefined, payloadType: number): keyof AudioPayloadTypes | undefined {
  if (map === undefined) return payloadType === 0 ? "pcmu" : payloadType === 8 ? "pcma" : undefined;
  const [name, rate, channels] = map.toLowerCase().split("/");
  if (rate !== "8000" || (channels !== undefined && channels !== "1")) return undefined;
  if (name === "pcmu" || name === "pcma") return name;
  return name === "telephone-event" ? "telephoneEvent" : undefined;
}

function readDirection(attributes: readonly SdpAttribute[]): Direction | undefined {
  for (const { name } of attributes) {
    if (name === "sendrecv" || name === "sendonly" || name === "recvonly" || name === "inactive") return name;
  }
  return undefined;
}

function readPtime(media: SdpMedia): number {
  const value = Number(media.attributes.find(({ name }) => name === "ptime")?.value?.trim() ?? 20);
  return Number.isInteger(value) && value >= 1 && value <= 1_000 ? value : 20;
}

function readRtcpPort(media: SdpMedia): number | undefined {
  const port = Number(
    media.attributes
      .find(({ name }) => name === "rtcp")
      ?.value?.trim()
      .split(/\s+/)[0],
  );
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** An offer of one audio stream (RFC 3264 section 5). */
export function createAudioOffer(local: LocalAudio): Sdp {
  const formats: AudioFormat[] = local.codecs.map((codec) => ({
    encoding: codec,
    payloadType: staticPayloadTypes[codec],
  }));
  if (local.telephoneEvent !== false) formats.push({ encoding: "telephoneEvent", payloadType: local.telephoneEvent });
  const media = audioSection(local, formats, "RTP/AVP", local.direction ?? "sendrecv", local.rtcpMux ?? false);
  return sessionOf(local, "0 0", [media]);
}

type AudioFormat = { readonly encoding: keyof AudioPayloadTypes; readonly payloadType: number };

function sessionOf(local: LocalAudio, timing: string, media: readonly SdpMedia[]): Sdp {
  const connection = connectionOf(local.address);
  return {
    origin: {
      username: "-",
      sessionId: local.sessionId,
      sessionVersion: String(local.sessionVersion),
      family: connection.family,
      address: local.address,
    },
    name: "-",
    connection,
    bandwidths: [],
    timing,
    attributes: [],
    media,
  };
}

function audioSection(
  local: LocalAudio,
  formats: readonly AudioFormat[],
  protocol: string,
  direction: Direction,
  rtcpMux: boolean,
): SdpMedia {
  const attributes: SdpAttribute[] = formats.flatMap(formatAttributes);
  attributes.push({ name: "ptime", value: String(local.ptimeMs ?? 20) }, { name: direction });
  if (rtcpMux) attributes.push({ name: "rtcp-mux" });
  const payloadTypes = formats.map(({ payloadType }) => String(payloadType));
  return { kind: "audio", port: local.port, protocol, formats: payloadTypes, bandwidths: [], attributes };
}

function formatAttributes({ encoding, payloadType }: AudioFormat): SdpAttribute[] {
  if (encoding !== "telephoneEvent")
    return [{ name: "rtpmap", value: `${payloadType} ${encodingNames[encoding]}/8000` }];
  return [
    { name: "rtpmap", value: `${payloadType} telephone-event/8000` },
    { name: "fmtp", value: `${payloadType} 0-16` },
  ];
}

/**
 * The answer to an offer (RFC 3264 section 6): the first usable audio section gets one codec, the first of the offer's
 * that is ours, with the offer's payload types; every other section is rejected with port 0.
 */
export function answerAudio(offer: Sdp, local: LocalAudio): AudioAnswer {
  const remote = readAudio(offer);
  if (remote === undefined) return { ok: false, reason: "no usable audio in the offer" };
  const codec = remote.codecs.find((candidate) => local.codecs.includes(candidate));
  if (codec === undefined) return { ok: false, reason: "no common codec" };
  const payloadType = remote.payloadTypes[codec] ?? staticPayloadTypes[codec];
  const event = local.telephoneEvent === false ? undefined : remote.payloadTypes.telephoneEvent;
  const formats: AudioFormat[] = [{ encoding: codec, payloadType }];
  if (event !== undefined) formats.push({ encoding: "telephoneEvent", payloadType: event });
  const direction = answerDirection(remote.direction, local.direction ?? "sendrecv");
  const rtcpMux = remote.rtcpMux && local.rtcpMux === true;
  const section = audioSection(local, formats, remote.protocol, direction, rtcpMux);
  const media = offer.media.map((offered, index) => (index === remote.mediaIndex ? section : rejected(offered)));
  const answer = sessionOf(local, offer.timing, media);
  return { ok: true, answer, audio: negotiated(remote, codec, payloadType, event, direction, rtcpMux) };
}

function rejected({ kind, protocol, formats }: SdpMedia): SdpMedia {
  return { kind, port: 0, protocol, formats, bandwidths: [], attributes: [] };
}

/** What we may do of `wanted` under an offered direction: we send only if they receive, and the other way round. */
export function answerDirection(offered: Direction, wanted: Direction): Direction {
  const send = receives(offered) && sends(wanted);
  const receive = sends(offered) && receives(wanted);
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}

function sends(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

function receives(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

function negotiated(
  remote: AudioDescription,
  codec: AudioCodec,
  receivePayloadType: number,
  receiveEvent: number | undefined,
  direction: Direction,
  rtcpMux: boolean,
): NegotiatedAudio {
  const event = receiveEvent === undefined ? undefined : remote.payloadTypes.telephoneEvent;
  return {
    codec,
    payloadType: remote.payloadTypes[codec] ?? staticPayloadTypes[codec],
    receivePayloadType,
    ...(event !== undefined && { telephoneEventPayloadType: event, receiveTelephoneEventPayloadType: receiveEvent }),
    remoteAddress: remote.address,
    remotePort: remote.port,
    remoteRtcpPort: rtcpMux ? remote.port : remote.rtcpPort,
    ptimeMs: Math.min(60, Math.max(10, remote.ptimeMs - (remote.ptimeMs % 10))),
    direction,
    heldByRemote: remote.hold,
    rtcpMux,
  };
}

/**
 * What an answer to createAudioOffer(local) agrees on. Undefined when the audio was rejected or nothing is common,
 * which ends the call.
 */
export function readAudioAnswer(local: LocalAudio, answer: Sdp): NegotiatedAudio | undefined {
  const remote = readAudio(answer);
  const codec = remote?.codecs.find((candidate) => local.codecs.includes(candidate));
  if (remote === undefined || codec === undefined) return undefined;
  // Either side sends with the payload types of the other's description (RFC 3264 section 5.1); so what comes to us
  // has our own.
  const event = local.telephoneEvent === false ? undefined : local.telephoneEvent;
  const direction = answerDirection(remote.direction, local.direction ?? "sendrecv");
  const rtcpMux = remote.rtcpMux && local.rtcpMux === true;
  return negotiated(remote, codec, staticPayloadTypes[codec], event, direction, rtcpMux);
}
