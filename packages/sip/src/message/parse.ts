import { utf8Decode } from "@centrala/kit";
import { isSpaceCode, isToken, parseWhole, skipToken } from "./chars.ts";
import { Headers } from "./headers.ts";
import { emptyBody, type SipMessage, type SipRequest } from "./message.ts";
import { canonicalName, isKnownSpelling } from "./names.ts";
import { parseVia } from "./values.ts";

/** The largest message taken, head and body together, in bytes; a UDP datagram cannot carry more. */
export const messageBytesMax = 65_536;
/** How many header lines a message may have. */
export const headerLinesMax = 256;

/** Why bytes are no SIP message. Without `status` there is nobody to tell, and the message is dropped. */
export type ParseFailure = {
  readonly ok: false;
  readonly reason: string;
  /** What a server answers: 400, 505 or 513; set only together with `request`, and never for ACK. */
  readonly status?: number;
  /** What could be read of the request: a Via that can be answered, and From, To, Call-ID and CSeq if they were there. */
  readonly request?: SipRequest;
  /** The framing of a stream is lost: answer, then close the connection. */
  readonly fatal?: true;
};

export type ParseResult = { readonly ok: true; readonly message: SipMessage } | ParseFailure;

/** A message whose body has not been read; `error` is the first thing that was wrong with its head. */
export type Head = { readonly message: SipMessage; readonly error: string | undefined; readonly status: number };

/**
 * One message from one datagram or one WebSocket message (RFC 3261 section 7). Bytes after Content-Length are ignored
 * (section 18.3); too few bytes are an error. Never throws.
 */
export function parseMessage(bytes: Uint8Array): ParseResult {
  const start = skipLineBreaks(bytes, 0);
  if (start === bytes.length) return drop("no message, only a keep-alive");
  if (bytes.length > messageBytesMax) return drop("message too large");
  const end = findHeadEnd(bytes, start);
  const bareEnd = end < 0 ? findBareHeadEnd(bytes, start) : -1;
  if (bareEnd >= 0)
    return parseParts(bytes, bareEnd + 2, utf8Decode(bytes.subarray(start, bareEnd)).replaceAll("\n", "\r\n"));
  if (end >= 0) return parseParts(bytes, end + 4, utf8Decode(bytes.subarray(start, end)));
  const head = parseHead(utf8Decode(bytes.subarray(start)));
  if (head === undefined) return drop("no SIP start line");
  return refuse(head, head.error ?? "no empty line after the headers");
}

/** A message whose head is this text and whose body begins at `bodyStart`. */
function parseParts(bytes: Uint8Array, bodyStart: number, text: string): ParseResult {
  const head = parseHead(text);
  if (head === undefined) return drop("no SIP start line");
  if (head.error !== undefined) return refuse(head, head.error);
  const length = readContentLength(head.message.headers);
  if (length === "malformed") return refuse(head, "malformed Content-Length");
  const available = bytes.length - bodyStart;
  if (length !== undefined && length > available) return refuse(head, "body shorter than Content-Length");
  const bodyEnd = bodyStart + (length ?? available);
  head.message.body = bodyEnd === bodyStart ? emptyBody : bytes.slice(bodyStart, bodyEnd);
  return { ok: true, message: head.message };
}

function drop(reason: string): ParseFailure {
  return { ok: false, reason };
}

/** A failure that says as much as the head allows: an answerable request with its status, or a plain drop. */
export function refuse(head: Head, reason: string, status = head.status): ParseFailure {
  const { message } = head;
  if (message.kind !== "request") return { ok: false, reason };
  const via = message.headers.get("via");
  const answerable = message.method !== "ACK" && via !== undefined && parseVia(via) !== undefined;
  return answerable ? { ok: false, reason, status, request: message } : { ok: false, reason };
}

/** The first index from `start` on that is no CR or LF: line breaks before a message are ignored (RFC 3261 section 7.5). */
export function skipLineBreaks(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && (bytes[at] === 13 || bytes[at] === 10)) at += 1;
  return at;
}

/** The index of the CRLF CRLF that ends the head, or -1. */
export function findHeadEnd(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(13, start); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}

/**
 * The index of the two line feeds that end the head of a message without a single carriage return in it, or -1. Only a
 * datagram is read so: on a stream a guess at line ends would be a guess at where the next message begins.
 */
function findBareHeadEnd(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(10, start); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return bytes.subarray(start, at).includes(13) ? -1 : at;
  }
  return -1;
}

/** The one Content-Length, undefined when there is none. More than one is malformed, even if equal (RFC 4475 3.3.9). */
export function readContentLength(headers: Headers): number | undefined | "malformed" {
  const value = headers.get("content-length");
  if (value === undefined || value === "") return undefined;
  if (headers.count("content-length") > 1) return "malformed";
  return parseWhole(value, 0x7fff_ffff) ?? "malformed";
}

/** Start line and headers without the empty line; undefined when the start line is not even close to SIP. */
export function parseHead(text: string): Head | undefined {
  const lineEnd = text.indexOf("\r\n");
  const end = lineEnd < 0 ? text.length : lineEnd;
  const start = text.startsWith("SIP/") ? parseStatusLine(text, end) : parseRequestLine(text, end);
  if (start === undefined) return undefined;
  const error = parseHeaderLines(text, end + 2, start.message.headers);
  return start.error !== undefined || error === undefined
    ? start
    : { message: start.message, error: error.reason, status: error.status };
}

function parseStatusLine(text: string, end: number): Head | undefined {
  // "SIP/2.0 SP 3DIGIT SP reason" (RFC 3261 section 7.2); the last space is forgiven when there is no reason.
  if (!text.startsWith("SIP/2.0 ") || (end !== 11 && text.charCodeAt(11) !== 32)) return undefined;
  const status = parseWhole(text.slice(8, 11), 699);
  if (status === undefined || status < 100) return undefined;
  const reason = text.slice(12, end);
  const message: SipMessage = { kind: "response", status, reason, headers: new Headers(), body: emptyBody };
  return { message, error: reason.indexOf("\n") >= 0 ? "line break in the reason" : undefined, status: 400 };
}

function parseRequestLine(text: string, end: number): Head | undefined {
  const methodEnd = skipToken(text, 0);
  if (methodEnd === 0 || text.charCodeAt(methodEnd) !== 32) return undefined;
  const method = text.slice(0, methodEnd);
  const uriEnd = text.lastIndexOf(" ", end - 1);
  const version = text.slice(uriEnd + 1, end);
  const uri = uriEnd > methodEnd ? text.slice(methodEnd + 1, uriEnd) : "";
  const message: SipMessage = { kind: "request", method, uri, headers: new Headers(), body: emptyBody };
  if (version === "SIP/2.0" && isRequestUriText(uri)) return { message, error: undefined, status: 400 };
  return parseUnusualRequestLine(text.slice(0, end), message);
}

/**
 * A Request-Line that is not of the grammar: more than one space where one belongs, spaces at its end, and angle
 * brackets around the URI can mean nothing else and are ignored (RFC 4475 sections 3.1.2.7, 3.1.2.9 and 3.1.2.10);
 * everything else is an error.
 */
function parseUnusualRequestLine(line: string, message: SipRequest): Head | undefined {
  // Without "SIP/" in its first line it is some other protocol, which gets no answer.
  if (line.toUpperCase().indexOf("SIP/") < 0) return undefined;
  const versionEnd = spacesStart(line, line.length);
  const versionStart = line.lastIndexOf(" ", versionEnd - 1) + 1;
  const version = line.slice(versionStart, versionEnd).toUpperCase();
  let uriStart = message.method.length;
  while (line.charCodeAt(uriStart) === 32) uriStart += 1;
  let uriEnd = spacesStart(line, versionStart);
  if (line.charCodeAt(uriStart) === 60 && line.charCodeAt(uriEnd - 1) === 62) {
    uriStart += 1;
    uriEnd -= 1;
  }
  const uri = line.slice(uriStart, Math.max(uriStart, uriEnd));
  if (!isRequestUriText(uri)) return { message, error: "malformed Request-Line", status: 400 };
  message.uri = uri;
  if (version === "SIP/2.0") return { message, error: undefined, status: 400 };
  return isOtherVersion(version)
    ? { message, error: "SIP version not supported", status: 505 }
    : { message, error: "malformed SIP version", status: 400 };
}

/** Where the run of spaces that ends at `end` begins. */
function spacesStart(line: string, end: number): number {
  let at = end;
  while (at > 0 && line.charCodeAt(at - 1) === 32) at -= 1;
  return at;
}

/** Something without spaces, angle brackets and control characters; the scheme decides later what it means. */
function isRequestUriText(uri: string): boolean {
  for (let index = 0; index < uri.length; index += 1) {
    const code = uri.charCodeAt(index);
    if (code <= 32 || code === 60 || code === 62 || code === 34 || code === 127) return false;
  }
  return uri.length > 0;
}

function isOtherVersion(version: string): boolean {
  return /^SIP\/[0-9]{1,9}\.[0-9]{1,9}$/i.test(version);
}

type HeadError = { readonly reason: string; readonly status: number };

/** Reads header lines into `headers`. A line that is none is left out: when it was one that is needed, it is missed later. */
function parseHeaderLines(text: string, start: number, headers: Headers): HeadError | undefined {
  let at = start;
  for (let lines = 0; at < text.length; lines += 1) {
    if (lines >= headerLinesMax) return { reason: "too many header lines", status: 513 };
    let end = text.indexOf("\r\n", at);
    let folded = false;
    while (end >= 0 && isSpaceCode(text.charCodeAt(end + 2))) {
      folded = true;
      end = text.indexOf("\r\n", end + 2);
    }
    if (end < 0) end = text.length;
    parseHeaderLine(text, at, end, folded, headers);
    at = end + 2;
  }
  return undefined;
}

function parseHeaderLine(text: string, start: number, end: number, folded: boolean, headers: Headers): void {
  const colon = text.indexOf(":", start);
  if (colon < 0 || colon >= end) return;
  const name = text.slice(start, trimmedEnd(text, start, colon));
  if (!isKnownSpelling(name) && !isToken(name)) return;
  let valueStart = colon + 1;
  while (valueStart < end && isSpaceCode(text.charCodeAt(valueStart))) valueStart += 1;
  let value = text.slice(valueStart, trimmedEnd(text, valueStart, end));
  if (folded) value = unfold(value);
  // What looks like two lines to others must not be one to us, nor the other way round.
  if (value.indexOf("\n") < 0 && value.indexOf("\r") < 0) headers.push(canonicalName(name), value);
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isSpaceCode(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

/** A folded line as one: each line break with the white space around it is one space (RFC 3261 section 7.3.1). */
function unfold(value: string): string {
  return value
    .split("\r\n")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(" ");
}
