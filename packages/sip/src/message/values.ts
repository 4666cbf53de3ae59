import { isToken, parseWhole, quote, skipQuoted, skipQuotedLoosely, skipSpace, skipToken, unquote } from "./chars.ts";
import { formatHostPort, formatParams, type Params, parseParams, readHostPort } from "./params.ts";

export type { Params } from "./params.ts";
export * from "./uri.ts";

/**
 * One Via value (RFC 3261 section 20.42). `transport` is upper case, `host` without IPv6 brackets; `params` has branch,
 * received, rport and the rest.
 */
export type Via = { transport: string; host: string; port?: number; params: Params };

/** A name-addr or addr-spec with the parameters of its header (From, To, Contact, Route, ...); `uri` is as written. */
export type NameAddr = { display?: string; uri: string; params: Params };

export type CSeq = { seq: number; method: string };

/** One Via value, or undefined when malformed. Any white space the grammar allows around slashes is taken. */
export function parseVia(value: string): Via | undefined {
  let at = skipProtocol(value);
  if (at < 0) return undefined;
  const transportEnd = skipToken(value, at);
  if (transportEnd === at) return undefined;
  const transport = value.slice(at, transportEnd).toUpperCase();
  at = skipSpace(value, transportEnd);
  if (at === transportEnd) return undefined;
  const sentBy = readHostPort(value, at, true);
  if (sentBy === undefined) return undefined;
  const params = parseParams(value, sentBy.end);
  if (params === undefined) return undefined;
  return sentBy.port === undefined
    ? { transport, host: sentBy.host, params }
    : { transport, host: sentBy.host, port: sentBy.port, params };
}

/** The index after "SIP/2.0/" and its white space, or -1. */
function skipProtocol(value: string): number {
  if (value.startsWith("SIP/2.0/")) return skipSpace(value, 8);
  let at = skipSpace(value, 0);
  if (value.slice(at, at + 3).toUpperCase() !== "SIP") return -1;
  at = skipSpace(value, at + 3);
  if (value.charCodeAt(at) !== 47) return -1;
  at = skipSpace(value, at + 1);
  // The version is any token here: a request of another version is answered 505 by way of this header.
  const versionEnd = skipToken(value, at);
  if (versionEnd === at) return -1;
  at = skipSpace(value, versionEnd);
  return value.charCodeAt(at) === 47 ? skipSpace(value, at + 1) : -1;
}

export function formatVia(via: Via): string {
  return `SIP/2.0/${via.transport} ${formatHostPort(via.host, via.port)}${formatParams(via.params)}`;
}

/**
 * One name-addr or addr-spec, or undefined when its parts cannot be told apart. Without angle brackets every parameter
 * belongs to the header and the URI must not contain a comma, question mark or semicolon (RFC 3261 section 20). `uri` may
 * be anything that stands where a URI belongs: whoever needs it reads it.
 */
export function parseNameAddr(value: string): NameAddr | undefined {
  const start = skipSpace(value, 0);
  if (value.charCodeAt(start) === 34) {
    // Quotes inside of a quoted name that nobody escaped: the one before the bracket closes it.
    return (
      parseQuoted(value, start, skipQuoted(value, start)) ?? parseQuoted(value, start, skipQuotedLoosely(value, start))
    );
  }
  const open = value.indexOf("<", start);
  if (open < 0) return parseBare(value, start, undefined);
  const display = value.slice(start, open).trim();
  if (display === "") return parseBracketed(value, open, undefined);
  return isDisplayText(display) ? parseBracketed(value, open, display) : undefined;
}

/** An address whose quoted name ends before `end`; the URI behind it may lack its brackets. */
function parseQuoted(value: string, start: number, end: number): NameAddr | undefined {
  if (end < 0) return undefined;
  const display = unquote(value.slice(start, end));
  const at = skipSpace(value, end);
  return value.charCodeAt(at) === 60 ? parseBracketed(value, at, display) : parseBare(value, at, display);
}

function parseBracketed(value: string, open: number, display: string | undefined): NameAddr | undefined {
  const close = value.indexOf(">", open);
  if (close < 0) return undefined;
  // Spaces just inside the brackets belong to nothing (RFC 4475 section 3.1.2.14).
  const uri = value.slice(open + 1, close).trim();
  const params = parseParams(value, close + 1);
  if (params === undefined || uri.indexOf("<") >= 0) return undefined;
  return display === undefined ? { uri, params } : { display, uri, params };
}

function parseBare(value: string, start: number, display: string | undefined): NameAddr | undefined {
  const semicolon = value.indexOf(";", start);
  const end = semicolon < 0 ? value.length : semicolon;
  const uri = value.slice(start, end).trimEnd();
  if (!isBareUri(uri)) return undefined;
  const params = parseParams(value, end);
  if (params === undefined) return undefined;
  return display === undefined ? { uri, params } : { display, uri, params };
}

/** Something without spaces, quotes, brackets and what would belong to a list or to a URI's headers. */
function isBareUri(uri: string): boolean {
  for (let index = 0; index < uri.length; index += 1) {
    const code = uri.charCodeAt(index);
    if (code <= 32 || code === 34 || code === 44 || code === 60 || code === 62 || code === 63 || code === 127)
      return false;
  }
  return uri !== "";
}

/**
 * Characters of an unquoted display name. The grammar has tokens only; carriers also send accents, brackets, commas and
 * the like, whose missing quotes can be inferred (RFC 4475 section 3.1.2.15): a header that may carry a list has been
 * split at its commas before. What could be a URI of its own or the beginning of parameters is refused, and so is a
 * quote that stays open.
 */
function isDisplayText(display: string): boolean {
  let quotes = 0;
  for (let index = 0; index < display.length; index += 1) {
    const code = display.charCodeAt(index);
    if (code === 34) quotes += 1;
    if (code === 59 || code === 62 || code === 127 || (code < 32 && code !== 9)) return false;
  }
  return quotes % 2 === 0 && !/^(?:sips?|tel):/i.test(display);
}

/** A name-addr for the wire, always with angle brackets, so that parameters of URI and header stay apart. */
export function formatNameAddr(address: NameAddr): string {
  const display = address.display === undefined || address.display === "" ? "" : `${quote(address.display)} `;
  return `${display}<${address.uri}>${formatParams(address.params)}`;
}

/** "314 INVITE"; the number is below 2^31 (RFC 3261 section 8.1.1.5). Undefined when malformed. */
export function parseCSeq(value: string): CSeq | undefined {
  let at = 0;
  while (at < value.length && value.charCodeAt(at) > 32) at += 1;
  const seq = parseWhole(value.slice(0, at), 0x7fff_ffff);
  const method = value.slice(skipSpace(value, at));
  return seq !== undefined && isToken(method) ? { seq, method } : undefined;
}

export function formatCSeq(cseq: CSeq): string {
  return `${cseq.seq} ${cseq.method}`;
}

/** Seconds of an Expires, Min-Expires or expires parameter: 0 to 2^32 - 1, or undefined when malformed. */
export function parseDeltaSeconds(value: string): number | undefined {
  return parseWhole(value.trim(), 0xffff_ffff);
}

/** A q value from 0 to 1 with at most three decimals, or undefined when malformed. */
export function parseQValue(value: string): number | undefined {
  const dot = value.indexOf(".");
  if (dot === -1) return value === "0" ? 0 : value === "1" ? 1 : undefined;
  const whole = parseWhole(value.slice(0, dot), 1);
  const decimals = value.slice(dot + 1);
  const fraction = decimals === "" ? 0 : parseWhole(decimals, 999);
  if (whole === undefined || fraction === undefined || decimals.length > 3) return undefined;
  const q = whole + fraction / 10 ** decimals.length;
  return q <= 1 ? q : undefined;
}

/** A media type such as "application/sdp" in lower case with its parameters, or undefined when malformed. */
export function parseMediaType(value: string): { type: string; params: Params } | undefined {
  const semicolon = value.indexOf(";");
  const end = semicolon < 0 ? value.length : semicolon;
  const slash = value.indexOf("/");
  if (slash < 0 || slash > end) return undefined;
  const type = value.slice(0, slash).trim().toLowerCase();
  const subtype = value
    .slice(slash + 1, end)
    .trim()
    .toLowerCase();
  const params = parseParams(value, end);
  if (!isToken(type) || !isToken(subtype) || params === undefined) return undefined;
  return { type: `${type}/${subtype}`, params };
}
