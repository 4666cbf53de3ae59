import type { Fact, Input } from "@centrala/contract";
import { endConsult } from "../contact/consult.ts";
import { partyOf } from "../contact/contact.ts";
import { endContact } from "../contact/end.ts";
import { syncRecording } from "../contact/recording.ts";
import { playLoop, quiet, syncRoom } from "../contact/room.ts";
import { act, type Draft, emit, operatorOf, refuse } from "../draft.ts";
import { missOffer } from "../routing/offers.ts";
import { times } from "../state.ts";
import type { Operator } from "./operator.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;
type Changed = Extract<Fact, { kind: "operatorChanged" }>;

/** Duty changes at once; work stands before it, so a break taken in a talk begins after the wrap-up. */
export function onOperatorWent(draft: Draft, input: InputOf<"operatorWent">): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined) return;
  const { to, operatorId, byUserId } = input;
  const reasonId = to === "break" ? input.reasonId : null;
  if (reasonId !== null && !draft.state.config.core.breakReasonIds.includes(reasonId)) {
    return refuse(draft, "BREAK_REASON_UNKNOWN", input);
  }
  const same = operator.duty.state === to && (operator.duty.state !== "break" || operator.duty.reasonId === reasonId);
  if (same && operator.work.kind !== "wrap-up") return;
  const cause = byUserId === null || byUserId === operatorId ? "self" : "supervisor";
  if (!same) emit(draft, { kind: "operatorChanged", operatorId, state: to, reasonId, cause, byUserId });
  if (to !== "available") declineOffer(draft, operator);
  if (operator.work.kind === "wrap-up") endWrapUp(draft, operator, "went");
}

/** Whoever leaves duty is not rung on. */
function declineOffer(draft: Draft, operator: Operator): void {
  const offer = operator.work.kind === "offered" ? draft.state.offers.get(operator.work.offerId) : undefined;
  if (offer !== undefined) missOffer(draft, offer, "declined");
}

export function endWrapUp(draft: Draft, operator: Operator, reason: "finished" | "limit" | "went"): void {
  if (operator.work.kind !== "wrap-up") return;
  const { contactId } = operator.work;
  emit(draft, { kind: "wrapUpEnded", contactId, operatorId: operator.id, reason });
}

export function onWrapUpFinished(draft: Draft, input: InputOf<"wrapUpFinished">): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined) return;
  const work = operator.work;
  if (work.kind !== "wrap-up" || work.contactId !== input.contactId) return refuse(draft, "NOT_IN_WRAP_UP", input);
  endWrapUp(draft, operator, "finished");
}

export function onDispositionSet(draft: Draft, input: InputOf<"dispositionSet">): void {
  if (!servedBy(draft, input)) return;
  const { contactId, operatorId, dispositionId } = input;
  emit(draft, { kind: "dispositionSet", contactId, operatorId, dispositionId });
}

export function onCustomerLinked(draft: Draft, input: InputOf<"customerLinked">): void {
  if (!servedBy(draft, input)) return;
  const { contactId, operatorId, customerId } = input;
  emit(draft, { kind: "customerLinked", contactId, customerId, operatorId });
}

/** Whether the operator talks or talked with the contact; otherwise refuses. */
function servedBy(draft: Draft, input: { readonly contactId: string; readonly operatorId: string }): boolean {
  const { contactId, operatorId } = input;
  const contact = draft.state.contacts.get(contactId);
  const work = draft.state.operators.get(operatorId)?.work;
  const now = work !== undefined && work.kind !== "none" && work.contactId === contactId;
  const operatorIds = contact?.operatorIds ?? draft.state.ended.get(contactId)?.operatorIds;
  if (operatorIds === undefined) refuse(draft, "CONTACT_UNKNOWN", input);
  else if (now || operatorIds.includes(operatorId)) return true;
  else refuse(draft, "NOT_YOURS", input);
  return false;
}

/** The newest headset replaces the old one, in the middle of a conversation, too. */
export function onHeadsetAttached(draft: Draft, input: InputOf<"headsetAttached">): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined) return act(draft, { kind: "dropLeg", legId: input.legId, code: "DROPPED" });
  const old = operator.headsetLegId;
  const { operatorId, legId } = input;
  if (old === legId || draft.state.legs.has(legId)) return;
  if (old !== null) act(draft, { kind: "dropLeg", legId: old, code: "DROPPED" });
  stopComfort(draft, operator);
  emit(draft, { kind: "headsetAttached", operatorId, legId });
  if (operator.work.kind === "talking") resume(draft, operator, operator.work.contactId, legId);
}

/** The comfort tone ends when the operator is heard again; a held customer goes on hearing music. */
function stopComfort(draft: Draft, operator: Operator): void {
  const contact = operator.work.kind === "talking" ? draft.state.contacts.get(operator.work.contactId) : undefined;
  const phase = contact?.phase;
  if (contact === undefined || phase?.kind !== "talking" || phase.hold !== null) return;
  const party = partyOf(contact, operator.id);
  if (party !== undefined && party.lostUntil !== null) quiet(draft, contact.customerLegId);
}

/** The conversation goes on over the new leg. */
function resume(draft: Draft, operator: Operator, contactId: string, legId: string): void {
  const contact = draft.state.contacts.get(contactId);
  if (contact === undefined) return;
  const party = partyOf(contact, operator.id);
  if (party?.legId === legId && party.muted) act(draft, { kind: "muteLeg", legId, muted: true });
  syncRoom(draft, contact);
  if (contact.direction !== "internal") syncRecording(draft, contact);
}

export function onHeadsetLost(draft: Draft, input: InputOf<"headsetLost">): void {
  headsetGone(draft, input.operatorId, input.legId);
}

export function headsetGone(draft: Draft, operatorId: string, legId: string): void {
  const operator = draft.state.operators.get(operatorId);
  if (operator === undefined || operator.headsetLegId !== legId) return;
  const talking = operator.work.kind === "talking";
  const until = draft.at + (talking ? times.reattachMs : times.deviceWaitMs);
  headsetLost(draft, operatorId, legId, until, "headset-lost");
}

/** The standing leg is gone: a ringing offer goes to somebody else, a conversation waits for it to come back. */
export function headsetLost(
  draft: Draft,
  operatorId: string,
  legId: string,
  until: number,
  cause: "headset-lost" | "restart",
): void {
  emit(draft, { kind: "headsetLost", operatorId, legId, until, cause });
  const work = draft.state.operators.get(operatorId)?.work;
  if (work?.kind === "offered") {
    const offer = draft.state.offers.get(work.offerId);
    if (offer?.device.kind === "headset") missOffer(draft, offer, "unreachable");
  }
  if (work?.kind === "talking") talkLost(draft, operatorId, legId, work.contactId);
}

function talkLost(draft: Draft, operatorId: string, legId: string, contactId: string): void {
  const contact = draft.state.contacts.get(contactId);
  if (contact === undefined) return;
  const phase = contact.phase;
  if (phase.kind === "dialling" && phase.legId === legId) return endContact(draft, contact, "MEDIA_LOST");
  if (phase.kind !== "talking") return;
  if (phase.consult?.operatorId === operatorId) return endConsult(draft, contact, "return");
  const party = partyOf(contact, operatorId);
  if (party === undefined || party.lostUntil === null) return;
  syncRoom(draft, contact);
  syncRecording(draft, contact);
  const customer = contact.customerLegId;
  if (customer === null || phase.hold !== null || phase.parties.length > 1) return;
  const { country } = draft.state.config.core;
  playLoop(draft, contact, customer, "comfort", { kind: "tone", tone: "comfort", country });
}

export function onDeviceReachable(draft: Draft, input: InputOf<"deviceReachable">): void {
  const { deviceId, reachable } = input;
  if (draft.state.reachableDevices.has(deviceId) === reachable) return;
  if (!draft.state.config.deviceOwners.has(deviceId) && reachable) return;
  emit(draft, { kind: "deviceReachable", deviceId, reachable });
  const owner = draft.state.config.deviceOwners.get(deviceId);
  if (owner !== undefined) draft.touchedOperators.add(owner);
}

export function onDeviceChosen(draft: Draft, input: InputOf<"deviceChosen">): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined || operator.chosen === input.device) return;
  emit(draft, { kind: "deviceChosen", operatorId: operator.id, device: input.device });
}

/** Something about an operator is due: the end of wrap-up, or of the wait for a device. */
export function onOperatorDue(draft: Draft, operator: Operator): void {
  if (operator.work.kind === "wrap-up" && operator.work.until <= draft.at) endWrapUp(draft, operator, "limit");
  const wait = operator.deviceWait;
  if (wait === null || wait.until > draft.at) return;
  const fact: Omit<Changed, "cause"> = {
    kind: "operatorChanged",
    operatorId: operator.id,
    state: "offline",
    reasonId: null,
    byUserId: null,
  };
  emit(draft, { ...fact, cause: wait.cause });
}
