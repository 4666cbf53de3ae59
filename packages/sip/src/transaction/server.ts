import type { Instant } from "@centrala/kit";
import type { SipRequest, SipResponse } from "../message/index.ts";
import { createResponse, serialise } from "../message/index.ts";
import { isReliable } from "./peer.ts";
import {
  linger,
  type Machinery,
  startRetransmission,
  stopRetransmission,
  type Transaction,
  terminate,
} from "./transaction.ts";

/** A request that matches the transaction came again, or its ACK. True when the user should see it (ACK of a 2xx). */
export function serverRequest<Owner>(
  machinery: Machinery<Owner>,
  transaction: Transaction<Owner>,
  now: Instant,
  request: SipRequest,
): boolean {
  if (request.method === "ACK" && transaction.method !== "ACK") return serverAck(machinery, transaction, now);
  const repeats = transaction.state === "proceeding" || transaction.state === "completed";
  if (repeats && transaction.bytes !== undefined) machinery.send(transaction, transaction.bytes, transaction.peer);
  return false;
}

/** Sends a response and moves on (RFC 3261 17.2.1 and 17.2.2, RFC 6026 7.1). False after the final response. */
export function serverRespond<Owner>(
  machinery: Machinery<Owner>,
  transaction: Transaction<Owner>,
  now: Instant,
  response: SipResponse,
): boolean {
  if (transaction.state !== "trying" && transaction.state !== "proceeding") return false;
  transaction.tryingAt = never;
  const bytes = serialise(response);
  transaction.bytes = bytes;
  machinery.send(transaction, bytes, transaction.peer);
  if (response.status < 200) transaction.state = "proceeding";
  else if (transaction.kind === "server") completeOther(machinery, transaction, now);
  else completeInvite(machinery, transaction, now, response.status);
  return true;
}

/** RFC 3261 13.3.1.4: the 2xx was acknowledged, so it stops going out; timer L still absorbs repeated INVITEs. */
export function answerAcknowledged<Owner>(transaction: Transaction<Owner>): void {
  if (transaction.state !== "accepted") return;
  stopRetransmission(transaction);
  transaction.bytes = undefined;
}

/** An INVITE is answered 100 when its user has said nothing for this long (RFC 3261 17.2.1). */
const tryingAfterMs = 200;
const never = Number.POSITIVE_INFINITY;

/** Starts the 200 ms after which a new INVITE is answered 100: most are answered sooner, and need none. */
export function serverTry<Owner>(transaction: Transaction<Owner>, now: Instant): void {
  transaction.tryingAt = now + tryingAfterMs;
}

/** 100 goes out when it is time; timer G retransmits (and the 2xx by 13.3.1.4); H, I, J and L end. */
export function serverTimer<Owner>(machinery: Machinery<Owner>, transaction: Transaction<Owner>, now: Instant): void {
  if (transaction.tryingAt <= now) {
    const { request } = transaction;
    transaction.tryingAt = never;
    if (request !== undefined) serverRespond(machinery, transaction, now, createResponse(request, 100));
    return;
  }
  if (transaction.endAt <= now) {
    endServer(machinery, transaction);
    return;
  }
  if (transaction.retransmitAt > now || transaction.bytes === undefined) return;
  machinery.send(transaction, transaction.bytes, transaction.peer);
  startRetransmission(transaction, now, Math.min(transaction.retransmitAfterMs * 2, machinery.timers.t2Ms));
}

function endServer<Owner>(machinery: Machinery<Owner>, transaction: Transaction<Owner>): void {
  const inviteFinal = transaction.kind === "invite-server" && transaction.bytes !== undefined;
  const unacknowledged = inviteFinal && (transaction.state === "completed" || transaction.state === "accepted");
  terminate(transaction);
  if (unacknowledged) machinery.emit({ kind: "ack-missing", transaction });
}

function serverAck<Owner>(machinery: Machinery<Owner>, transaction: Transaction<Owner>, now: Instant): boolean {
  if (transaction.state === "completed" && transaction.kind === "invite-server") {
    transaction.state = "confirmed";
    transaction.bytes = undefined;
    stopRetransmission(transaction);
    linger(transaction, now, isReliable(transaction.peer.transport) ? 0 : machinery.timers.t4Ms);
    return false;
  }
  // RFC 6026 7.1: in "accepted" an ACK goes up, for the 2xx is the user's to retransmit.
  return transaction.state === "accepted";
}

function completeOther<Owner>(machinery: Machinery<Owner>, transaction: Transaction<Owner>, now: Instant): void {
  transaction.state = "completed";
  transaction.request = undefined;
  linger(transaction, now, isReliable(transaction.peer.transport) ? 0 : 64 * machinery.timers.t1Ms);
}

function completeInvite<Owner>(
  machinery: Machinery<Owner>,
  transaction: Transaction<Owner>,
  now: Instant,
  status: number,
): void {
  const { t1Ms } = machinery.timers;
  const accepted = status < 300;
  transaction.state = accepted ? "accepted" : "completed";
  transaction.request = undefined;
  transaction.endAt = now + 64 * t1Ms;
  // A 2xx is retransmitted on every transport, because hops beyond ours may lose it; a refusal on unreliable ones only.
  if (accepted || !isReliable(transaction.peer.transport)) startRetransmission(transaction, now, t1Ms);
}
