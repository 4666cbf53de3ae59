import type { Instant } from "@centrala/kit";
import { createUasDialog } from "../dialog/index.ts";
import { emptyBody, parseCSeq, parseNameAddr, parseSipUri, type SipRequest, sessionBody } from "../message/index.ts";
import { isReliable, newTag, type Peer } from "../transaction/index.ts";
import type { AgentTransaction, Call, CallState } from "./call.ts";
import { capabilityHeaders } from "./capabilities.ts";
import { type AgentCore, type HeaderLines, mergeKey } from "./core.ts";
import { reject, sendBye } from "./ending.ts";
import { takesInfo } from "./keys.ts";
import { readReason } from "./reason.ts";
import { acceptSession, minSessionS, namesTimer, readSessionExpires } from "./session.ts";

type Received = Extract<CallState, { kind: "received" }>;

/** A new INVITE that was let in (RFC 3261 13.3.1). Tells the shell, or refuses; 100 is left to the transaction. */
export function receiveInvite(
  core: AgentCore,
  now: Instant,
  request: SipRequest,
  source: Peer,
  principal: string,
): Call | undefined {
  const refusal = inviteRefusal(core, request);
  if (refusal !== undefined) {
    core.refuse(request, source, principal, refusal);
    return undefined;
  }
  const localTag = newTag(core.entropy);
  const dialog = createUasDialog(request, localTag);
  if (dialog === undefined) {
    core.refuse(request, source, principal, { status: 400, reason: "Contact is missing or not SIP" });
    return undefined;
  }
  const id = core.nextCallId();
  const transaction = core.layer.open(request, source, { kind: "served" }, id);
  if (transaction === undefined) return undefined;
  // Over a connection, the far end is also reached where its Via says it listens; over UDP, where it was seen.
  const peer = isReliable(source.transport) ? transaction.peer : source;
  const call = newCall(core, now, { id, principal, peer, localTag, request, transaction });
  call.dialog = dialog;
  call.takesInfo = takesInfo(request.headers);
  transaction.owner = { kind: "incoming", call };
  core.calls.set(id, call);
  core.merged.set(mergeKey(request), id);
  core.addDialog(call, dialog);
  core.layer.tryLater(now, transaction);
  core.reschedule(call);
  core.events.push({ kind: "incoming", call: id, principal, request, source, body: sessionBody(request) });
  return call;
}

function inviteRefusal(
  core: AgentCore,
  request: SipRequest,
): { readonly status: number; readonly headers: HeaderLines } | undefined {
  if (core.merged.has(mergeKey(request))) return { status: 482, headers: [] };
  if (core.calls.size >= core.callsMax) {
    return { status: 503, headers: [["retry-after", String(core.retryAfterS)]] };
  }
  const session = readSessionExpires(request.headers);
  const tooShort = session !== undefined && session.expiresS < minSessionS;
  // RFC 4028 section 9: 422 only for those who understand it.
  if (tooShort && namesTimer(request.headers, "supported")) {
    return { status: 422, headers: [["min-se", String(minSessionS)]] };
  }
  return undefined;
}

function newCall(
  core: AgentCore,
  now: Instant,
  from: {
    readonly id: number;
    readonly principal: string;
    readonly peer: Peer;
    readonly localTag: string;
    readonly request: SipRequest;
    readonly transaction: AgentTransaction;
  },
): Call {
  const user = parseSipUri(from.request.uri)?.user ?? parseSipUri(toUri(from.request))?.user;
  return {
    id: from.id,
    principal: from.principal,
    peer: from.peer,
    localTag: from.localTag,
    contact: core.contactFor(from.peer, contactUser(user)),
    credentials: undefined,
    state: { kind: "received", transaction: from.transaction, request: from.request, ringing: undefined },
    dialog: undefined,
    dialogKeys: new Set(),
    pending: undefined,
    glared: undefined,
    unacknowledged: undefined,
    localBody: emptyBody,
    session: undefined,
    setupEndsAt: now + core.setupMaxMs,
    referSeq: undefined,
    answered: false,
    deadline: Number.POSITIVE_INFINITY,
    heapIndex: -1,
  };
}

function toUri(request: SipRequest): string {
  return parseNameAddr(request.headers.get("to") ?? "")?.uri ?? "";
}

/** What was called stands in our Contact too, when it is a plain number or name. */
function contactUser(user: string | undefined): string {
  return user !== undefined && /^[A-Za-z0-9+*.-]{1,64}$/.test(user) ? user : "centrala";
}

/** Sends 180 or 183; the same again once a minute until the final response. */
export function progress(core: AgentCore, now: Instant, call: Call, status: number, body: Uint8Array): boolean {
  if (call.state.kind !== "received") return false;
  call.state.ringing = { status, body, repeatAt: now + 60_000 };
  if (body.length > 0) call.localBody = body;
  sendProgress(core, now, call, call.state);
  core.reschedule(call);
  return true;
}

export function repeatProgress(core: AgentCore, now: Instant, call: Call): void {
  if (call.state.kind !== "received" || call.state.ringing === undefined || call.state.ringing.repeatAt > now) return;
  call.state.ringing.repeatAt = now + 60_000;
  sendProgress(core, now, call, call.state);
}

function sendProgress(core: AgentCore, now: Instant, call: Call, state: Received): void {
  const { transaction, request, ringing } = state;
  if (ringing === undefined) return;
  const headers: HeaderLines = [["contact", call.contact], ...capabilityHeaders(core)];
  core.respond(now, transaction, request, ringing.status, { toTag: call.localTag, headers, body: ringing.body });
}

/** Sends 200 with our session description; `acked` follows. */
export function answer(core: AgentCore, now: Instant, call: Call, body: Uint8Array): boolean {
  if (call.state.kind !== "received") return false;
  const { transaction, request } = call.state;
  const session = acceptSession(call, now, request.headers);
  const headers: HeaderLines = [["contact", call.contact], ...capabilityHeaders(core), ...session];
  call.localBody = body;
  call.answered = true;
  const seq = parseCSeq(request.headers.get("cseq") ?? "")?.seq ?? 0;
  call.unacknowledged = { seq, transaction, awaitsAnswer: sessionBody(request).length === 0 };
  if (call.dialog !== undefined) call.dialog.state = "confirmed";
  core.merged.delete(mergeKey(request));
  call.state = { kind: "talking" };
  core.respond(now, transaction, request, 200, { toTag: call.localTag, headers, body });
  core.reschedule(call);
  return true;
}

/** A CANCEL (RFC 3261 9.2): 200 to itself, 487 to a call that has no final response yet. */
export function receiveCancel(core: AgentCore, now: Instant, cancel: SipRequest, source: Peer): Call | undefined {
  const invite = core.layer.cancelledBy(cancel);
  const call = invite?.owner.kind === "incoming" || invite?.owner.kind === "reoffered" ? invite.owner.call : undefined;
  const transaction = core.layer.open(cancel, source, { kind: "served" }, call?.id);
  if (transaction === undefined) return undefined;
  core.respond(now, transaction, cancel, invite === undefined ? 481 : 200, { toTag: call?.localTag });
  if (call === undefined || invite === undefined) return undefined;
  if (invite.owner.kind === "incoming" && call.state.kind === "received") {
    core.tellEnded(call, { by: "remote", ...readReason(cancel.headers) });
    reject(core, now, call, 487);
  }
  if (invite.owner.kind === "reoffered" && call.pending?.by === "them" && call.pending.transaction === invite) {
    core.respond(now, invite, call.pending.request, 487, { toTag: call.localTag });
    call.pending = undefined;
  }
  return call;
}

/** The ACK of a 2xx of ours: the call stands, or a BYE that waited for it goes out now. */
export function receiveAck(core: AgentCore, now: Instant, request: SipRequest, call: Call): void {
  const waiting = call.unacknowledged;
  const seq = parseCSeq(request.headers.get("cseq") ?? "")?.seq;
  if (waiting === undefined || waiting.seq !== seq) return;
  call.unacknowledged = undefined;
  core.layer.acknowledged(waiting.transaction);
  if (call.state.kind === "ending" && call.state.byeAfterAck !== undefined) {
    sendBye(core, now, call, call.state.byeAfterAck);
    return;
  }
  core.events.push({ kind: "acked", call: call.id, body: sessionBody(request) });
}

/** Nobody acknowledged our 2xx in 64*T1 (RFC 3261 13.3.1.4): the call is ended with BYE. */
export function ackMissing(core: AgentCore, now: Instant, call: Call): void {
  call.unacknowledged = undefined;
  if (call.state.kind === "ending") sendBye(core, now, call, call.state.byeAfterAck ?? []);
  if (call.state.kind !== "talking") return;
  core.tellEnded(call, { by: "timeout", status: 408 });
  sendBye(core, now, call, []);
}
