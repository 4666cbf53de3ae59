import { type Entropy, randomHex } from "@centrala/kit";
import { formatAuth, parseAuthParams, type SipResponse } from "../message/index.ts";
import { type DigestAlgorithm, digestResponse, ha1, readAlgorithm, sessionHa1 } from "./digest.ts";

/** What we prove ourselves with at a carrier. The password stays in memory and never reaches a log. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface ChallengedRequest {
  readonly method: string;
  readonly uri: string;
  /** Hashed where a challenge insists on auth-int; none unless given. */
  readonly body?: Uint8Array;
}

interface Challenge {
  readonly algorithm: DigestAlgorithm;
  readonly session: boolean;
  readonly name: string | undefined;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** The protection to answer with; undefined for a challenge of RFC 2069, which names none. */
  readonly qop: "auth" | "auth-int" | undefined;
  readonly stale: boolean;
}

/**
 * The header that answers a 401 or 407 for `request`, as [name, value], with the strongest algorithm offered.
 * Undefined when the response carries no challenge we can answer.
 */
export function answerChallenge(
  response: SipResponse,
  request: ChallengedRequest,
  credentials: Credentials,
  entropy: Entropy,
): readonly [string, string] | undefined {
  const proxy = response.status === 407;
  const challenge = pickChallenge(response.headers.getAll(proxy ? "proxy-authenticate" : "www-authenticate"));
  if (challenge === undefined) return undefined;
  const value = credentialsFor(challenge, request, credentials, randomHex(entropy, 8));
  return [proxy ? "proxy-authorization" : "authorization", value];
}

/** True when a challenge says that only the nonce was too old and the password was right. */
export function isStaleChallenge(response: SipResponse): boolean {
  const name = response.status === 407 ? "proxy-authenticate" : "www-authenticate";
  return pickChallenge(response.headers.getAll(name))?.stale ?? false;
}

function pickChallenge(values: readonly string[]): Challenge | undefined {
  const challenges = values.map(readChallenge).filter((challenge) => challenge !== undefined);
  return challenges.find((challenge) => challenge.algorithm === "SHA-256") ?? challenges[0];
}

function readChallenge(value: string): Challenge | undefined {
  const parsed = parseAuthParams(value);
  if (parsed === undefined || parsed.scheme.toLowerCase() !== "digest") return undefined;
  const { params } = parsed;
  const named = readAlgorithm(params.get("algorithm"));
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  if (named === undefined || realm === undefined || nonce === undefined) return undefined;
  const qops = params
    .get("qop")
    ?.split(",")
    .map((qop) => qop.trim().toLowerCase())
    .filter((qop) => qop !== "");
  // "auth" where it is offered: bodies are rewritten on the way more often than they are forged.
  const qop = (["auth", "auth-int"] as const).find((known) => qops?.includes(known));
  if (qop === undefined && qops !== undefined && qops.length > 0) return undefined;
  return {
    ...named,
    name: params.get("algorithm"),
    realm,
    nonce,
    opaque: params.get("opaque"),
    qop,
    stale: params.get("stale")?.toLowerCase() === "true",
  };
}

function credentialsFor(
  challenge: Challenge,
  request: ChallengedRequest,
  credentials: Credentials,
  cnonce: string,
): string {
  const nc = "00000001";
  const { algorithm, nonce, realm } = challenge;
  const plain = ha1(algorithm, credentials.username, realm, credentials.password);
  const response = digestResponse({
    algorithm,
    ha1: challenge.session ? sessionHa1(algorithm, plain, nonce, cnonce) : plain,
    method: request.method,
    uri: request.uri,
    nonce,
    ...(challenge.qop === undefined ? {} : { auth: { nc, cnonce, ...bodyOf(challenge, request) } }),
  });
  const params = new Map([
    ["username", credentials.username],
    ["realm", realm],
    ["nonce", nonce],
    ["uri", request.uri],
    ["response", response],
  ]);
  if (challenge.name !== undefined) params.set("algorithm", challenge.name);
  if (challenge.qop !== undefined || challenge.session) params.set("cnonce", cnonce);
  if (challenge.qop !== undefined) params.set("qop", challenge.qop).set("nc", nc);
  if (challenge.opaque !== undefined) params.set("opaque", challenge.opaque);
  return formatAuth({ scheme: "Digest", params }, "credentials");
}

function bodyOf(challenge: Challenge, request: ChallengedRequest): { readonly body?: Uint8Array } {
  return challenge.qop === "auth-int" ? { body: request.body ?? new Uint8Array(0) } : {};
}
