import type { ContactEndCode, LegEndCode, QueueLeaveReason } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import { act, type Draft, emit } from "../draft.ts";
import { withdrawOffer } from "../routing/offers.ts";
import { times } from "../state.ts";
import { abortConsult } from "./consult.ts";
import { type Contact, type Party, type PhaseOf, roomIdOf } from "./contact.ts";
import { stopRecording } from "./recording.ts";
import { quiet } from "./room.ts";

/** Ends a contact with everything that belongs to it: offers, talk, recording, legs and room, each exactly once. */
export function endContact(
  draft: Draft,
  contact: Contact,
  code: ContactEndCode,
  legCode: LegEndCode = "DROPPED",
): void {
  const wrapUps = operatorsToWrapUp(contact);
  leavePhase(draft, contact, code);
  stopRecording(draft, contact);
  const { roomOpen } = contact;
  if (contact.phase.kind === "talking") endTalks(draft, contact, contact.phase);
  for (const legId of contact.legIds) dropLeg(draft, contact, legId, legCode);
  if (roomOpen) act(draft, { kind: "closeRoom", roomId: roomIdOf(contact) });
  emit(draft, { kind: "contactEnded", contactId: contact.id, code, answered: contact.answered });
  for (const { operatorId, queueId } of wrapUps) startWrapUp(draft, contact, operatorId, queueId);
}

type WrapUp = { readonly operatorId: string; readonly queueId: string | null };

function operatorsToWrapUp(contact: Contact): WrapUp[] {
  const phase = contact.phase;
  if (phase.kind === "dialling") return [{ operatorId: phase.operatorId, queueId: null }];
  if (phase.kind !== "talking") return [];
  const list: WrapUp[] = [];
  for (const { operatorId, queueId } of phase.parties) if (operatorId !== null) list.push({ operatorId, queueId });
  return list;
}

function leavePhase(draft: Draft, contact: Contact, code: ContactEndCode): void {
  const phase = contact.phase;
  switch (phase.kind) {
    case "between":
    case "scenario":
      return;
    case "waiting":
      withdrawOffer(draft, phase.offerId);
      return leaveQueue(draft, contact, code === "ABANDONED_IN_QUEUE" ? "abandoned" : "ended");
    case "ringing":
      return withdrawOffer(draft, phase.offerId);
    case "dialling":
      quiet(draft, standingLeg(draft, phase.legId));
      return withdrawOffer(draft, phase.offerId);
    case "talking":
      if (phase.consult !== null) abortConsult(draft, contact);
      return;
    default:
      return assertNever(phase);
  }
}

function standingLeg(draft: Draft, legId: string): string | null {
  return draft.state.legs.get(legId)?.standing === true ? legId : null;
}

/** Takes a contact out of its queue, with how long it waited there this time. */
export function leaveQueue(draft: Draft, contact: Contact, reason: QueueLeaveReason): void {
  const phase = contact.phase;
  if (phase.kind !== "waiting") return;
  const waitedMs = Math.max(0, livedUntil(draft) - phase.enteredAt);
  emit(draft, { kind: "queueLeft", contactId: contact.id, queueId: phase.queueId, reason, waitedMs });
}

function endTalks(draft: Draft, contact: Contact, phase: PhaseOf<"talking">): void {
  for (const party of [...phase.parties]) if (party.operatorId !== null) endTalk(draft, contact, phase, party);
}

/** Takes one operator out of the talk; their own phone leg stays for the caller to drop. */
export function endTalk(draft: Draft, contact: Contact, phase: PhaseOf<"talking">, party: Party): void {
  if (party.operatorId === null) return;
  const leg = draft.state.legs.get(party.legId);
  // A standing headset outlives the talk: neither silence nor a tone of this call may stay on it.
  if (leg?.standing === true) {
    quiet(draft, leg.id);
    if (party.muted) act(draft, { kind: "muteLeg", legId: leg.id, muted: false });
  }
  const until = livedUntil(draft);
  const goesOn = phase.hold?.by === party.operatorId ? Math.max(0, until - phase.hold.since) : 0;
  const talkMs = Math.max(0, until - party.since);
  const holdMs = Math.min(talkMs, party.holdMs + goesOn);
  emit(draft, { kind: "talkEnded", contactId: contact.id, operatorId: party.operatorId, talkMs, holdMs });
}

/** What a crash cut off ended with it, not when the server came back. */
function livedUntil({ at, input }: Draft): number {
  return input.kind === "recovered" ? Math.min(at, input.aliveUntil ?? at) : at;
}

/** Ends a leg of the contact from our side; standing headsets and legs that ended already are left alone. */
export function dropLeg(draft: Draft, contact: Contact, legId: string | null, code: LegEndCode): void {
  const leg = legId === null ? undefined : draft.state.legs.get(legId);
  if (leg === undefined || leg.standing || leg.contactId !== contact.id) return;
  act(draft, { kind: "dropLeg", legId: leg.id, code });
  emit(draft, { kind: "legEnded", legId: leg.id, contactId: contact.id, code, sipStatus: null });
}

/** Work after the conversation; none after internal calls and where the queue sets none. */
export function startWrapUp(draft: Draft, contact: Contact, operatorId: string, queueId: string | null): void {
  if (contact.direction === "internal") return;
  const operator = draft.state.operators.get(operatorId);
  if (operator === undefined || operator.work.kind !== "none") return;
  const queue = queueId === null ? undefined : draft.state.queues.get(queueId);
  const wrapUpMs = queue?.config.wrapUpMsMax ?? times.wrapUpMs;
  if (wrapUpMs === 0) return;
  emit(draft, { kind: "wrapUpStarted", contactId: contact.id, operatorId, until: draft.at + wrapUpMs });
}

/** What a leg's end means for the contact whose customer it was. */
export function customerEndCode(contact: Contact, code: LegEndCode): ContactEndCode {
  switch (code) {
    case "HUNG_UP":
    case "CANCELLED":
    case "DROPPED":
      return hangUpCode(contact);
    case "RTP_PORTS_EXHAUSTED":
      return "MEDIA_FAILED";
    case "BUSY":
    case "DECLINED":
    case "NO_ANSWER":
    case "UNREACHABLE":
    case "NUMBER_UNKNOWN":
    case "TRUNK_REJECTED":
    case "MEDIA_FAILED":
    case "MEDIA_LOST":
    case "SERVER_RESTARTED":
    case "OVERLOADED":
    case "OUTGOING_LIMIT":
      return code;
    default:
      return assertNever(code);
  }
}

function hangUpCode(contact: Contact): ContactEndCode {
  const phase = contact.phase;
  switch (phase.kind) {
    case "waiting":
      return "ABANDONED_IN_QUEUE";
    case "scenario":
      return contact.messageLeft ? "VOICEMAIL_LEFT" : "ABANDONED_IN_SCENARIO";
    case "ringing":
      return contact.answered ? "CUSTOMER_HUNG_UP" : "ABANDONED_IN_SCENARIO";
    case "talking":
      return phase.parties.every((party) => party.operatorId === null) ? "TRANSFERRED_OUTSIDE" : "CUSTOMER_HUNG_UP";
    case "dialling":
      return "DECLINED";
    case "between":
      return "CUSTOMER_HUNG_UP";
    default:
      return assertNever(phase);
  }
}
