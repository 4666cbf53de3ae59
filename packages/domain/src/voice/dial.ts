import type { ContactEndCode, Input, LegEndCode, RefusalCode, Target } from "@centrala/contract";
import { assert, required } from "@centrala/kit";
import { type Contact, type PhaseOf, roomIdOf } from "../contact/contact.ts";
import { act, type Draft, emit, newId, operatorOf, refuse } from "../core/draft.ts";
import { dropLeg, quiet } from "../core/legs.ts";
import { limits, times } from "../core/limits.ts";
import { pickDevice } from "../operator/device.ts";
import { endWrapUp } from "../operator/duty.ts";
import type { Operator } from "../operator/operator.ts";
import { offDutyRefused, phoneOf } from "../outgoing/ask.ts";
import { nextOperator } from "../routing/match.ts";
import { makeOffer, missOffer } from "../routing/offers.ts";
import { callerNumberOf, dialOut } from "./dial-out.ts";
import { customerEndCode, endContact } from "./end.ts";
import { secondCall, statusOf } from "./phone-keys.ts";
import { answerDialler, hearEarlyOn, playLoop, ringback, ringDialler } from "./play.ts";
import { syncRecording } from "./recording.ts";
import { targetRefusal } from "./refusal.ts";
import { syncRoom } from "./room.ts";
import { leaveForEmergency } from "./talk.ts";

type Dialled = Extract<Input, { kind: "operatorDialled" }>;

/** An operator calls somebody, from the desk or with a SIP phone whose incoming leg is given. */
export function onOperatorDialled(draft: Draft, input: Dialled): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined) return rejectPhone(draft, input, 403);
  const emergency = input.target.kind === "outside" && input.target.emergency;
  if (!emergency && input.legId !== null && secondCall(draft, operator, input, input.legId)) return;
  const why = dialRefusal(draft, operator, input, emergency);
  if (why !== undefined) {
    refuse(draft, why, input);
    const status = statusOf(why);
    return rejectPhone(draft, input, status === 486 || status === 403 ? status : 480);
  }
  if (emergency) freeForEmergency(draft, operator);
  if (operator.work.kind === "wrap-up") endWrapUp(draft, operator, "went");
  startDialling(draft, operator, input);
}

function rejectPhone(draft: Draft, input: Dialled, status: number): void {
  if (input.legId !== null) act(draft, { kind: "rejectLeg", legId: input.legId, status });
}

function dialRefusal(draft: Draft, operator: Operator, input: Dialled, emergency: boolean): RefusalCode | undefined {
  const { state } = draft;
  if (state.contacts.has(input.contactId) || state.ended.has(input.contactId)) return "LIMIT_REACHED";
  if (state.config.trunkIds.length === 0 && emergency) return "NO_TRUNK";
  if (input.legId === null && pickDevice(state, operator) === null) return "NO_DEVICE";
  // An emergency call is never blocked: neither by limits nor by what the operator does just now.
  if (emergency) return undefined;
  if (state.contacts.size >= limits.contacts) return "LIMIT_REACHED";
  if (operator.work.kind === "offered" || operator.work.kind === "talking") return "OPERATOR_BUSY";
  if (operator.duty.state === "offline") {
    if (input.legId === null) return "OPERATOR_OFFLINE";
    if (offDutyRefused(state, operator.id)) return "OFF_DUTY";
  }
  return dialTargetRefusal(draft, operator, input);
}

function dialTargetRefusal(draft: Draft, operator: Operator, { target, deviceId }: Dialled): RefusalCode | undefined {
  const operatorId = operator.id;
  if (target.kind !== "queue") return targetRefusal(draft, { operatorId, deviceId: deviceId ?? null }, target);
  if (!draft.state.queues.has(target.queueId)) return "QUEUE_UNKNOWN";
  return nextOperator(draft, target.queueId, operatorId) === undefined ? "OPERATOR_BUSY" : undefined;
}

/** Whatever occupies the operator gives way; a customer who is talked with goes back to the queue. */
function freeForEmergency(draft: Draft, operator: Operator): void {
  const work = operator.work;
  if (work.kind === "offered") {
    const offer = draft.state.offers.get(work.offerId);
    if (offer !== undefined) missOffer(draft, offer, "declined");
    return;
  }
  if (work.kind !== "talking") return;
  const contact = draft.state.contacts.get(work.contactId);
  if (contact !== undefined) leaveForEmergency(draft, contact, operator.id);
}

function startDialling(draft: Draft, operator: Operator, input: Dialled): void {
  const { contactId, operatorId, clientId, customerId } = input;
  const { target } = input;
  const addressId = target.kind === "outside" ? target.addressId : null;
  emit(draft, {
    kind: "contactStarted",
    contactId,
    direction: target.kind === "outside" ? "outbound" : "internal",
    clientId,
    trunkId: null,
    numberId: null,
    addressId,
    calledAddressId: addressId,
    customerId,
    customerLegId: null,
    operatorId,
    language: draft.state.config.clients.get(clientId)?.language ?? draft.state.config.core.language,
    outsideAddressIds: {},
    outsideDestinations: {},
    callerTests: {},
  });
  const contact = required(draft.state.contacts.get(contactId), "the contact that was begun");
  const legId = ownLeg(draft, contact, operator, input.legId, input.deviceId);
  if (legId === null) return endContact(draft, contact, "UNREACHABLE");
  const { callerNumberId } = input;
  emit(draft, { kind: "dialStarted", contactId, operatorId, legId, target, callerNumberId });
  const leg = draft.state.legs.get(legId);
  if (leg?.standing === true || input.legId !== null) dialFar(draft, contact);
}

/** The operator's own end: the phone that dials, the standing headset, or a phone that is rung first. */
function ownLeg(
  draft: Draft,
  contact: Contact,
  operator: Operator,
  given: string | null,
  phoneId: string | undefined,
): string | null {
  const contactId = contact.id;
  const fixed = {
    kind: "legStarted",
    contactId,
    role: "operator",
    operatorId: operator.id,
    addressId: null,
    charge: null,
  } as const;
  if (given !== null) {
    emit(draft, { ...fixed, legId: given, deviceId: null, standing: false, phoneId: phoneId ?? null });
    return given;
  }
  const device = pickDevice(draft.state, operator);
  if (device === null) return null;
  if (device.kind === "headset") return device.legId;
  const legId = newId(draft, "leg");
  const { deviceId } = device;
  emit(draft, { ...fixed, legId, deviceId, standing: false, phoneId: null });
  const ringTimeoutMs = times.ringTimeoutMs;
  act(draft, { kind: "dialDevice", legId, contactId, deviceId, ringTimeoutMs, autoAnswer: true });
  return legId;
}

/** The operator's end is there: dial the far one. */
export function dialFar(draft: Draft, contact: Contact): void {
  const phase = contact.phase;
  if (phase.kind !== "dialling") return;
  assert(phase.farLegId === null && phase.offerId === null, "the far end is dialled once");
  if (phase.target.kind === "outside") return dialOutside(draft, contact, phase, phase.target);
  const { target } = phase;
  const to =
    target.kind === "operator"
      ? draft.state.operators.get(target.operatorId)
      : nextOperator(draft, target.queueId, phase.operatorId);
  const how = { queueId: null, ringTimeoutMs: times.ringTimeoutMs, reasons: null, consulted: false };
  const free = to !== undefined && to.work.kind === "none" && to.duty.state === "available";
  if (!free || !makeOffer(draft, contact, to, how)) return endDialling(draft, contact, "BUSY", "BUSY");
  soundDialling(draft, contact, phase);
}

function dialOutside(
  draft: Draft,
  contact: Contact,
  phase: PhaseOf<"dialling">,
  target: Extract<Target, { kind: "outside" }>,
): void {
  const legId = newId(draft, "leg");
  const callerNumberId = phase.callerNumberId ?? callerNumberOf(draft.state, contact);
  const asking = { operatorId: phase.operatorId, deviceId: phoneOf(draft.state, phase.legId) };
  const how = { legId, role: "customer", callerNumberId, ringTimeoutMs: times.dialTimeoutMs, ...asking } as const;
  if (dialOut(draft, contact, target, how)) return;
  endDialling(draft, contact, "OUTGOING_LIMIT", "OUTGOING_LIMIT");
}

/** It rings at the far end: the operator hears it on the headset, or the phone makes its own tone. */
export function soundDialling(draft: Draft, contact: Contact, phase: PhaseOf<"dialling">): void {
  const own = draft.state.legs.get(phase.legId);
  if (own?.state === "answered") playLoop(draft, contact, own.id, "ringback", ringback(draft));
  else ringDialler(draft, contact, phase.legId);
}

/** The far end speaks before it answers: the operator hears that instead of our ringback. */
export function hearEarly(draft: Draft, contact: Contact, phase: PhaseOf<"dialling">): void {
  hearEarlyOn(draft, contact, phase.legId);
}

/** The number outside answered. */
export function outboundAnswered(draft: Draft, contact: Contact, phase: PhaseOf<"dialling">): void {
  assert(draft.state.legs.has(phase.legId), "who dials is there when the far end answers");
  answerDialler(draft, contact, phase.legId);
  const { operatorId, legId } = phase;
  const roomId = roomIdOf(contact);
  emit(draft, { kind: "talkStarted", contactId: contact.id, operatorId, legId, roomId, queueId: null });
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}

/** The colleague answered. */
export function internalAnswered(draft: Draft, contact: Contact, operatorId: string, legId: string): void {
  const phase = contact.phase;
  if (phase.kind !== "dialling") return;
  answerDialler(draft, contact, phase.legId);
  quiet(draft, legId);
  const both = { kind: "talkStarted", contactId: contact.id, roomId: roomIdOf(contact), queueId: null } as const;
  emit(draft, { ...both, operatorId: phase.operatorId, legId: phase.legId });
  emit(draft, { ...both, operatorId, legId });
  syncRoom(draft, contact);
}

export function internalFailed(draft: Draft, contact: Contact, code: LegEndCode): void {
  endDialling(draft, contact, customerEndCode(contact, code), code);
}

/** The far end did not answer: the operator hears why, and the call is over. */
export function endDialling(draft: Draft, contact: Contact, code: ContactEndCode, legCode: LegEndCode): void {
  const phase = contact.phase;
  if (phase.kind !== "dialling") return;
  const own = draft.state.legs.get(phase.legId);
  if (own !== undefined && !own.standing) dropLeg(draft, contact, own.id, legCode);
  endContact(draft, contact, code, legCode);
  if (own?.standing === true) playBusy(draft, contact.id, own.id, code === "BUSY" ? "busy" : "congestion");
}

/** A short clip on the standing headset: it ends by itself. */
function playBusy(draft: Draft, contactId: string, legId: string, tone: "busy" | "congestion"): void {
  const playId = newId(draft, "play");
  const { country } = draft.state.config.core;
  const item = { kind: "tone", tone, country } as const;
  emit(draft, { kind: "played", contactId, legId, playId, what: "busy" });
  act(draft, { kind: "play", playId, legId, items: [item, item, item], loop: false });
}
