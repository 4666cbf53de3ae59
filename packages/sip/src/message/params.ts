import {
  isHostCode,
  isSpaceCode,
  isToken,
  isTokenCode,
  quote,
  skipQuoted,
  skipSpace,
  skipToken,
  unquote,
} from "./chars.ts";

/** Parameters after a semicolon: lower-case name to value (unquoted), or true when there is no value. */
export type Params = Map<string, string | true>;

/**
 * The parameters of `text` from `start` to its end (`*( SEMI generic-param )`, RFC 3261 section 25.1), or undefined when
 * something else than a parameter comes first, or a quote stays open. Of a repeated parameter the first counts; empty
 * ones and what is no parameter are left out, and a name with "=" and nothing behind it has no value.
 */
export function parseParams(text: string, start: number): Params | undefined {
  const params: Params = new Map();
  let at = skipSpace(text, start);
  if (at < text.length && text.charCodeAt(at) !== 59) return undefined;
  while (at >= 0 && at < text.length) at = readParam(text, skipSpace(text, at + 1), params);
  return at < 0 ? undefined : params;
}

/** Reads the parameter at `nameStart` into `params`. @returns the next semicolon or the end, -1 for an open quote */
function readParam(text: string, nameStart: number, params: Params): number {
  const nameEnd = skipToken(text, nameStart);
  let at = skipSpace(text, nameEnd);
  let value: string | true = true;
  const isName = nameEnd > nameStart && (at > nameEnd || at === text.length || isOneOf(text.charCodeAt(at), 59, 61));
  if (isName && text.charCodeAt(at) === 61) {
    const valueStart = skipSpace(text, at + 1);
    at = skipParamValue(text, valueStart);
    if (at < 0) return -1;
    if (at > valueStart) value = text.slice(valueStart, at);
    if (value !== true && value.charCodeAt(0) === 34) value = unquote(value);
  }
  const name = text.slice(nameStart, nameEnd).toLowerCase();
  if (isName && !params.has(name)) params.set(name, value);
  return text.charCodeAt(at) === 59 ? at : skipRubbish(text, at);
}

/** The next semicolon outside quotes, the end, or -1 when a quote stays open. */
function skipRubbish(text: string, index: number): number {
  let at = index;
  while (at >= 0 && at < text.length && text.charCodeAt(at) !== 59) {
    at = text.charCodeAt(at) === 34 ? skipQuoted(text, at) : at + 1;
  }
  return at;
}

function isOneOf(code: number, a: number, b: number): boolean {
  return code === a || code === b;
}

/** The end of a parameter's value: a quoted string, or characters of a token or host; -1 when a quote stays open. */
function skipParamValue(text: string, index: number): number {
  if (text.charCodeAt(index) === 34) return skipQuoted(text, index);
  while (index < text.length) {
    const code = text.charCodeAt(index);
    // Brackets and colons come with IPv6 addresses, slash, at and equals from stacks that do not quote; none of them ends a value.
    if (code === 59 || code === 44 || code === 34 || isSpaceCode(code) || code === 60 || code === 62) break;
    index += 1;
  }
  return index;
}

/** Parameters as written after a value: ";tag=1;lr"; what is no token or host is quoted. */
export function formatParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    text += `;${name}`;
    if (value !== true) text += `=${isToken(value) || isHostText(value) ? value : quote(value)}`;
  }
  return text;
}

/** True when `value` may stand unquoted as a host, with or without the brackets of IPv6. */
function isHostText(value: string): boolean {
  if (value.length === 0) return false;
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (!isHostCode(code) && !isTokenCode(code) && code !== 58 && code !== 91 && code !== 93) return false;
  }
  return true;
}

/** A host and an optional port, as they stand in Via and in URIs; IPv6 addresses are kept without their brackets. */
export type HostPort = { readonly host: string; readonly port: number | undefined; readonly end: number };

/**
 * Reads `host [":" port]` at `start`; `end` is the index after it. Undefined when there is no host or the port is not a
 * number from 0 to 65535. Spaces around the colon are taken only when `spaces` is true (Via, not URIs). A colon with
 * nothing behind it names no port.
 */
export function readHostPort(text: string, start: number, spaces: boolean): HostPort | undefined {
  const hostEnd = skipHost(text, start);
  if (hostEnd <= start) return undefined;
  const bracketed = text.charCodeAt(start) === 91;
  const host = bracketed ? text.slice(start + 1, hostEnd - 1) : text.slice(start, hostEnd);
  const colon = spaces ? skipSpace(text, hostEnd) : hostEnd;
  if (text.charCodeAt(colon) !== 58) return { host, port: undefined, end: hostEnd };
  let at = spaces ? skipSpace(text, colon + 1) : colon + 1;
  let port = 0;
  const portStart = at;
  for (; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    port = port * 10 + digit;
    if (port > 65_535) return undefined;
  }
  return { host, port: at === portStart ? undefined : port, end: at };
}

function skipHost(text: string, start: number): number {
  if (text.charCodeAt(start) === 91) {
    let at = start + 1;
    while (at < text.length && isIpv6Code(text.charCodeAt(at))) at += 1;
    return at > start + 1 && text.charCodeAt(at) === 93 ? at + 1 : -1;
  }
  let at = start;
  while (at < text.length && isHostCode(text.charCodeAt(at))) at += 1;
  return at;
}

function isIpv6Code(code: number): boolean {
  const lower = code | 32;
  return (code >= 48 && code <= 58) || code === 46 || (lower >= 97 && lower <= 102);
}

/** `host[:port]` for the wire: an IPv6 address gets its brackets. */
export function formatHostPort(host: string, port: number | undefined): string {
  const written = host.indexOf(":") >= 0 ? `[${host}]` : host;
  return port === undefined ? written : `${written}:${port}`;
}
