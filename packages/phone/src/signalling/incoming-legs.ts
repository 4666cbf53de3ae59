import type { DeviceId, LegEndCode, LegId, RefusalReason, TrunkId } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { AgentEvent, CallId, SipAgent } from "@centrala/sip";
import type { AudioSession } from "./audio-session.ts";
import { endCodeOf, statusOf } from "./end-codes.ts";
import { principalOf } from "./gate.ts";
import { calledNumber, callerOf, userOf } from "./identity.ts";
import { answerReofferWith, type LegsContext, newAudio } from "./legs-context.ts";
import { warningOf, whyNotAcceptable } from "./refused-sound.ts";

/** Who called what, for the list of refusals. */
type Caller = {
  readonly source: string;
  readonly transport: string;
  readonly trunkId: TrunkId | null;
  readonly deviceId: DeviceId | null;
  readonly called: string;
};

interface IncomingLeg {
  readonly legId: LegId;
  readonly call: CallId;
  readonly trunkId: TrunkId | null;
  readonly from: Caller;
  readonly audio: AudioSession;
  /** The caller's offer, empty when it wants ours. */
  readonly offer: Uint8Array;
  /** What was sent in 183 stands in 200 too: one offer has one answer. */
  sent: Uint8Array | undefined;
  /** Our offer was sent, so the ACK carries the answer. */
  awaitsAnswer: boolean;
  acked: boolean;
}

/** Calls that come in, from trunks and from phones. */
export class IncomingLegs {
  readonly #context: LegsContext;
  readonly #byId = new Map<LegId, IncomingLeg>();
  readonly #byCall = new Map<CallId, IncomingLeg>();

  constructor(context: LegsContext) {
    this.#context = context;
  }

  get agent(): SipAgent {
    return this.#context.agent;
  }

  has(legId: LegId): boolean {
    return this.#byId.has(legId);
  }

  callOf(legId: LegId): CallId | undefined {
    return this.#byId.get(legId)?.call;
  }

  legOf(call: CallId): LegId | undefined {
    return this.#byCall.get(call)?.legId;
  }

  get size(): number {
    return this.#byId.size;
  }

  arrived(now: Instant, event: Extract<AgentEvent, { kind: "incoming" }>): void {
    const principal = principalOf(event.principal);
    const trunk = principal.kind === "trunk" ? this.#context.trunks.get(principal.trunkId) : undefined;
    if (principal.kind === "trunk" && trunk === undefined) {
      this.agent.end(now, event.call, { status: 404 });
      return;
    }
    const codecs = trunk?.settings.codecs ?? this.#context.deviceCodecs;
    const audio = newAudio(this.#context, event.source, codecs);
    const from: Caller = {
      source: event.source.address,
      transport: event.source.transport,
      trunkId: trunk?.settings.trunkId ?? null,
      deviceId: principal.kind === "device" ? principal.deviceId : null,
      called: trunk === undefined ? (userOf(event.request.uri) ?? "") : calledNumber(event.request, trunk.settings),
    };
    const offer = event.body;
    const remote = offer.length === 0 ? null : audio.preview(offer);
    if (offer.length > 0 && remote === null) {
      const why = whyNotAcceptable(offer);
      this.#refused(from, 488, why.reason, why.detail);
      this.agent.end(now, event.call, { status: 488, headers: [warningOf(why)] });
      return;
    }
    const legId = this.#context.newLegId();
    const { trunkId } = from;
    const leg: IncomingLeg = {
      legId,
      call: event.call,
      trunkId,
      from,
      audio,
      offer,
      sent: undefined,
      awaitsAnswer: false,
      acked: false,
    };
    this.#byId.set(legId, leg);
    this.#byCall.set(event.call, leg);
    this.#context.traces.bind(event.call, legId);
    if (trunkId !== null) this.#context.trunks.count(trunkId, 1);
    this.#tellArrival(event, leg, remote);
  }

  ring(now: Instant, legId: LegId): void {
    const leg = this.#byId.get(legId);
    if (leg !== undefined && leg.sent === undefined) this.agent.progress(now, leg.call, 180);
  }

  /** 183 with our description. A caller who wants our offer first can't hear anything before the answer: 180. */
  progress(now: Instant, legId: LegId, rtpPort: number): void {
    const leg = this.#byId.get(legId);
    if (leg === undefined) return;
    if (leg.offer.length === 0) this.agent.progress(now, leg.call, 180);
    else if (this.#describe(now, leg, rtpPort)) this.agent.progress(now, leg.call, 183, leg.sent);
  }

  answer(now: Instant, legId: LegId, rtpPort: number): void {
    const leg = this.#byId.get(legId);
    if (leg !== undefined && this.#describe(now, leg, rtpPort)) {
      this.agent.answer(now, leg.call, leg.sent ?? new Uint8Array(0));
    }
  }

  reject(now: Instant, legId: LegId, status: number, retryAfterS?: number): void {
    const leg = this.#byId.get(legId);
    if (leg === undefined) return;
    const headers = retryAfterS === undefined ? [] : [["retry-after", String(retryAfterS)] as const];
    const reason = reasonOfRejection(status);
    if (reason !== undefined) this.#refused(leg.from, status, reason, "");
    this.#close(now, leg, status === 503 ? "OVERLOADED" : "DROPPED", status);
    this.agent.end(now, leg.call, { status, headers });
  }

  drop(now: Instant, legId: LegId, code: LegEndCode): void {
    const leg = this.#byId.get(legId);
    if (leg === undefined) return;
    this.#close(now, leg, code, null);
    this.agent.end(now, leg.call, { status: statusOf(code) });
  }

  /** Ends every leg, for instance when the server stops. */
  dropAll(now: Instant, code: LegEndCode): void {
    for (const legId of [...this.#byId.keys()]) this.drop(now, legId, code);
  }

  /** True when the event was for an incoming leg. */
  handle(now: Instant, event: AgentEvent): boolean {
    if (!("call" in event)) return false;
    const leg = this.#byCall.get(event.call);
    if (leg === undefined) return false;
    if (event.kind === "acked") this.#acked(now, leg, event.body);
    if (event.kind === "ended") this.#close(now, leg, endCodeOf(event.cause, "in"), event.cause.status);
    if (event.kind === "reoffered") {
      leg.awaitsAnswer = event.body.length === 0;
      answerReofferWith(this.#context, now, leg, event.body, leg.call);
    }
    return true;
  }

  #tellArrival(
    event: Extract<AgentEvent, { kind: "incoming" }>,
    leg: IncomingLeg,
    remote: ReturnType<AudioSession["preview"]>,
  ): void {
    const { request } = event;
    const { deviceId, called } = leg.from;
    const settings = leg.trunkId === null ? undefined : this.#context.trunks.get(leg.trunkId)?.settings;
    this.#context.emit({
      kind: "incoming",
      remote,
      leg: {
        legId: leg.legId,
        from: deviceId === null ? { kind: "trunk", trunkId: leg.trunkId ?? "" } : { kind: "device", deviceId },
        called,
        ...callerOf(request, settings?.trustsIdentity ?? false),
        sipCallId: request.headers.get("call-id") ?? "",
      },
    });
  }

  /** Makes the description for 183 and 200; ends the leg when nothing is common. */
  #describe(now: Instant, leg: IncomingLeg, rtpPort: number): boolean {
    if (leg.sent !== undefined) return true;
    leg.audio.port = rtpPort;
    if (leg.offer.length === 0) {
      leg.sent = leg.audio.offer();
      leg.awaitsAnswer = true;
      return true;
    }
    const answered = leg.audio.answer(leg.offer);
    if (answered === undefined) {
      const { reason, detail } = whyNotAcceptable(leg.offer);
      this.#refused(leg.from, 488, reason, detail);
      this.drop(now, leg.legId, "MEDIA_FAILED");
      return false;
    }
    leg.sent = answered.body;
    this.#context.emit({ kind: "remoteAudio", legId: leg.legId, remote: answered.remote });
    return true;
  }

  #refused(from: Caller, status: number, reason: RefusalReason, detail: string): void {
    this.#context.refused({ ...from, method: "INVITE", account: null, status, reason, detail });
  }

  #acked(now: Instant, leg: IncomingLeg, body: Uint8Array): void {
    if (leg.awaitsAnswer) {
      leg.awaitsAnswer = false;
      const remote = leg.audio.accept(body);
      if (remote === undefined) {
        this.drop(now, leg.legId, "MEDIA_FAILED");
        return;
      }
      this.#context.emit({ kind: "remoteAudio", legId: leg.legId, remote });
    }
    if (leg.acked) return;
    leg.acked = true;
    this.#context.emit({ kind: "answered", legId: leg.legId, trunkId: leg.trunkId });
  }

  #close(now: Instant, leg: IncomingLeg, code: LegEndCode, sipStatus: number | null): void {
    if (!this.#byId.delete(leg.legId)) return;
    this.#byCall.delete(leg.call);
    if (leg.trunkId !== null) this.#context.trunks.count(leg.trunkId, -1);
    this.#context.traces.end(leg.legId, now);
    this.#context.emit({ kind: "ended", legId: leg.legId, code, sipStatus });
  }
}

/** What the shell's refusal of a call means to whoever looks after lines and telephones; a busy flow is no trouble. */
function reasonOfRejection(status: number): RefusalReason | undefined {
  if (status === 404) return "numberUnknown";
  if (status === 403) return "notPermitted";
  return status === 503 ? "overloaded" : undefined;
}
