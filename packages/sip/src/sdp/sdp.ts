/** `a=name` or `a=name:value`. */
export type SdpAttribute = { readonly name: string; readonly value?: string };

/** Where media goes; `address` is an IP address or a host name, without TTL. */
export type SdpConnection = { readonly family: "IP4" | "IP6"; readonly address: string };

/** Whose description it is and which version; the ids are digits of any length, hence text. */
export type SdpOrigin = {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly family: "IP4" | "IP6";
  readonly address: string;
};

/** One m= section. `port` is 0 to 65535, 0 meaning rejected; `formats` are payload types of RTP as written. */
export type SdpMedia = {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly connection?: SdpConnection;
  readonly bandwidths: readonly string[];
  readonly attributes: readonly SdpAttribute[];
};

/** A session description (RFC 8866). Lines that mean nothing for calls (i, u, e, p, r, z, k) are not kept. */
export type Sdp = {
  readonly origin: SdpOrigin;
  readonly name: string;
  readonly connection?: SdpConnection;
  readonly bandwidths: readonly string[];
  /** The value of t=, nearly always "0 0". */
  readonly timing: string;
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly SdpMedia[];
};

/** How many m= sections a description may have. */
export const sdpMediaMax = 32;
/** How many formats an m= section may have; RTP knows no more payload types. */
export const sdpFormatsMax = 128;
/** How many lines a description may have. */
export const sdpLinesMax = 1_000;

type Section = { connection?: SdpConnection; bandwidths: string[]; attributes: SdpAttribute[] };

/** What has been read so far; `section` is where the next c=, b= and a= belong. */
type Draft = {
  origin: SdpOrigin | undefined;
  name: string;
  timing: string;
  readonly session: Section;
  readonly media: (SdpMedia & Section)[];
  section: Section;
};

/**
 * A session description, or undefined when it is none: no v=0 first, a malformed m=, or too long. Tolerant otherwise: the
 * lines that can be read count. They may end in LF or CR alone, come in another order or be unknown; NULs, empty lines
 * and lines without "=" are passed over, and so are a c=, b= or o= that is none.
 */
export function parseSdp(text: string): Sdp | undefined {
  const lines = linesOf(text);
  if (lines.length > sdpLinesMax || lines[0]?.trim() !== "v=0") return undefined;
  const session: Section = { bandwidths: [], attributes: [] };
  const draft: Draft = { origin: undefined, name: "-", timing: "0 0", session, media: [], section: session };
  for (let index = 1; index < lines.length; index += 1) {
    const line = (lines[index] ?? "").trimEnd();
    if (line.charAt(1) === "=" && !readLine(line.charAt(0), line.slice(2), draft)) return undefined;
  }
  const { origin = nobody, name, timing, media } = draft;
  const { connection, bandwidths, attributes } = session;
  return { origin, name, ...(connection && { connection }), bandwidths, timing, attributes, media };
}

/** Stands in for an o= line that is missing or none: nothing here depends on it. */
const nobody: SdpOrigin = { username: "-", sessionId: "0", sessionVersion: "0", family: "IP4", address: "0.0.0.0" };

/** The lines behind NULs and line breaks; devices count the NUL that ends their text, or end lines in CR alone. */
function linesOf(text: string): string[] {
  const clean = (text.indexOf("\0") < 0 ? text : text.replaceAll("\0", "")).trimStart();
  return clean.split(clean.indexOf("\n") < 0 ? "\r" : "\n", sdpLinesMax + 1);
}

/** Reads one line into the draft; false for an m= line that is none: how many there are must be known to answer. */
function readLine(type: string, value: string, draft: Draft): boolean {
  if (type === "o") draft.origin ??= parseOrigin(value);
  else if (type === "s") draft.name = value === "" ? "-" : value;
  else if (type === "t") draft.timing = value;
  else if (type === "m") return startMedia(value, draft);
  else readSectionLine(type, value, draft.section);
  return true;
}

function startMedia(value: string, draft: Draft): boolean {
  const media = parseMediaLine(value);
  if (media === undefined || draft.media.length >= sdpMediaMax) return false;
  draft.media.push(media);
  draft.section = media;
  return true;
}

/** A line that a session and a media section share. Unknown types are skipped. */
function readSectionLine(type: string, value: string, section: Section): void {
  if (type === "a") {
    const colon = value.indexOf(":");
    section.attributes.push(
      colon < 0 ? { name: value } : { name: value.slice(0, colon), value: value.slice(colon + 1) },
    );
  } else if (type === "b") section.bandwidths.push(value);
  else if (type === "c") section.connection ??= parseConnection(value);
}

function parseOrigin(value: string): SdpOrigin | undefined {
  const [username, sessionId, sessionVersion, written, type, address] = value.trim().split(/\s+/);
  const [network, family] = [written?.toUpperCase(), type?.toUpperCase()];
  if (username === undefined || sessionId === undefined || sessionVersion === undefined) return undefined;
  if (network !== "IN" || (family !== "IP4" && family !== "IP6") || address === undefined) return undefined;
  return { username, sessionId, sessionVersion, family, address };
}

function parseConnection(value: string): SdpConnection | undefined {
  const [network, family, written] = value.trim().split(/\s+/);
  const type = family?.toUpperCase();
  if (network?.toUpperCase() !== "IN" || (type !== "IP4" && type !== "IP6") || written === undefined) return undefined;
  const slash = written.indexOf("/");
  const address = slash < 0 ? written : written.slice(0, slash);
  return address === "" ? undefined : { family: type, address };
}

function parseMediaLine(value: string): (SdpMedia & Section) | undefined {
  const [kind, portText, written, ...formats] = value.trim().split(/\s+/);
  if (kind === undefined || portText === undefined || written === undefined || formats.length === 0) return undefined;
  // Small letters mean nothing else; of other kinds the answer repeats what was written.
  const capitals = written.toUpperCase();
  const protocol = capitals.startsWith("RTP/") ? capitals : written;
  if (formats.length > sdpFormatsMax) return undefined;
  // "49170/2" asks for two ports; only the first is ever used.
  const port = /^([0-9]{1,5})(\/[0-9]{1,5})?$/.exec(portText)?.[1];
  if (port === undefined || Number(port) > 65_535) return undefined;
  return { kind, port: Number(port), protocol, formats, bandwidths: [], attributes: [] };
}

/** The description as text with CRLF, in the order of RFC 8866 section 9. */
export function formatSdp(sdp: Sdp): string {
  const { origin } = sdp;
  let text = `v=0\r\no=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.family} ${origin.address}\r\n`;
  text += `s=${sdp.name}\r\n`;
  text += formatConnection(sdp.connection) + formatBandwidths(sdp.bandwidths);
  text += `t=${sdp.timing}\r\n${formatAttributes(sdp.attributes)}`;
  for (const media of sdp.media) {
    text += `m=${media.kind} ${media.port} ${media.protocol} ${media.formats.join(" ")}\r\n`;
    text +=
      formatConnection(media.connection) + formatBandwidths(media.bandwidths) + formatAttributes(media.attributes);
  }
  return text;
}

function formatConnection(connection: SdpConnection | undefined): string {
  return connection === undefined ? "" : `c=IN ${connection.family} ${connection.address}\r\n`;
}

function formatBandwidths(bandwidths: readonly string[]): string {
  return bandwidths.map((value) => `b=${value}\r\n`).join("");
}

function formatAttributes(attributes: readonly SdpAttribute[]): string {
  return attributes
    .map(({ name, value }) => (value === undefined ? `a=${name}\r\n` : `a=${name}:${value}\r\n`))
    .join("");
}

/** The connection line for an IP address. */
export function connectionOf(address: string): SdpConnection {
  return { family: address.includes(":") ? "IP6" : "IP4", address };
}
