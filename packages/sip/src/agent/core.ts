import { type Entropy, type Instant, randomHex } from "@centrala/kit";
import { type Dialog, dialogKey, nextHopUri } from "../dialog/index.ts";
import {
  createResponse,
  emptyBody,
  formatSipUri,
  formatVia,
  parseSipUri,
  reasonPhrase,
  type SipRequest,
  type SipUri,
} from "../message/index.ts";
import type { Registrar } from "../registrar/index.ts";
import {
  DeadlineHeap,
  defaultPort,
  isIpAddress,
  isPrivateAddress,
  isReliable,
  newBranch,
  type Peer,
  TransactionLayer,
  type TransactionTimers,
} from "../transaction/index.ts";
import type { AgentTransaction, Call, Owner } from "./call.ts";
import type { Admission, AgentEvent, CallId, EndCause, RefusedRequest } from "./events.ts";

export interface AgentOptions {
  readonly entropy: Entropy;
  /** Value of User-Agent and Server. */
  readonly userAgent: string;
  /** Host and port that stand in Via and Contact toward a peer. */
  readonly addressFor: (peer: Peer) => { readonly host: string; readonly port: number };
  /** Asked for every request outside of a dialog but ACK and CANCEL, before state is made. */
  readonly admit: (now: Instant, request: SipRequest, source: Peer) => Admission;
  /** Asked before who was not let in is answered for another reason than `admit` gave (400, 481): false is silence. */
  readonly mayAnswer?: (now: Instant, request: SipRequest, source: Peer) => boolean;
  /** Told of requests that are refused by the rules of SIP before they make a call. */
  readonly refused?: (refusal: RefusedRequest) => void;
  /** REGISTER is served by this one for the principal that `admit` gave; without it REGISTER is 405. */
  readonly registrar?: Registrar;
  /** Where an in-dialog request goes; `known` is where the far end was last seen. Default {@link defaultNextHop}. */
  readonly nextHop?: (uri: SipUri, known: Peer) => Peer;
  /** Told where a registrar sees us come from, on its challenge already, so that our Contact is right the first time. */
  readonly seenAs?: (peer: Peer, seen: { readonly host: string; readonly port: number }) => void;
  readonly timers?: TransactionTimers;
  readonly transactionsMax?: number;
  /** Calls at most, both directions; more are answered 503. Default 10,000. */
  readonly callsMax?: number;
  /** How long a call may stay unanswered, whatever the shell does. Default 10 minutes. */
  readonly setupMaxMs?: number;
  readonly retryAfterS?: number;
}

export type HeaderLines = ReadonlyArray<readonly [string, string]>;

/** What all parts of the agent share. */
export class AgentCore {
  readonly options: AgentOptions;
  readonly layer: TransactionLayer<Owner>;
  readonly calls = new Map<CallId, Call>();
  readonly dialogs = new Map<string, Call>();
  /** Incoming calls by Call-ID, From tag and CSeq, to recognise a request that was forked to us twice (8.2.2.2). */
  readonly merged = new Map<string, CallId>();
  readonly heap = new DeadlineHeap<Call>();
  readonly callsMax: number;
  readonly setupMaxMs: number;
  readonly retryAfterS: number;
  events: AgentEvent[] = [];
  #lastCall = 0;

  constructor(options: AgentOptions) {
    this.options = options;
    this.retryAfterS = options.retryAfterS ?? 10;
    this.layer = new TransactionLayer<Owner>({
      timers: options.timers,
      transactionsMax: options.transactionsMax,
      retryAfterS: this.retryAfterS,
    });
    this.callsMax = options.callsMax ?? 10_000;
    this.setupMaxMs = options.setupMaxMs ?? 600_000;
  }

  get entropy(): Entropy {
    return this.options.entropy;
  }

  nextCallId(): CallId {
    this.#lastCall += 1;
    return this.#lastCall;
  }

  /** A random number from 0 to `below` - 1. */
  randomBelow(below: number): number {
    return Number.parseInt(randomHex(this.entropy, 4), 16) % below;
  }

  /** Our Via for a new transaction toward `peer`. */
  newVia(peer: Peer): string {
    const { host, port } = this.options.addressFor(peer);
    const params = new Map<string, string | true>([
      ["branch", newBranch(this.entropy)],
      ["rport", true],
    ]);
    return formatVia({ transport: peer.transport, host, port, params });
  }

  /** Our Contact toward `peer`. */
  contactFor(peer: Peer, user: string): string {
    const { host, port } = this.options.addressFor(peer);
    const params = new Map<string, string>();
    if (peer.transport !== "UDP") params.set("transport", peer.transport.toLowerCase());
    return `<${formatSipUri({ scheme: "sip", user, host, port, params, headers: new Map() })}>`;
  }

  /** Sends a response with the headers every response of ours carries. */
  respond(
    now: Instant,
    transaction: AgentTransaction,
    request: SipRequest,
    status: number,
    extra: {
      readonly reason?: string;
      readonly toTag?: string;
      readonly headers?: HeaderLines;
      readonly body?: Uint8Array;
    } = {},
  ): void {
    const body = extra.body ?? emptyBody;
    const headers: [string, string][] = (extra.headers ?? []).map(([name, value]) => [name, value]);
    headers.push(["server", this.options.userAgent]);
    if (body.length > 0 && !headers.some(([name]) => name === "content-type")) {
      headers.push(["content-type", "application/sdp"]);
    }
    const toTag = status === 100 ? undefined : (extra.toTag ?? randomHex(this.entropy, 8));
    this.layer.respond(now, transaction, createResponse(request, status, extra.reason, { toTag, headers, body }));
  }

  /**
   * Answers without state (RFC 3261 8.2.7), so that a flood leaves nothing behind. A tag made of the Call-ID keeps the
   * answer to a repetition the same. No Server header: strangers need not know what we are.
   */
  answerLoose(
    request: SipRequest,
    source: Peer,
    status: number,
    extra: { readonly reason?: string; readonly headers?: HeaderLines } = {},
  ): void {
    if (request.method === "ACK") return;
    const toTag = `s${hashOf(request.headers.get("call-id") ?? "")}`;
    this.layer.refuse(
      createResponse(request, status, extra.reason, { toTag, headers: extra.headers ?? [] }),
      request,
      source,
    );
  }

  /** Refuses what the rules of SIP do not allow, without state, and tells it. */
  refuse(
    request: SipRequest,
    source: Peer,
    principal: string | null,
    refusal: {
      readonly status: number;
      readonly reason?: string;
      readonly headers?: HeaderLines;
    },
  ): void {
    if (request.method === "ACK") return;
    const { status, reason = reasonPhrase(status) } = refusal;
    this.options.refused?.({ request, source, principal, status, reason });
    this.answerLoose(request, source, status, refusal);
  }

  addDialog(call: Call, dialog: Dialog): void {
    const key = dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag);
    this.dialogs.set(key, call);
    call.dialogKeys.add(key);
  }

  /** Where requests of this dialog go. */
  hopOf(call: Call, dialog: Dialog): Peer {
    const uri = parseSipUri(nextHopUri(dialog));
    if (uri === undefined) return call.peer;
    return (this.options.nextHop ?? defaultNextHop)(uri, call.peer);
  }

  /** Tells the end once; the record lives on until its last transaction is done. */
  tellEnded(call: Call, cause: Partial<EndCause> & Pick<EndCause, "by">): void {
    if (!this.calls.delete(call.id)) return;
    const whole: EndCause = {
      status: null,
      q850: null,
      text: null,
      retryAfterS: null,
      contacts: [],
      answered: call.answered,
      ...cause,
    };
    this.events.push({ kind: "ended", call: call.id, cause: whole });
  }

  /** Forgets a call for good. */
  release(call: Call): void {
    if (call.state.kind === "received") this.merged.delete(mergeKey(call.state.request));
    call.state = { kind: "gone" };
    call.pending = undefined;
    call.unacknowledged = undefined;
    this.heap.remove(call);
    this.calls.delete(call.id);
    for (const key of call.dialogKeys) this.dialogs.delete(key);
    call.dialogKeys.clear();
  }

  /** Puts the call's next deadline into the heap; call it after every change. */
  reschedule(call: Call): void {
    if (call.state.kind === "gone") return;
    let deadline = Number.POSITIVE_INFINITY;
    if (call.state.kind !== "talking") deadline = call.setupEndsAt;
    if (call.state.kind === "received") {
      deadline = Math.min(deadline, call.state.ringing?.repeatAt ?? Number.POSITIVE_INFINITY);
    }
    if (call.state.kind === "talking" && call.session !== undefined) {
      deadline = Math.min(call.session.refreshAt, call.session.endsAt);
    }
    if (call.state.kind === "talking") deadline = Math.min(deadline, call.glared?.retryAt ?? Number.POSITIVE_INFINITY);
    this.heap.schedule(call, deadline);
  }
}

/** What makes two INVITEs the same request that came by two ways. */
export function mergeKey(request: SipRequest): string {
  const { headers } = request;
  return `${headers.get("call-id") ?? ""}|${headers.get("from") ?? ""}|${headers.get("cseq") ?? ""}`;
}

/**
 * Where to send when the shell resolves no names: to the address the URI names, unless it is a name, or a private address
 * of a far end that was seen elsewhere (behind a NAT); on a connection as long as it stands, and there once it has gone.
 */
export function defaultNextHop(uri: SipUri, known: Peer): Peer {
  const behindNat = isPrivateAddress(uri.host) && !isPrivateAddress(known.address);
  if (!isIpAddress(uri.host) || behindNat) return known;
  const place = { address: uri.host, port: uri.port ?? defaultPort(known.transport) };
  return isReliable(known.transport) ? { ...known, elsewhere: place } : { ...known, ...place };
}

/** FNV-1a, 32 bits, as hexadecimal. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}
