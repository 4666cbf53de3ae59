import { fail, ok, type Result } from "@centrala/kit";
import {
  emptyBody,
  formatNameAddr,
  Headers,
  parseCSeq,
  parseNameAddr,
  parseSipUri,
  parseVia,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  withTag,
} from "../message/index.ts";

/**
 * A dialog (RFC 3261 section 12): what two user agents must agree on to talk about one call. It holds text and numbers
 * only, so that it can be stored and its call ended after a crash.
 */
export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From or To of our side with its tag, ready for a header. */
  readonly local: string;
  /** The far end's, with its tag when it has one. */
  readonly remote: string;
  /** Route set in the order requests carry it (RFC 3261 12.1). */
  readonly routeSet: readonly string[];
  readonly role: "uac" | "uas";
  state: "early" | "confirmed";
  /** The number of our last request, and of the far end's; null while it has sent none. */
  localSeq: number;
  remoteSeq: number | null;
  /** The URI of the far end's Contact, refreshed by re-INVITE and UPDATE. */
  remoteTarget: string;
}

/** The key under which a dialog is found: Call-ID and both tags, ours first. */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}|${localTag}|${remoteTag}`;
}

/** The tag of a From or To value, "" when it has none (RFC 2543). */
export function tagOf(value: string | undefined): string {
  const tag = parseNameAddr(value ?? "")?.params.get("tag");
  return typeof tag === "string" ? tag : "";
}

/** The dialog key an in-dialog request from the far end names. */
export function keyOfRequest(request: SipRequest): string {
  const { headers } = request;
  return dialogKey(headers.get("call-id") ?? "", tagOf(headers.get("to")), tagOf(headers.get("from")));
}

/** The URI of the first Contact that leads to a SIP address, as it was written; undefined when none does. */
export function contactUri(message: SipMessage): string | undefined {
  for (const value of message.headers.getAll("contact")) {
    const uri = parseNameAddr(value)?.uri;
    if (uri !== undefined && parseSipUri(uri) !== undefined) return uri;
  }
  return undefined;
}

/**
 * RFC 2543 asked for no Contact: the far end of an INVITE without one, and without RFC 3261's branch, is reached by its
 * From (RFC 4475 section 3.4.1).
 */
function targetWithoutContact(request: SipRequest): string | undefined {
  const { headers } = request;
  const branch = parseVia(headers.get("via") ?? "")?.params.get("branch");
  const modern = typeof branch === "string" && branch.toLowerCase().startsWith("z9hg4bk");
  if (modern || headers.has("contact")) return undefined;
  const uri = parseNameAddr(headers.get("from") ?? "")?.uri ?? "";
  return parseSipUri(uri) === undefined ? undefined : uri;
}

/** The dialog our response with `localTag` to this request makes (RFC 3261 12.1.1). Undefined without a SIP Contact. */
export function createUasDialog(request: SipRequest, localTag: string): Dialog | undefined {
  const { headers } = request;
  const remoteTarget = contactUri(request) ?? targetWithoutContact(request);
  const cseq = parseCSeq(headers.get("cseq") ?? "");
  if (remoteTarget === undefined || cseq === undefined) return undefined;
  return {
    callId: headers.get("call-id") ?? "",
    localTag,
    remoteTag: tagOf(headers.get("from")),
    local: ownWording(withTag(headers.get("to") ?? "", localTag)),
    remote: ownWording(headers.get("from") ?? ""),
    routeSet: headers.getAll("record-route"),
    role: "uas",
    state: "early",
    localSeq: 0,
    remoteSeq: cseq.seq,
    remoteTarget,
  };
}

/**
 * An address of the far end for requests of our own: word for word, but what is not of the grammar is written anew, so
 * that its mistakes are not ours (RFC 4475 3.1.2.14, 3.1.2.15).
 */
function ownWording(value: string): string {
  if (wellFormedAddress.test(value)) return value;
  const address = parseNameAddr(value);
  return address === undefined ? value : formatNameAddr(address);
}

/** A quoted string or tokens and a URI in angle brackets, or a bare URI; then parameters, none of them empty. */
const wellFormedAddress =
  /^(?:(?:"(?:[^"\\]|\\.)*"[ \t]*|[\w.!%*+`'~ \t-]*)<[^\s<>]+>|[^\s<>",;?]+)(?:[ \t]*;[ \t]*[\w.!%*+`'~-]+(?:[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|[^\s<>",;]+))?)*[ \t]*$/;

/**
 * The dialog a response to our request makes (RFC 3261 12.1.2): early for 101 to 199, confirmed for 2xx. A missing
 * Contact leaves the request's own URI as target, for carriers that forget it in provisional responses.
 */
export function createUacDialog(request: SipRequest, response: SipResponse): Dialog {
  const { headers } = request;
  return {
    callId: headers.get("call-id") ?? "",
    localTag: tagOf(headers.get("from")),
    remoteTag: tagOf(response.headers.get("to")),
    local: headers.get("from") ?? "",
    remote: response.headers.get("to") ?? headers.get("to") ?? "",
    routeSet: [...response.headers.getAll("record-route")].reverse(),
    role: "uac",
    state: response.status >= 200 ? "confirmed" : "early",
    localSeq: parseCSeq(headers.get("cseq") ?? "")?.seq ?? 1,
    remoteSeq: null,
    remoteTarget: contactUri(response) ?? request.uri,
  };
}

/** Takes a new remote target from a target refresh (RFC 3261 12.2.1.2 and 12.2.2). */
export function refreshTarget(dialog: Dialog, message: SipMessage): void {
  dialog.remoteTarget = contactUri(message) ?? dialog.remoteTarget;
}

/** RFC 3261 12.2.2: false when the request is older than one seen before and must be refused with 500. */
export function acceptRemoteSeq(dialog: Dialog, seq: number): boolean {
  if (dialog.remoteSeq !== null && seq <= dialog.remoteSeq) return false;
  dialog.remoteSeq = seq;
  return true;
}

/**
 * A request inside the dialog without Via and Contact (RFC 3261 12.2.1.1). An ACK takes `seq` of its INVITE; every other
 * request counts `localSeq` up.
 */
export function createInDialogRequest(dialog: Dialog, method: string, seq?: number): SipRequest {
  const number = seq ?? dialog.localSeq + 1;
  if (seq === undefined) dialog.localSeq = number;
  const headers = new Headers();
  headers.append("max-forwards", "70");
  const uri = addRoute(dialog, headers);
  headers.append("from", dialog.local);
  headers.append("to", dialog.remote);
  headers.append("call-id", dialog.callId);
  headers.append("cseq", `${number} ${method}`);
  return { kind: "request", method, uri, headers, body: emptyBody };
}

/** The URI the next hop is read from: the first route, or the far end itself. */
export function nextHopUri(dialog: Dialog): string {
  const first = dialog.routeSet[0];
  return first === undefined ? dialog.remoteTarget : (parseNameAddr(first)?.uri ?? dialog.remoteTarget);
}

/** Writes Route and returns the Request-URI; a first hop without `lr` is a strict router of RFC 2543. */
function addRoute(dialog: Dialog, headers: Headers): string {
  const first = parseNameAddr(dialog.routeSet[0] ?? "");
  if (first === undefined) return dialog.remoteTarget;
  const loose = parseSipUri(first.uri)?.params.has("lr") ?? false;
  const routes = loose ? dialog.routeSet : [...dialog.routeSet.slice(1), `<${dialog.remoteTarget}>`];
  for (const route of routes) headers.append("route", route);
  return loose ? dialog.remoteTarget : first.uri;
}

export function dialogToJson(dialog: Dialog): string {
  return JSON.stringify(dialog);
}

/** A stored dialog again. `DIALOG_MALFORMED` when the text is not what {@link dialogToJson} wrote. */
export function dialogFromJson(text: string): Result<Dialog, "DIALOG_MALFORMED"> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail("DIALOG_MALFORMED", "the stored dialog is not JSON");
  }
  return isDialog(value) ? ok(value) : fail("DIALOG_MALFORMED", "the stored dialog lacks a field");
}

const textFields = ["callId", "localTag", "remoteTag", "local", "remote", "remoteTarget"] as const;

function isDialog(value: unknown): value is Dialog {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return (
    textFields.every((name) => typeof fields[name] === "string") &&
    Array.isArray(fields.routeSet) &&
    fields.routeSet.every((route) => typeof route === "string") &&
    (fields.role === "uac" || fields.role === "uas") &&
    (fields.state === "early" || fields.state === "confirmed") &&
    Number.isSafeInteger(fields.localSeq) &&
    (fields.remoteSeq === null || Number.isSafeInteger(fields.remoteSeq))
  );
}
