import { utf8Decode, utf8Encode } from "@centrala/kit";
import { Headers } from "./headers.ts";
import { emptyBody, type SipMessage } from "./message.ts";
import { parseHead } from "./parse.ts";
import { parseMediaType } from "./values.ts";

/** One part of a multipart body: its own headers (Content-Type and the like) and its bytes. */
export type BodyPart = { readonly headers: Headers; readonly body: Uint8Array };

/** How many parts of a multipart body are looked at. */
export const bodyPartsMax = 16;

/** The body of a media type ("application/sdp"), be it the whole body or a part of a multipart one. */
export function findBody(message: SipMessage, type: string): Uint8Array | undefined {
  const media = parseMediaType(message.headers.get("content-type") ?? "");
  if (media === undefined || message.body.length === 0) return undefined;
  if (media.type === type) return message.body;
  const boundary = media.params.get("boundary");
  if (!media.type.startsWith("multipart/") || typeof boundary !== "string") return undefined;
  const parts = splitMultipart(message.body, boundary) ?? [];
  return parts.find(({ headers }) => parseMediaType(headers.get("content-type") ?? "")?.type === type)?.body;
}

/** The parts between the boundary lines (RFC 2046 section 5.1.1), or undefined when the body is not built so. */
export function splitMultipart(body: Uint8Array, boundary: string): readonly BodyPart[] | undefined {
  const delimiter = utf8Encode(`--${boundary}`);
  const parts: BodyPart[] = [];
  let start = findDelimiter(body, delimiter, 0);
  while (start >= 0) {
    const after = start + delimiter.length;
    if (body[after] === 45 && body[after + 1] === 45) return parts;
    const end = findDelimiter(body, delimiter, after);
    if (end < 0 || parts.length >= bodyPartsMax) return undefined;
    parts.push(readPart(body.subarray(after, end)));
    start = end;
  }
  return undefined;
}

/** The next boundary at the start of a line. */
function findDelimiter(body: Uint8Array, delimiter: Uint8Array, from: number): number {
  for (let at = body.indexOf(45, from); at >= 0; at = body.indexOf(45, at + 1)) {
    if ((at === 0 || body[at - 1] === 10) && startsWith(body, delimiter, at)) return at;
  }
  return -1;
}

function startsWith(body: Uint8Array, delimiter: Uint8Array, at: number): boolean {
  for (let index = 0; index < delimiter.length; index += 1) if (body[at + index] !== delimiter[index]) return false;
  return true;
}

/** A part runs from the line break after its boundary to the one before the next. */
function readPart(bytes: Uint8Array): BodyPart {
  const start = bytes.indexOf(10) + 1;
  const content = bytes.subarray(start, Math.max(start, bytes.length - 2));
  if (content[0] === 13 && content[1] === 10) return { headers: new Headers(), body: content.slice(2) };
  for (let at = content.indexOf(13); at >= 0; at = content.indexOf(13, at + 1)) {
    if (content[at + 1] !== 10 || content[at + 2] !== 13 || content[at + 3] !== 10) continue;
    // A status line in front makes the lines a head, so that the one reader of header lines serves here too.
    const head = parseHead(`SIP/2.0 200 OK\r\n${utf8Decode(content.subarray(0, at))}`);
    return { headers: head?.message.headers ?? new Headers(), body: content.slice(at + 4) };
  }
  return { headers: new Headers(), body: emptyBody };
}
