import { assertNever, type Instant } from "@centrala/kit";
import { parseNameAddr, type SipResponse, serialise } from "../message/index.ts";
import { isReliable } from "./peer.ts";
import { createAck } from "./requests.ts";
import {
  linger,
  type Machinery,
  startRetransmission,
  stopRetransmission,
  type Transaction,
  terminate,
} from "./transaction.ts";

/** Sends the request and starts timers A and B, or E and F (RFC 3261 17.1.1.2 and 17.1.2.2). */
export function startClient<Owner>(machinery: Machinery<Owner>, transaction: Transaction<Owner>, now: Instant): void {
  const { t1Ms } = machinery.timers;
  transaction.endAt = now + 64 * t1Ms;
  if (!isReliable(transaction.peer.transport)) startRetransmission(transaction, now, t1Ms);
  if (transaction.bytes !== undefined) machinery.send(transaction, transaction.bytes, transaction.peer);
}

/** True when the response is for the transaction's user; false when the machine has dealt with it. */
export function clientResponse<Owner>(
  machinery: Machinery<Owner>,
  transaction: Transaction<Owner>,
  now: Instant,
  response: SipResponse,
): boolean {
  return transaction.kind === "invite-client"
    ? inviteResponse(machinery, transaction, now, response)
    : otherResponse(machinery, transaction, now, response);
}

/** Timers A and E retransmit; B, D, F, K and M end. */
export function clientTimer<Owner>(machinery: Machinery<Owner>, transaction: Transaction<Owner>, now: Instant): void {
  if (transaction.endAt <= now) {
    const waited = transaction.state;
    const timedOut = waited === "calling" || waited === "trying" || waited === "proceeding";
    terminate(transaction);
    if (timedOut) machinery.emit({ kind: "timeout", transaction });
    return;
  }
  if (transaction.retransmitAt > now || transaction.bytes === undefined) return;
  machinery.send(transaction, transaction.bytes, transaction.peer);
  startRetransmission(transaction, now, nextInterval(machinery, transaction));
}

function nextInterval<Owner>(machinery: Machinery<Owner>, transaction: Transaction<Owner>): number {
  const { t2Ms } = machinery.timers;
  // Timer A doubles without a cap and is stopped by timer B; timer E is capped at T2, and stands at T2 once a
  // provisional response came.
  if (transaction.kind === "invite-client") return transaction.retransmitAfterMs * 2;
  return transaction.state === "proceeding" ? t2Ms : Math.min(transaction.retransmitAfterMs * 2, t2Ms);
}

function inviteResponse<Owner>(
  machinery: Machinery<Owner>,
  transaction: Transaction<Owner>,
  now: Instant,
  response: SipResponse,
): boolean {
  switch (transaction.state) {
    case "calling":
    case "proceeding":
      firstInviteResponse(machinery, transaction, now, response);
      return true;
    case "completed":
      // RFC 3261 17.1.1.2: the ACK goes out again for every retransmission of the refusal.
      if (response.status >= 300 && transaction.bytes !== undefined) {
        machinery.send(transaction, transaction.bytes, transaction.peer);
      }
      return false;
    case "accepted":
      return response.status >= 200 && response.status < 300 && !repeatAck(machinery, transaction, response);
    case "trying":
    case "confirmed":
    case "terminated":
      return false;
    default:
      return assertNever(transaction.state);
  }
}

function firstInviteResponse<Owner>(
  machinery: Machinery<Owner>,
  transaction: Transaction<Owner>,
  now: Instant,
  response: SipResponse,
): void {
  const { t1Ms, timerDMs } = machinery.timers;
  stopRetransmission(transaction);
  if (response.status < 200) {
    // Timer B runs in "calling" only; how long a phone may ring is the user's decision.
    transaction.state = "proceeding";
    transaction.endAt = Number.POSITIVE_INFINITY;
    return;
  }
  if (response.status < 300) {
    transaction.state = "accepted";
    transaction.bytes = undefined;
    linger(transaction, now, 64 * t1Ms);
    return;
  }
  transaction.state = "completed";
  if (transaction.request !== undefined) {
    const ack = serialise(createAck(transaction.request, response));
    transaction.bytes = ack;
    machinery.send(transaction, ack, transaction.peer);
  }
  transaction.request = undefined;
  linger(transaction, now, isReliable(transaction.peer.transport) ? 0 : timerDMs);
}

/** RFC 3261 13.2.2.4: a retransmitted 2xx means that its ACK was lost. False when this branch was not acknowledged yet. */
function repeatAck<Owner>(
  machinery: Machinery<Owner>,
  transaction: Transaction<Owner>,
  response: SipResponse,
): boolean {
  const ack = transaction.acks?.get(toTagOf(response));
  if (ack === undefined) return false;
  machinery.send(transaction, ack.bytes, ack.peer);
  return true;
}

/** The To tag of a response, "" when there is none. */
export function toTagOf(response: SipResponse): string {
  const to = parseNameAddr(response.headers.get("to") ?? "");
  const tag = to?.params.get("tag");
  return typeof tag === "string" ? tag : "";
}

function otherResponse<Owner>(
  machinery: Machinery<Owner>,
  transaction: Transaction<Owner>,
  now: Instant,
  response: SipResponse,
): boolean {
  if (transaction.state !== "trying" && transaction.state !== "proceeding") return false;
  if (response.status < 200) {
    transaction.state = "proceeding";
    return true;
  }
  transaction.state = "completed";
  transaction.request = undefined;
  transaction.bytes = undefined;
  stopRetransmission(transaction);
  linger(transaction, now, isReliable(transaction.peer.transport) ? 0 : machinery.timers.t4Ms);
  return true;
}
