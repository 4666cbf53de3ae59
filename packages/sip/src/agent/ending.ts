import type { Instant } from "@centrala/kit";
import type { SipResponse } from "../message/index.ts";
import { createCancel } from "../transaction/index.ts";
import type { Call, CallState, OurRequest } from "./call.ts";
import type { AgentCore, HeaderLines } from "./core.ts";
import { inDialogRequest, retryInDialog, sendInDialog } from "./ours.ts";

export interface EndOptions {
  /** For an incoming call that was not answered: 300 to 699. Default 480. */
  readonly status?: number;
  readonly reason?: string;
  /** Added to the refusal, CANCEL or BYE, for instance Reason. */
  readonly headers?: HeaderLines;
}

/** Ends a call in whatever state it is: refusal, CANCEL or BYE. Idempotent. */
export function endCall(core: AgentCore, now: Instant, call: Call, options: EndOptions = {}): void {
  const headers = options.headers ?? [];
  switch (call.state.kind) {
    case "received":
      core.tellEnded(call, { by: "local", status: options.status ?? 480 });
      reject(core, now, call, options.status ?? 480, options);
      return;
    case "calling":
      core.tellEnded(call, { by: "local" });
      giveUp(core, now, call, call.state, headers);
      return;
    case "talking":
      core.tellEnded(call, { by: "local" });
      endTalk(core, now, call, headers);
      return;
    case "cancelling":
    case "ending":
    case "gone":
  }
}

/** Refuses an incoming call with a final status of 300 to 699. */
export function reject(
  core: AgentCore,
  now: Instant,
  call: Call,
  status: number,
  extra: { readonly reason?: string; readonly headers?: HeaderLines } = {},
): boolean {
  if (call.state.kind !== "received") return false;
  const { transaction, request } = call.state;
  core.respond(now, transaction, request, status, { toTag: call.localTag, ...extra });
  core.release(call);
  return true;
}

/** CANCEL waits for a provisional response (RFC 3261 9.1): before one, the far end could not match it. */
function giveUp(
  core: AgentCore,
  now: Instant,
  call: Call,
  state: Extract<CallState, { kind: "calling" }>,
  headers: HeaderLines,
): void {
  const { transaction, ours, provisional } = state;
  call.state = { kind: "cancelling", transaction, request: ours.request, headers, sent: false };
  call.setupEndsAt = now + 64 * core.layer.timers.t1Ms;
  if (provisional) sendCancel(core, now, call);
  core.reschedule(call);
}

/** Sends the CANCEL of a call that was given up, once. */
export function sendCancel(core: AgentCore, now: Instant, call: Call): void {
  if (call.state.kind !== "cancelling" || call.state.sent) return;
  call.state.sent = true;
  call.setupEndsAt = now + 64 * core.layer.timers.t1Ms;
  const cancel = createCancel(call.state.request);
  for (const [name, value] of call.state.headers) cancel.headers.append(name, value);
  core.layer.start(now, cancel, call.state.transaction.peer, { kind: "cancelling", call }, call.id);
  core.reschedule(call);
}

/** RFC 3261 section 15: who answered must not send BYE before the ACK of the 2xx has come. */
function endTalk(core: AgentCore, now: Instant, call: Call, headers: HeaderLines): void {
  if (call.unacknowledged === undefined) {
    sendBye(core, now, call, headers);
    return;
  }
  call.state = { kind: "ending", byeAfterAck: headers };
  call.setupEndsAt = now + 65 * core.layer.timers.t1Ms;
  core.reschedule(call);
}

/** Sends BYE and forgets the call when it is answered, or can't be. */
export function sendBye(core: AgentCore, now: Instant, call: Call, headers: HeaderLines): void {
  const { dialog } = call;
  call.state = { kind: "ending", byeAfterAck: undefined };
  call.setupEndsAt = now + 65 * core.layer.timers.t1Ms;
  if (dialog === undefined) {
    core.release(call);
    return;
  }
  const bye = inDialogRequest(core, call, dialog, "BYE", { headers });
  const transaction = sendInDialog(core, now, call, dialog, bye, (ours) => ({ kind: "ending", call, ours }));
  if (transaction === undefined) core.release(call);
  else core.reschedule(call);
}

/** The answer to our BYE: any final one ends the dialog, a challenge is answered first. */
export function byeAnswered(core: AgentCore, now: Instant, call: Call, ours: OurRequest, response: SipResponse): void {
  if (response.status < 200) return;
  const retried = retryInDialog(core, now, call, ours, response, (again) => ({ kind: "ending", call, ours: again }));
  if (!retried) core.release(call);
}
