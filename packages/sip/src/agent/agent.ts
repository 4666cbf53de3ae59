import { assertNever, earliest, type Instant, ok, type Result, randomHex } from "@centrala/kit";
import { keyOfRequest, tagOf } from "../dialog/index.ts";
import {
  type Capabilities,
  emptyBody,
  Headers,
  parseMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  validateRequest,
  validateResponse,
} from "../message/index.ts";
import { newTag, type OutgoingPacket, type Peer, type TransactionEvent } from "../transaction/index.ts";
import { ask, askAnswered } from "./asking.ts";
import type { AgentTransaction, Call, Owner } from "./call.ts";
import { acceptHeader, capabilitiesOf, capabilityHeaders } from "./capabilities.ts";
import { AgentCore, type AgentOptions, type HeaderLines } from "./core.ts";
import { byeAnswered, type EndOptions, endCall, sendBye } from "./ending.ts";
import type { AgentEvent, CallId } from "./events.ts";
import { ackMissing, answer, progress, receiveAck, receiveCancel, receiveInvite, repeatProgress } from "./incoming.ts";
import { keyAnswered, sendInfoKeys } from "./keys.ts";
import { retryInDialog } from "./ours.ts";
import { type InviteSettings, invite, inviteAnswered, inviteTimedOut } from "./outgoing.ts";
import { type RegistrationSettings, Registrations } from "./registration.ts";
import {
  answerReoffer,
  rejectReoffer,
  reoffer,
  reofferAnswered,
  reofferRefused,
  retryReoffer,
  sessionDue,
} from "./reoffer.ts";
import { restoreCall, storedCall } from "./stored.ts";
import { notifyRefer, receiveWithin } from "./within.ts";

export interface AgentCounters {
  readonly calls: number;
  readonly transactions: number;
  readonly refusedByLimit: number;
  readonly malformed: number;
  readonly strayResponses: number;
}

/**
 * A SIP user agent for a back-to-back agent, without sockets or clocks. One input (`handle` or a command), then `poll`
 * until it gives a deadline, then `takePackets` and `takeEvents`; only then the next input.
 */
export class SipAgent {
  readonly #core: AgentCore;
  readonly #registrations: Registrations;
  readonly #capabilities: Capabilities;
  #malformed = 0;

  constructor(options: AgentOptions) {
    this.#core = new AgentCore(options);
    this.#registrations = new Registrations(this.#core);
    this.#capabilities = capabilitiesOf(options.registrar !== undefined);
  }

  get counters(): AgentCounters {
    const { live, refusedByLimit, strayResponses } = this.#core.layer.counters;
    return {
      calls: this.#core.calls.size,
      transactions: live,
      refusedByLimit,
      malformed: this.#malformed,
      strayResponses,
    };
  }

  /** A datagram, or one whole message of a stream. @returns the call it belongs to, for its trace */
  handleBytes(now: Instant, bytes: Uint8Array, source: Peer): CallId | undefined {
    const result = parseMessage(bytes);
    if (result.ok) return this.handle(now, result.message, source);
    this.refuseMalformed(now, result, source);
    return undefined;
  }

  /** Counts a message that could not be parsed and answers it where it can be answered (RFC 3261 8.2, RFC 4475). */
  refuseMalformed(
    now: Instant,
    failure: { readonly status?: number; readonly request?: SipRequest },
    source: Peer,
  ): void {
    this.#malformed += 1;
    if (failure.request === undefined || failure.status === undefined) return;
    this.#refuseStranger(now, failure.request, source, { status: failure.status });
  }

  handle(now: Instant, message: SipMessage, source: Peer): CallId | undefined {
    if (message.kind === "response" && !validateResponse(message).ok) {
      this.#malformed += 1;
      return undefined;
    }
    const disposition = this.#core.layer.handle(now, message, source);
    switch (disposition.kind) {
      case "absorbed":
        return disposition.transaction?.call;
      case "stray":
        return undefined;
      case "ack":
        return this.#ack(now, disposition.request);
      case "request":
        return this.#request(now, disposition.request, source);
      case "response":
        this.#response(now, disposition.transaction, disposition.response);
        return disposition.transaction.call;
      default:
        return assertNever(disposition);
    }
  }

  /** Starts a call; undefined when the agent is full. */
  invite(now: Instant, settings: InviteSettings): CallId | undefined {
    return invite(this.#core, now, settings);
  }

  /** 180 or 183 for an incoming call, with early media when `body` is not empty. False when it is too late. */
  progress(now: Instant, id: CallId, status = 180, body: Uint8Array = emptyBody): boolean {
    const call = this.#core.calls.get(id);
    return call !== undefined && progress(this.#core, now, call, status, body);
  }

  answer(now: Instant, id: CallId, body: Uint8Array): boolean {
    const call = this.#core.calls.get(id);
    return call !== undefined && answer(this.#core, now, call, body);
  }

  /** Ends a call in whatever state it is; `ended` by "local" is among the next events. Unknown ids are ignored. */
  end(now: Instant, id: CallId, options: EndOptions = {}): void {
    const call = this.#core.calls.get(id);
    if (call !== undefined) endCall(this.#core, now, call, options);
  }

  /** True when the far end has shown that it works on our call: any provisional response, or the answer. */
  isProceeding(id: CallId): boolean {
    const state = this.#core.calls.get(id)?.state;
    return state !== undefined && (state.kind !== "calling" || state.provisional);
  }

  /** A new session description for a standing call. False when another offer is on its way. */
  reoffer(now: Instant, id: CallId, body: Uint8Array): boolean {
    const call = this.#core.calls.get(id);
    return call !== undefined && reoffer(this.#core, now, call, body);
  }

  answerReoffer(now: Instant, id: CallId, body: Uint8Array): boolean {
    const call = this.#core.calls.get(id);
    return call !== undefined && answerReoffer(this.#core, now, call, body);
  }

  rejectReoffer(now: Instant, id: CallId, status = 488): boolean {
    const call = this.#core.calls.get(id);
    return call !== undefined && rejectReoffer(this.#core, now, call, status);
  }

  /** How a transfer asked for by REFER goes on: 100 to 699, a final status once. False when none is open. */
  notifyRefer(now: Instant, id: CallId, status: number): boolean {
    const call = this.#core.calls.get(id);
    return call !== undefined && notifyRefer(this.#core, now, call, status);
  }

  /** Sends keys by INFO, for far ends without RFC 4733. */
  sendInfoKeys(now: Instant, id: CallId, keys: string): boolean {
    const call = this.#core.calls.get(id);
    return call !== undefined && sendInfoKeys(this.#core, now, call, keys);
  }

  /** Whether the far end of a call said that it takes keys by INFO. */
  takesInfo(id: CallId): boolean {
    return this.#core.calls.get(id)?.takesInfo === true;
  }

  /** Asks the far end of a standing call whether it is still there; `asked` follows. False when the call does not stand. */
  ask(now: Instant, id: CallId): boolean {
    const call = this.#core.calls.get(id);
    return call !== undefined && ask(this.#core, now, call);
  }

  /** Asks with OPTIONS whether a peer lives; `pinged` follows. */
  ping(now: Instant, id: string, peer: Peer, uri: string, from: string): boolean {
    const headers = new Headers();
    headers.append("via", this.#core.newVia(peer));
    headers.append("max-forwards", "70");
    headers.append("from", `<${from}>;tag=${newTag(this.#core.entropy)}`);
    headers.append("to", `<${uri}>`);
    headers.append("call-id", randomHex(this.#core.entropy, 16));
    headers.append("cseq", "1 OPTIONS");
    headers.append("contact", this.#core.contactFor(peer, "centrala"));
    headers.append("accept", "application/sdp");
    headers.append("user-agent", this.#core.options.userAgent);
    const request: SipRequest = { kind: "request", method: "OPTIONS", uri, headers, body: emptyBody };
    return this.#core.layer.start(now, request, peer, { kind: "pinging", id, sentAt: now }) !== undefined;
  }

  register(now: Instant, settings: RegistrationSettings): void {
    this.#registrations.start(now, settings);
  }

  refreshRegistration(now: Instant, id: string): void {
    this.#registrations.refresh(now, id);
  }

  unregister(now: Instant, id: string): void {
    this.#registrations.stop(now, id);
  }

  /** A standing call as text, to be ended by {@link SipAgent.endStored} after a crash; undefined before its answer. */
  store(id: CallId): string | undefined {
    const call = this.#core.calls.get(id);
    return call === undefined ? undefined : storedCall(call);
  }

  /** Sends BYE for a call of an earlier run. `DIALOG_MALFORMED` when the text is not what `store` gave. */
  endStored(now: Instant, text: string, headers: HeaderLines = []): Result<null, "DIALOG_MALFORMED"> {
    const restored = restoreCall(this.#core.nextCallId(), text);
    if (!restored.ok) return restored;
    const { call, dialog } = restored.value;
    this.#core.addDialog(call, dialog);
    sendBye(this.#core, now, call, headers);
    return ok(null);
  }

  /** The transport could not send a packet that carried this key. */
  transportFailed(transactionKey: string): void {
    this.#core.layer.transportFailed(transactionKey);
  }

  /** Lets time pass. @returns when to call again at the latest; undefined when nothing waits */
  poll(now: Instant): Instant | undefined {
    const core = this.#core;
    core.layer.poll(now);
    for (const event of core.layer.takeEvents()) this.#timed(now, event);
    for (let due = core.heap.peek(); due !== undefined && due.deadline <= now; due = core.heap.peek()) {
      this.#due(now, due);
    }
    const registrationAt = this.#registrations.poll(now);
    return earliest(
      core.layer.poll(now),
      core.heap.peek()?.deadline,
      registrationAt,
      core.options.registrar?.poll(now),
    );
  }

  takePackets(): OutgoingPacket[] {
    return this.#core.layer.takePackets();
  }

  takeEvents(): AgentEvent[] {
    const { events } = this.#core;
    if (events.length > 0) this.#core.events = [];
    return events;
  }

  #ack(now: Instant, request: SipRequest): CallId | undefined {
    const call = this.#core.dialogs.get(keyOfRequest(request));
    if (call !== undefined) receiveAck(this.#core, now, request, call);
    return call?.id;
  }

  #request(now: Instant, request: SipRequest, source: Peer): CallId | undefined {
    const formal = validateRequest(request);
    if (!formal.ok) {
      this.#malformed += 1;
      this.#refuseStranger(now, request, source, formal);
      return undefined;
    }
    if (request.method === "CANCEL") {
      if (this.#core.layer.cancelledBy(request) !== undefined)
        return receiveCancel(this.#core, now, request, source)?.id;
      this.#refuseStranger(now, request, source, { status: 481 });
      return undefined;
    }
    return tagOf(request.headers.get("to")) === ""
      ? this.#outside(now, request, source)
      : this.#within(now, request, source);
  }

  #within(now: Instant, request: SipRequest, source: Peer): CallId | undefined {
    const call = this.#core.dialogs.get(keyOfRequest(request));
    if (call === undefined) {
      this.#refuseStranger(now, request, source, { status: 481 });
      return undefined;
    }
    const capable = validateRequest(request, this.#capabilities);
    if (capable.ok) receiveWithin(this.#core, now, call, request, source);
    else this.#core.answerLoose(request, source, capable.status, capable);
    return call.id;
  }

  #outside(now: Instant, request: SipRequest, source: Peer): CallId | undefined {
    const admission = this.#core.options.admit(now, request, source);
    if (admission.kind === "drop") return undefined;
    if (admission.kind === "refuse") {
      this.#core.answerLoose(request, source, admission.status, admission);
      return undefined;
    }
    const capable = validateRequest(request, this.#capabilities);
    if (!capable.ok) {
      this.#core.refuse(request, source, admission.principal, capable);
      return undefined;
    }
    if (request.method === "INVITE") {
      return receiveInvite(this.#core, now, request, source, admission.principal)?.id;
    }
    this.#serve(now, request, source, admission.principal);
    return undefined;
  }

  /** What makes no call: answered without state but for REGISTER, whose repetition must not look out of order. */
  #serve(now: Instant, request: SipRequest, source: Peer, principal: string): void {
    if (request.method === "REGISTER") {
      const transaction = this.#core.layer.open(request, source, { kind: "served" });
      if (transaction !== undefined) this.#registrar(now, transaction, request, source, principal);
    } else if (request.method === "OPTIONS") {
      const headers: HeaderLines = [...capabilityHeaders(this.#core), acceptHeader];
      this.#core.answerLoose(request, source, 200, {
        headers: [...headers, ["server", this.#core.options.userAgent]],
      });
    } else this.#core.answerLoose(request, source, request.method === "REFER" ? 403 : 481);
  }

  #registrar(now: Instant, transaction: AgentTransaction, request: SipRequest, source: Peer, principal: string): void {
    const answered = this.#core.options.registrar?.register(now, principal, request, source);
    if (answered === undefined) return;
    const headers: [string, string][] = [];
    if (answered.status === 423) headers.push(["min-expires", String(answered.minExpiresS)]);
    if (answered.status === 503) headers.push(["retry-after", String(this.#core.retryAfterS)]);
    if (answered.status === 200) for (const contact of answered.contacts) headers.push(["contact", contact]);
    const reason = "reason" in answered ? answered.reason : undefined;
    this.#core.respond(now, transaction, request, answered.status, { reason, headers });
  }

  /** Refuses what nobody was asked about, unless its source has had its share of answers. */
  #refuseStranger(
    now: Instant,
    request: SipRequest,
    source: Peer,
    refusal: { readonly status: number; readonly reason?: string; readonly headers?: HeaderLines },
  ): void {
    if (this.#core.options.mayAnswer?.(now, request, source) ?? true) {
      this.#core.refuse(request, source, null, refusal);
    }
  }

  #response(now: Instant, transaction: AgentTransaction, response: SipResponse): void {
    const { owner } = transaction;
    switch (owner.kind) {
      case "calling":
        inviteAnswered(this.#core, now, owner.call, transaction, response);
        return;
      case "reoffering":
        reofferAnswered(this.#core, now, owner.call, transaction, owner, response);
        return;
      case "ending":
        byeAnswered(this.#core, now, owner.call, owner.ours, response);
        return;
      case "informing":
        retryInDialog(this.#core, now, owner.call, owner.ours, response, (ours) => ({ ...owner, ours }));
        return;
      case "asking":
        askAnswered(this.#core, now, owner.call, owner.ours, response);
        return;
      case "keying":
        keyAnswered(this.#core, now, owner.call, owner.ours, response);
        return;
      case "pinging":
        if (response.status >= 200) this.#pinged(now, owner, response.status);
        return;
      case "registering":
        this.#registrations.answered(now, owner.id, owner.ours, response);
        return;
      case "served":
      case "cancelling":
      case "incoming":
      case "reoffered":
        return;
      default:
        assertNever(owner);
    }
  }

  #timed(now: Instant, event: TransactionEvent<Owner>): void {
    const { owner } = event.transaction;
    if (event.kind === "ack-missing") {
      const waits = owner.kind === "incoming" || owner.kind === "reoffered";
      if (waits && owner.call.unacknowledged?.transaction === event.transaction)
        ackMissing(this.#core, now, owner.call);
      return;
    }
    if (owner.kind === "calling") inviteTimedOut(this.#core, owner.call);
    else if (owner.kind === "reoffering") reofferRefused(this.#core, now, owner.call, 408);
    else if (owner.kind === "ending") this.#core.release(owner.call);
    else if (owner.kind === "pinging") this.#pinged(now, owner, null);
    else if (owner.kind === "asking") askAnswered(this.#core, now, owner.call, owner.ours, undefined);
    else if (owner.kind === "keying") keyAnswered(this.#core, now, owner.call, owner.ours, undefined);
    else if (owner.kind === "registering") this.#registrations.answered(now, owner.id, owner.ours, null);
  }

  #pinged(now: Instant, owner: Extract<Owner, { kind: "pinging" }>, status: number | null): void {
    this.#core.events.push({ kind: "pinged", id: owner.id, status, roundTripMs: now - owner.sentAt });
  }

  /** The call's own deadline has come. */
  #due(now: Instant, call: Call): void {
    const core = this.#core;
    switch (call.state.kind) {
      case "received":
        if (call.setupEndsAt > now) repeatProgress(core, now, call);
        else giveUpSetup(core, now, call);
        break;
      case "calling":
        giveUpSetup(core, now, call);
        break;
      case "cancelling":
        // RFC 3261 9.1: after 64*T1 without a final response the INVITE counts as cancelled.
        core.layer.abandon(call.state.transaction);
        core.release(call);
        break;
      case "ending":
        core.release(call);
        break;
      case "talking":
        retryReoffer(core, now, call);
        sessionDue(core, now, call);
        break;
      case "gone":
        core.heap.remove(call);
        break;
      default:
        assertNever(call.state);
    }
    core.reschedule(call);
  }
}

/** Nobody answered for as long as a call may be set up. */
function giveUpSetup(core: AgentCore, now: Instant, call: Call): void {
  core.tellEnded(call, { by: "timeout", status: call.state.kind === "received" ? 480 : 408 });
  endCall(core, now, call);
}
