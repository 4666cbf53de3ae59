import type { Fact } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import { occupy } from "../operator/fold-operator.ts";
import { indexWaiting, unindexWaiting } from "../routing/queue-index.ts";
import { freeOperator, touchOperator } from "../routing/touch.ts";
import type { CentreState } from "../state.ts";
import { type Contact, contactDeadline, type Phase } from "./contact.ts";
import { releaseScenario } from "./scenario-of.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

/** Part of the fold: the contact's deadline follows its phase. */
export function touchContact(state: CentreState, contactId: string): void {
  const contact = state.contacts.get(contactId);
  state.deadlines.set(`contact:${contactId}`, contact === undefined ? undefined : contactDeadline(contact));
}

/** Part of the fold: moves a contact to another phase, with everything that is indexed by it. */
export function setPhase(state: CentreState, contact: Contact, phase: Phase): void {
  const before = contact.phase;
  if (before.kind === "waiting") unindexWaiting(state, contact, before);
  if (before.kind === "scenario" && before.collectId !== null) state.plays.delete(before.collectId);
  contact.phase = phase;
  if (phase.kind === "waiting") indexWaiting(state, contact, phase);
  if (phase.kind === "scenario" && phase.collectId !== null) state.plays.set(phase.collectId, contact.id);
}

export function foldContactStarted(state: CentreState, fact: FactOf<"contactStarted">, at: Instant): void {
  assert(!state.contacts.has(fact.contactId), "a contact starts once");
  const operator = fact.operatorId === null ? undefined : state.operators.get(fact.operatorId);
  if (operator !== undefined)
    occupy(operator, { kind: "talking", since: at, contactId: fact.contactId, as: "operator" });
  state.contactsStarted += 1;
  state.contacts.set(fact.contactId, newContact(fact, state.contactsStarted, at));
  if (operator !== undefined) touchOperator(state, operator.id);
}

function newContact(fact: FactOf<"contactStarted">, order: number, at: Instant): Contact {
  return {
    id: fact.contactId,
    order,
    direction: fact.direction,
    clientId: fact.clientId,
    trunkId: fact.trunkId,
    numberId: fact.numberId,
    addressId: fact.addressId,
    calledAddressId: fact.calledAddressId,
    outsideAddressIds: fact.outsideAddressIds,
    outsideDestinations: fact.outsideDestinations,
    callerTests: fact.callerTests,
    startedAt: at,
    customerId: fact.customerId,
    language: fact.language,
    customerLegId: fact.customerLegId,
    legIds: [],
    scenarioKey: null,
    variables: {},
    choices: [],
    noticeHeard: false,
    messageLeft: false,
    answered: false,
    queueId: null,
    queueSince: null,
    recordingId: null,
    recordingPaused: false,
    operatorIds: [],
    dispositionId: null,
    roomOpen: false,
    phase: { kind: "between" },
  };
}

export function foldContactEnded(state: CentreState, fact: FactOf<"contactEnded">, at: Instant): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact that ends");
  assert(contact.legIds.length === 0, "a contact ends after its legs");
  const phase = contact.phase;
  setPhase(state, contact, { kind: "between" });
  releaseScenario(state, contact);
  state.contacts.delete(contact.id);
  if (phase.kind === "dialling") freeOperator(state, phase.operatorId, contact.id, at);
  const { id, operatorIds, queueId } = contact;
  const dialled = phase.kind === "dialling" ? [phase.operatorId] : [];
  state.ended.set(id, { id, operatorIds: [...new Set([...operatorIds, ...dialled])], queueId, endedAt: at });
  for (const oldest of state.ended.keys()) {
    if (state.ended.size <= fact.endedKept) break;
    state.ended.delete(oldest);
  }
}
