import type { Fact, Input, LegEndCode, RefusalCode, Target } from "@centrala/contract";
import { assert, required } from "@centrala/kit";
import {
  type Consult,
  type Contact,
  type Party,
  type PhaseOf,
  partyOf,
  roomIdOf,
  type SecondCall,
} from "../contact/contact.ts";
import { act, type Draft, emit, newId, refuse, talkOf } from "../core/draft.ts";
import { dropLeg, quiet } from "../core/legs.ts";
import { limits, times } from "../core/limits.ts";
import { type Asking, phoneOf } from "../outgoing/ask.ts";
import { nextOperator } from "../routing/match.ts";
import { makeOffer } from "../routing/offers.ts";
import { type ConsultEnd, closeConsult, consultOf } from "./close-consult.ts";
import { callerNumberOf, dialOut } from "./dial-out.ts";
import { hold, unhold } from "./hold.ts";
import { leaveTalk } from "./leave.ts";
import { answerDialler, ringback, ringDialler, soundRinging } from "./play.ts";
import { syncRecording } from "./recording.ts";
import { transferRefusal } from "./refusal.ts";
import { syncRoom } from "./room.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;
export function onConsultAsked(draft: Draft, input: InputOf<"consultAsked">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact === undefined) return;
  const why = askFirst(draft, contact, input.operatorId, input.target, null);
  if (why !== undefined) refuse(draft, why, input);
}

/**
 * Asks somebody first: the customer hears music, the operator hears ringing and then talks with the consulted, by the
 * second call of a phone when its leg is given. Gives why that is not possible; then nothing has changed.
 */
export function askFirst(
  draft: Draft,
  contact: Contact,
  by: string,
  asked: Target,
  secondCall: { readonly legId: string; readonly phoneId: string | null } | null,
): RefusalCode | undefined {
  const why = transferRefusal(draft, contact, by, asked, secondCall?.phoneId);
  if (why !== undefined || contact.phase.kind !== "talking") return why ?? "NOT_TALKING";
  const legs = contact.legIds.length + (secondCall === null ? 0 : 1);
  if (legs >= limits.legsPerContact) return "LIMIT_REACHED";
  const target = consulted(draft, by, asked);
  if (target === undefined) return "OPERATOR_BUSY";
  const held = contact.phase.hold !== null;
  if (!held) hold(draft, contact, by);
  const second = secondCall === null ? null : { legId: secondCall.legId, held };
  startConsult(draft, contact, by, target, second, secondCall?.phoneId ?? null);
  syncRoom(draft, contact);
  syncRecording(draft, contact);
  return undefined;
}

/** A queue is consulted through whoever of it would be rung next. */
function consulted(draft: Draft, by: string, target: Target): Exclude<Target, { kind: "queue" }> | undefined {
  if (target.kind !== "queue") return target;
  const operator = nextOperator(draft, target.queueId, by);
  return operator === undefined ? undefined : { kind: "operator", operatorId: operator.id };
}

function startConsult(
  draft: Draft,
  contact: Contact,
  by: string,
  target: Exclude<Target, { kind: "queue" }>,
  second: SecondCall | null,
  phoneId: string | null,
): void {
  const party = partyOf(contact, by);
  assert(party !== undefined && consultOf(contact) === undefined, "one of a talk asks one at a time");
  const legId = target.kind === "outside" ? newId(draft, "leg") : null;
  // A phone that rings on its second call makes the tone itself.
  const hears = second === null && party.lostUntil === null;
  const playId = hears ? newId(draft, "play") : null;
  const contactId = contact.id;
  const started = { kind: "consultStarted", contactId, operatorId: by, target, legId, playId, second } as const;
  if (second === null) emit(draft, started);
  else startSecond(draft, contact, started, phoneId);
  if (playId !== null) {
    act(draft, { kind: "play", playId, legId: party.legId, items: [ringback(draft)], loop: true });
  }
  if (target.kind === "outside" && legId !== null) {
    const deviceId = phoneId ?? phoneOf(draft.state, party.legId);
    return dialConsulted(draft, contact, legId, target, { operatorId: by, deviceId });
  }
  const operator = target.kind === "operator" ? draft.state.operators.get(target.operatorId) : undefined;
  const how = { queueId: null, ringTimeoutMs: times.ringTimeoutMs, reasons: null, consulted: true };
  if (operator === undefined || !makeOffer(draft, contact, operator, how)) return consultFailed(draft, contact, "BUSY");
  if (second !== null) ringDialler(draft, contact, second.legId);
}

/** The phone's second call belongs to the contact from now on. */
function startSecond(
  draft: Draft,
  contact: Contact,
  fact: Extract<Fact, { kind: "consultStarted" }>,
  phoneId: string | null,
): void {
  const { operatorId, second } = fact;
  const fixed = { role: "operator", deviceId: null, addressId: null, standing: false } as const;
  const legId = second?.legId ?? "";
  emit(draft, { kind: "legStarted", legId, contactId: contact.id, operatorId, ...fixed, phoneId, charge: null });
  emit(draft, fact);
}

function dialConsulted(
  draft: Draft,
  contact: Contact,
  legId: string,
  target: Extract<Target, { kind: "outside" }>,
  asking: Asking,
): void {
  const callerNumberId = callerNumberOf(draft.state, contact);
  const how = { legId, role: "consulted", callerNumberId, ringTimeoutMs: times.dialTimeoutMs, ...asking } as const;
  if (!dialOut(draft, contact, target, how)) consultFailed(draft, contact, "OUTGOING_LIMIT");
}

/** The consulted one is there. */
export function consultJoined(draft: Draft, contact: Contact, operatorId: string | null, legId: string): void {
  const consult = consultOf(contact);
  if (consult === undefined) return;
  assert(!consult.talking, "whoever is consulted answers once");
  quiet(draft, partyOf(contact, consult.by)?.legId ?? null);
  quiet(draft, legId);
  if (consult.second !== null) answerDialler(draft, contact, consult.second.legId);
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
export function consultFailed(draft: Draft, contact: Contact, code: LegEndCode): void {
  if (consultOf(contact) !== undefined) endConsult(draft, contact, "failed", code);
}

/** Ends a consultation one of its ways and brings room and recording to what follows; a phone's second call ends by `code`. */
export function endConsult(draft: Draft, contact: Contact, as: ConsultEnd, code: LegEndCode = "DROPPED"): void {
  const consult = consultOf(contact);
  if (consult === undefined || contact.phase.kind !== "talking") return;
  if (as === "return" || as === "failed") {
    closeConsult(draft, contact, consult, as, code);
    // A phone that has put the customer on hold takes the call up again by its own key.
    if (consult.second?.held !== true) unhold(draft, contact, consult.by);
  } else if (consult.talking) {
    joinConsulted(draft, contact, contact.phase, consult, as);
  } else {
    handOver(draft, contact, contact.phase, consult);
  }
  syncRoom(draft, contact);
  syncRecording(draft, contact);
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
  const party = partyOf(contact, by);
  assert(legId !== null && party !== undefined, "both who consult have a leg in the talk");
  const before = { ...party };
  emit(draft, { kind: "consultEnded", contactId: contact.id, operatorId: by, as });
  unhold(draft, contact, by);
  if (consult.second !== null) leaveLeg(draft, contact, consult.second, before, as);
  const joins = { contactId: contact.id, legId, roomId: roomIdOf(contact) };
  if (operatorId === null) emit(draft, { kind: "outsideJoined", ...joins });
  else emit(draft, { kind: "talkStarted", ...joins, operatorId, queueId: null });
  // Nobody is suddenly heard who has muted.
  if (consult.muted && operatorId !== null)
    emit(draft, { kind: "mutedChanged", contactId: contact.id, operatorId, on: true });
  if (as === "transfer") leaveTalk(draft, contact, phase, party);
}

/** Of a phone's two calls the second one is over after a transfer, and the first one when all three talk. */
function leaveLeg(draft: Draft, contact: Contact, second: SecondCall, before: Party, as: "transfer" | "conference") {
  if (as === "transfer") return dropLeg(draft, contact, second.legId, "DROPPED");
  if (before.muted) {
    if (before.lostUntil === null) act(draft, { kind: "muteLeg", legId: before.legId, muted: false });
    act(draft, { kind: "muteLeg", legId: second.legId, muted: true });
  }
  dropLeg(draft, contact, before.legId, "DROPPED");
}

/** Handed over while it still rings: the customer hears the ringing now, and the operator is free. */
function handOver(draft: Draft, contact: Contact, phase: PhaseOf<"talking">, consult: Consult): void {
  const party = required(partyOf(contact, consult.by), "who hands over");
  unhold(draft, contact, consult.by);
  leaveTalk(draft, contact, phase, party);
  emit(draft, { kind: "consultEnded", contactId: contact.id, operatorId: consult.by, as: "transfer" });
  dropLeg(draft, contact, consult.second?.legId ?? null, "DROPPED");
  soundRinging(draft, contact);
}
