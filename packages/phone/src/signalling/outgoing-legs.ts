import type { LegEndCode, LegId, RemoteAudio, TrunkId } from "@centrala/contract";
import { type Instant, randomHex } from "@centrala/kit";
import {
  type AgentEvent,
  type Binding,
  type CallId,
  DeadlineHeap,
  type EndCause,
  type InviteSettings,
  type Scheduled,
} from "@centrala/sip";
import type { AudioSession } from "./audio-session.ts";
import { deviceInvite, redirectedPeer, type TrunkTarget, trunkInvite, trunkTargets } from "./dialling.ts";
import { endCodeOf, mayTryNext } from "./end-codes.ts";
import { principalOf } from "./gate.ts";
import { userOf } from "./identity.ts";
import { answerReofferWith, type LegsContext, newAudio } from "./legs-context.ts";
import type { Refused } from "./refusals.ts";
import type { DialDevice, DialTrunk } from "./types.ts";

/** One far end to call. */
interface Attempt {
  readonly settings: InviteSettings;
  readonly audio: AudioSession;
  readonly trunkId: TrunkId | null;
  /** What to try when it sends the call elsewhere; absent where that is not followed. */
  readonly redirected?: (contacts: readonly string[]) => readonly (() => Attempt)[];
}

interface OutgoingLeg extends Scheduled {
  readonly legId: LegId;
  readonly rtpPort: number;
  /** Sound before the answer is listened to on trunks only: a phone has nothing to say yet. */
  readonly hearsEarly: boolean;
  /** Targets that were not tried yet, with their INVITE. */
  readonly waiting: (() => Attempt)[];
  readonly live: Map<CallId, Attempt>;
  readonly ringEndsAt: Instant;
  /** A target that shows no sign of life until then is left for the next one. */
  attemptEndsAt: Instant;
  answeredCall: CallId | undefined;
  rang: boolean;
  early: RemoteAudio | undefined;
  awaitsAnswer: boolean;
  failure: { readonly code: LegEndCode; readonly status: number | null } | undefined;
}

/** A carrier that sends a call from one place to the next is not followed further. */
const redirectionsMax = 3;
const digitsOfANumber = 7;

const elsewhere = [["reason", 'SIP;cause=200;text="Call completed elsewhere"']] as const;
/** What a phone's refusal tells, the strongest first. */
const strongest: readonly LegEndCode[] = ["DECLINED", "BUSY", "NO_ANSWER"];

/** RFC 3261 21.4.26 and 21.6.4: the far end is there, and takes none of the sound that is offered. */
const soundStatuses: ReadonlySet<number> = new Set([488, 606]);

function soundRefused({ settings, trunkId }: Attempt, status: number | null): Refused {
  const principal = principalOf(settings.principal);
  return {
    reason: "soundRefused",
    status,
    method: "INVITE",
    source: settings.peer.address,
    transport: settings.peer.transport,
    trunkId,
    deviceId: principal.kind === "device" ? principal.deviceId : null,
    account: null,
    called: userOf(settings.uri),
    detail: "",
  };
}

/** Calls that go out: by trunks one target after another, to phones all at once. */
export class OutgoingLegs {
  readonly #context: LegsContext;
  readonly #byId = new Map<LegId, OutgoingLeg>();
  readonly #byCall = new Map<CallId, OutgoingLeg>();
  readonly #heap = new DeadlineHeap<OutgoingLeg>();

  constructor(context: LegsContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#byId.size;
  }

  has(legId: LegId): boolean {
    return this.#byId.has(legId);
  }

  callOf(legId: LegId): CallId | undefined {
    return this.#byId.get(legId)?.answeredCall;
  }

  legOf(call: CallId): LegId | undefined {
    return this.#byCall.get(call)?.legId;
  }

  dialTrunk(now: Instant, dial: DialTrunk): void {
    if (this.#byId.has(dial.legId)) return;
    const targets = trunkTargets(this.#context.trunks, dial);
    const leg = this.#newLeg(now, dial, true);
    leg.waiting.push(...targets.map((target) => () => this.#trunkAttempt(dial, target)));
    if (targets.length === 0) leg.failure = { code: "UNREACHABLE", status: null };
    this.#next(now, leg);
  }

  dialDevice(now: Instant, dial: DialDevice, bindings: readonly Binding[]): void {
    if (this.#byId.has(dial.legId)) return;
    const leg = this.#newLeg(now, dial, false);
    leg.attemptEndsAt = Number.POSITIVE_INFINITY;
    for (const binding of bindings) {
      const { host } = this.#context.addresses.toward(binding.peer);
      const audio = newAudio(this.#context, binding.peer, this.#context.deviceCodecs, dial.rtpPort);
      const settings = deviceInvite(dial, binding, host, this.#newCallId(), audio.offer());
      this.#start(now, leg, { settings, audio, trunkId: null });
    }
    if (leg.live.size === 0) this.#close(now, leg, "UNREACHABLE", null);
    else this.#reschedule(leg);
  }

  drop(now: Instant, legId: LegId, code: LegEndCode): void {
    const leg = this.#byId.get(legId);
    if (leg === undefined) return;
    const calls = [...leg.live.keys()];
    this.#close(now, leg, code, null);
    for (const call of calls) this.#context.agent.end(now, call);
  }

  dropAll(now: Instant, code: LegEndCode): void {
    for (const legId of [...this.#byId.keys()]) this.drop(now, legId, code);
  }

  /** @returns when to call again at the latest */
  poll(now: Instant): Instant | undefined {
    for (let due = this.#heap.peek(); due !== undefined && due.deadline <= now; due = this.#heap.peek()) {
      this.#due(now, due);
    }
    return this.#heap.peek()?.deadline;
  }

  /** True when the event was for an outgoing leg. */
  handle(now: Instant, event: AgentEvent): boolean {
    if (!("call" in event)) return false;
    const leg = this.#byCall.get(event.call);
    if (leg === undefined) return false;
    switch (event.kind) {
      case "provisional":
        this.#provisional(leg, event);
        return true;
      case "answered":
        this.#answered(now, leg, event.call, event.body);
        return true;
      case "reoffered": {
        const live = leg.live.get(event.call);
        leg.awaitsAnswer = event.body.length === 0;
        if (live !== undefined) {
          answerReofferWith(this.#context, now, { legId: leg.legId, audio: live.audio }, event.body, event.call);
        }
        return true;
      }
      case "acked":
        this.#acked(leg, event.call, event.body);
        return true;
      case "ended":
        this.#ended(now, leg, event.call, event.cause);
        return true;
      default:
        return true;
    }
  }

  #newLeg(now: Instant, dial: DialTrunk | DialDevice, hearsEarly: boolean): OutgoingLeg {
    const leg: OutgoingLeg = {
      legId: dial.legId,
      rtpPort: dial.rtpPort,
      hearsEarly,
      waiting: [],
      live: new Map(),
      ringEndsAt: now + dial.ringTimeoutMs,
      attemptEndsAt: now + this.#context.attemptMs,
      answeredCall: undefined,
      rang: false,
      early: undefined,
      awaitsAnswer: false,
      failure: undefined,
      deadline: Number.POSITIVE_INFINITY,
      heapIndex: -1,
    };
    this.#byId.set(dial.legId, leg);
    return leg;
  }

  #newCallId(): string {
    return randomHex(this.#context.entropy, 16);
  }

  #trunkAttempt(dial: DialTrunk, target: TrunkTarget, uri?: string, redirections = 0): Attempt {
    const { host } = this.#context.addresses.toward(target.peer);
    const { settings } = target.trunk;
    const audio = newAudio(this.#context, target.peer, settings.codecs, dial.rtpPort);
    const invite = trunkInvite(dial, target, host, this.#newCallId(), audio.offer(), uri);
    const redirected = (contacts: readonly string[]) => this.#redirections(dial, target, contacts, redirections + 1);
    return { settings: invite, audio, trunkId: settings.trunkId, redirected };
  }

  /** The places of a 3xx that stay with the carrier (RFC 3261 8.1.3.4); of the others the log tells. */
  #redirections(dial: DialTrunk, target: TrunkTarget, contacts: readonly string[], count: number): (() => Attempt)[] {
    const { trunkId } = target.trunk.settings;
    if (count > redirectionsMax) return [];
    return contacts.flatMap((contact) => {
      const peer = redirectedPeer(target, contact);
      if (peer !== undefined && this.#mayGo(dial, contact))
        return [() => this.#trunkAttempt(dial, { trunk: target.trunk, peer }, contact, count)];
      this.#context.log("warn", "a carrier sends a call to somebody else, which is not followed", { trunkId, contact });
      return [];
    });
  }

  /** Another number than the one dialled has to be one that may be dialled. */
  #mayGo(dial: DialTrunk, contact: string): boolean {
    const number = userOf(contact);
    if (number === null || number === dial.number) return true;
    const dialled = dial.number.replace(/\D/g, "");
    // Carriers put a prefix of their own before what was dialled, to say by which way it goes.
    if (dialled.length >= digitsOfANumber && number.replace(/\D/g, "").endsWith(dialled)) return true;
    return this.#context.mayRedirect(dial.legId, number);
  }

  /** Tries the next target, or ends the leg with what the last one said. */
  #next(now: Instant, leg: OutgoingLeg): void {
    const attempt = leg.waiting.shift();
    if (attempt === undefined) {
      const failure = leg.failure ?? { code: "UNREACHABLE", status: null };
      this.#close(now, leg, failure.code, failure.status);
      return;
    }
    leg.attemptEndsAt = leg.waiting.length > 0 ? now + this.#context.attemptMs : Number.POSITIVE_INFINITY;
    if (this.#start(now, leg, attempt())) this.#reschedule(leg);
    else this.#next(now, leg);
  }

  #start(now: Instant, leg: OutgoingLeg, attempt: Attempt): boolean {
    const call = this.#context.agent.invite(now, attempt.settings);
    if (call === undefined) {
      leg.failure = { code: "OVERLOADED", status: null };
      return false;
    }
    leg.live.set(call, attempt);
    this.#byCall.set(call, leg);
    this.#context.traces.bind(call, leg.legId);
    if (attempt.trunkId !== null) this.#context.trunks.count(attempt.trunkId, 1);
    return true;
  }

  #provisional(leg: OutgoingLeg, event: Extract<AgentEvent, { kind: "provisional" }>): void {
    if (!leg.rang) {
      leg.rang = true;
      this.#context.emit({ kind: "ringing", legId: leg.legId });
    }
    if (!leg.hearsEarly || event.body.length === 0) return;
    const remote = leg.live.get(event.call)?.audio.accept(event.body);
    if (remote === undefined) return;
    const first = leg.early === undefined;
    leg.early = remote;
    this.#context.emit({ kind: "remoteAudio", legId: leg.legId, remote });
    if (first) this.#context.emit({ kind: "earlyMedia", legId: leg.legId });
  }

  #answered(now: Instant, leg: OutgoingLeg, call: CallId, body: Uint8Array): void {
    const live = leg.live.get(call);
    // An answer without description stands for the one of its early media (RFC 3261 13.2.1).
    const remote = body.length > 0 ? live?.audio.accept(body) : leg.early;
    leg.answeredCall = call;
    for (const other of [...leg.live.keys()]) if (other !== call) this.#leave(now, leg, other);
    if (remote === undefined) {
      this.drop(now, leg.legId, "MEDIA_FAILED");
      return;
    }
    this.#heap.remove(leg);
    this.#context.emit({ kind: "remoteAudio", legId: leg.legId, remote });
    this.#context.emit({ kind: "answered", legId: leg.legId, trunkId: live?.trunkId ?? null });
  }

  #acked(leg: OutgoingLeg, call: CallId, body: Uint8Array): void {
    if (!leg.awaitsAnswer) return;
    leg.awaitsAnswer = false;
    const remote = leg.live.get(call)?.audio.accept(body);
    if (remote !== undefined) this.#context.emit({ kind: "remoteAudio", legId: leg.legId, remote });
  }

  #ended(now: Instant, leg: OutgoingLeg, call: CallId, cause: EndCause): void {
    const attempt = leg.live.get(call);
    const redirections = attempt?.redirected?.(cause.contacts) ?? [];
    this.#forget(leg, call);
    if (attempt !== undefined && !cause.answered && soundStatuses.has(cause.status ?? 0))
      this.#context.refused(soundRefused(attempt, cause.status));
    if (redirections.length > 0) {
      leg.waiting.unshift(...redirections);
      this.#next(now, leg);
      return;
    }
    const code = endCodeOf(cause, "out");
    if (leg.answeredCall === call) {
      this.#close(now, leg, code, cause.status);
      return;
    }
    const known = leg.failure === undefined ? -1 : strongest.indexOf(leg.failure.code);
    if (known < 0 || (strongest.includes(code) && strongest.indexOf(code) < known)) {
      leg.failure = { code, status: cause.status };
    }
    if (leg.live.size > 0) return;
    if (!mayTryNext(cause)) leg.waiting.length = 0;
    this.#next(now, leg);
  }

  #due(now: Instant, leg: OutgoingLeg): void {
    if (leg.ringEndsAt <= now) {
      this.drop(now, leg.legId, "NO_ANSWER");
      return;
    }
    leg.attemptEndsAt = Number.POSITIVE_INFINITY;
    const [call] = leg.live.keys();
    const silent = call !== undefined && !this.#context.agent.isProceeding(call);
    if (silent && leg.waiting.length > 0) {
      leg.failure ??= { code: "UNREACHABLE", status: 408 };
      this.#leave(now, leg, call);
      this.#next(now, leg);
      return;
    }
    this.#reschedule(leg);
  }

  /** Gives up one of several far ends. */
  #leave(now: Instant, leg: OutgoingLeg, call: CallId): void {
    this.#forget(leg, call);
    this.#context.agent.end(now, call, { headers: leg.answeredCall === undefined ? [] : elsewhere });
  }

  #forget(leg: OutgoingLeg, call: CallId): void {
    const live = leg.live.get(call);
    leg.live.delete(call);
    this.#byCall.delete(call);
    if (live?.trunkId != null) this.#context.trunks.count(live.trunkId, -1);
  }

  #close(now: Instant, leg: OutgoingLeg, code: LegEndCode, sipStatus: number | null): void {
    if (!this.#byId.delete(leg.legId)) return;
    this.#heap.remove(leg);
    for (const call of [...leg.live.keys()]) this.#forget(leg, call);
    this.#context.traces.end(leg.legId, now);
    this.#context.emit({ kind: "ended", legId: leg.legId, code, sipStatus });
  }

  #reschedule(leg: OutgoingLeg): void {
    if (this.#byId.has(leg.legId)) this.#heap.schedule(leg, Math.min(leg.ringEndsAt, leg.attemptEndsAt));
  }
}
