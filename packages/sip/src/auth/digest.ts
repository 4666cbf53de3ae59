import { toHex, utf8Encode } from "@centrala/kit";
import { md5 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";

/** The algorithms of RFC 7616 that are spoken here, by their registered names. */
export type DigestAlgorithm = "MD5" | "SHA-256";

export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** H(username:realm:password) in lower-case hexadecimal. */
  readonly ha1: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  /** Absent for a peer of RFC 2069 that knows no quality of protection; with `body` it is "auth-int", else "auth". */
  readonly auth?: { readonly nc: string; readonly cnonce: string; readonly body?: Uint8Array };
}

/** H(username:realm:password) in lower-case hexadecimal (RFC 7616 section 3.4.2). */
export function ha1(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return hash(algorithm, `${username}:${realm}:${password}`);
}

/** HA1 of the "-sess" algorithms, bound to one nonce and cnonce. */
export function sessionHa1(algorithm: DigestAlgorithm, plainHa1: string, nonce: string, cnonce: string): string {
  return hash(algorithm, `${plainHa1}:${nonce}:${cnonce}`);
}

/** The request-digest for qop "auth" or "auth-int", or RFC 2069's when `auth` is absent (RFC 7616 section 3.4.1). */
export function digestResponse(input: DigestInput): string {
  const { algorithm, auth } = input;
  const ofBody = auth?.body === undefined ? "" : `:${hashBytes(algorithm, auth.body)}`;
  const ha2 = hash(algorithm, `${input.method}:${input.uri}${ofBody}`);
  const qop = ofBody === "" ? "auth" : "auth-int";
  const middle = auth === undefined ? input.nonce : `${input.nonce}:${auth.nc}:${auth.cnonce}:${qop}`;
  return hash(input.algorithm, `${input.ha1}:${middle}:${ha2}`);
}

/** The algorithm a header names (RFC 7616: MD5 when it names none), undefined when it is none of ours. */
export function readAlgorithm(
  name: string | undefined,
): { readonly algorithm: DigestAlgorithm; readonly session: boolean } | undefined {
  const upper = (name ?? "MD5").toUpperCase();
  const session = upper.endsWith("-SESS");
  const plain = session ? upper.slice(0, -5) : upper;
  return plain === "MD5" || plain === "SHA-256" ? { algorithm: plain, session } : undefined;
}

function hash(algorithm: DigestAlgorithm, text: string): string {
  return hashBytes(algorithm, utf8Encode(text));
}

function hashBytes(algorithm: DigestAlgorithm, bytes: Uint8Array): string {
  return toHex(algorithm === "MD5" ? md5(bytes) : sha256(bytes));
}
