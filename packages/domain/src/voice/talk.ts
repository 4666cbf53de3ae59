import type { Input, LegEndCode } from "@centrala/contract";
import { assert } from "@centrala/kit";
import { type Contact, type Party, type PhaseOf, partyOf, roomIdOf } from "../contact/contact.ts";
import { act, type Draft, emit, refuse, talkOf } from "../core/draft.ts";
import { dropLeg, quiet } from "../core/legs.ts";
import { endConsult } from "./consult.ts";
import { endContact } from "./end.ts";
import { hold, unhold } from "./hold.ts";
import { leaveTalk } from "./leave.ts";
import { syncRecording } from "./recording.ts";
import { returnContact } from "./return.ts";
import { syncRoom } from "./room.ts";
import { answerCustomer } from "./speak.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;

/** Customer and operator talk: music stops, both are in the room, the recording runs. */
export function joinTalk(
  draft: Draft,
  contact: Contact,
  operatorId: string,
  legId: string,
  queueId: string | null,
): void {
  const { kind } = contact.phase;
  assert(kind === "between" || kind === "ringing", "a talk begins out of a queue or a transfer");
  answerCustomer(draft, contact);
  quiet(draft, contact.customerLegId);
  quiet(draft, legId);
  const roomId = roomIdOf(contact);
  emit(draft, { kind: "talkStarted", contactId: contact.id, operatorId, legId, roomId, queueId });
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}

/** Somebody outside and the customer talk. */
export function joinOutside(draft: Draft, contact: Contact, legId: string): void {
  assert(contact.phase.kind === "ringing", "somebody outside is rung before they talk");
  answerCustomer(draft, contact);
  quiet(draft, contact.customerLegId);
  emit(draft, { kind: "outsideJoined", contactId: contact.id, legId, roomId: roomIdOf(contact) });
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}

export function onHeld(draft: Draft, input: InputOf<"held">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact?.phase.kind !== "talking") return;
  if (contact.phase.consult !== null) return refuse(draft, "ALREADY_CONSULTING", input);
  if (input.on === (contact.phase.hold !== null)) return;
  if (input.on) hold(draft, contact, input.operatorId);
  else unhold(draft, contact, input.operatorId);
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}

export function onMuted(draft: Draft, input: InputOf<"muted">): void {
  if (muteConsulted(draft, input)) return;
  const contact = talkOf(draft, input.contactId, input.operatorId);
  const party = contact === undefined ? undefined : partyOf(contact, input.operatorId);
  if (contact === undefined || party === undefined || party.muted === input.on) return;
  emit(draft, { kind: "mutedChanged", contactId: contact.id, operatorId: input.operatorId, on: input.on });
  if (party.lostUntil === null) act(draft, { kind: "muteLeg", legId: party.legId, muted: input.on });
}

/** Whoever is consulted mutes like whoever talks. False when it is not the consulted one who asks. */
function muteConsulted(draft: Draft, { contactId, operatorId, on }: InputOf<"muted">): boolean {
  const contact = draft.state.contacts.get(contactId);
  if (contact?.phase.kind !== "talking" || contact.phase.consult?.operatorId !== operatorId) return false;
  const { legId, muted } = contact.phase.consult;
  if (legId === null || muted === on) return true;
  emit(draft, { kind: "mutedChanged", contactId, operatorId, on });
  act(draft, { kind: "muteLeg", legId, muted: on });
  return true;
}

/** One of a conference takes a colleague or somebody outside off the line; the customer stays, and so does whoever asks. */
export function onPartyDropped(draft: Draft, input: InputOf<"partyDropped">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact?.phase.kind !== "talking") return;
  const { phase } = contact;
  const party = phase.parties.find((one) => one.legId === input.legId);
  if (party === undefined || party.operatorId === input.operatorId || contact.direction === "internal")
    return refuse(draft, "NOT_TALKING", input);
  if (party.operatorId !== null) return leaveConference(draft, contact, phase, party);
  dropLeg(draft, contact, party.legId, "DROPPED");
  outsideLegEnded(draft, contact);
}

/** The keys themselves go past the journal: the shell sends them when this was not refused. */
export function onKeysSent(draft: Draft, input: InputOf<"keysSent">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact === undefined) return;
  const { operatorId, length } = input;
  emit(draft, { kind: "keysSent", contactId: contact.id, operatorId, length });
}

export function onHungUp(draft: Draft, input: InputOf<"hungUp">): void {
  const { contactId, operatorId } = input;
  const contact = draft.state.contacts.get(contactId);
  if (contact === undefined) {
    return refuse(draft, draft.state.ended.has(contactId) ? "CONTACT_ENDED" : "CONTACT_UNKNOWN", input);
  }
  operatorHangsUp(draft, contact, operatorId);
}

/** An operator hangs up, at the desk or on the phone. */
export function operatorHangsUp(draft: Draft, contact: Contact, operatorId: string): void {
  const phase = contact.phase;
  if (phase.kind === "dialling" && phase.operatorId === operatorId) return endContact(draft, contact, "CANCELLED");
  if (phase.kind === "talking" && phase.consult !== null) {
    if (phase.consult.operatorId === operatorId) return endConsult(draft, contact, "return");
    // Hanging up hands the customer over to whoever is consulted, so that nobody is left on hold alone.
    if (phase.consult.by === operatorId) return endConsult(draft, contact, "transfer");
  }
  const party = partyOf(contact, operatorId);
  if (party === undefined || phase.kind !== "talking") {
    return refuse(draft, contact.operatorIds.includes(operatorId) ? "NOT_TALKING" : "NOT_YOURS", {
      contactId: contact.id,
      operatorId,
    });
  }
  if (phase.parties.length > 1 && contact.direction !== "internal")
    return leaveConference(draft, contact, phase, party);
  endContact(draft, contact, "OPERATOR_HUNG_UP");
}

/**
 * An operator has to call for help at once. Who else talks with the customer goes on, whoever is consulted gets the
 * customer, and where there is nobody the customer is brought to somebody else.
 */
export function leaveForEmergency(draft: Draft, contact: Contact, operatorId: string): void {
  const phase = contact.phase;
  const party = partyOf(contact, operatorId);
  const alone = phase.kind === "talking" && phase.consult === null && phase.parties.length === 1;
  if (!alone || party === undefined || contact.direction === "internal") {
    return operatorHangsUp(draft, contact, operatorId);
  }
  leaveTalk(draft, contact, phase, party);
  syncRecording(draft, contact);
  syncRoom(draft, contact);
  returnContact(draft, contact, null, "OPERATOR_HUNG_UP");
}

function leaveConference(draft: Draft, contact: Contact, phase: PhaseOf<"talking">, party: Party): void {
  assert(phase.parties.length > 1, "whoever leaves a conference leaves somebody talking");
  if (phase.hold !== null) unhold(draft, contact, phase.hold.by);
  leaveTalk(draft, contact, phase, party);
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}

/** An operator's line broke and did not come back: the customer goes to the front of the queue, or the call ends. */
export function operatorLost(draft: Draft, contact: Contact, operatorId: string): void {
  if (contact.phase.kind === "talking" && contact.phase.consult !== null) {
    endConsult(draft, contact, contact.phase.consult.by === operatorId ? "failed" : "return");
  }
  const phase = contact.phase;
  const party = partyOf(contact, operatorId);
  if (phase.kind !== "talking" || party === undefined) return;
  if (phase.parties.length > 1 && contact.direction !== "internal")
    return leaveConference(draft, contact, phase, party);
  if (contact.direction === "internal" || contact.customerLegId === null) {
    return endContact(draft, contact, "MEDIA_LOST");
  }
  leaveTalk(draft, contact, phase, party);
  syncRecording(draft, contact);
  syncRoom(draft, contact);
  returnContact(draft, contact, null, "MEDIA_LOST");
}

/** A leg of somebody who talked has ended by itself. */
export function partyLegEnded(draft: Draft, contact: Contact, operatorId: string, code: LegEndCode): void {
  if (code === "HUNG_UP" || code === "CANCELLED" || code === "DROPPED" || code === "DECLINED") {
    operatorHangsUp(draft, contact, operatorId);
  } else {
    operatorLost(draft, contact, operatorId);
  }
}

/** The outside party has gone: operators who are still there go on talking, otherwise the call is over. */
export function outsideLegEnded(draft: Draft, contact: Contact): void {
  if (contact.phase.kind !== "talking" || contact.phase.parties.length === 0) {
    return endContact(draft, contact, "TRANSFERRED_OUTSIDE");
  }
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}
