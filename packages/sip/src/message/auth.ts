import { isSpaceCode, isToken, quote, skipQuoted, skipSpace, skipToken, unquote } from "./chars.ts";

/** A challenge (WWW-Authenticate) or credentials (Authorization): names of parameters lower case, values unquoted. */
export type AuthParams = { scheme: string; params: Map<string, string> };

/** A challenge or credentials (RFC 3261 section 25.1), or undefined when malformed. The scheme stays as written. */
export function parseAuthParams(value: string): AuthParams | undefined {
  const schemeEnd = skipToken(value, 0);
  if (schemeEnd === 0) return undefined;
  const scheme = value.slice(0, schemeEnd);
  const params = new Map<string, string>();
  let at = skipSpace(value, schemeEnd);
  if (at === schemeEnd && at < value.length) return undefined;
  while (at < value.length) {
    const next = readAuthParam(value, at, params);
    if (next < 0) return undefined;
    at = skipSpace(value, next);
    if (at === value.length) break;
    if (value.charCodeAt(at) !== 44) return undefined;
    at = skipSpace(value, at + 1);
    if (at === value.length) return undefined;
  }
  return { scheme, params };
}

/** Reads `name = value` at `at` into `params` and gives the index after it, or -1. A repeated parameter is an error. */
function readAuthParam(value: string, at: number, params: Map<string, string>): number {
  const nameEnd = skipToken(value, at);
  const equals = skipSpace(value, nameEnd);
  if (nameEnd === at || value.charCodeAt(equals) !== 61) return -1;
  const start = skipSpace(value, equals + 1);
  const quoted = value.charCodeAt(start) === 34;
  const end = quoted ? skipQuoted(value, start) : skipUnquoted(value, start);
  const name = value.slice(at, nameEnd).toLowerCase();
  if (end <= start || params.has(name)) return -1;
  const raw = value.slice(start, end);
  params.set(name, quoted ? unquote(raw) : raw);
  return end;
}

function skipUnquoted(value: string, start: number): number {
  let at = start;
  while (at < value.length && value.charCodeAt(at) !== 44 && !isSpaceCode(value.charCodeAt(at))) at += 1;
  return at;
}

/** Parameters that are never quoted; qop is quoted in a challenge and bare in credentials (RFC 7616 sections 3.3, 3.4). */
const bareNames: ReadonlySet<string> = new Set(["algorithm", "stale", "nc", "userhash"]);

/** A challenge or credentials for the wire. */
export function formatAuth(auth: AuthParams, kind: "challenge" | "credentials"): string {
  let text = auth.scheme;
  let separator = " ";
  for (const [name, value] of auth.params) {
    const bare = (bareNames.has(name) || (name === "qop" && kind === "credentials")) && isToken(value);
    text += `${separator}${name}=${bare ? value : quote(value)}`;
    separator = ", ";
  }
  return text;
}
