import type { Effect, Fact, Input, RefusalCode } from "@centrala/contract";
import { assert, type Instant } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import type { Operator } from "../operator/operator.ts";
import type { CentreState } from "../state.ts";
import type { FollowUp } from "./follow.ts";

/** How a state takes a fact in: given from above, so that whoever decides knows nothing of the other folders' folds. */
export type Fold = (state: CentreState, fact: Fact, at: Instant) => void;

/** One decision in the making: every fact is folded at once, so that what follows is decided on the state as it is then. */
export type Draft = {
  readonly state: CentreState;
  readonly seq: number;
  readonly at: Instant;
  readonly input: Input;
  readonly fold: Fold;
  readonly facts: Fact[];
  readonly effects: Effect[];
  /** What follows of what was decided so far, in the order in which it was said. */
  follows: FollowUp[];
  /** How many steps each contact has gone through in this input, so that no circle runs for ever. */
  readonly stepsPassed: Map<string, number>;
  idsMade: number;
  /** Who may have become free, and who may have become open to an offer: routing looks at them when the input is done. */
  readonly touchedOperators: Set<string>;
  readonly touchedContacts: Set<string>;
  allTouched: boolean;
  /** The contact that is being decided about: should a bug show, it alone is ended. */
  about: string | undefined;
  /** What was wrong when a bug showed; the first of them. */
  fault: string | null;
  /** Of a call that may not go out: whose limit it was and where it would have led, for the refusal that follows. */
  refusedCall: Pick<Extract<Fact, { kind: "refused" }>, "scope" | "destination">;
};

export function newDraft(state: CentreState, seq: number, at: Instant, input: Input, fold: Fold): Draft {
  return {
    state,
    seq,
    at,
    input,
    fold,
    facts: [],
    effects: [],
    follows: [],
    stepsPassed: new Map(),
    idsMade: 0,
    touchedOperators: new Set(),
    touchedContacts: new Set(),
    allTouched: false,
    about: undefined,
    fault: null,
    refusedCall: { scope: null, destination: null },
  };
}

/** Decides a fact and folds it. */
export function emit(draft: Draft, fact: Fact): void {
  if (fact.kind === "consultEnded" || fact.kind === "contactEnded") touchFreed(draft, fact.contactId);
  // Folded first: a fact that can't be folded is a bug and must not reach the journal, where every start would meet it.
  draft.fold(draft.state, fact, draft.at);
  draft.facts.push(fact);
  if ("operatorId" in fact && fact.operatorId !== null) draft.touchedOperators.add(fact.operatorId);
  if (fact.kind === "enqueued" || fact.kind === "offerEnded") draft.touchedContacts.add(fact.contactId);
  if (fact.kind === "configured" || fact.kind === "configChanged") draft.allTouched = true;
}

/** Those whom the end of a consultation or contact frees without naming them in the fact. */
function touchFreed(draft: Draft, contactId: string): void {
  const phase = draft.state.contacts.get(contactId)?.phase;
  if (phase?.kind === "dialling") draft.touchedOperators.add(phase.operatorId);
  const consulted = phase?.kind === "talking" ? (phase.consult?.operatorId ?? null) : null;
  if (consulted !== null) draft.touchedOperators.add(consulted);
}

/** Asks telephony for something, once the entry is committed. */
export function act(draft: Draft, effect: Effect): void {
  for (const legId of legsNeeded(effect)) {
    assert(draft.state.legs.has(legId), `${effect.kind} is asked of a leg that is over`);
  }
  draft.effects.push(effect);
}

/** Says what follows; it is decided once the present decision is finished, before whatever was to follow already. */
export function follow(draft: Draft, followUp: FollowUp): void {
  assert(draft.state.contacts.has(followUp.contactId), "what follows is about a contact that is there");
  draft.follows.push(followUp);
}

/** The legs without which an effect makes no sense; what only ends, stops or mutes may be asked of whatever is left. */
function legsNeeded(effect: Effect): readonly string[] {
  switch (effect.kind) {
    case "play":
    case "collectKeys":
    case "ringLeg":
    case "progressLeg":
    case "answerLeg":
    case "dialTrunk":
    case "dialDevice":
      return [effect.legId];
    case "record":
      return [effect.customerLegId, ...effect.operatorLegIds];
    case "setRoom":
      return Object.keys(effect.hears);
    default:
      return [];
  }
}

/** Ids come from the entry's number: the same journal gives the same ids. */
export function newId(draft: Draft, kind: "leg" | "offer" | "play" | "collect" | "rec"): string {
  draft.idsMade += 1;
  return `${kind}${draft.seq}-${draft.idsMade}`;
}

/** The answer to somebody who asked for what can't be done; nothing else changes. */
export function refuse(
  draft: Draft,
  code: RefusalCode,
  who: { readonly contactId?: string | null; readonly operatorId?: string | null },
): void {
  const { contactId = null, operatorId = null } = who;
  emit(draft, { kind: "refused", input: draft.input.kind, code, contactId, operatorId, ...draft.refusedCall });
}

/** The contact when this operator talks in it; otherwise refuses with the reason. */
export function talkOf(draft: Draft, contactId: string, operatorId: string): Contact | undefined {
  const contact = draft.state.contacts.get(contactId);
  if (contact === undefined) {
    refuse(draft, draft.state.ended.has(contactId) ? "CONTACT_ENDED" : "CONTACT_UNKNOWN", { contactId, operatorId });
    return undefined;
  }
  if (contact.phase.kind === "talking" && contact.phase.parties.some((party) => party.operatorId === operatorId)) {
    return contact;
  }
  refuse(draft, contact.operatorIds.includes(operatorId) ? "NOT_TALKING" : "NOT_YOURS", { contactId, operatorId });
  return undefined;
}

export function operatorOf(draft: Draft, operatorId: string): Operator | undefined {
  const operator = draft.state.operators.get(operatorId);
  if (operator === undefined) refuse(draft, "OPERATOR_UNKNOWN", { operatorId });
  return operator;
}

/** What a crash cut off ended with it, not when the server came back. */
export function livedUntil({ at, input }: Draft): Instant {
  return input.kind === "recovered" ? Math.min(at, input.aliveUntil ?? at) : at;
}
