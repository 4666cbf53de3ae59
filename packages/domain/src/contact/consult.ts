import type { Input, Target } from "@centrala/contract";
import { act, type Draft, emit, newId, refuse, talkOf } from "../draft.ts";
import { nextOperator } from "../routing/match.ts";
import { makeOffer, withdrawOffer } from "../routing/offers.ts";
import { limits, times } from "../state.ts";
import { type Consult, type Contact, type PhaseOf, partyOf, roomIdOf } from "./contact.ts";
import { dropLeg } from "./end.ts";
import { syncRecording } from "./recording.ts";
import { quiet, ringback, syncRoom } from "./room.ts";
import { hold, leaveTalk, unhold } from "./talk.ts";
import { dialTrunk, soundRinging, transferRefusal } from "./transfer.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;
type ConsultEnd = "transfer" | "return" | "conference" | "failed";

/** Asks somebody first: the customer hears music, the operator hears ringing and then talks with the consulted. */
export function onConsultAsked(draft: Draft, input: InputOf<"consultAsked">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact?.phase.kind !== "talking") return;
  const why = transferRefusal(draft, contact, input.operatorId, input.target);
  if (why !== undefined) return refuse(draft, why, input);
  if (contact.legIds.length >= limits.legsPerContact) return refuse(draft, "LIMIT_REACHED", input);
  const target = consulted(draft, input.operatorId, input.target);
  if (target === undefined) return refuse(draft, "OPERATOR_BUSY", input);
  if (contact.phase.hold === null) hold(draft, contact, input.operatorId);
  startConsult(draft, contact, input.operatorId, target);
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}

/** A queue is consulted through whoever of it would be rung next. */
function consulted(draft: Draft, by: string, target: Target): Exclude<Target, { kind: "queue" }> | undefined {
  if (target.kind !== "queue") return target;
  const operator = nextOperator(draft, target.queueId, by);
  return operator === undefined ? undefined : { kind: "operator", operatorId: operator.id };
}

function startConsult(draft: Draft, contact: Contact, by: string, target: Exclude<Target, { kind: "queue" }>): void {
  const party = partyOf(contact, by);
  const legId = target.kind === "outside" ? newId(draft, "leg") : null;
  const playId = party === undefined || party.lostUntil !== null ? null : newId(draft, "play");
  const until = draft.at + times.ringTimeoutMs;
  const contactId = contact.id;
  emit(draft, { kind: "consultStarted", contactId, operatorId: by, target, legId, until, playId });
  if (playId !== null && party !== undefined) {
    act(draft, { kind: "play", playId, legId: party.legId, items: [ringback(draft)], loop: true });
  }
  if (target.kind === "outside" && legId !== null) return dialConsulted(draft, contact, legId, target);
  const operator = target.kind === "operator" ? draft.state.operators.get(target.operatorId) : undefined;
  const how = { queueId: null, ringTimeoutMs: times.ringTimeoutMs, reasons: null, consulted: true };
  if (operator === undefined || !makeOffer(draft, contact, operator, how)) consultFailed(draft, contact);
}

function dialConsulted(draft: Draft, contact: Contact, legId: string, target: Extract<Target, { kind: "outside" }>) {
  const { addressId, emergency } = target;
  const fixed = { operatorId: null, deviceId: null, standing: false } as const;
  emit(draft, { kind: "legStarted", legId, contactId: contact.id, role: "consulted", addressId, ...fixed });
  dialTrunk(draft, contact, legId, addressId, times.dialTimeoutMs, emergency);
}

/** The consulted one is there. */
export function consultJoined(draft: Draft, contact: Contact, operatorId: string | null, legId: string): void {
  const consult = consultOf(contact);
  if (consult === undefined) return;
  quiet(draft, partyOf(contact, consult.by)?.legId ?? null);
  quiet(draft, legId);
  const { by } = consult;
  const fact = {
    kind: "consultAnswered",
    contactId: contact.id,
    operatorId: by,
    consultedOperatorId: operatorId,
  } as const;
  emit(draft, { ...fact, legId });
  syncRoom(draft, contact);
}

export function onConsultEnded(draft: Draft, input: InputOf<"consultEnded">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact === undefined) return;
  const consult = consultOf(contact);
  if (consult === undefined) return refuse(draft, "NOT_CONSULTING", input);
  if (consult.by !== input.operatorId) return refuse(draft, "NOT_YOURS", input);
  if (input.as === "conference" && !consult.talking) return refuse(draft, "NOT_CONSULTING", input);
  endConsult(draft, contact, input.as);
}

/** Nobody could be consulted: operator and customer talk again. */
export function consultFailed(draft: Draft, contact: Contact): void {
  if (consultOf(contact) !== undefined) endConsult(draft, contact, "failed");
}

function consultOf(contact: Contact): Consult | undefined {
  return contact.phase.kind === "talking" ? (contact.phase.consult ?? undefined) : undefined;
}

/** Ends a consultation one of its ways and brings room and recording to what follows. */
export function endConsult(draft: Draft, contact: Contact, as: ConsultEnd): void {
  const consult = consultOf(contact);
  if (consult === undefined || contact.phase.kind !== "talking") return;
  if (as === "return" || as === "failed") {
    closeConsult(draft, contact, consult, as);
    unhold(draft, contact, consult.by);
  } else if (consult.talking) {
    joinConsulted(draft, contact, contact.phase, consult, as);
  } else {
    handOver(draft, contact, contact.phase, consult);
  }
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}

/** Ends a consultation because its contact ends. */
export function abortConsult(draft: Draft, contact: Contact): void {
  const consult = consultOf(contact);
  if (consult !== undefined) closeConsult(draft, contact, consult, "failed");
}

function closeConsult(draft: Draft, contact: Contact, consult: Consult, as: ConsultEnd): void {
  quiet(draft, partyOf(contact, consult.by)?.legId ?? null);
  withdrawOffer(draft, consult.offerId);
  emit(draft, { kind: "consultEnded", contactId: contact.id, operatorId: consult.by, as });
  dropLeg(draft, contact, consult.legId, "DROPPED");
}

/** The consulted one talks with the customer, with the operator (conference) or instead (transfer). */
function joinConsulted(
  draft: Draft,
  contact: Contact,
  phase: PhaseOf<"talking">,
  consult: Consult,
  as: "transfer" | "conference",
): void {
  const { by, legId, operatorId } = consult;
  if (legId === null) return;
  emit(draft, { kind: "consultEnded", contactId: contact.id, operatorId: by, as });
  unhold(draft, contact, by);
  const party = partyOf(contact, by);
  const joins = { contactId: contact.id, legId, roomId: roomIdOf(contact) };
  if (operatorId === null) emit(draft, { kind: "outsideJoined", ...joins });
  else emit(draft, { kind: "talkStarted", ...joins, operatorId, queueId: null });
  if (as === "transfer" && party !== undefined) leaveTalk(draft, contact, phase, party);
}

/** Handed over while it still rings: the customer hears the ringing now, and the operator is free. */
function handOver(draft: Draft, contact: Contact, phase: PhaseOf<"talking">, consult: Consult): void {
  const party = partyOf(contact, consult.by);
  unhold(draft, contact, consult.by);
  if (party !== undefined) leaveTalk(draft, contact, phase, party);
  emit(draft, { kind: "consultEnded", contactId: contact.id, operatorId: consult.by, as: "transfer" });
  soundRinging(draft, contact);
}
