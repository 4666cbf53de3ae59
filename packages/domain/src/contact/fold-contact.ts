import type { Fact } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import { touchOperator } from "../operator/fold-operator.ts";
import { indexWaiting, unindexWaiting } from "../routing/queue-index.ts";
import { releaseScenario } from "../scenario/fold-scenario.ts";
import type { CentreState } from "../state.ts";
import { type Contact, contactDeadline, type Leg, type Phase } from "./contact.ts";

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
  assert(operator === undefined || operator.work.kind === "none", "an operator serves one voice contact at a time");
  state.contactsStarted += 1;
  state.contacts.set(fact.contactId, newContact(fact, state.contactsStarted, at));
  if (operator === undefined) return;
  operator.work = { kind: "talking", since: at, contactId: fact.contactId, as: "operator" };
  touchOperator(state, operator.id, at);
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
    ...(fact.outsideDestinations === undefined ? {} : { outsideDestinations: fact.outsideDestinations }),
    callerTests: fact.callerTests ?? {},
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

export function foldLegStarted(state: CentreState, fact: FactOf<"legStarted">): void {
  const contact = required(state.contacts.get(fact.contactId), "the leg's contact");
  assert(!state.legs.has(fact.legId), "a leg starts once");
  // Legs we dial to operators name a device; an operator's leg without one came from a phone that dials.
  const incoming =
    fact.role === "customer" ? contact.direction === "inbound" : fact.role === "operator" && fact.deviceId === null;
  const leg: Leg = { ...legBase(fact), incoming, state: "started", playId: null };
  state.legs.set(leg.id, leg);
  contact.legIds.push(leg.id);
  if (fact.role === "customer") contact.customerLegId = leg.id;
  linkLeg(contact.phase, leg);
}

function legBase(fact: FactOf<"legStarted">) {
  const { legId, contactId, role, operatorId, deviceId, addressId, standing, phoneId } = fact;
  const base = { id: legId, contactId, role, operatorId, deviceId, addressId, standing };
  return phoneId === undefined ? base : { ...base, phoneId };
}

function linkLeg(phase: Phase, leg: Leg): void {
  if (phase.kind === "dialling" && leg.role === "customer") phase.farLegId = leg.id;
  if (phase.kind === "ringing" && leg.role === "outside") phase.legId = leg.id;
}

export function foldLegEnded(state: CentreState, fact: FactOf<"legEnded">): void {
  const leg = state.legs.get(fact.legId);
  if (leg === undefined) return;
  dropPlay(state, leg);
  state.legs.delete(leg.id);
  const contact = state.contacts.get(fact.contactId);
  if (contact === undefined) return;
  contact.legIds = contact.legIds.filter((legId) => legId !== leg.id);
  if (contact.customerLegId === leg.id) contact.customerLegId = null;
  const phase = contact.phase;
  if (phase.kind === "ringing" && phase.legId === leg.id) phase.legId = null;
  if (phase.kind === "talking" && leg.operatorId === null) {
    phase.parties = phase.parties.filter((party) => party.legId !== leg.id);
    if (phase.parties.length === 0 && phase.consult === null) setPhase(state, contact, { kind: "between" });
  }
}

/** Part of the fold: a leg plays one thing at a time, the new replaces the old. */
export function foldPlayed(state: CentreState, legId: string | null, playId: string | null): void {
  const leg = legId === null ? undefined : state.legs.get(legId);
  if (leg === undefined) return;
  dropPlay(state, leg);
  leg.playId = playId;
  if (playId !== null && leg.contactId !== null) state.plays.set(playId, leg.contactId);
}

function dropPlay(state: CentreState, leg: Leg): void {
  if (leg.playId !== null) state.plays.delete(leg.playId);
  leg.playId = null;
}

export function foldRecordingStarted(state: CentreState, fact: FactOf<"recordingStarted">): void {
  const contact = required(state.contacts.get(fact.contactId), "the recorded contact");
  const { recordingId, contactId, voicemail } = fact;
  state.recordings.set(recordingId, { id: recordingId, contactId, voicemail });
  contact.recordingId = recordingId;
  if (voicemail) contact.messageLeft = true;
  contact.recordingPaused = false;
  if (voicemail && contact.phase.kind === "scenario") contact.phase.recordingId = recordingId;
}

export function foldContactEnded(state: CentreState, fact: FactOf<"contactEnded">, at: Instant, keep: number): void {
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
    if (state.ended.size <= keep) break;
    state.ended.delete(oldest);
  }
}

/** Part of the fold: the operator has nothing to do with the contact any more. */
export function freeOperator(state: CentreState, operatorId: string, contactId: string, at: Instant): void {
  const operator = state.operators.get(operatorId);
  if (operator === undefined || operator.work.kind === "none" || operator.work.contactId !== contactId) return;
  operator.work = { kind: "none" };
  operator.idleSince = at;
  touchOperator(state, operatorId, at);
}
