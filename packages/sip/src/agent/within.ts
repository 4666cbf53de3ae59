import { type Instant, utf8Encode } from "@centrala/kit";
import { acceptRemoteSeq, dialogKey } from "../dialog/index.ts";
import {
  parseCSeq,
  parseNameAddr,
  parseSipUri,
  parseUri,
  reasonPhrase,
  type SipRequest,
  sessionBody,
} from "../message/index.ts";
import type { Peer } from "../transaction/index.ts";
import type { AgentTransaction, Call } from "./call.ts";
import { acceptHeader, capabilityHeaders } from "./capabilities.ts";
import type { AgentCore, HeaderLines } from "./core.ts";
import { reject } from "./ending.ts";
import type { CallId } from "./events.ts";
import { receiveInfo } from "./keys.ts";
import { inDialogRequest, sendInDialog } from "./ours.ts";
import { readReason } from "./reason.ts";
import { answerRefresh, receiveReoffer } from "./reoffer.ts";

/** A request inside a dialog of `call` (RFC 3261 12.2.2), not ACK or CANCEL. */
export function receiveWithin(core: AgentCore, now: Instant, call: Call, request: SipRequest, source: Peer): void {
  const transaction = core.layer.open(request, source, { kind: "served" }, call.id);
  if (transaction === undefined) return;
  const say = (status: number, headers: HeaderLines = []) =>
    core.respond(now, transaction, request, status, { headers });
  const seq = parseCSeq(request.headers.get("cseq") ?? "")?.seq ?? 0;
  // A BYE ends even when its number is not above the last: the far end has gone.
  if (call.dialog !== undefined && !acceptRemoteSeq(call.dialog, seq) && request.method !== "BYE") {
    say(500);
    return;
  }
  switch (request.method) {
    case "BYE":
      say(200);
      receiveBye(core, now, call, request);
      return;
    case "INVITE":
      receiveReoffer(core, now, call, request, transaction);
      return;
    case "UPDATE":
      if (sessionBody(request).length > 0) receiveReoffer(core, now, call, request, transaction);
      else answerRefresh(core, now, call, request, transaction);
      return;
    case "INFO":
      receiveInfo(core, now, call, request, transaction);
      return;
    case "REFER":
      receiveRefer(core, now, call, request, transaction);
      return;
    case "OPTIONS":
      say(200, [...capabilityHeaders(core), acceptHeader]);
      return;
    case "NOTIFY":
      // RFC 5057 5.2: 481 would be read as the end of the call, 489 is about the event alone.
      say(489, [["allow-events", "refer"]]);
      return;
    default:
      // PRACK without a reliable response of ours.
      say(481);
  }
}

function receiveBye(core: AgentCore, now: Instant, call: Call, request: SipRequest): void {
  // Who is called has no business with BYE before it has answered; its final response will tell.
  if (call.state.kind === "calling" || call.state.kind === "cancelling") return;
  core.tellEnded(call, { by: "remote", ...readReason(request.headers) });
  if (call.pending?.by === "them") {
    core.respond(now, call.pending.transaction, call.pending.request, 487, { toTag: call.localTag });
  }
  if (call.unacknowledged !== undefined) core.layer.acknowledged(call.unacknowledged.transaction);
  if (call.state.kind === "received") reject(core, now, call, 487);
  else core.release(call);
}

/** REFER (RFC 3515): 202 says that it is looked at; the shell decides, and what came of it goes back by NOTIFY. */
function receiveRefer(
  core: AgentCore,
  now: Instant,
  call: Call,
  request: SipRequest,
  transaction: AgentTransaction,
): void {
  const target = parseNameAddr(request.headers.get("refer-to") ?? "");
  const uri = parseSipUri(target?.uri ?? "");
  const refusal =
    request.headers.count("refer-to") !== 1 || parseUri(target?.uri ?? "") === undefined
      ? 400
      : call.state.kind !== "talking"
        ? 481
        : call.referSeq !== undefined
          ? 491
          : undefined;
  if (refusal !== undefined || target === undefined) {
    core.respond(now, transaction, request, refusal ?? 400);
    return;
  }
  core.respond(now, transaction, request, 202, { headers: [["contact", call.contact]] });
  call.referSeq = parseCSeq(request.headers.get("cseq") ?? "")?.seq ?? 0;
  const value = uri?.headers.get("replaces");
  const replaces = value === undefined ? null : replacedCall(core, value);
  if (replaces === undefined) {
    notifyRefer(core, now, call, 481);
    return;
  }
  notifyRefer(core, now, call, 100);
  core.events.push({ kind: "refer", call: call.id, target: target.uri, replaces });
}

/** Our call that a Replaces value names (RFC 3891 section 3), tags seen from either end; undefined when there is none. */
function replacedCall(core: AgentCore, value: string): CallId | undefined {
  const [callId = "", ...params] = value.split(";");
  const read = (name: string) => params.find((param) => param.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  const call =
    core.dialogs.get(dialogKey(callId, read("to-tag"), read("from-tag"))) ??
    core.dialogs.get(dialogKey(callId, read("from-tag"), read("to-tag")));
  return call?.id;
}

/** Tells the far end how its REFER goes on (RFC 3515 2.4.4); a final status ends the subscription. */
export function notifyRefer(core: AgentCore, now: Instant, call: Call, status: number): boolean {
  if (call.referSeq === undefined || call.dialog === undefined || call.state.kind !== "talking") return false;
  const state = status >= 200 ? "terminated;reason=noresource" : "active;expires=180";
  const notify = inDialogRequest(core, call, call.dialog, "NOTIFY", {
    headers: [
      ["event", `refer;id=${call.referSeq}`],
      ["subscription-state", state],
    ],
    body: utf8Encode(`SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`),
    contentType: "message/sipfrag;version=2.0",
  });
  if (status >= 200) call.referSeq = undefined;
  sendInDialog(core, now, call, call.dialog, notify, (ours) => ({ kind: "informing", call, ours }));
  return true;
}
