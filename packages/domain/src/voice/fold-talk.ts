import type { Fact } from "@centrala/contract";
import { type Instant, required } from "@centrala/kit";
import { type Contact, heldLegOf, type Party, type PhaseOf } from "../contact/contact.ts";
import { setPhase } from "../contact/fold-contact.ts";
import { foldPlayed } from "../core/legs.ts";
import { occupy } from "../operator/fold-operator.ts";
import { freeOperator, touchOperator } from "../routing/touch.ts";
import type { CentreState } from "../state.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

export function foldTalkStarted(state: CentreState, fact: FactOf<"talkStarted">, at: Instant): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact that is talked with");
  const { operatorId, legId, queueId } = fact;
  const operator = required(state.operators.get(operatorId), "the operator who talks");
  occupy(operator, { kind: "talking", since: at, contactId: contact.id, as: "operator" });
  join(state, contact, { operatorId, legId, queueId, since: at, holdMs: 0, muted: false, lostUntil: null });
  if (!contact.operatorIds.includes(operatorId)) contact.operatorIds.push(operatorId);
  operator.missesInRow = 0;
  touchOperator(state, operatorId);
}

export function foldOutsideJoined(state: CentreState, fact: FactOf<"outsideJoined">, at: Instant): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact that is talked with");
  const party = {
    operatorId: null,
    legId: fact.legId,
    queueId: null,
    since: at,
    holdMs: 0,
    muted: false,
    lostUntil: null,
  };
  join(state, contact, party);
}

function join(state: CentreState, contact: Contact, party: Party): void {
  contact.roomOpen = true;
  contact.answered = true;
  foldPlayed(state, contact.customerLegId, null);
  foldPlayed(state, party.legId, null);
  if (contact.phase.kind === "talking") contact.phase.parties.push(party);
  else setPhase(state, contact, { kind: "talking", parties: [party], hold: null, consult: null });
}

export function foldDialStarted(state: CentreState, fact: FactOf<"dialStarted">): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact that is dialled");
  const { operatorId, legId, target, callerNumberId } = fact;
  setPhase(state, contact, {
    kind: "dialling",
    operatorId,
    legId,
    target,
    callerNumberId,
    farLegId: null,
    offerId: null,
  });
  touchOperator(state, operatorId);
}

export function foldHeldChanged(state: CentreState, fact: FactOf<"heldChanged">, at: Instant): void {
  const contact = required(state.contacts.get(fact.contactId), "the held contact");
  const phase = contact.phase;
  if (phase.kind !== "talking") return;
  if (fact.on) {
    const legId = heldLegOf(contact, fact.operatorId);
    phase.hold = { by: fact.operatorId, legId, since: at };
    foldPlayed(state, legId, fact.playId);
  } else if (phase.hold !== null) {
    const { by, since } = phase.hold;
    for (const party of phase.parties) if (party.operatorId === by) party.holdMs += at - since;
    foldPlayed(state, phase.hold.legId, null);
    phase.hold = null;
  }
}

export function foldTransferred(state: CentreState, fact: FactOf<"transferred">): void {
  const contact = required(state.contacts.get(fact.contactId), "the transferred contact");
  const phase = contact.phase;
  // A scenario's own transfer remembers its step, whose `otherwise` follows when nobody answers.
  const stepId = fact.fromOperatorId === null && phase.kind === "scenario" ? phase.stepId : null;
  const from = fact.fromOperatorId;
  setPhase(state, contact, { kind: "ringing", target: fact.target, from, stepId, offerId: null, legId: null });
}

export function foldTalkEnded(state: CentreState, fact: FactOf<"talkEnded">, at: Instant): void {
  const contact = state.contacts.get(fact.contactId);
  if (contact?.phase.kind === "talking") leave(state, contact, contact.phase, fact.operatorId);
  freeOperator(state, fact.operatorId, fact.contactId, at);
}

function leave(state: CentreState, contact: Contact, phase: PhaseOf<"talking">, operatorId: string): void {
  const party = phase.parties.find((one) => one.operatorId === operatorId);
  foldPlayed(state, party?.legId ?? null, null);
  phase.parties = phase.parties.filter((one) => one !== party);
  if (phase.hold?.by === operatorId) {
    foldPlayed(state, phase.hold.legId, null);
    phase.hold = null;
  }
  // A consultation that is handed over while it rings still has to say what becomes of the contact.
  if (phase.parties.length === 0 && phase.consult === null) setPhase(state, contact, { kind: "between" });
}
