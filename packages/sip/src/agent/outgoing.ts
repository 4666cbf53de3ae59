import type { Instant } from "@centrala/kit";
import type { Credentials } from "../auth/index.ts";
import { createInDialogRequest, createUacDialog, type Dialog } from "../dialog/index.ts";
import {
  formatSipUri,
  Headers,
  parseCSeq,
  parseSipUri,
  type SipRequest,
  type SipResponse,
  serialise,
  sessionBody,
} from "../message/index.ts";
import { newTag, type Peer, toTagOf } from "../transaction/index.ts";
import type { AgentTransaction, Call, CallState } from "./call.ts";
import { capabilityHeaders } from "./capabilities.ts";
import type { AgentCore, HeaderLines } from "./core.ts";
import { sendBye, sendCancel } from "./ending.ts";
import type { CallId } from "./events.ts";
import { takesInfo } from "./keys.ts";
import { inDialogRequest, sendInDialog, withCredentials } from "./ours.ts";
import { readReason, readRedirects, readRetryAfter } from "./reason.ts";
import { adoptSession } from "./session.ts";

export interface InviteSettings {
  /** Whom the shell counts the call to; comes back in no event, but stands in the stored call. */
  readonly principal: string;
  /** Request-URI. */
  readonly uri: string;
  readonly peer: Peer;
  /** From as name-addr without tag. */
  readonly from: string;
  /** To as name-addr; the Request-URI in angle brackets unless given. */
  readonly to?: string;
  /** User part of our Contact. */
  readonly contactUser: string;
  /** Call-ID, unique for ever. */
  readonly callId: string;
  /** P-Asserted-Identity, Diversion, Alert-Info and the like. */
  readonly headers?: HeaderLines;
  readonly routes?: readonly string[];
  readonly body: Uint8Array;
  readonly credentials?: Credentials;
}

type Calling = Extract<CallState, { kind: "calling" }>;

/** Early dialogs of one call at most; a far end that forks wider is not listened to. */
const forksMax = 16;

/** Starts a call. Undefined when the agent is full. */
export function invite(core: AgentCore, now: Instant, settings: InviteSettings): CallId | undefined {
  if (core.calls.size >= core.callsMax) return undefined;
  const id = core.nextCallId();
  const localTag = newTag(core.entropy);
  const contact = core.contactFor(settings.peer, settings.contactUser);
  const request = inviteRequest(core, settings, localTag, contact);
  const transaction = core.layer.start(now, request, settings.peer, { kind: "served" }, id);
  if (transaction === undefined) return undefined;
  const ours = { request, attempt: 1 };
  const call: Call = {
    id,
    principal: settings.principal,
    peer: settings.peer,
    localTag,
    contact,
    credentials: settings.credentials,
    state: { kind: "calling", transaction, ours, provisional: false, early: new Map() },
    dialog: undefined,
    dialogKeys: new Set(),
    pending: undefined,
    glared: undefined,
    unacknowledged: undefined,
    localBody: settings.body,
    session: undefined,
    setupEndsAt: now + core.setupMaxMs,
    referSeq: undefined,
    answered: false,
    deadline: Number.POSITIVE_INFINITY,
    heapIndex: -1,
  };
  transaction.owner = { kind: "calling", call };
  core.calls.set(id, call);
  core.reschedule(call);
  return id;
}

function inviteRequest(core: AgentCore, settings: InviteSettings, localTag: string, contact: string): SipRequest {
  const headers = new Headers();
  headers.append("via", core.newVia(settings.peer));
  headers.append("max-forwards", "70");
  for (const route of settings.routes ?? []) headers.append("route", route);
  headers.append("from", `${settings.from};tag=${localTag}`);
  const uri = withoutHeaders(settings.uri);
  headers.append("to", settings.to ?? `<${uri}>`);
  headers.append("call-id", settings.callId);
  headers.append("cseq", "1 INVITE");
  headers.append("contact", contact);
  headers.append("user-agent", core.options.userAgent);
  for (const [name, value] of capabilityHeaders(core)) headers.append(name, value);
  for (const [name, value] of settings.headers ?? []) headers.append(name, value);
  if (settings.body.length > 0) headers.append("content-type", "application/sdp");
  return { kind: "request", method: "INVITE", uri, headers, body: settings.body };
}

/**
 * A URI as it may stand in a Request-URI and in To: without headers (RFC 3261 section 19.1.1). They come with Contacts a
 * phone registered (RFC 4475 section 3.3.14), and none of them becomes a header of ours: that is not for a phone to say.
 */
function withoutHeaders(uri: string): string {
  const parsed = uri.indexOf("?") < 0 ? undefined : parseSipUri(uri);
  return parsed === undefined || parsed.headers.size === 0 ? uri : formatSipUri({ ...parsed, headers: new Map() });
}

/** A response to our INVITE that starts a call. */
export function inviteAnswered(
  core: AgentCore,
  now: Instant,
  call: Call,
  transaction: AgentTransaction,
  response: SipResponse,
): void {
  if (response.status < 200) provisional(core, now, call, response);
  else if (response.status < 300) accepted(core, now, call, transaction, response);
  else refused(core, now, call, response);
}

function provisional(core: AgentCore, now: Instant, call: Call, response: SipResponse): void {
  if (call.state.kind === "cancelling") {
    sendCancel(core, now, call);
    return;
  }
  if (call.state.kind !== "calling") return;
  call.state.provisional = true;
  const toTag = toTagOf(response);
  if (response.status === 100) return;
  if (toTag !== "" && !call.state.early.has(toTag) && call.state.early.size < forksMax) {
    const dialog = createUacDialog(call.state.ours.request, response);
    call.state.early.set(toTag, dialog);
    core.addDialog(call, dialog);
  }
  core.events.push({ kind: "provisional", call: call.id, status: response.status, toTag, body: sessionBody(response) });
}

/** A 2xx (RFC 3261 13.2.2.4): the first makes the call, any other far end that answered as well is sent away. */
function accepted(
  core: AgentCore,
  now: Instant,
  call: Call,
  transaction: AgentTransaction,
  response: SipResponse,
): void {
  const request = originalOf(call.state);
  if (request === undefined) {
    dismissFork(core, now, call, transaction, response);
    return;
  }
  const wanted = call.state.kind === "calling";
  const dialog = createUacDialog(request, response);
  call.dialog = dialog;
  core.addDialog(call, dialog);
  acknowledge(core, call, dialog, transaction, response, request);
  if (!wanted) {
    sendBye(core, now, call, []);
    return;
  }
  call.state = { kind: "talking" };
  call.answered = true;
  call.takesInfo = takesInfo(response.headers);
  adoptSession(call, now, response.headers);
  core.reschedule(call);
  core.events.push({ kind: "answered", call: call.id, toTag: dialog.remoteTag, body: sessionBody(response) });
}

function originalOf(state: CallState): SipRequest | undefined {
  if (state.kind === "calling") return state.ours.request;
  return state.kind === "cancelling" ? state.request : undefined;
}

/** Another phone of a fork answered too: its call is acknowledged and ended at once, ours is not touched. */
function dismissFork(
  core: AgentCore,
  now: Instant,
  call: Call,
  transaction: AgentTransaction,
  response: SipResponse,
): void {
  const toTag = toTagOf(response);
  if (call.dialog === undefined || toTag === call.dialog.remoteTag) return;
  const dialog: Dialog = { ...createUacDialog(ackLike(call.dialog), response), localSeq: call.dialog.localSeq };
  acknowledge(core, call, dialog, transaction, response);
  const bye = inDialogRequest(core, call, dialog, "BYE");
  sendInDialog(core, now, call, dialog, bye, () => ({ kind: "served" }));
}

/** A stand-in for the INVITE of a dialog, with what {@link createUacDialog} reads of it. */
function ackLike(dialog: Dialog): SipRequest {
  return createInDialogRequest({ ...dialog }, "ACK", dialog.localSeq);
}

/** Sends the ACK of a 2xx and lets the layer repeat it. */
export function acknowledge(
  core: AgentCore,
  call: Call,
  dialog: Dialog,
  transaction: AgentTransaction,
  response: SipResponse,
  invite?: SipRequest,
): void {
  const seq = parseCSeq(response.headers.get("cseq") ?? "")?.seq ?? dialog.localSeq;
  const ack = createInDialogRequest(dialog, "ACK", seq);
  const peer = core.hopOf(call, dialog);
  ack.headers.prepend("via", core.newVia(peer));
  // RFC 3261 22.2: the ACK carries the credentials of its INVITE, for it can't be challenged.
  for (const name of ["authorization", "proxy-authorization"]) {
    const value = invite?.headers.get(name);
    if (value !== undefined) ack.headers.append(name, value);
  }
  core.layer.acknowledge(transaction, dialog.remoteTag, serialise(ack), peer);
}

function refused(core: AgentCore, now: Instant, call: Call, response: SipResponse): void {
  if (call.state.kind === "calling" && tryCredentials(core, now, call, call.state, response)) return;
  core.tellEnded(call, {
    by: "remote",
    status: response.status,
    retryAfterS: readRetryAfter(response),
    contacts: response.status < 400 ? readRedirects(response) : [],
    ...readReason(response.headers),
  });
  core.release(call);
}

function tryCredentials(core: AgentCore, now: Instant, call: Call, state: Calling, response: SipResponse): boolean {
  const again = withCredentials(core, state.ours, response, call.credentials, call.peer);
  if (again === undefined) return false;
  const transaction = core.layer.start(now, again.request, call.peer, { kind: "calling", call }, call.id);
  if (transaction === undefined) return false;
  call.state = { ...state, transaction, ours: again, provisional: false };
  return true;
}

/** Timer B, or the transport could not send. */
export function inviteTimedOut(core: AgentCore, call: Call): void {
  core.tellEnded(call, { by: "timeout", status: 408 });
  core.release(call);
}
