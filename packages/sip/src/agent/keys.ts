import { type Instant, utf8Decode, utf8Encode } from "@centrala/kit";
import { type Headers, parseMediaType, type SipRequest, type SipResponse } from "../message/index.ts";
import type { AgentTransaction, Call, OurRequest } from "./call.ts";
import type { AgentCore } from "./core.ts";
import { inDialogRequest, retryInDialog, sendInDialog } from "./ours.ts";

/** Keys of one call that wait to be sent. */
const keysWaitingMax = 128;

/** INFO inside a dialog: answered whatever it says, and told when it brings keys. */
export function receiveInfo(
  core: AgentCore,
  now: Instant,
  call: Call,
  request: SipRequest,
  transaction: AgentTransaction,
): void {
  core.respond(now, transaction, request, 200);
  const type = parseMediaType(request.headers.get("content-type") ?? "")?.type ?? "";
  const keys = readKeys(type, utf8Decode(request.body.subarray(0, 1_024)));
  if (keys !== "") core.events.push({ kind: "keys", call: call.id, keys });
}

/**
 * The keys of an INFO body, "" when there are none: "Signal=5" of dtmf-relay, the bare key of dtmf, "d=5" of Nortel's
 * digits.
 */
export function readKeys(type: string, body: string): string {
  switch (type.toLowerCase()) {
    case "application/dtmf-relay":
      return keyOf(/^\s*signal\s*=\s*(\S+)/im.exec(body)?.[1] ?? "");
    case "application/dtmf":
      return keyOf(body.trim());
    case "application/vnd.nortelnetworks.digits":
      return (/^\s*d\s*=\s*([0-9A-D*#]{1,32})\s*$/im.exec(body)?.[1] ?? "").toUpperCase();
    default:
      return "";
  }
}

function keyOf(signal: string): string {
  if (signal === "10") return "*";
  if (signal === "11") return "#";
  return /^[0-9A-D*#]$/i.test(signal) ? signal.toUpperCase() : "";
}

/** Whether a far end says in Allow that it takes INFO. */
export function takesInfo(headers: Headers): boolean {
  return headers.getAll("allow").some((line) => /(?:^|,)\s*INFO\s*(?:,|$)/i.test(line));
}

/** Sends keys by INFO, for far ends without RFC 4733: one request each, the next when the one before was answered. */
export function sendInfoKeys(core: AgentCore, now: Instant, call: Call, keys: string): boolean {
  if (call.state.kind !== "talking" || call.dialog === undefined) return false;
  const waiting = call.keysToSend ?? "";
  if (waiting.length + keys.length > keysWaitingMax) return false;
  const isSending = call.keysToSend !== undefined;
  call.keysToSend = waiting + keys;
  if (!isSending) sendNextKey(core, now, call);
  return true;
}

/** The answer to keys of ours; `response` undefined when none came. Who refused one is sent no more of them. */
export function keyAnswered(
  core: AgentCore,
  now: Instant,
  call: Call,
  ours: OurRequest,
  response: SipResponse | undefined,
): void {
  if (response !== undefined && response.status < 200) return;
  if (response !== undefined && response.status >= 300) {
    const again = retryInDialog(core, now, call, ours, response, (next) => ({ kind: "keying", call, ours: next }));
    if (again) return;
  }
  if (response === undefined || response.status >= 300) call.keysToSend = "";
  sendNextKey(core, now, call);
}

function sendNextKey(core: AgentCore, now: Instant, call: Call): void {
  const { dialog, keysToSend = "" } = call;
  if (keysToSend === "" || dialog === undefined || call.state.kind !== "talking") {
    call.keysToSend = undefined;
    return;
  }
  call.keysToSend = keysToSend.slice(1);
  const info = inDialogRequest(core, call, dialog, "INFO", {
    body: utf8Encode(`Signal=${keysToSend[0]}\r\nDuration=160\r\n`),
    contentType: "application/dtmf-relay",
  });
  const sent = sendInDialog(core, now, call, dialog, info, (ours) => ({ kind: "keying", call, ours }));
  if (sent === undefined) call.keysToSend = undefined;
}
