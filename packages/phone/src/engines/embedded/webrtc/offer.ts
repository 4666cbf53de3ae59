import type { Codec } from "@centrala/contract";
import { fail, ok, type Result } from "@centrala/kit";

/** Why a browser's offer is not taken. */
export type OfferRefusal =
  | "SDP_TOO_LARGE"
  | "SDP_MALFORMED"
  | "SDP_NO_AUDIO"
  | "SDP_NO_G711"
  | "SDP_PROFILE_UNSUPPORTED"
  | "SDP_NO_RTCP_MUX"
  | "SDP_NO_ICE"
  | "SDP_ICE_LITE"
  | "SDP_NO_FINGERPRINT"
  | "SDP_SETUP_UNSUPPORTED";

/** The static payload types of RFC 3551 section 6. */
export const g711PayloadTypes: Readonly<Record<Codec, number>> = { pcmu: 0, pcma: 8 };

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** One m-line as far as an answer must repeat it. */
export interface OfferedMedia {
  readonly kind: string;
  readonly profile: string;
  readonly formats: readonly string[];
  readonly mid: string | undefined;
}

/** What the answer needs of a browser's offer (RFC 8829), checked. */
export interface WebRtcOffer {
  /** Session id of the o= line: the same for all offers of one peer connection. */
  readonly sessionId: string;
  readonly media: readonly OfferedMedia[];
  /** Which of `media` is the audio that we take. */
  readonly audioIndex: number;
  readonly bundled: boolean;
  readonly iceUfrag: string;
  /** SHA-256 of the browser's certificate, lower-case hexadecimal without colons. */
  readonly fingerprint: string;
  readonly codecs: readonly Codec[];
  /** Payload type of telephone-event at 8,000 Hz. */
  readonly keysPayloadType: number | undefined;
  readonly direction: Direction;
}

export const offerBytesMax = 65_536;
const linesMax = 2_000;
const mediaMax = 16;
const profiles: ReadonlySet<string> = new Set(["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP"]);

/** Lines of a session or of one of its media. */
interface Section {
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

interface MediaSection extends Section {
  readonly line: OfferedMedia & { readonly port: number };
}

/** Reads and checks an offer: the first audio that can be taken is taken, everything else is for the answer to reject. */
export function readOffer(text: string): Result<WebRtcOffer, OfferRefusal> {
  if (text.length > offerBytesMax) return fail("SDP_TOO_LARGE", "the offer is larger than any browser's");
  const sections = readSections(text);
  if (!sections.ok) return sections;
  const { sessionId, session, media } = sections.value;
  if (session.attributes.has("ice-lite")) return fail("SDP_ICE_LITE", "two lite agents never check each other");
  const audios = media.filter((section) => section.line.kind === "audio" && section.line.port !== 0);
  let refusal: Result<WebRtcOffer, OfferRefusal> = fail("SDP_NO_AUDIO", "no audio is offered");
  for (const audio of audios) {
    const taken = takeAudio(sessionId, session, media, audio);
    if (taken.ok) return taken;
    refusal = taken;
  }
  return refusal;
}

function takeAudio(
  sessionId: string,
  session: Section,
  media: readonly MediaSection[],
  audio: MediaSection,
): Result<WebRtcOffer, OfferRefusal> {
  if (!profiles.has(audio.line.profile)) return fail("SDP_PROFILE_UNSUPPORTED", `profile ${audio.line.profile}`);
  if (!audio.attributes.has("rtcp-mux")) return fail("SDP_NO_RTCP_MUX", "RTCP would need a port of its own");
  const iceUfrag = attribute("ice-ufrag", audio, session);
  const icePassword = attribute("ice-pwd", audio, session);
  if (!isIceText(iceUfrag, 4) || !isIceText(icePassword, 22)) return fail("SDP_NO_ICE", "no ICE credentials");
  const fingerprint = sha256Fingerprint([...values("fingerprint", audio), ...values("fingerprint", session)]);
  if (fingerprint === undefined) return fail("SDP_NO_FINGERPRINT", "no SHA-256 fingerprint of a certificate");
  const setup = attribute("setup", audio, session);
  if (setup !== "actpass" && setup !== "active") return fail("SDP_SETUP_UNSUPPORTED", "the browser must begin DTLS");
  const codecs = offeredCodecs(audio);
  if (codecs.length === 0) return fail("SDP_NO_G711", "neither PCMU nor PCMA is offered");
  return ok({
    sessionId,
    media: media.map(({ line: { kind, profile, formats, mid } }) => ({ kind, profile, formats, mid })),
    audioIndex: media.indexOf(audio),
    bundled: isBundled(session, audio.line.mid),
    iceUfrag,
    fingerprint,
    codecs,
    keysPayloadType: keysPayloadType(audio),
    direction: directionOf(audio, session),
  });
}

interface Sections {
  readonly sessionId: string;
  readonly session: Section;
  readonly media: readonly MediaSection[];
}

/** RFC 8866 section 5: lines of a letter, an equals sign and a value; m= begins a new section. */
function readSections(text: string): Result<Sections, OfferRefusal> {
  const lines = text.split(/\r\n|\n/);
  while (lines.at(-1) === "") lines.pop();
  if (lines.length > linesMax) return fail("SDP_TOO_LARGE", "the offer has more lines than any browser's");
  if (lines[0] !== "v=0") return fail("SDP_MALFORMED", "no session description");
  const session = new Map<string, string[]>();
  const media: { line: MediaSection["line"]; attributes: Map<string, string[]> }[] = [];
  let sessionId: string | undefined;
  for (const line of lines) {
    if (!/^[a-z]=/.test(line) || hasControl(line)) return fail("SDP_MALFORMED", "a line is not of the form x=value");
    const value = line.slice(2);
    if (line.startsWith("o=")) sessionId = /^\S+ (\d{1,20}) \d+ IN IP[46] \S+$/.exec(value)?.[1];
    else if (line.startsWith("m=")) {
      const parsed = readMediaLine(value);
      if (parsed === undefined || media.length >= mediaMax) return fail("SDP_MALFORMED", "a media line is malformed");
      media.push({ line: parsed, attributes: new Map() });
    } else if (line.startsWith("a=")) addAttribute(media.at(-1)?.attributes ?? session, value);
  }
  if (sessionId === undefined) return fail("SDP_MALFORMED", "the origin line is missing or malformed");
  return ok({ sessionId, session: { attributes: session }, media: media.map(withMid) });
}

function readMediaLine(value: string): MediaSection["line"] | undefined {
  // What is repeated in the answer consists of token characters only (RFC 8866 section 9).
  const match = /^([a-z]{1,16}) (\d{1,5})(?:\/\d+)? ([A-Za-z/]{1,40})((?: [A-Za-z0-9_-]{1,32}){1,64})$/.exec(value);
  const [, kind, port, profile, formats] = match ?? [];
  if (kind === undefined || profile === undefined || formats === undefined) return undefined;
  return { kind, port: Number(port), profile, formats: formats.trim().split(" "), mid: undefined };
}

function withMid(section: { line: MediaSection["line"]; attributes: Map<string, string[]> }): MediaSection {
  const mid = section.attributes.get("mid")?.[0];
  const usable = mid !== undefined && /^[A-Za-z0-9_.+-]{1,32}$/.test(mid) ? mid : undefined;
  return { line: { ...section.line, mid: usable }, attributes: section.attributes };
}

function addAttribute(attributes: Map<string, string[]>, text: string): void {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const value = colon < 0 ? "" : text.slice(colon + 1).trim();
  const known = attributes.get(name);
  if (known === undefined) attributes.set(name, [value]);
  else known.push(value);
}

function hasControl(line: string): boolean {
  for (let index = 0; index < line.length; index += 1) if (line.charCodeAt(index) < 32) return true;
  return false;
}

function values(name: string, section: Section): readonly string[] {
  return section.attributes.get(name) ?? [];
}

/** A medium's own attribute, else the session's (RFC 8839 section 5.4, RFC 8122 section 5). */
function attribute(name: string, media: Section, session: Section): string {
  return values(name, media)[0] ?? values(name, session)[0] ?? "";
}

function isIceText(text: string, lengthMin: number): boolean {
  return text.length >= lengthMin && text.length <= 256 && /^[A-Za-z0-9+/]+$/.test(text);
}

function sha256Fingerprint(fingerprints: readonly string[]): string | undefined {
  for (const text of fingerprints) {
    const hex = /^sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i.exec(text)?.[1];
    if (hex !== undefined) return hex.replaceAll(":", "").toLowerCase();
  }
  return undefined;
}

/** In the browser's order of preference. */
function offeredCodecs(audio: MediaSection): Codec[] {
  const codecs: Codec[] = [];
  for (const format of audio.line.formats) {
    const codec = codecOf(audio, format);
    if (format === "0" && (codec === undefined || codec === "pcmu/8000")) codecs.push("pcmu");
    if (format === "8" && (codec === undefined || codec === "pcma/8000")) codecs.push("pcma");
  }
  return codecs;
}

function keysPayloadType(audio: MediaSection): number | undefined {
  const format = audio.line.formats.find((candidate) => codecOf(audio, candidate) === "telephone-event/8000");
  return format !== undefined && /^\d{2,3}$/.test(format) && Number(format) < 128 ? Number(format) : undefined;
}

function codecOf(audio: MediaSection, format: string): string | undefined {
  const map = values("rtpmap", audio).find((value) => value.startsWith(`${format} `));
  return map
    ?.slice(format.length + 1)
    .toLowerCase()
    .replace(/\/1$/, "");
}

function isBundled(session: Section, mid: string | undefined): boolean {
  if (mid === undefined) return false;
  return values("group", session).some((group) => group.startsWith("BUNDLE ") && group.split(" ").includes(mid));
}

const directions: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

function directionOf(audio: Section, session: Section): Direction {
  const find = (section: Section) => directions.find((direction) => section.attributes.has(direction));
  return find(audio) ?? find(session) ?? "sendrecv";
}
