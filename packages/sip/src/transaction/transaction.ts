import type { Instant } from "@centrala/kit";
import type { SipRequest, SipResponse } from "../message/index.ts";
import type { Peer } from "./peer.ts";

/** Which of the four machines of RFC 3261 section 17 this is. */
export type TransactionKind = "invite-client" | "client" | "invite-server" | "server";

/** States by the names of RFC 3261 section 17 and RFC 6026 ("accepted"). */
export type TransactionState =
  | "calling"
  | "trying"
  | "proceeding"
  | "completed"
  | "confirmed"
  | "accepted"
  | "terminated";

/**
 * One live transaction. A fixed record instead of a tagged union: tens of thousands live for 32 seconds after their
 * call's set-up, so all share one shape and drop the request and the bytes as soon as the RFC allows.
 * `Owner` is whatever the transaction user wants to find again.
 */
export interface Transaction<Owner> {
  readonly kind: TransactionKind;
  readonly key: string;
  readonly method: string;
  /** Changes once, when its connection has gone and the far end is reached elsewhere. */
  peer: Peer;
  state: TransactionState;
  owner: Owner;
  /** The call the owner counts it to, or undefined; packets carry it for the trace. */
  call: number | undefined;
  /** Whose share of the layer a server transaction takes: its call's, or its source address's. */
  share: number | string | undefined;
  /** The request while something may still be built from it: ACK and CANCEL of a client, responses of a server. */
  request: SipRequest | undefined;
  /** What goes out again on a retransmission. */
  bytes: Uint8Array | undefined;
  /** ACKs of 2xx responses by the To tag they answer; a retransmitted 2xx is answered from here. */
  acks: Map<string, AckOf2xx> | undefined;
  retransmitAt: Instant;
  retransmitAfterMs: number;
  endAt: Instant;
  /** When an INVITE's server answers 100 unless something else was answered before. */
  tryingAt: Instant;
  deadline: Instant;
  heapIndex: number;
}

export interface AckOf2xx {
  readonly bytes: Uint8Array;
  readonly peer: Peer;
}

/** What a transaction tells its user when time has passed. */
export type TransactionEvent<Owner> =
  /** Timer B or F: no final response came. */
  | { readonly kind: "timeout"; readonly transaction: Transaction<Owner> }
  /** Timer H, or 64*T1 after a 2xx: nobody acknowledged the final response. */
  | { readonly kind: "ack-missing"; readonly transaction: Transaction<Owner> };

/** What a message from the wire turned out to be. */
export type Disposition<Owner> =
  /** A retransmission, or an ACK of a refusal: nothing to do for the user. */
  | { readonly kind: "absorbed"; readonly transaction: Transaction<Owner> | undefined }
  /** Belongs to no transaction: the user opens one, or refuses without state. Never an ACK. */
  | { readonly kind: "request"; readonly request: SipRequest }
  /** An ACK of a 2xx. */
  | { readonly kind: "ack"; readonly request: SipRequest }
  | { readonly kind: "response"; readonly transaction: Transaction<Owner>; readonly response: SipResponse }
  /** A response nobody waits for. */
  | { readonly kind: "stray"; readonly response: SipResponse };

/** RFC 3261 table 4, in milliseconds. D is at least 32 s on UDP. */
export interface TransactionTimers {
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly t4Ms: number;
  readonly timerDMs: number;
}

export const defaultTimers: TransactionTimers = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000, timerDMs: 32_000 };

/** What the machines need of the layer around them. */
export interface Machinery<Owner> {
  readonly timers: TransactionTimers;
  send(transaction: Transaction<Owner>, bytes: Uint8Array, peer: Peer): void;
  emit(event: TransactionEvent<Owner>): void;
}

const never = Number.POSITIVE_INFINITY;

/** A transaction in its first state, with no timer running. */
export function newTransaction<Owner>(
  kind: TransactionKind,
  key: string,
  request: SipRequest,
  peer: Peer,
  owner: Owner,
  call: number | undefined,
): Transaction<Owner> {
  return {
    kind,
    key,
    method: request.method,
    peer,
    state: kind === "invite-client" ? "calling" : kind === "invite-server" ? "proceeding" : "trying",
    owner,
    call,
    share: undefined,
    request,
    bytes: undefined,
    acks: undefined,
    retransmitAt: never,
    retransmitAfterMs: 0,
    endAt: never,
    tryingAt: never,
    deadline: never,
    heapIndex: -1,
  };
}

/** Ends the machine; the layer forgets it. */
export function terminate<Owner>(transaction: Transaction<Owner>): void {
  transaction.state = "terminated";
  transaction.retransmitAt = never;
  transaction.endAt = never;
  transaction.tryingAt = never;
  transaction.request = undefined;
  transaction.bytes = undefined;
  transaction.acks = undefined;
}

/** Waits `afterMs` in the present state to absorb retransmissions, or ends at once when there is nothing to wait for. */
export function linger<Owner>(transaction: Transaction<Owner>, now: Instant, afterMs: number): void {
  if (afterMs <= 0) terminate(transaction);
  else transaction.endAt = now + afterMs;
}

export function startRetransmission<Owner>(transaction: Transaction<Owner>, now: Instant, afterMs: number): void {
  transaction.retransmitAfterMs = afterMs;
  transaction.retransmitAt = now + afterMs;
}

export function stopRetransmission<Owner>(transaction: Transaction<Owner>): void {
  transaction.retransmitAt = never;
}
