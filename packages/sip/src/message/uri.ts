import { utf8DecodeStrict, utf8Encode } from "@centrala/kit";
import { isDigitCode, isPasswordCode, isUriParameterCode, isUserCode, skipQuoted, unquote } from "./chars.ts";
import { formatHostPort, type HostPort, type Params, readHostPort } from "./params.ts";

/**
 * A sip or sips URI (RFC 3261 section 19.1). `user`, `password`, parameters and headers are unescaped; `host` is as
 * written, IPv6 without brackets; names of parameters and headers are lower case.
 */
export type SipUri = {
  scheme: "sip" | "sips";
  user?: string;
  password?: string;
  host: string;
  port?: number;
  params: Params;
  headers: Map<string, string>;
};

/** A telephone number (RFC 3966); `number` has no visual separators, "+" leads a global one. */
export type TelUri = { scheme: "tel"; number: string; params: Params };

/** A well-formed URI of a scheme this stack does not interpret. */
export type OtherUri = { scheme: "other"; name: string; text: string };

export type Uri = SipUri | TelUri | OtherUri;

/** Any URI, or undefined when it is malformed: sip, sips and tel are taken apart, other schemes are kept as text. */
export function parseUri(text: string): Uri | undefined {
  const scheme = uriScheme(text);
  if (scheme === undefined) return undefined;
  if (scheme === "sip" || scheme === "sips") return parseSipUri(text);
  if (scheme === "tel") return parseTelUri(text);
  return isOpaque(text) ? { scheme: "other", name: scheme, text } : undefined;
}

/** The lower-case scheme of a URI, or undefined when `text` does not start with one. */
export function uriScheme(text: string): string | undefined {
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  for (let index = 0; index < colon; index += 1) {
    const code = text.charCodeAt(index);
    const letter = (code | 32) >= 97 && (code | 32) <= 122;
    const later = isDigitCode(code) || code === 43 || code === 45 || code === 46;
    if (!letter && (index === 0 || !later)) return undefined;
  }
  return text.slice(0, colon).toLowerCase();
}

/**
 * A sip or sips URI, or undefined when `text` is of another scheme or names no host. Forgiven are an empty user part,
 * empty parameters and headers, characters that should have been escaped, and escapes that are none.
 */
export function parseSipUri(text: string): SipUri | undefined {
  const scheme = readSipScheme(text);
  if (scheme === undefined || !isOneWord(text)) return undefined;
  const start = scheme.length + 1;
  const found = findHost(text, start);
  if (found === undefined) return undefined;
  const { at, hostPort } = found;
  const question = text.indexOf("?", hostPort.end);
  const params = parseUriParams(text, hostPort.end, question < 0 ? text.length : question);
  const headers = question < 0 ? new Map<string, string>() : parseUriHeaders(text.slice(question + 1));
  const uri: SipUri = { scheme, host: hostPort.host, params, headers };
  if (at > start) addUserinfo(uri, text.slice(start, at));
  if (hostPort.port !== undefined) uri.port = hostPort.port;
  return uri;
}

const atSignsMax = 4;

/** The host behind the first "@" that one can stand behind, or at once when there is none; `at` is that "@" or -1. */
function findHost(text: string, start: number): { readonly at: number; readonly hostPort: HostPort } | undefined {
  let at = text.indexOf("@", start);
  for (let tries = 0; tries < atSignsMax; tries += 1) {
    const hostPort = readHostPort(text, at < 0 ? start : at + 1, false);
    const next = hostPort === undefined ? undefined : text.charCodeAt(hostPort.end);
    if (hostPort !== undefined && (hostPort.end === text.length || next === 59 || next === 63)) return { at, hostPort };
    at = at < 0 ? -1 : text.indexOf("@", at + 1);
    if (at < 0) return undefined;
  }
  return undefined;
}

/** True without spaces, control characters and angle brackets: what a URI that goes out again must be. */
function isOneWord(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= 32 || code === 127 || code === 60 || code === 62) return false;
  }
  return true;
}

function readSipScheme(text: string): "sip" | "sips" | undefined {
  if (text.startsWith("sip:")) return "sip";
  if (text.startsWith("sips:")) return "sips";
  const scheme = uriScheme(text);
  return scheme === "sip" || scheme === "sips" ? scheme : undefined;
}

function addUserinfo(uri: SipUri, text: string): void {
  const colon = text.indexOf(":");
  const user = unescape(colon < 0 ? text : text.slice(0, colon));
  if (user !== "") uri.user = user;
  if (colon >= 0) uri.password = unescape(text.slice(colon + 1));
}

/** `*( ";" pname [ "=" pvalue ] )` between `start` and `end`; a value in quotes loses them. */
function parseUriParams(text: string, start: number, end: number): Params {
  const params: Params = new Map();
  let at = start;
  while (at < end) {
    const next = skipUriParam(text, at + 1, end);
    const part = text.slice(at + 1, next);
    const equals = part.indexOf("=");
    const name = unescape(equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? "" : readUriValue(part.slice(equals + 1));
    if (name !== "" && !params.has(name)) params.set(name, value === "" ? true : value);
    at = next;
  }
  return params;
}

/** The semicolon after the parameter at `start`, or `end`; only a value that begins with a quote may hold one. */
function skipUriParam(text: string, start: number, end: number): number {
  const semicolon = text.indexOf(";", start);
  if (semicolon < 0 || semicolon >= end) return end;
  const equals = text.slice(start, semicolon).indexOf("=");
  const quoted = equals >= 0 && text.charCodeAt(start + equals + 1) === 34;
  const closed = quoted ? skipQuoted(text, start + equals + 1) : -1;
  if (closed < 0 || closed > end) return semicolon;
  const next = text.indexOf(";", closed);
  return next < 0 || next > end ? end : next;
}

function readUriValue(text: string): string {
  const quoted = text.length > 1 && text.startsWith('"') && text.endsWith('"');
  return unescape(quoted ? unquote(text) : text);
}

function isUriHeaderCode(code: number): boolean {
  // hnv-unreserved has "?" where the parameters have "&" (RFC 3261 section 25.1).
  return code === 63 || (code !== 38 && isUriParameterCode(code));
}

function parseUriHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const part of text.split("&")) {
    const equals = part.indexOf("=");
    if (equals >= 1) headers.set(unescape(part.slice(0, equals)).toLowerCase(), unescape(part.slice(equals + 1)));
  }
  return headers;
}

/** `text` with its percent escapes resolved; a percent sign that begins none stands for itself. */
function unescape(text: string): string {
  return text.indexOf("%") < 0 ? text : unescapeBytes(text);
}

/** Escapes as UTF-8; bytes that are no UTF-8 stand as the characters of Latin-1, so that nothing is lost. */
function unescapeBytes(text: string): string {
  return text.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (escapes) => {
    const bytes = new Uint8Array(escapes.length / 3);
    for (let index = 0; index < bytes.length; index += 1) {
      bytes[index] = Number.parseInt(escapes.slice(index * 3 + 1, index * 3 + 3), 16);
    }
    return utf8DecodeStrict(bytes) ?? String.fromCharCode(...bytes.subarray(0, 4096));
  });
}

/** The URI on the wire; what the grammar does not allow unescaped is escaped as UTF-8. */
export function formatSipUri(uri: SipUri): string {
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += escape(uri.user, isUserCode);
    if (uri.password !== undefined) text += `:${escape(uri.password, isPasswordCode)}`;
    text += "@";
  }
  text += formatHostPort(uri.host, uri.port);
  if (uri.params.size > 0) text += formatUriParams(uri.params);
  let separator = "?";
  for (const [name, value] of uri.headers) {
    text += `${separator}${escape(name, isUriHeaderCode)}=${escape(value, isUriHeaderCode)}`;
    separator = "&";
  }
  return text;
}

/** Any URI on the wire. */
export function formatUri(uri: Uri): string {
  if (uri.scheme === "other") return uri.text;
  if (uri.scheme === "tel") return `tel:${uri.number}${formatUriParams(uri.params)}`;
  return formatSipUri(uri);
}

function formatUriParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    text += `;${escape(name, isUriParameterCode)}`;
    if (value !== true) text += `=${escape(value, isUriParameterCode)}`;
  }
  return text;
}

function escape(text: string, allowed: (code: number) => boolean): string {
  let clean = true;
  for (let index = 0; clean && index < text.length; index += 1) clean = allowed(text.charCodeAt(index));
  if (clean) return text;
  let escaped = "";
  for (const byte of utf8Encode(text)) {
    if (byte < 128 && allowed(byte)) escaped += String.fromCharCode(byte);
    else escaped += `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  }
  return escaped;
}

/** A tel URI (RFC 3966 section 3), or undefined when malformed. Visual separators are removed from the number. */
export function parseTelUri(text: string): TelUri | undefined {
  if (uriScheme(text) !== "tel") return undefined;
  const semicolon = text.indexOf(";");
  const end = semicolon < 0 ? text.length : semicolon;
  let number = "";
  for (let index = 4; index < end; index += 1) {
    const char = text[index] ?? "";
    if ("-.() /".includes(char) || (char === "+" && number === "+")) continue;
    if (!"0123456789abcdefABCDEF*#".includes(char) && !(char === "+" && number === "")) return undefined;
    number += char;
  }
  if (number === "" || number === "+") return undefined;
  return { scheme: "tel", number, params: parseUriParams(text, end, text.length) };
}

function isOpaque(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= 32 || code >= 127 || code === 60 || code === 62 || code === 34) return false;
  }
  return text.length > text.indexOf(":") + 1;
}

/** Parameters that must be in both URIs or in neither (RFC 3261 section 19.1.4). */
const strictParams = ["user", "ttl", "method", "maddr", "transport"];

/** True when two sip or sips URIs are equivalent by the rules of RFC 3261 section 19.1.4. */
export function equalSipUris(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.user !== b.user || a.password !== b.password || a.port !== b.port) return false;
  if (a.host.toLowerCase() !== b.host.toLowerCase()) return false;
  for (const name of strictParams) if (a.params.has(name) !== b.params.has(name)) return false;
  for (const [name, value] of a.params) {
    const other = b.params.get(name);
    if (other !== undefined && !equalIgnoringCase(value, other)) return false;
  }
  if (a.headers.size !== b.headers.size) return false;
  for (const [name, value] of a.headers) if (b.headers.get(name) !== value) return false;
  return true;
}

function equalIgnoringCase(a: string | true, b: string | true): boolean {
  return a === b || (a !== true && b !== true && a.toLowerCase() === b.toLowerCase());
}
