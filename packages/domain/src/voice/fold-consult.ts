import type { Fact } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import { type Consult, type Contact, type Party, partyOf } from "../contact/contact.ts";
import { setPhase } from "../contact/fold-contact.ts";
import { foldPlayed } from "../core/legs.ts";
import { occupy } from "../operator/fold-operator.ts";
import { freeOperator, touchOperator } from "../routing/touch.ts";
import type { CentreState } from "../state.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

export function foldConsultStarted(state: CentreState, fact: FactOf<"consultStarted">): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact consulted about");
  assert(contact.phase.kind === "talking", "only who talks can consult");
  const { operatorId: by, target, legId, second } = fact;
  contact.phase.consult = { by, target, legId, offerId: null, operatorId: null, talking: false, muted: false, second };
  if (fact.playId !== null) foldPlayed(state, partyOf(contact, by)?.legId ?? null, fact.playId);
}

export function foldConsultAnswered(state: CentreState, fact: FactOf<"consultAnswered">, at: Instant): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact consulted about");
  assert(contact.phase.kind === "talking" && contact.phase.consult !== null, "an answer needs a consultation");
  const consulted = fact.consultedOperatorId === null ? undefined : state.operators.get(fact.consultedOperatorId);
  if (consulted !== undefined) {
    occupy(consulted, { kind: "talking", since: at, contactId: contact.id, as: "consulted" });
    consulted.missesInRow = 0;
    touchOperator(state, consulted.id);
  }
  const consult = contact.phase.consult;
  consult.talking = true;
  consult.offerId = null;
  consult.legId = fact.legId;
  consult.operatorId = fact.consultedOperatorId;
  foldPlayed(state, partyOf(contact, consult.by)?.legId ?? null, null);
  foldPlayed(state, fact.legId, null);
}

export function foldConsultEnded(state: CentreState, fact: FactOf<"consultEnded">, at: Instant): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact consulted about");
  if (contact.phase.kind !== "talking" || contact.phase.consult === null) return;
  const consult = contact.phase.consult;
  contact.phase.consult = null;
  foldPlayed(state, partyOf(contact, consult.by)?.legId ?? null, null);
  if (consult.operatorId !== null) freeOperator(state, consult.operatorId, contact.id, at);
  if (fact.as === "conference" && consult.second !== null) moveTo(partyOf(contact, consult.by), consult.second.legId);
  if (fact.as === "transfer" && !consult.talking) handOverRinging(state, contact, consult);
}

/** All three talk: the operator goes on with the second call of the phone. */
function moveTo(party: Party | undefined, legId: string): void {
  if (party === undefined) return;
  party.legId = legId;
  party.lostUntil = null;
}

/** Handed over before the answer: what rang for the consultation now rings for the customer. */
function handOverRinging(state: CentreState, contact: Contact, consult: Consult): void {
  const { target, by, offerId, legId } = consult;
  const offer = offerId === null ? undefined : state.offers.get(offerId);
  if (offer !== undefined) offer.purpose = "transfer";
  setPhase(state, contact, { kind: "ringing", target, from: by, stepId: null, offerId, legId });
}
