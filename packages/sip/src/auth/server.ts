import { equalBytes, type Instant, utf8Encode } from "@centrala/kit";
import { formatAuth, parseAuthParams, parseUri, type SipRequest } from "../message/index.ts";
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

/** Around the credentials of one request. */
export interface CheckOptions {
  /** Whom a nonce was given to and who may use it: the source address. Default nobody in particular. */
  readonly holder?: string;
  /** True for a host name or address of the server itself, in lower case. */
  readonly isOurs?: (host: string) => boolean;
  /** Asked before anything is computed; false: not now, too many tries were wrong. */
  readonly mayTry?: (username: string) => boolean;
}

export type DigestVerdict =
  /** No credentials for our realm: challenge. */
  | { readonly kind: "absent" }
  /** Right or unknown, but with a nonce that is too old, another's, or was counted before: challenge with stale=true. */
  | { readonly kind: "stale" }
  /** Made for a request to another address (RFC 7616 section 3.4.6): 400. */
  | { readonly kind: "misdirected"; readonly username: string }
  /** `mayTry` said no, and nothing was computed. */
  | { readonly kind: "paused"; readonly username: string }
  /** Wrong name or wrong password: the same challenge as for "absent". */
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
    options: {
      readonly stale?: boolean;
      readonly algorithms?: readonly DigestAlgorithm[];
      /** See {@link CheckOptions.holder}. */
      readonly holder?: string;
    } = {},
  ): readonly string[] {
    const nonce = this.#nonces.issue(now, options.holder);
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

  /** Judges the Authorization of a request. Look-ups and digests happen only for a nonce that is ours and the holder's. */
  check(now: Instant, request: SipRequest, credentialsFor: CredentialsFor, options: CheckOptions = {}): DigestVerdict {
    const given = this.#given(request);
    if (given === undefined) return { kind: "absent" };
    const { username, nonce } = given;
    if (!this.#nonces.isCurrent(now, nonce, options.holder)) return { kind: "stale" };
    if (!isSameTarget(given.uri, request, options.isOurs)) return { kind: "misdirected", username };
    if (options.mayTry?.(username) === false) return { kind: "paused", username };
    const account = credentialsFor(username, this.realm);
    if (!matches(given, request.method, account ?? nobody) || account === undefined) {
      this.#nonces.failed(nonce);
      return { kind: "refused", username };
    }
    return this.#nonces.use(nonce, given.nc) === "fresh" ? { kind: "accepted", username } : { kind: "stale" };
  }

  #given(request: SipRequest): GivenCredentials | undefined {
    for (const value of request.headers.getAll("authorization")) {
      const given = readCredentials(value, this.realm);
      if (given !== undefined) return given;
    }
    return undefined;
  }
}

/**
 * Whether credentials were made for this request (RFC 7616 section 3.4.6). Phones and proxies write the URI of the
 * digest and the Request-URI differently: ports and parameters do not count, a REGISTER has no user, and a host of ours
 * may stand under any of its names.
 */
function isSameTarget(uri: string, request: SipRequest, isOurs: CheckOptions["isOurs"]): boolean {
  if (uri === request.uri) return true;
  const [given, asked] = [parseUri(uri), parseUri(request.uri)];
  if (given === undefined || asked === undefined) return false;
  if (given.scheme === "tel" && asked.scheme === "tel") return given.number === asked.number;
  if (given.scheme === "other" || asked.scheme === "other" || given.scheme === "tel" || asked.scheme === "tel") {
    return false;
  }
  if (request.method !== "REGISTER" && (given.user ?? "") !== (asked.user ?? "")) return false;
  const [named, wanted] = [given.host.toLowerCase(), asked.host.toLowerCase()];
  return named === wanted || (isOurs?.(named) ?? false);
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
