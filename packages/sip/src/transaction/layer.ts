import { assert, type Instant } from "@centrala/kit";
import {
  createResponse,
  parseVia,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  serialise,
} from "../message/index.ts";
import { clientResponse, clientTimer, startClient } from "./client.ts";
import { DeadlineHeap } from "./heap.ts";
import { clientKey, clientKeyOf, serverKey } from "./matching.ts";
import type { OutgoingPacket, Peer } from "./peer.ts";
import { answerAcknowledged, serverRequest, serverRespond, serverTimer, serverTry } from "./server.ts";
import {
  type Disposition,
  defaultTimers,
  type Machinery,
  newTransaction,
  type Transaction,
  type TransactionEvent,
  type TransactionTimers,
  terminate,
} from "./transaction.ts";
import { responsePeer, stampVia } from "./via.ts";

export interface TransactionLayerOptions {
  readonly timers?: TransactionTimers;
  /** Live transactions at most; a new request over it is answered 503 with Retry-After. Default 60,000. */
  readonly transactionsMax?: number;
  readonly retryAfterS?: number;
  /** Server transactions outside of calls that one source address may hold. Default 2,000. */
  readonly perSourceMax?: number;
  /** Server transactions that one call may hold. Default 100. */
  readonly perCallMax?: number;
}

export interface TransactionCounters {
  readonly live: number;
  readonly refusedByLimit: number;
  readonly strayResponses: number;
}

/** Ends come together: nothing hangs on half a second after the 5 or 32 that a transaction waits, and each would be a wake-up. */
const endsEveryMs = 500;

/**
 * The transaction layer of RFC 3261 section 17 with RFC 6026, without sockets or clocks. Give it what came by `handle`,
 * start and answer transactions, let time pass by `poll`, then drain `takePackets` and `takeEvents`.
 */
export class TransactionLayer<Owner> implements Machinery<Owner> {
  readonly timers: TransactionTimers;
  readonly #transactionsMax: number;
  readonly #retryAfterS: number;
  readonly #perSourceMax: number;
  readonly #perCallMax: number;
  /** Live server transactions by share. */
  readonly #shares = new Map<number | string, number>();
  readonly #live = new Map<string, Transaction<Owner>>();
  readonly #heap = new DeadlineHeap<Transaction<Owner>>();
  #packets: OutgoingPacket[] = [];
  #events: TransactionEvent<Owner>[] = [];
  #refusedByLimit = 0;
  #strayResponses = 0;

  constructor(options: TransactionLayerOptions = {}) {
    this.timers = options.timers ?? defaultTimers;
    this.#transactionsMax = options.transactionsMax ?? 60_000;
    this.#retryAfterS = options.retryAfterS ?? 10;
    this.#perSourceMax = options.perSourceMax ?? 2_000;
    this.#perCallMax = options.perCallMax ?? 100;
  }

  get counters(): TransactionCounters {
    return {
      live: this.#live.size,
      refusedByLimit: this.#refusedByLimit,
      strayResponses: this.#strayResponses,
    };
  }

  /** A message from the wire; requests get `received` and `rport` written into their top Via. */
  handle(now: Instant, message: SipMessage, source: Peer): Disposition<Owner> {
    return message.kind === "request" ? this.#request(now, message, source) : this.#response(now, message);
  }

  /**
   * Starts a client transaction; the request's top Via carries its branch. Undefined when the layer is full.
   */
  start(now: Instant, request: SipRequest, peer: Peer, owner: Owner, call?: number): Transaction<Owner> | undefined {
    const branch = parseVia(request.headers.get("via") ?? "")?.params.get("branch");
    assert(typeof branch === "string" && request.method !== "ACK", "a client transaction needs a branch");
    if (this.#live.size >= this.#transactionsMax) {
      this.#refusedByLimit += 1;
      return undefined;
    }
    const kind = request.method === "INVITE" ? "invite-client" : "client";
    const transaction = newTransaction(kind, clientKeyOf(branch, request.method), request, peer, owner, call);
    transaction.bytes = serialise(request);
    this.#live.set(transaction.key, transaction);
    startClient(this, transaction, now);
    this.#settle(transaction);
    return transaction;
  }

  /**
   * Opens the server transaction of a request that `handle` gave as new. Undefined when the layer is full, or the share
   * of the call or of the source is: then the request has been answered 503 with Retry-After, without state. What is
   * outside of calls may fill half of the layer, so that calls always find room.
   */
  open(request: SipRequest, source: Peer, owner: Owner, call?: number): Transaction<Owner> | undefined {
    const share = call ?? source.address;
    if (!this.#hasRoom(request.method, share)) {
      this.#refusedByLimit += 1;
      const retryAfter: [string, string] = ["retry-after", String(this.#retryAfterS)];
      this.refuse(createResponse(request, 503, undefined, { headers: [retryAfter] }), request, source);
      return undefined;
    }
    const key = serverKey(request);
    assert(key !== undefined, "a request without Via is refused before it gets here");
    const kind = request.method === "INVITE" ? "invite-server" : "server";
    const transaction = newTransaction(kind, key, request, responsePeer(request, source), owner, call);
    transaction.share = share;
    this.#shares.set(share, (this.#shares.get(share) ?? 0) + 1);
    this.#live.set(key, transaction);
    return transaction;
  }

  #hasRoom(method: string, share: number | string): boolean {
    const outside = typeof share === "string";
    if (this.#live.size >= (outside ? this.#transactionsMax / 2 : this.#transactionsMax)) return false;
    // An end is always heard: a call has one.
    if (method === "BYE" || method === "CANCEL") return true;
    return (this.#shares.get(share) ?? 0) < (outside ? this.#perSourceMax : this.#perCallMax);
  }

  /**
   * Answers without keeping state (RFC 3261 8.2.7): for strangers, floods and broken requests. No connection is opened
   * for it: whoever closes its own does not choose where we connect to.
   */
  refuse(response: SipResponse, request: SipRequest, source: Peer): void {
    const { elsewhere: _, ...peer } = responsePeer(request, source);
    this.#packets.push({ bytes: serialise(response), peer });
  }

  /** Answers a new INVITE 100 in 200 ms, unless something else is answered before. */
  tryLater(now: Instant, transaction: Transaction<Owner>): void {
    serverTry(transaction, now);
    this.#settle(transaction);
  }

  /** Sends a response of a server transaction; false when a final one was sent before. */
  respond(now: Instant, transaction: Transaction<Owner>, response: SipResponse): boolean {
    const sent = serverRespond(this, transaction, now, response);
    this.#settle(transaction);
    return sent;
  }

  /** The ACK of our 2xx came. */
  acknowledged(transaction: Transaction<Owner>): void {
    answerAcknowledged(transaction);
    this.#settle(transaction);
  }

  /** Sends the ACK of a 2xx and repeats it when the 2xx with this To tag comes again (13.2.2.4). */
  acknowledge(transaction: Transaction<Owner>, toTag: string, bytes: Uint8Array, peer: Peer): void {
    transaction.acks ??= new Map();
    // A fork of more than sixteen answers is an attack or a loop; those beyond are acknowledged once.
    if (transaction.acks.size < 16) transaction.acks.set(toTag, { bytes, peer });
    this.send(transaction, bytes, peer);
  }

  /** The INVITE's server transaction that a CANCEL means (RFC 3261 9.2). */
  cancelledBy(cancel: SipRequest): Transaction<Owner> | undefined {
    const key = serverKey(cancel, "INVITE");
    return key === undefined ? undefined : this.#live.get(key);
  }

  /** Ends a transaction without telling its user, who has given it up. */
  abandon(transaction: Transaction<Owner>): void {
    terminate(transaction);
    this.#settle(transaction);
  }

  /**
   * The transport could not send a packet of this transaction (RFC 3261 17.1.4): told as a time-out, but at once, unless
   * its connection has gone and the far end can be reached by a new one.
   */
  transportFailed(key: string): void {
    const transaction = this.#live.get(key);
    if (transaction === undefined) return;
    const waits =
      transaction.state === "calling" || transaction.state === "trying" || transaction.state === "proceeding";
    if (!waits || transaction.kind === "server" || transaction.kind === "invite-server") return;
    if (this.#sentElsewhere(transaction)) return;
    terminate(transaction);
    this.#events.push({ kind: "timeout", transaction });
    this.#settle(transaction);
  }

  /** Lets time pass up to `now`. @returns when to call again at the latest; undefined when nothing waits */
  poll(now: Instant): Instant | undefined {
    for (let due = this.#heap.peek(); due !== undefined && due.deadline <= now; due = this.#heap.peek()) {
      if (due.kind === "client" || due.kind === "invite-client") clientTimer(this, due, now);
      else serverTimer(this, due, now);
      this.#settle(due);
    }
    return this.#heap.peek()?.deadline;
  }

  /** Packets to send since the last call, in order. */
  takePackets(): OutgoingPacket[] {
    const packets = this.#packets;
    if (packets.length > 0) this.#packets = [];
    return packets;
  }

  /** What happened by time since the last call, in order. */
  takeEvents(): TransactionEvent<Owner>[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }

  send(transaction: Transaction<Owner>, bytes: Uint8Array, peer: Peer): void {
    this.#packets.push({ bytes, peer, transactionKey: transaction.key, call: transaction.call });
  }

  /** Sends bytes that belong to no transaction, such as the ACK of a stray 2xx. */
  sendLoose(bytes: Uint8Array, peer: Peer, call?: number): void {
    this.#packets.push({ bytes, peer, call });
  }

  emit(event: TransactionEvent<Owner>): void {
    this.#events.push(event);
  }

  #request(now: Instant, request: SipRequest, source: Peer): Disposition<Owner> {
    const key = serverKey(request);
    const transaction = key === undefined ? undefined : this.#live.get(key);
    if (transaction === undefined) {
      stampVia(request, source);
      return request.method === "ACK" ? { kind: "ack", request } : { kind: "request", request };
    }
    const goesUp = serverRequest(this, transaction, now, request);
    this.#settle(transaction);
    return goesUp ? { kind: "ack", request } : { kind: "absorbed", transaction };
  }

  #response(now: Instant, response: SipResponse): Disposition<Owner> {
    const key = clientKey(response);
    const transaction = key === undefined ? undefined : this.#live.get(key);
    if (transaction === undefined) {
      this.#strayResponses += 1;
      return { kind: "stray", response };
    }
    const goesUp = clientResponse(this, transaction, now, response);
    this.#settle(transaction);
    return goesUp ? { kind: "response", transaction, response } : { kind: "absorbed", transaction };
  }

  #giveBack(share: number | string | undefined): void {
    if (share === undefined) return;
    const left = (this.#shares.get(share) ?? 1) - 1;
    if (left > 0) this.#shares.set(share, left);
    else this.#shares.delete(share);
  }

  /** Sends again, once, to where the far end listens. */
  #sentElsewhere(transaction: Transaction<Owner>): boolean {
    const { peer, bytes } = transaction;
    if (peer.connectionId === undefined || peer.elsewhere === undefined || bytes === undefined) return false;
    const { transport, serverName, elsewhere } = peer;
    transaction.peer = { transport, ...elsewhere, ...(serverName === undefined ? {} : { serverName }) };
    this.send(transaction, bytes, transaction.peer);
    return true;
  }

  /** Keeps map and heap in step with what the machine has decided. */
  #settle(transaction: Transaction<Owner>): void {
    if (transaction.state === "terminated") {
      this.#heap.remove(transaction);
      if (this.#live.delete(transaction.key)) this.#giveBack(transaction.share);
      return;
    }
    const endAt = Math.ceil(transaction.endAt / endsEveryMs) * endsEveryMs;
    this.#heap.schedule(transaction, Math.min(transaction.retransmitAt, endAt, transaction.tryingAt));
  }
}
