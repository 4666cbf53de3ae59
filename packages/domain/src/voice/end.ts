import type { ContactEndCode, LegEndCode } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import { type Contact, type PhaseOf, roomIdOf } from "../contact/contact.ts";
import { act, type Draft, emit } from "../core/draft.ts";
import { dropLeg, quiet } from "../core/legs.ts";
import { limits } from "../core/limits.ts";
import { withdrawOffer } from "../routing/offers.ts";
import { leaveQueue } from "../routing/waiting.ts";
import { abortConsult } from "./close-consult.ts";
import { endTalk, startWrapUp } from "./leave.ts";
import { stopRecording } from "./recording.ts";

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
  emit(draft, {
    kind: "contactEnded",
    contactId: contact.id,
    code,
    answered: contact.answered,
    endedKept: limits.endedKept,
  });
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

function endTalks(draft: Draft, contact: Contact, phase: PhaseOf<"talking">): void {
  for (const party of [...phase.parties]) if (party.operatorId !== null) endTalk(draft, contact, phase, party);
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
