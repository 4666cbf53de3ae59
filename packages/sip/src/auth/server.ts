import { equalBytes, type Instant, utf8Encode } from "@centrala/kit";
import { formatAuth, parseAuthParams, type SipRequest } from "../message/index.ts";
import { type DigestAlgorithm, digestResponse, readAlgorithm } from "./digest.ts";
import { type NonceOptions, Nonces } from "./nonces.ts";

/** HA1 values of one account for the server's realm, lower-case hexadecimal. */
export interface AccountDigests {
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

/** Where accounts are looked up; undefined for a name nobody has. */
export type CredentialsFor = (username: string, realm: string) => AccountDigests | undefined;

export interface DigestServerOptions extends NonceOptions {
  readonly realm: string;
}

export type DigestVerdict =
  /** No credentials for our realm: challenge. */
  | { readonly kind: "absent" }
  /** Right or unknown, but with a nonce that is too old: challenge with stale=true. */
  | { readonly kind: "stale" }
  /** Wrong name, wrong password, or a count that was used before: the same challenge as for "absent". */
  | { readonly kind: "refused"; readonly username: string }
  | { readonly kind: "accepted"; readonly username: string };

interface GivenCredentials {
  readonly username: string;
  readonly algorithm: DigestAlgorithm;
  readonly uri: string;
  readonly nonce: string;
  readonly response: string;
  readonly nc: number;
  readonly auth: { readonly nc: string; readonly cnonce: string } | undefined;
}

/** Stands in for an unknown account, so that a wrong name takes as long as a wrong password. */
const nobody: AccountDigests = { ha1Md5: "0".repeat(32), ha1Sha256: "0".repeat(64) };

/** The server's side of digest authentication (RFC 7616 and 8760, RFC 3261 section 22). */
export class DigestServer {
  readonly realm: string;
  readonly #nonces: Nonces;

  constructor(options: DigestServerOptions) {
    this.realm = options.realm;
    this.#nonces = new Nonces(options);
  }

  /** WWW-Authenticate values, one per algorithm, all with one nonce; the strongest first (RFC 8760 section 2.4). */
  challenge(
    now: Instant,
    options: { readonly stale?: boolean; readonly algorithms?: readonly DigestAlgorithm[] } = {},
  ): readonly string[] {
    const nonce = this.#nonces.issue(now);
    return (options.algorithms ?? ["SHA-256", "MD5"]).map((algorithm) => {
      const params = new Map([
        ["realm", this.realm],
        ["nonce", nonce],
        ["algorithm", algorithm],
        ["qop", "auth"],
      ]);
      if (options.stale === true) params.set("stale", "true");
      return formatAuth({ scheme: "Digest", params }, "challenge");
    });
  }

  /** Judges the Authorization of a request. Look-ups happen only for a nonce that is ours. */
  check(now: Instant, request: SipRequest, credentialsFor: CredentialsFor): DigestVerdict {
    const given = this.#given(request);
    if (given === undefined) return { kind: "absent" };
    if (!this.#nonces.isCurrent(now, given.nonce)) return { kind: "stale" };
    const account = credentialsFor(given.username, this.realm);
    if (!matches(given, request.method, account ?? nobody) || account === undefined) {
      return { kind: "refused", username: given.username };
    }
    const use = this.#nonces.use(given.nonce, given.nc);
    if (use === "stale") return { kind: "stale" };
    return { kind: use === "fresh" ? "accepted" : "refused", username: given.username };
  }

  #given(request: SipRequest): GivenCredentials | undefined {
    for (const value of request.headers.getAll("authorization")) {
      const given = readCredentials(value, this.realm);
      if (given !== undefined) return given;
    }
    return undefined;
  }
}

function matches(given: GivenCredentials, method: string, account: AccountDigests): boolean {
  const expected = digestResponse({
    algorithm: given.algorithm,
    ha1: given.algorithm === "MD5" ? account.ha1Md5 : account.ha1Sha256,
    method,
    uri: given.uri,
    nonce: given.nonce,
    ...(given.auth === undefined ? {} : { auth: given.auth }),
  });
  return equalBytes(utf8Encode(expected), utf8Encode(given.response.toLowerCase()));
}

/** Credentials for `realm`, undefined when they are for another, malformed, or of a kind we never asked for. */
function readCredentials(value: string, realm: string): GivenCredentials | undefined {
  const parsed = parseAuthParams(value);
  if (parsed === undefined || parsed.scheme.toLowerCase() !== "digest") return undefined;
  const { params } = parsed;
  const named = readAlgorithm(params.get("algorithm"));
  const username = params.get("username");
  const nonce = params.get("nonce");
  const uri = params.get("uri");
  const response = params.get("response");
  if (named === undefined || named.session || params.get("realm") !== realm) return undefined;
  if (username === undefined || nonce === undefined || uri === undefined || response === undefined) return undefined;
  const counted = readCount(params);
  return counted === undefined ? undefined : { username, algorithm: named.algorithm, uri, nonce, response, ...counted };
}

/** The count of a "qop=auth" answer. Without qop (RFC 2069) the nonce is good for one use, as if its count were 1. */
function readCount(
  params: ReadonlyMap<string, string>,
): { readonly nc: number; readonly auth: { readonly nc: string; readonly cnonce: string } | undefined } | undefined {
  const qop = params.get("qop");
  if (qop === undefined) return { nc: 1, auth: undefined };
  const nc = params.get("nc");
  const cnonce = params.get("cnonce");
  if (qop.toLowerCase() !== "auth" || nc === undefined || cnonce === undefined) return undefined;
  return /^[0-9a-fA-F]{8}$/.test(nc) ? { nc: Number.parseInt(nc, 16), auth: { nc, cnonce } } : undefined;
}
