import type { Fact } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import { occupy } from "../operator/fold-operator.ts";
import type { CentreState } from "../state.ts";
import type { Offer, OfferPurpose } from "./offer.ts";
import { indexWaiting } from "./queue-index.ts";
import { touchOperator } from "./touch.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

export function foldOfferMade(state: CentreState, fact: FactOf<"offerMade">, at: Instant): void {
  const contact = required(state.contacts.get(fact.contactId), "the offered contact");
  const operator = required(state.operators.get(fact.operatorId), "the operator who is rung");
  assert(operator.work.kind === "none", "an operator is rung for one contact at a time");
  const { offerId: id, contactId, operatorId, queueId, device, legId, until } = fact;
  const purpose = link(state, contact, id);
  const offer: Offer = { id, contactId, operatorId, queueId, purpose, device, legId, since: at, until };
  state.offers.set(id, offer);
  state.deadlines.set(`offer:${id}`, until);
  occupy(operator, { kind: "offered", since: at, offerId: id, contactId });
  touchOperator(state, operatorId);
}

function link(state: CentreState, contact: Contact, offerId: string): OfferPurpose {
  const phase = contact.phase;
  switch (phase.kind) {
    case "waiting":
      phase.offerId = offerId;
      indexWaiting(state, contact, phase);
      return "queue";
    case "ringing":
      phase.offerId = offerId;
      return "transfer";
    case "dialling":
      phase.offerId = offerId;
      return "internal";
    default:
      assert(phase.kind === "talking" && phase.consult !== null, "an offer has a purpose");
      phase.consult.offerId = offerId;
      return "consult";
  }
}

export function foldOfferEnded(state: CentreState, fact: FactOf<"offerEnded">, at: Instant): void {
  const offer = state.offers.get(fact.offerId);
  if (offer === undefined) return;
  state.offers.delete(offer.id);
  state.deadlines.set(`offer:${offer.id}`, undefined);
  const operator = state.operators.get(offer.operatorId);
  if (operator !== undefined) {
    if (operator.work.kind === "offered" && operator.work.offerId === offer.id) operator.work = { kind: "none" };
    const missed = fact.outcome === "rung-out" || fact.outcome === "unreachable";
    if (missed) operator.missesInRow += 1;
    // Whoever was rung in vain keeps the place among the idle only if the caller took the offer away.
    if (fact.outcome !== "withdrawn" && fact.outcome !== "accepted") operator.idleSince = at;
    touchOperator(state, operator.id);
  }
  unlink(state, offer, fact, at);
}

function unlink(state: CentreState, offer: Offer, { missedUntil, reviewAt }: FactOf<"offerEnded">, at: Instant): void {
  const contact = state.contacts.get(offer.contactId);
  if (contact === undefined) return;
  const phase = contact.phase;
  if (phase.kind === "talking") {
    if (phase.consult?.offerId === offer.id) phase.consult.offerId = null;
    return;
  }
  if (phase.kind !== "waiting" && phase.kind !== "ringing" && phase.kind !== "dialling") return;
  if (phase.offerId !== offer.id) return;
  phase.offerId = null;
  if (phase.kind !== "waiting") return;
  if (missedUntil !== null)
    phase.missed = [
      ...phase.missed.filter((one) => one.until > at && one.operatorId !== offer.operatorId),
      { operatorId: offer.operatorId, since: at, until: missedUntil },
    ];
  indexWaiting(state, contact, phase);
  phase.reviewAt = reviewAt;
}
