import type { LegEndCode, TelephonyEvent } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import type { Consult, Contact, Leg, PhaseOf } from "../contact/contact.ts";
import { act, type Draft, emit, follow } from "../core/draft.ts";
import { quiet } from "../core/legs.ts";
import type { Offer } from "../routing/offer.ts";
import { acceptOffer, missOffer, offerOfLeg } from "../routing/offers.ts";
import { onArrivalEnded } from "./arrive.ts";
import { consultJoined, endConsult } from "./consult.ts";
import { dialFar, endDialling, hearEarly, outboundAnswered, soundDialling } from "./dial.ts";
import { customerEndCode, endContact } from "./end.ts";
import { headsetGone } from "./headset.ts";
import { hearEarlyOn, ringDialler } from "./play.ts";
import { syncRoom } from "./room.ts";
import { joinOutside, outsideLegEnded, partyLegEnded } from "./talk.ts";

type Known = { readonly leg: Leg; readonly contact: Contact };

function known(draft: Draft, legId: string): Known | undefined {
  const leg = draft.state.legs.get(legId);
  const contact = leg?.contactId == null ? undefined : draft.state.contacts.get(leg.contactId);
  return leg === undefined || contact === undefined ? undefined : { leg, contact };
}

export function onLegRinging(draft: Draft, legId: string, earlyMedia: boolean): void {
  const found = known(draft, legId);
  if (found === undefined || found.leg.incoming) return;
  const { leg, contact } = found;
  if (leg.state === "answered" || leg.state === "early" || (leg.state === "ringing" && !earlyMedia)) return;
  emit(draft, { kind: "legRinging", legId, contactId: contact.id, earlyMedia });
  const phase = contact.phase;
  if (phase.kind === "dialling" && phase.farLegId === legId) {
    if (earlyMedia) hearEarly(draft, contact, phase);
    else soundDialling(draft, contact, phase);
  } else if (earlyMedia && phase.kind === "ringing" && phase.legId === legId) {
    earlyAt(draft, contact, contact.customerLegId);
  } else if (phase.kind === "talking" && phase.consult?.legId === legId) {
    consultedRings(draft, contact, phase, phase.consult, earlyMedia);
  }
}

function consultedRings(
  draft: Draft,
  contact: Contact,
  phase: PhaseOf<"talking">,
  { by, second }: Consult,
  earlyMedia: boolean,
): void {
  if (second !== null) return (earlyMedia ? hearEarlyOn : ringDialler)(draft, contact, second.legId);
  if (!earlyMedia) return;
  earlyAt(draft, contact, phase.parties.find((party) => party.operatorId === by)?.legId ?? null);
}

/** Whoever waits for the far end hears what it plays instead of our ringback. */
function earlyAt(draft: Draft, contact: Contact, legId: string | null): void {
  if (legId === null || draft.state.legs.get(legId)?.state !== "answered") return;
  quiet(draft, legId);
  syncRoom(draft, contact);
}

export function onLegAnswered(draft: Draft, legId: string, trunkId: string | null): void {
  const found = known(draft, legId);
  if (found === undefined || found.leg.incoming || found.leg.state === "answered") return;
  const { leg, contact } = found;
  const taken = draft.state.outgoing.legs.has(legId) ? trunkId : null;
  emit(draft, { kind: "legAnswered", legId, contactId: contact.id, trunkId: taken });
  const offer = offerOfLeg(draft, leg.operatorId, legId);
  if (offer !== undefined) return acceptOffer(draft, offer, legId);
  const phase = contact.phase;
  if (phase.kind === "dialling") {
    if (phase.farLegId === legId) outboundAnswered(draft, contact, phase);
    else if (phase.legId === legId) dialFar(draft, contact);
  } else if (phase.kind === "ringing" && phase.legId === legId) {
    joinOutside(draft, contact, legId);
  } else if (phase.kind === "talking" && phase.consult?.legId === legId) {
    consultJoined(draft, contact, null, legId);
  }
}

export function onLegEnded(draft: Draft, event: Extract<TelephonyEvent, { kind: "legEnded" }>): void {
  const leg = draft.state.legs.get(event.legId);
  if (leg === undefined) return onArrivalEnded(draft, event);
  if (leg.standing && leg.operatorId !== null) return headsetGone(draft, leg.operatorId, leg.id);
  const found = known(draft, event.legId);
  if (found !== undefined) legEnded(draft, found, event.code, event.sipStatus);
}

/** Nothing is heard of a leg any more: it is ended, as if its far end had gone. */
export function onMediaLost(draft: Draft, legId: string): void {
  const found = known(draft, legId);
  if (found === undefined || found.leg.state !== "answered") return;
  act(draft, { kind: "dropLeg", legId, code: "MEDIA_LOST" });
  legEnded(draft, found, "MEDIA_LOST", null);
}

/** A limit of calls out ends a leg, as if its far end had gone. */
export function endOutside(draft: Draft, legId: string): void {
  const found = known(draft, legId);
  if (found === undefined) return;
  act(draft, { kind: "dropLeg", legId, code: "OUTGOING_LIMIT" });
  legEnded(draft, found, "OUTGOING_LIMIT", null);
}

/** A leg has ended by itself; what that means depends on whose it was. */
export function legEnded(draft: Draft, { leg, contact }: Known, code: LegEndCode, sipStatus: number | null): void {
  const part = partOf(draft, leg, contact);
  const customerCode = customerEndCode(contact, code);
  emit(draft, { kind: "legEnded", legId: leg.id, contactId: contact.id, code, sipStatus });
  switch (part.kind) {
    case "customer":
      return endContact(draft, contact, customerCode);
    case "dialled":
      return endDialling(draft, contact, customerCode, code);
    case "dialler":
      return endContact(draft, contact, code === "HUNG_UP" || code === "CANCELLED" ? "CANCELLED" : customerCode);
    case "offer":
      return missOffer(draft, part.offer, outcomeOf(code));
    case "consulted":
      return endConsult(draft, contact, part.talking ? "return" : "failed", code);
    case "second":
      return endConsult(draft, contact, "return");
    case "target":
      return follow(draft, { kind: "targetFailed", contactId: contact.id, code });
    case "operator":
      return partyLegEnded(draft, contact, part.operatorId, code);
    case "outside":
      return outsideLegEnded(draft, contact);
    case "none":
      return;
    default:
      return assertNever(part);
  }
}

type Part =
  | { readonly kind: "customer" | "dialled" | "dialler" | "second" | "target" | "outside" | "none" }
  | { readonly kind: "offer"; readonly offer: Offer }
  | { readonly kind: "consulted"; readonly talking: boolean }
  | { readonly kind: "operator"; readonly operatorId: string };

function partOf(draft: Draft, leg: Leg, contact: Contact): Part {
  const phase = contact.phase;
  const offer = offerOfLeg(draft, leg.operatorId, leg.id);
  if (offer !== undefined) return { kind: "offer", offer };
  if (leg.id === contact.customerLegId) return { kind: phase.kind === "dialling" ? "dialled" : "customer" };
  if (phase.kind === "dialling" && phase.legId === leg.id) return { kind: "dialler" };
  if (phase.kind === "ringing" && phase.legId === leg.id) return { kind: "target" };
  if (phase.kind !== "talking") return { kind: "none" };
  if (phase.consult?.legId === leg.id) return { kind: "consulted", talking: phase.consult.talking };
  if (phase.consult?.second?.legId === leg.id) return { kind: "second" };
  if (!phase.parties.some((party) => party.legId === leg.id)) return { kind: "none" };
  return leg.operatorId === null ? { kind: "outside" } : { kind: "operator", operatorId: leg.operatorId };
}

function outcomeOf(code: LegEndCode): "declined" | "rung-out" | "unreachable" {
  if (code === "BUSY" || code === "DECLINED" || code === "HUNG_UP") return "declined";
  return code === "NO_ANSWER" ? "rung-out" : "unreachable";
}
