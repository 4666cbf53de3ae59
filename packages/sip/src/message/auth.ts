import { isSpaceCode, isToken, quote, skipQuoted, skipSpace, skipToken, unquote } from "./chars.ts";

/** A challenge (WWW-Authenticate) or credentials (Authorization): names of parameters lower case, values unquoted. */
export type AuthParams = { scheme: string; params: Map<string, string> };

/**
 * A challenge or credentials (RFC 3261 section 25.1), or undefined when there is no scheme or a quote stays open. The
 * scheme stays as written; commas too many or too few, and what is no parameter, are passed over; of two the first counts.
 */
export function parseAuthParams(value: string): AuthParams | undefined {
  const schemeEnd = skipToken(value, 0);
  if (schemeEnd === 0) return undefined;
  const scheme = value.slice(0, schemeEnd);
  const params = new Map<string, string>();
  let at = skipSeparators(value, schemeEnd);
  if (at === schemeEnd && at < value.length) return undefined;
  while (at >= 0 && at < value.length) at = readAuthParam(value, at, params);
  return at < 0 ? undefined : { scheme, params };
}

/** Reads `name = value` at `at` into `params` and gives where the next one starts, or -1 when a quote stays open. */
function readAuthParam(value: string, at: number, params: Map<string, string>): number {
  const nameEnd = skipToken(value, at);
  const equals = skipSpace(value, nameEnd);
  if (nameEnd === at || value.charCodeAt(equals) !== 61) {
    return skipSeparators(value, Math.max(at + 1, skipUnquoted(value, at)));
  }
  const start = skipSpace(value, equals + 1);
  const quoted = value.charCodeAt(start) === 34;
  const end = quoted ? skipQuoted(value, start) : skipUnquoted(value, start);
  if (end < 0) return -1;
  const name = value.slice(at, nameEnd).toLowerCase();
  const raw = value.slice(start, end);
  if (!params.has(name)) params.set(name, quoted ? unquote(raw) : raw);
  return skipSeparators(value, end);
}

function skipSeparators(value: string, start: number): number {
  let at = start;
  while (at < value.length && (value.charCodeAt(at) === 44 || isSpaceCode(value.charCodeAt(at)))) at += 1;
  return at;
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
