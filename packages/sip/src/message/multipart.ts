import { utf8Decode, utf8Encode } from "@centrala/kit";
import { Headers } from "./headers.ts";
import { emptyBody, type SipMessage } from "./message.ts";
import { parseHead, skipLineBreaks } from "./parse.ts";
import { parseMediaType } from "./values.ts";

/** One part of a multipart body: its own headers (Content-Type and the like) and its bytes. */
export type BodyPart = { readonly headers: Headers; readonly body: Uint8Array };

/** How many parts of a multipart body are looked at; one with more is malformed. */
export const bodyPartsMax = 16;
/** How deep multipart bodies may stand inside each other; one that is deeper is malformed. */
export const bodyDepthMax = 4;

const sdp = "application/sdp";

/**
 * The session description a message carries, be it its whole body or a part of a multipart one (RFC 5621), and nothing
 * when it carries other things only. A body without a readable type is one when it begins like one.
 */
export function sessionBody(message: SipMessage): Uint8Array {
  const { headers, body } = message;
  if (body.length === 0) return body;
  const type = headers.get("content-type");
  if (type === sdp && !headers.has("content-disposition")) return body;
  if (type === undefined || parseMediaType(type) === undefined) return beginsLikeSdp(body) ? body : emptyBody;
  return findPart(message, sdp, bodyDepthMax) ?? emptyBody;
}

/** True for "v=" behind nothing but line breaks. */
function beginsLikeSdp(body: Uint8Array): boolean {
  const start = skipLineBreaks(body, 0);
  return body[start] === 118 && body[start + 1] === 61;
}

/** The body of a media type ("application/sdp"), be it the whole body or a part of a multipart one. */
export function findBody(message: SipMessage, type: string): Uint8Array | undefined {
  return message.body.length === 0 ? undefined : findPart(message, type, bodyDepthMax);
}

function findPart(part: BodyPart, type: string, depth: number): Uint8Array | undefined {
  const media = parseMediaType(part.headers.get("content-type") ?? "");
  if (media?.type === type) return isForSession(part.headers) ? part.body : undefined;
  if (depth === 0 || media?.type.startsWith("multipart/") !== true) return undefined;
  const found = (partsOf(part) ?? [])
    .map((inner) => findPart(inner, type, depth - 1))
    .filter((body) => body !== undefined);
  // RFC 2046 section 5.1.4: of alternatives the last that is understood is the best.
  return media.type === "multipart/alternative" ? found.at(-1) : found[0];
}

/** False for a description that is about something else than the session, such as early-session (RFC 3959). */
function isForSession(headers: Headers): boolean {
  const disposition = headers.get("content-disposition")?.split(";")[0]?.trim().toLowerCase() ?? "session";
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase() ?? "binary";
  return disposition === "session" && isPlainEncoding(encoding);
}

/** True for the transfer encodings that leave the bytes as they are; SIP carries binary, the others are not read. */
export function isPlainEncoding(encoding: string): boolean {
  return encoding === "binary" || encoding === "8bit" || encoding === "7bit";
}

/** The parts of a message or part whose Content-Type is multipart; undefined when it is not or is not built so. */
export function partsOf(part: BodyPart): readonly BodyPart[] | undefined {
  const media = parseMediaType(part.headers.get("content-type") ?? "");
  const boundary = media?.params.get("boundary");
  if (media?.type.startsWith("multipart/") !== true || typeof boundary !== "string") return undefined;
  return splitMultipart(part.body, boundary);
}

/**
 * The parts between the boundary lines (RFC 2046 section 5.1.1), or undefined when the body is not built so. Where the
 * closing line lacks, the last part ends with the body.
 */
export function splitMultipart(body: Uint8Array, boundary: string): readonly BodyPart[] | undefined {
  const delimiter = utf8Encode(`--${boundary}`);
  const parts: BodyPart[] = [];
  let start = findDelimiter(body, delimiter, 0);
  while (start >= 0) {
    const after = start + delimiter.length;
    if (body[after] === 45) return parts;
    const end = findDelimiter(body, delimiter, after);
    if (parts.length >= bodyPartsMax) return undefined;
    parts.push(readPart(body.subarray(after, end < 0 ? body.length : end)));
    if (end < 0) return parts;
    start = end;
  }
  return undefined;
}

/** The next boundary that makes a whole line; a longer one that begins alike belongs to a multipart body inside. */
function findDelimiter(body: Uint8Array, delimiter: Uint8Array, from: number): number {
  for (let at = body.indexOf(45, from); at >= 0; at = body.indexOf(45, at + 1)) {
    if ((at === 0 || body[at - 1] === 10) && startsWith(body, delimiter, at)) {
      if (endsBoundary(body, at + delimiter.length)) return at;
    }
  }
  return -1;
}

function endsBoundary(body: Uint8Array, at: number): boolean {
  const code = body[at];
  if (code === 45) return body[at + 1] === 45;
  return code === 13 || code === 10 || code === 32 || code === 9;
}

function startsWith(body: Uint8Array, delimiter: Uint8Array, at: number): boolean {
  for (let index = 0; index < delimiter.length; index += 1) if (body[at + index] !== delimiter[index]) return false;
  return true;
}

/** A part runs from the line break after its boundary to the one before the next; its lines may end in LF alone. */
function readPart(bytes: Uint8Array): BodyPart {
  const start = bytes.indexOf(10) + 1;
  const content = bytes.subarray(start, Math.max(start, bytes.length - lineBreakBefore(bytes, bytes.length)));
  const first = lineBreakAt(content, 0);
  if (first > 0) return { headers: new Headers(), body: content.slice(first) };
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, at + 1)) {
    const empty = lineBreakAt(content, at + 1);
    if (empty === 0) continue;
    // A status line in front makes the lines a head, so that the one reader of header lines serves here too.
    const lines = utf8Decode(content.subarray(0, at)).replaceAll(/\r?\n/g, "\r\n");
    const head = parseHead(`SIP/2.0 200 OK\r\n${lines.replace(/\r$/, "")}`);
    return { headers: head?.message.headers ?? new Headers(), body: content.slice(at + 1 + empty) };
  }
  return { headers: new Headers(), body: emptyBody };
}

/** How long the line break at `at` is: 2, 1, or 0 when there is none. */
function lineBreakAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 10) return 1;
  return bytes[at] === 13 && bytes[at + 1] === 10 ? 2 : 0;
}

function lineBreakBefore(bytes: Uint8Array, end: number): number {
  if (bytes[end - 1] !== 10) return 0;
  return bytes[end - 2] === 13 ? 2 : 1;
}
