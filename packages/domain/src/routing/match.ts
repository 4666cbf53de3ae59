import type { RoutingReasons } from "@centrala/contract";
import { assert } from "@centrala/kit";
import type { Contact, Missed, PhaseOf } from "../contact/contact.ts";
import { type Draft, emit } from "../core/draft.ts";
import { times } from "../core/limits.ts";
import type { Operator } from "../operator/operator.ts";
import { makeOffer } from "./offers.ts";
import type { QueueIndex, WaitKey } from "./queue.ts";
import { hasDevice, onDutyCount, routingClass, tierAllowed } from "./queue-index.ts";
import { leaveBecause } from "./waiting.ts";

type Waiting = { readonly contact: Contact; readonly phase: PhaseOf<"waiting">; readonly queue: QueueIndex };

/** Brings free operators and waiting contacts together, for everybody whom the input may have changed. */
export function matchTouched(draft: Draft): void {
  if (draft.allTouched) touchEverybody(draft);
  // Making an offer or sending callers away touches others again, so this goes on until nobody is left; each round
  // either binds an operator or takes a contact out of its queue.
  while (draft.touchedOperators.size > 0 || draft.touchedContacts.size > 0) {
    for (const operatorId of draft.touchedOperators) {
      draft.touchedOperators.delete(operatorId);
      const operator = draft.state.operators.get(operatorId);
      if (operator !== undefined) reviewOperator(draft, operator);
    }
    for (const contactId of draft.touchedContacts) {
      draft.touchedContacts.delete(contactId);
      const contact = draft.state.contacts.get(contactId);
      if (contact !== undefined) matchContact(draft, contact);
    }
  }
}

function touchEverybody(draft: Draft): void {
  draft.allTouched = false;
  for (const operatorId of draft.state.operators.keys()) draft.touchedOperators.add(operatorId);
  for (const contact of draft.state.contacts.values()) {
    if (contact.phase.kind === "waiting") draft.touchedContacts.add(contact.id);
  }
}

function reviewOperator(draft: Draft, operator: Operator): void {
  if (misses(draft, operator)) {
    const until = draft.at + times.deviceWaitMs;
    emit(draft, { kind: "deviceMissing", operatorId: operator.id, until });
  }
  const free = routingClass(draft.state, operator) === "available";
  if (free) matchOperator(draft, operator);
  else if (operator.work.kind === "none" && operator.duty.state === "offline") reviewQueuesOf(draft, operator);
}

/** On duty without anything to be rung on, and not yet waited for. */
function misses(draft: Draft, operator: Operator): boolean {
  return operator.duty.state !== "offline" && operator.deviceWait === null && !hasDevice(draft.state, operator);
}

/** Somebody left duty: queues that nobody serves may send their callers on, and higher tiers may be next at once. */
function reviewQueuesOf(draft: Draft, operator: Operator): void {
  for (const queue of draft.state.memberships.get(operator.id) ?? []) {
    if (queue.waiting.size === 0) continue;
    if (queue.config.leaveWhenNobody && onDutyCount(queue) === 0) sendEverybodyOn(draft, queue);
    else if (queue.tiers.length > 1) for (const key of queue.open) draft.touchedContacts.add(key.contactId);
  }
}

function sendEverybodyOn(draft: Draft, queue: QueueIndex): void {
  for (const key of [...queue.waiting]) {
    const contact = draft.state.contacts.get(key.contactId);
    if (contact !== undefined) leaveBecause(draft, contact, "nobody");
  }
}

/** The best contact of all the operator's queues: highest priority first, then whoever waits longest. */
function matchOperator(draft: Draft, operator: Operator): void {
  let best: Waiting | undefined;
  let bestKey: WaitKey | undefined;
  for (const queue of draft.state.memberships.get(operator.id) ?? []) {
    const key = firstFor(draft, queue, operator.id);
    if (key === undefined || (bestKey !== undefined && !before(key, bestKey))) continue;
    const waiting = waitingOf(draft, key.contactId);
    if (waiting === undefined) continue;
    best = waiting;
    bestKey = key;
  }
  if (best !== undefined) offer(draft, best, operator);
}

function before(left: WaitKey, right: WaitKey): boolean {
  if (left.priority !== right.priority) return left.priority > right.priority;
  return left.since !== right.since ? left.since < right.since : left.order < right.order;
}

/** The first open contact of the queue that this operator may be rung for. */
function firstFor(draft: Draft, queue: QueueIndex, operatorId: string): WaitKey | undefined {
  const tier = queue.tierOf.get(operatorId) ?? 1;
  for (let index = 0; index < queue.open.size; ) {
    const key = queue.open.at(index);
    if (key === undefined) return undefined;
    if (tierAllowed(queue, key.since, draft.at) < tier) {
      // Whoever came later with the same priority waits even shorter: go on with the next priority.
      index = queue.open.rank({ priority: key.priority - 1, since: -1, order: 0, contactId: "" });
      continue;
    }
    const waiting = waitingOf(draft, key.contactId);
    if (waiting !== undefined && !justMissed(draft, waiting.phase, operatorId)) return key;
    index += 1;
  }
  return undefined;
}

function waitingOf(draft: Draft, contactId: string): Waiting | undefined {
  const contact = draft.state.contacts.get(contactId);
  if (contact?.phase.kind !== "waiting" || contact.phase.offerId !== null) return undefined;
  const queue = draft.state.queues.get(contact.phase.queueId);
  return queue === undefined ? undefined : { contact, phase: contact.phase, queue };
}

/** Whether the operator missed this contact a moment ago. Whoever has gone available since then is there, and is rung again. */
function justMissed(draft: Draft, phase: PhaseOf<"waiting">, operatorId: string): boolean {
  const { since = 0 } = draft.state.operators.get(operatorId)?.duty ?? {};
  return phase.missed.some((missed) => missed.operatorId === operatorId && holds(missed, since, draft.at));
}

function holds(missed: Missed, dutySince: number, at: number): boolean {
  return missed.until > at && dutySince <= missed.since;
}

/** The longest idle operator of the lowest tier who may be asked. */
function matchContact(draft: Draft, contact: Contact): void {
  const waiting = waitingOf(draft, contact.id);
  if (waiting === undefined) return;
  if (waiting.queue.config.leaveWhenNobody && onDutyCount(waiting.queue) === 0) {
    return leaveBecause(draft, contact, "nobody");
  }
  const operator = bestOperator(draft, waiting);
  if (operator !== undefined) offer(draft, waiting, operator);
}

function bestOperator(draft: Draft, { phase, queue }: Waiting): Operator | undefined {
  const allowed = tierAllowed(queue, phase.since, draft.at);
  for (const key of queue.available) {
    if (key.tier > allowed) return undefined;
    if (!justMissed(draft, phase, key.operatorId)) return draft.state.operators.get(key.operatorId);
  }
  return undefined;
}

/** The operator of a queue who would be rung next for somebody who is allowed every tier: for consultations and internal calls. */
export function nextOperator(draft: Draft, queueId: string, except: string | null): Operator | undefined {
  for (const key of draft.state.queues.get(queueId)?.available ?? []) {
    if (key.operatorId !== except) return draft.state.operators.get(key.operatorId);
  }
  return undefined;
}

function offer(draft: Draft, waiting: Waiting, operator: Operator): void {
  draft.about = waiting.contact.id;
  assert(waiting.phase.offerId === null, "one operator at a time is rung for who waits");
  assert(routingClass(draft.state, operator) === "available", "who is rung out of a queue is free");
  const reasons = reasonsOf(draft, waiting, operator);
  const { ringTimeoutMs, id: queueId } = waiting.queue.config;
  makeOffer(draft, waiting.contact, operator, { queueId, ringTimeoutMs, reasons, consulted: false });
}

/** Why this operator, from counters that the indexes keep: no operator is looked at one by one. */
function reasonsOf(draft: Draft, { phase, queue }: Waiting, operator: Operator): RoutingReasons {
  const tier = queue.tierOf.get(operator.id) ?? 1;
  const allowed = tierAllowed(queue, phase.since, draft.at);
  const inTier = queue.available.rank({ tier: allowed + 1, idleSince: -1, operatorId: "" });
  const missed = phase.missed.filter((one) => isExcluded(draft, queue, phase, one.operatorId, allowed)).length;
  const counts: [keyof RoutingReasons["excluded"], number][] = [
    ["offline", queue.classes.offline],
    ["break", queue.classes.break],
    ["busy", queue.classes.busy],
    ["wrap-up", queue.classes["wrap-up"]],
    ["no-device", queue.classes["no-device"]],
    ["skill", queue.unskilled],
    ["tier", queue.available.size - inTier],
    ["just-missed", missed],
  ];
  return {
    strategy: "longest-idle",
    waitedMs: draft.at - phase.enteredAt,
    tier,
    chosenIdleMs: draft.at - operator.idleSince,
    candidates: inTier - missed,
    excluded: Object.fromEntries(counts.filter(([, count]) => count > 0)),
  };
}

function isExcluded(
  draft: Draft,
  queue: QueueIndex,
  phase: PhaseOf<"waiting">,
  operatorId: string,
  allowed: number,
): boolean {
  if ((queue.tierOf.get(operatorId) ?? 1) > allowed || !justMissed(draft, phase, operatorId)) return false;
  return queue.classOf.get(operatorId)?.class === "available";
}
