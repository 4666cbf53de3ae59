import type { Input, LegEndCode, OfferOutcome, RoutingReasons } from "@centrala/contract";
import { assert } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import { act, type Draft, emit, follow, newId, refuse } from "../core/draft.ts";
import { dropLeg } from "../core/legs.ts";
import { limits, times } from "../core/limits.ts";
import { pickDevice } from "../operator/device.ts";
import type { Operator } from "../operator/operator.ts";
import type { Offer } from "./offer.ts";
import { nextReview } from "./queue-index.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;
type NewOffer = {
  readonly queueId: string | null;
  readonly ringTimeoutMs: number;
  readonly reasons: RoutingReasons | null;
  readonly consulted: boolean;
};

/** Rings an operator for a contact. False when there is no device to ring, or the contact has too many legs. */
export function makeOffer(draft: Draft, contact: Contact, operator: Operator, how: NewOffer): boolean {
  assert(operator.work.kind === "none", "only who has nothing to do is rung");
  const device = pickDevice(draft.state, operator);
  if (device === null || contact.legIds.length >= limits.legsPerContact) return false;
  const legId = device.kind === "phone" ? newId(draft, "leg") : null;
  const offerId = newId(draft, "offer");
  const contactId = contact.id;
  const operatorId = operator.id;
  const until = draft.at + how.ringTimeoutMs;
  const { queueId, reasons } = how;
  if (device.kind === "phone" && legId !== null) ringPhone(draft, contact, operatorId, device.deviceId, legId, how);
  emit(draft, { kind: "offerMade", offerId, contactId, operatorId, queueId, device, legId, until, reasons });
  return true;
}

function ringPhone(draft: Draft, contact: Contact, operatorId: string, deviceId: string, legId: string, how: NewOffer) {
  const contactId = contact.id;
  const role = how.consulted ? "consulted" : "operator";
  const fixed = { addressId: null, standing: false, phoneId: null, charge: null } as const;
  emit(draft, { kind: "legStarted", legId, contactId, role, operatorId, deviceId, ...fixed });
  const { ringTimeoutMs } = how;
  act(draft, { kind: "dialDevice", legId, contactId, deviceId, ringTimeoutMs, autoAnswer: false });
}

/** The caller is gone or served elsewhere: the ringing stops, and nobody missed anything. */
export function withdrawOffer(draft: Draft, offerId: string | null): void {
  const offer = offerId === null ? undefined : draft.state.offers.get(offerId);
  if (offer !== undefined) closeOffer(draft, offer, "withdrawn");
}

function closeOffer(draft: Draft, offer: Offer, outcome: OfferOutcome): void {
  const { id: offerId, contactId, operatorId } = offer;
  const contact = draft.state.contacts.get(contactId);
  emit(draft, {
    kind: "offerEnded",
    offerId,
    contactId,
    operatorId,
    outcome,
    ...afterOffer(draft, contact, offer, outcome),
  });
  if (contact !== undefined && outcome !== "accepted") dropLeg(draft, contact, offer.legId, "CANCELLED");
}

/** Who missed a contact of a queue is left alone with it for a while; then, or when a further tier opens, it is looked at again. */
function afterOffer(draft: Draft, contact: Contact | undefined, offer: Offer, outcome: OfferOutcome) {
  const phase = contact?.phase;
  const missed = outcome !== "withdrawn" && outcome !== "accepted";
  if (!missed || phase?.kind !== "waiting") return { missedUntil: null, reviewAt: null };
  const missedUntil = draft.at + times.justMissedMs;
  const others = phase.missed.filter((one) => one.until > draft.at && one.operatorId !== offer.operatorId);
  const wait = { since: phase.since, missed: [...others, { until: missedUntil }] };
  const queue = draft.state.queues.get(phase.queueId);
  return { missedUntil, reviewAt: queue === undefined ? null : nextReview(queue, wait, draft.at) };
}

/** The operator did not take it: whoever is too often not there goes on a break; what becomes of the contact follows. */
export function missOffer(draft: Draft, offer: Offer, outcome: "declined" | "rung-out" | "unreachable"): void {
  assert(draft.state.offers.has(offer.id), "an offer ends once");
  closeOffer(draft, offer, outcome);
  breakAfterMisses(draft, offer);
  const { contactId, purpose } = offer;
  const code: LegEndCode = outcome === "declined" ? "DECLINED" : outcome === "rung-out" ? "NO_ANSWER" : "UNREACHABLE";
  follow(draft, { kind: "offerMissed", contactId, purpose, code });
}

function breakAfterMisses(draft: Draft, offer: Offer): void {
  const operator = draft.state.operators.get(offer.operatorId);
  const queue = offer.queueId === null ? undefined : draft.state.queues.get(offer.queueId);
  if (operator === undefined || queue === undefined || operator.duty.state !== "available") return;
  if (operator.missesInRow < queue.config.missesMax) return;
  const who = { operatorId: operator.id, reasonId: null, byUserId: null } as const;
  emit(draft, { kind: "operatorChanged", ...who, state: "break", cause: "missed" });
}

export function onOfferAccepted(draft: Draft, input: InputOf<"offerAccepted">): void {
  const offer = offerOf(draft, input);
  if (offer === undefined) return;
  const headset = draft.state.operators.get(offer.operatorId)?.headsetLegId ?? null;
  // A phone is answered by lifting it; at the desk the offer can be taken over to the headset, when there is one.
  if (headset === null) return refuse(draft, "NO_DEVICE", { contactId: offer.contactId, operatorId: offer.operatorId });
  const contact = draft.state.contacts.get(offer.contactId);
  if (contact !== undefined) dropLeg(draft, contact, offer.legId, "CANCELLED");
  acceptOffer(draft, offer, headset);
}

export function onOfferDeclined(draft: Draft, input: InputOf<"offerDeclined">): void {
  const offer = offerOf(draft, input);
  if (offer !== undefined) missOffer(draft, offer, "declined");
}

function offerOf(draft: Draft, input: InputOf<"offerAccepted" | "offerDeclined">): Offer | undefined {
  const { operatorId } = input;
  const offer = draft.state.offers.get(input.offerId);
  if (offer === undefined) refuse(draft, "OFFER_OVER", { operatorId });
  else if (offer.operatorId !== operatorId) refuse(draft, "NOT_YOURS", { contactId: offer.contactId, operatorId });
  else return offer;
  return undefined;
}

/** The operator took it on this leg: what they do with the contact from now on follows. */
export function acceptOffer(draft: Draft, offer: Offer, legId: string): void {
  assert(draft.state.offers.has(offer.id), "an offer ends once");
  closeOffer(draft, offer, "accepted");
  const { contactId, operatorId, queueId, purpose } = offer;
  follow(draft, { kind: "offerTaken", contactId, operatorId, queueId, purpose, legId });
}

/** The offer that rings on this leg. */
export function offerOfLeg(draft: Draft, operatorId: string | null, legId: string): Offer | undefined {
  const operator = operatorId === null ? undefined : draft.state.operators.get(operatorId);
  if (operator?.work.kind !== "offered") return undefined;
  const offer = draft.state.offers.get(operator.work.offerId);
  return offer?.legId === legId ? offer : undefined;
}
