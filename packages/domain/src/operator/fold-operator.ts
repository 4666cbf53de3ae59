import type { Fact } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import type { Leg } from "../contact/contact.ts";
import { foldPlayed, touchContact } from "../contact/fold-contact.ts";
import { hasDevice, indexWaiting, nextReview, reindexOperator } from "../routing/queue-index.ts";
import { type CentreState, indexQueues, times } from "../state.ts";
import { newOperator, type Operator, operatorDeadline } from "./operator.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

/** Part of the fold: device wait, queue indexes and deadline follow the operator's state. */
export function touchOperator(state: CentreState, operatorId: string, at: Instant): void {
  const operator = state.operators.get(operatorId);
  if (operator === undefined) return;
  if (operator.duty.state === "offline" || hasDevice(state, operator)) operator.deviceWait = null;
  else operator.deviceWait ??= { until: at + times.deviceWaitMs, cause: "headset-lost" };
  reindexOperator(state, operator);
  state.deadlines.set(`operator:${operatorId}`, operatorDeadline(operator));
}

/** Part of the fold: a new configuration brings new members and queues; whoever is busy keeps what they do. */
export function foldConfiguredOperators(state: CentreState, at: Instant): void {
  for (const operator of state.operators.values()) {
    if (state.config.operators.has(operator.id) || operator.work.kind !== "none") continue;
    if (operator.headsetLegId !== null) state.legs.delete(operator.headsetLegId);
    state.operators.delete(operator.id);
    state.deadlines.set(`operator:${operator.id}`, undefined);
  }
  for (const { id } of state.config.core.operators) {
    if (!state.operators.has(id)) state.operators.set(id, newOperator(id));
  }
  rebuildQueues(state);
  for (const operatorId of state.operators.keys()) touchOperator(state, operatorId, at);
  reviewWaiting(state, at);
}

/** Makes the queues' indexes anew of configuration, operators and contacts. */
export function rebuildQueues(state: CentreState): void {
  const { queues, memberships } = indexQueues(state.config);
  state.queues = queues;
  state.memberships = memberships;
  for (const operator of state.operators.values()) reindexOperator(state, operator);
  for (const contact of state.contacts.values()) {
    if (contact.phase.kind === "waiting") indexWaiting(state, contact, contact.phase);
  }
}

function reviewWaiting(state: CentreState, at: Instant): void {
  for (const contact of state.contacts.values()) {
    if (contact.phase.kind !== "waiting") continue;
    const queue = state.queues.get(contact.phase.queueId);
    if (queue !== undefined) contact.phase.reviewAt = nextReview(queue, contact.phase, at);
    touchContact(state, contact.id);
  }
}

export function foldOperatorChanged(state: CentreState, fact: FactOf<"operatorChanged">, at: Instant): void {
  const operator = required(state.operators.get(fact.operatorId), "the operator who changes");
  const { state: duty, cause, reasonId } = fact;
  operator.duty = duty === "break" ? { state: duty, since: at, cause, reasonId } : { state: duty, since: at, cause };
  operator.missesInRow = 0;
  operator.deviceWait = null;
  if (fact.state === "available" && operator.work.kind === "none") operator.idleSince = at;
  touchOperator(state, operator.id, at);
}

export function foldWrapUpStarted(state: CentreState, fact: FactOf<"wrapUpStarted">, at: Instant): void {
  const operator = required(state.operators.get(fact.operatorId), "the operator in wrap-up");
  assert(operator.work.kind === "none", "wrap-up follows the end of the talk");
  operator.work = { kind: "wrap-up", since: at, contactId: fact.contactId, until: fact.until };
  touchOperator(state, operator.id, at);
}

export function foldWrapUpEnded(state: CentreState, fact: FactOf<"wrapUpEnded">, at: Instant): void {
  const operator = required(state.operators.get(fact.operatorId), "the operator in wrap-up");
  operator.work = { kind: "none" };
  operator.idleSince = at;
  touchOperator(state, operator.id, at);
}

export function foldHeadsetAttached(state: CentreState, fact: FactOf<"headsetAttached">, at: Instant): void {
  const operator = required(state.operators.get(fact.operatorId), "the headset's operator");
  const old = operator.headsetLegId;
  if (old !== null && old !== fact.legId) {
    foldPlayed(state, old, null);
    state.legs.delete(old);
  }
  operator.headsetLegId = fact.legId;
  if (!state.legs.has(fact.legId)) state.legs.set(fact.legId, headsetLeg(fact.legId, operator.id));
  reattach(state, operator, old, fact.legId);
  if (operator.work.kind === "talking") touchContact(state, operator.work.contactId);
  touchOperator(state, operator.id, at);
}

function headsetLeg(id: string, operatorId: string): Leg {
  const fixed = { id, contactId: null, role: "operator", operatorId, deviceId: null, addressId: null } as const;
  return { ...fixed, standing: true, incoming: false, state: "answered", playId: null };
}

/** The conversation goes on over the new leg: wherever the old one stood, the new one stands. */
function reattach(state: CentreState, operator: Operator, old: string | null, legId: string): void {
  if (operator.work.kind !== "talking") return;
  const contact = state.contacts.get(operator.work.contactId);
  if (contact === undefined) return;
  const phase = contact.phase;
  if (phase.kind === "dialling" && phase.legId === old) contact.phase = { ...phase, legId };
  if (phase.kind !== "talking") return;
  const party = phase.parties.find((one) => one.operatorId === operator.id);
  if (party !== undefined && (party.lostUntil !== null || party.legId === old)) {
    if (phase.hold === null) foldPlayed(state, contact.customerLegId, null);
    else if (phase.hold.legId === party.legId) phase.hold = { ...phase.hold, legId };
    party.legId = legId;
    party.lostUntil = null;
  }
  if (phase.consult?.operatorId === operator.id && phase.consult.legId === old) phase.consult.legId = legId;
}

export function foldHeadsetLost(state: CentreState, fact: FactOf<"headsetLost">, at: Instant): void {
  const operator = required(state.operators.get(fact.operatorId), "the headset's operator");
  foldPlayed(state, fact.legId, null);
  state.legs.delete(fact.legId);
  operator.headsetLegId = null;
  operator.deviceWait = { until: fact.until, cause: fact.cause };
  if (operator.work.kind === "talking") {
    const phase = state.contacts.get(operator.work.contactId)?.phase;
    const parties = phase?.kind === "talking" ? phase.parties : [];
    for (const party of parties) if (party.legId === fact.legId) party.lostUntil = fact.until;
    touchContact(state, operator.work.contactId);
  }
  touchOperator(state, operator.id, at);
}

export function foldDeviceReachable(state: CentreState, fact: FactOf<"deviceReachable">, at: Instant): void {
  if (fact.reachable) state.reachableDevices.add(fact.deviceId);
  else state.reachableDevices.delete(fact.deviceId);
  const owner = state.config.deviceOwners.get(fact.deviceId);
  if (owner !== undefined) touchOperator(state, owner, at);
}
