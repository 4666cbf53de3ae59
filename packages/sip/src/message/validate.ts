import { parseWhole } from "./chars.ts";
import { parseContact } from "./contact.ts";
import type { Headers } from "./headers.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { type BodyPart, bodyDepthMax, isPlainEncoding, partsOf } from "./multipart.ts";
import { parseCSeq, parseMediaType, parseNameAddr, parseSipUri, parseUri, parseVia, uriScheme } from "./values.ts";

/** What this side can do; the answer to a request depends on it. Types and option tags are lower case. */
export type Capabilities = {
  /** A proxy looks at Proxy-Require and at a Max-Forwards of zero, a user agent at Require and the body. */
  readonly role: "agent" | "proxy";
  readonly methods: ReadonlySet<string>;
  /** Option tags of Require that are understood. */
  readonly extensions: ReadonlySet<string>;
  /** Media types of bodies that are understood. */
  readonly contentTypes: ReadonlySet<string>;
  /** Media types of the bodies in answers to INVITE, which its Accept must allow. */
  readonly answerTypes: ReadonlySet<string>;
  readonly uriSchemes: ReadonlySet<string>;
};

/** Refused with a status and the headers that belong into the response (Allow, Unsupported, Accept, ...). */
export type Refusal = {
  readonly ok: false;
  readonly status: number;
  readonly reason: string;
  readonly headers: ReadonlyArray<readonly [string, string]>;
};

export type Validation = { readonly ok: true } | Refusal;

const valid: Validation = { ok: true };

/** Every method a SIP RFC defines: another one is 501, one of these that we do not serve is 405. */
const registeredMethods: ReadonlySet<string> = new Set([
  "ACK",
  "BYE",
  "CANCEL",
  "INFO",
  "INVITE",
  "MESSAGE",
  "NOTIFY",
  "OPTIONS",
  "PRACK",
  "PUBLISH",
  "REFER",
  "REGISTER",
  "SUBSCRIBE",
  "UPDATE",
]);

/** Of these a second one makes it a guess which message this is; of all others the first counts. */
const onceAtMost = ["to", "from", "call-id", "cseq", "content-length"] as const;

/** Methods whose body says what is asked for; the bodies of others are nobody's need here and are not looked at. */
const bodyMatters: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "INFO", "MESSAGE", "PRACK"]);

/**
 * Whether a parsed request is well-formed (RFC 3261 section 8.1.1, RFC 4475) and, given capabilities, whether this side
 * takes it (section 8.2, in its order: method, Request-URI, extensions, body). Authentication comes before the
 * capabilities (section 8.2): validate without them first when the request is to be challenged.
 */
export function validateRequest(request: SipRequest, capabilities?: Capabilities): Validation {
  const problem = findProblem(request);
  if (problem !== undefined) return refusal(problem === unknownMethod ? 501 : 400, problem);
  return capabilities === undefined ? valid : checkCapabilities(request, capabilities);
}

function refusal(status: number, reason: string, headers: ReadonlyArray<readonly [string, string]> = []): Refusal {
  return { ok: false, status, reason, headers };
}

const unknownMethod = "unknown method that CSeq does not repeat";

/** The first thing that is malformed, as the reason phrase tells it. */
function findProblem(request: SipRequest): string | undefined {
  const { headers } = request;
  return (
    findCommonProblem(headers) ??
    findRequestUriProblem(request.uri) ??
    findMethodProblem(request) ??
    findBranchProblem(headers) ??
    findContactProblem(request)
  );
}

/** What requests and responses share: the headers that must be there once, and every Via. */
function findCommonProblem(headers: Headers): string | undefined {
  for (const name of onceAtMost) if (headers.count(name) > 1) return `more than one ${name}`;
  for (const name of ["from", "to"] as const) {
    const value = headers.get(name);
    if (value === undefined) return `${name} is missing`;
    if (parseNameAddr(value) === undefined) return `malformed ${name}`;
  }
  if ((headers.get("call-id") ?? "") === "") return "call-id is missing";
  if (parseCSeq(headers.get("cseq") ?? "") === undefined) return "malformed or missing cseq";
  const vias = headers.getAll("via");
  if (vias.length === 0) return "via is missing";
  return vias.every((via) => parseVia(via) !== undefined) ? undefined : "malformed via";
}

function isGoodUri(uri: string): boolean {
  return parseUri(uri) !== undefined;
}

function findRequestUriProblem(uri: string): string | undefined {
  const scheme = uriScheme(uri);
  if (scheme === undefined) return "malformed Request-URI";
  if (scheme !== "sip" && scheme !== "sips") return isGoodUri(uri) ? undefined : "malformed Request-URI";
  const parsed = parseSipUri(uri);
  if (parsed === undefined) return "malformed Request-URI";
  // RFC 3261 section 19.1.1 table 1: headers are not allowed in a Request-URI.
  return parsed.headers.size > 0 ? "headers in the Request-URI" : undefined;
}

function findMethodProblem(request: SipRequest): string | undefined {
  const cseq = parseCSeq(request.headers.get("cseq") ?? "");
  if (cseq === undefined || cseq.method === request.method) return undefined;
  return registeredMethods.has(request.method) ? "cseq does not repeat the method" : unknownMethod;
}

function findBranchProblem(headers: Headers): string | undefined {
  const branch = parseVia(headers.get("via") ?? "")?.params.get("branch");
  return branch === "z9hG4bK" ? "branch identifies nothing" : undefined;
}

/**
 * A registrar needs every Contact of a REGISTER. Whom an INVITE's leads to is seen when its dialog is made; nothing else
 * needs one.
 */
function findContactProblem({ method, headers }: SipRequest): string | undefined {
  if (method !== "REGISTER") return undefined;
  const contacts = headers.getAll("contact");
  for (const value of contacts) {
    const contact = parseContact(value);
    if (contact === undefined || (contact === "*" && contacts.length > 1)) return "malformed contact";
    if (contact !== "*" && !isGoodUri(contact.address.uri)) return "malformed contact";
  }
  return undefined;
}

function checkCapabilities(request: SipRequest, capabilities: Capabilities): Validation {
  if (capabilities.role === "proxy") return checkAsProxy(request, capabilities);
  const { method, headers } = request;
  if (!capabilities.methods.has(method)) {
    const allow = [["allow", [...capabilities.methods].join(", ")]] as const;
    return registeredMethods.has(method)
      ? refusal(405, "Method Not Allowed", allow)
      : refusal(501, "Not Implemented", allow);
  }
  const scheme = uriScheme(request.uri) ?? "";
  if (!capabilities.uriSchemes.has(scheme)) return refusal(416, "Unsupported URI Scheme");
  // RFC 3261 section 8.2.2.3: Require is ignored in CANCEL and in ACK, which cannot be answered. A BYE ends the call
  // whatever else it asks for (section 15.1.2): the other side has gone.
  if (method === "CANCEL" || method === "ACK" || method === "BYE") return valid;
  const unsupported = missingExtensions(headers.getAll("require"), capabilities.extensions);
  if (unsupported !== "") {
    const warning = `399 centrala "not supported here: ${unsupported.replaceAll(/["\\]/g, "")}"`;
    return refusal(420, "Bad Extension", [
      ["unsupported", unsupported],
      ["warning", warning],
    ]);
  }
  return bodyMatters.has(method) ? checkBody(request, capabilities) : valid;
}

function checkAsProxy(request: SipRequest, capabilities: Capabilities): Validation {
  // RFC 3261 section 16.3, in its order.
  const scheme = uriScheme(request.uri) ?? "";
  if (!capabilities.uriSchemes.has(scheme)) return refusal(416, "Unsupported URI Scheme");
  if (parseWhole(request.headers.get("max-forwards") ?? "70", 255) === 0) return refusal(483, "Too Many Hops");
  const unsupported = missingExtensions(request.headers.getAll("proxy-require"), capabilities.extensions);
  return unsupported === "" ? valid : refusal(420, "Bad Extension", [["unsupported", unsupported]]);
}

function missingExtensions(required: readonly string[], extensions: ReadonlySet<string>): string {
  return required.filter((tag) => tag !== "" && !extensions.has(tag.toLowerCase())).join(", ");
}

/** RFC 3261 section 8.2.3: a body must be understood, unless its disposition says that it may be ignored. */
function checkBody(request: SipRequest, capabilities: Capabilities): Validation {
  const unreadable = findUnreadable(request, capabilities, bodyDepthMax);
  if (unreadable !== undefined) return unreadable;
  if (request.method === "INVITE" && !acceptsAnswer(request.headers, capabilities)) {
    return refusal(406, "Not Acceptable");
  }
  return valid;
}

/**
 * Why a body is not understood. Of a multipart one it is enough to understand a part, unless another one insists on being
 * understood (RFC 5621 section 5): locations, charges and the like stand beside session descriptions without a word.
 */
function findUnreadable(part: BodyPart, capabilities: Capabilities, depth: number): Refusal | undefined {
  const { headers, body } = part;
  if (body.length === 0 || isOptionalBody(headers)) return undefined;
  const encoding = headers.get("content-encoding")?.toLowerCase() || "identity";
  if (encoding !== "identity") return refusal(415, "Unsupported Media Type", [["accept-encoding", "identity"]]);
  // A body without a type, or with one that is none, is what it looks like: a session description, or nobody's need.
  const media = parseMediaType(headers.get("content-type") ?? "");
  if (media === undefined) return depth === bodyDepthMax ? undefined : unsupportedType(capabilities);
  // RFC 2046 section 5.1.3: a multipart of an unknown subtype is read like multipart/mixed.
  if (media.type.startsWith("multipart/") && capabilities.contentTypes.has("multipart/mixed")) {
    const parts = depth === 0 ? undefined : partsOf(part);
    if (parts === undefined) return refusal(400, "malformed multipart body");
    return findUnreadablePart(media.type, parts, capabilities, depth - 1);
  }
  const plain = isPlainEncoding(headers.get("content-transfer-encoding")?.toLowerCase() ?? "binary");
  return capabilities.contentTypes.has(media.type) && plain ? undefined : unsupportedType(capabilities);
}

function findUnreadablePart(
  type: string,
  parts: readonly BodyPart[],
  capabilities: Capabilities,
  depth: number,
): Refusal | undefined {
  const refusals = parts.map((part) => findUnreadable(part, capabilities, depth));
  // Of alternatives one that is understood is enough, whatever the others say.
  const insists = type === "multipart/alternative" ? [] : refusals.filter((_, index) => isRequiredPart(parts[index]));
  const insisting = insists.find((problem) => problem !== undefined);
  return insisting ?? (refusals.includes(undefined) ? undefined : refusals[0]);
}

function unsupportedType(capabilities: Capabilities): Refusal {
  return refusal(415, "Unsupported Media Type", [["accept", [...capabilities.contentTypes].join(", ")]]);
}

function isRequiredPart(part: BodyPart | undefined): boolean {
  return /;\s*handling\s*=\s*"?required\b/i.test(part?.headers.get("content-disposition") ?? "");
}

function isOptionalBody(headers: Headers): boolean {
  const disposition = headers.get("content-disposition");
  return disposition !== undefined && /;\s*handling\s*=\s*optional\b/i.test(disposition);
}

/** True when Accept (absent or without a single type: application/sdp) takes one of our answers (RFC 3261 section 20.1). */
function acceptsAnswer(headers: Headers, capabilities: Capabilities): boolean {
  const ranges = headers
    .getAll("accept")
    .map(parseMediaType)
    .filter((range) => range !== undefined);
  return ranges.length === 0 || ranges.some((range) => takesAnswer(range, capabilities));
}

function takesAnswer(
  range: { readonly type: string; readonly params: ReadonlyMap<string, string | true> },
  capabilities: Capabilities,
): boolean {
  if (range.params.get("q") === "0") return false;
  if (range.type === "*/*") return true;
  for (const type of capabilities.answerTypes) {
    if (type === range.type || range.type === `${type.slice(0, type.indexOf("/"))}/*`) return true;
  }
  return false;
}

/**
 * Whether a user agent takes a parsed response: well-formed, and with exactly one Via (RFC 3261 section 8.1.3.3).
 * A response that is not is dropped without an answer.
 */
export function validateResponse(
  response: SipResponse,
): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
  const { headers } = response;
  const problem = findCommonProblem(headers);
  if (problem !== undefined) return { ok: false, reason: problem };
  return headers.getAll("via").length === 1 ? { ok: true } : { ok: false, reason: "more than one via" };
}
