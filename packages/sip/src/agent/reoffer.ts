import type { Instant } from "@centrala/kit";
import { refreshTarget } from "../dialog/index.ts";
import { emptyBody, parseCSeq, type SipRequest, type SipResponse, sessionBody } from "../message/index.ts";
import type { AgentTransaction, Call, OurRequest } from "./call.ts";
import { capabilityHeaders } from "./capabilities.ts";
import type { AgentCore, HeaderLines } from "./core.ts";
import { sendBye } from "./ending.ts";
import { inDialogRequest, retryInDialog, sendInDialog } from "./ours.ts";
import { acknowledge } from "./outgoing.ts";
import { acceptSession, adoptSession } from "./session.ts";

/** Sends a re-INVITE with a new session description. False while another offer is on its way or the call does not stand. */
export function reoffer(core: AgentCore, now: Instant, call: Call, body: Uint8Array, refresh = false): boolean {
  const { dialog } = call;
  if (call.state.kind !== "talking" || dialog === undefined) return false;
  if (call.pending !== undefined || call.glared !== undefined) return false;
  // RFC 3261 14.1: no new INVITE while one of the far end's is not finished either.
  if (call.unacknowledged !== undefined) return false;
  const session: HeaderLines =
    call.session === undefined ? [] : [["session-expires", `${call.session.expiresS};refresher=uac`]];
  const headers: HeaderLines = [...capabilityHeaders(core), ...session];
  const request = inDialogRequest(core, call, dialog, "INVITE", { headers, body });
  call.pending = { by: "us", body, refresh };
  const started = sendInDialog(core, now, call, dialog, request, (ours) => ({
    kind: "reoffering",
    call,
    ours,
    refresh,
  }));
  if (started === undefined) call.pending = undefined;
  return started !== undefined;
}

/** A response to our re-INVITE. */
export function reofferAnswered(
  core: AgentCore,
  now: Instant,
  call: Call,
  transaction: AgentTransaction,
  owner: { readonly ours: OurRequest; readonly refresh: boolean },
  response: SipResponse,
): void {
  const { dialog } = call;
  if (response.status < 200 || dialog === undefined) return;
  if (response.status < 300) {
    refreshTarget(dialog, response);
    acknowledge(core, call, dialog, transaction, response, owner.ours.request);
    reofferTaken(core, now, call, response);
    return;
  }
  if (call.pending?.by !== "us") return;
  const again = (ours: OurRequest) => ({ kind: "reoffering", call, ours, refresh: owner.refresh }) as const;
  if (retryInDialog(core, now, call, owner.ours, response, again)) return;
  if (response.status === 491) waitAfterGlare(core, now, call);
  else reofferRefused(core, now, call, response.status);
}

function reofferTaken(core: AgentCore, now: Instant, call: Call, response: SipResponse): void {
  if (call.pending?.by !== "us") return;
  const { body, refresh } = call.pending;
  call.localBody = body;
  call.pending = undefined;
  adoptSession(call, now, response.headers, true);
  core.reschedule(call);
  if (!refresh) core.events.push({ kind: "reoffer-answered", call: call.id, body: sessionBody(response) });
}

/** RFC 3261 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms. */
function waitAfterGlare(core: AgentCore, now: Instant, call: Call): void {
  if (call.pending?.by !== "us") return;
  const owns = call.dialog?.role === "uac";
  const waitMs = owns ? 2_100 + core.randomBelow(191) * 10 : core.randomBelow(201) * 10;
  const { body, refresh } = call.pending;
  call.glared = { body, refresh, retryAt: now + waitMs };
  call.pending = undefined;
  core.reschedule(call);
}

/** The wait after a glare is over: the same offer again, or a little later when theirs is not finished yet. */
export function retryReoffer(core: AgentCore, now: Instant, call: Call): void {
  const { glared } = call;
  if (glared === undefined || glared.retryAt > now || call.state.kind !== "talking") return;
  call.glared = undefined;
  if (!reoffer(core, now, call, glared.body, glared.refresh)) call.glared = { ...glared, retryAt: now + 500 };
  core.reschedule(call);
}

/** RFC 3261 14.1: 481 and 408 end the dialog, everything else leaves the session as it was. */
export function reofferRefused(core: AgentCore, now: Instant, call: Call, status: number): void {
  const refresh = call.pending?.by === "us" && call.pending.refresh;
  call.pending = undefined;
  if (call.state.kind !== "talking") return;
  if (status === 481 || status === 408) {
    core.tellEnded(call, { by: refresh ? "session" : "timeout", status });
    sendBye(core, now, call, []);
    return;
  }
  core.reschedule(call);
  if (!refresh) core.events.push({ kind: "reoffer-failed", call: call.id, status });
}

/** A re-INVITE, or an UPDATE with a session description, of the far end (RFC 3261 14.2, RFC 3311 5.2). */
export function receiveReoffer(
  core: AgentCore,
  now: Instant,
  call: Call,
  request: SipRequest,
  transaction: AgentTransaction,
): void {
  const say = (status: number, headers: HeaderLines = []) =>
    core.respond(now, transaction, request, status, { toTag: call.localTag, headers });
  if (call.state.kind === "calling" || call.pending?.by === "us") {
    say(491);
    return;
  }
  if (call.pending?.by === "them" || call.state.kind === "received") {
    say(500, [["retry-after", String(core.randomBelow(11))]]);
    return;
  }
  if (call.state.kind !== "talking") {
    say(481);
    return;
  }
  if (call.unacknowledged?.awaitsAnswer === true) {
    // RFC 3264 section 4: our offer has no answer yet, so there is no place for another.
    say(491);
    return;
  }
  if (call.unacknowledged !== undefined) takeAsAcknowledged(core, call);
  if (request.method === "INVITE") say(100);
  transaction.owner = { kind: "reoffered", call };
  call.pending = { by: "them", transaction, request };
  core.events.push({ kind: "reoffered", call: call.id, body: sessionBody(request) });
}

/** Who offers anew has had our 2xx, although its ACK was lost or is late (RFC 5407 3.1.4). */
function takeAsAcknowledged(core: AgentCore, call: Call): void {
  if (call.unacknowledged === undefined) return;
  core.layer.acknowledged(call.unacknowledged.transaction);
  call.unacknowledged = undefined;
  core.events.push({ kind: "acked", call: call.id, body: emptyBody });
}

/** Takes the far end's offer with our answer. False when none is open. */
export function answerReoffer(core: AgentCore, now: Instant, call: Call, body: Uint8Array): boolean {
  if (call.pending?.by !== "them") return false;
  const { transaction, request } = call.pending;
  const session = acceptSession(call, now, request.headers);
  const headers: HeaderLines = [["contact", call.contact], ...capabilityHeaders(core), ...session];
  call.pending = undefined;
  call.localBody = body.length > 0 ? body : call.localBody;
  if (call.dialog !== undefined) refreshTarget(call.dialog, request);
  if (request.method === "INVITE") {
    const seq = parseCSeq(request.headers.get("cseq") ?? "")?.seq ?? 0;
    call.unacknowledged = { seq, transaction, awaitsAnswer: sessionBody(request).length === 0 };
  }
  core.respond(now, transaction, request, 200, { toTag: call.localTag, headers, body });
  core.reschedule(call);
  return true;
}

/** Refuses the far end's offer; the session stays as it was. */
export function rejectReoffer(core: AgentCore, now: Instant, call: Call, status: number): boolean {
  if (call.pending?.by !== "them") return false;
  const { transaction, request } = call.pending;
  call.pending = undefined;
  core.respond(now, transaction, request, status, { toTag: call.localTag });
  return true;
}

/** The session timer's moment: refresh, or end a call whose far end has fallen silent (RFC 4028 section 10). */
export function sessionDue(core: AgentCore, now: Instant, call: Call): void {
  const { session } = call;
  if (session === undefined || call.state.kind !== "talking") return;
  if (session.endsAt <= now) {
    core.tellEnded(call, { by: "session" });
    sendBye(core, now, call, []);
    return;
  }
  if (session.refreshAt > now) return;
  // A success starts the timer anew; when the offer fails, or must wait, it is tried again in what time is left.
  const leftMs = Math.min(session.endsAt - now, session.expiresS * 1_000);
  call.session = { ...session, refreshAt: now + Math.max(10_000, leftMs / 3) };
  if (call.pending === undefined) reoffer(core, now, call, call.localBody, true);
  core.reschedule(call);
}

/** An UPDATE without a session description: a refresh of target and session, answered at once. */
export function answerRefresh(
  core: AgentCore,
  now: Instant,
  call: Call,
  request: SipRequest,
  transaction: AgentTransaction,
): void {
  const session = acceptSession(call, now, request.headers);
  if (call.dialog !== undefined) refreshTarget(call.dialog, request);
  const headers: HeaderLines = [["contact", call.contact], ...capabilityHeaders(core), ...session];
  core.respond(now, transaction, request, 200, { toTag: call.localTag, headers, body: emptyBody });
  core.reschedule(call);
}
