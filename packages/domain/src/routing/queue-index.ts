import { assert, type Instant } from "@centrala/kit";
import type { Contact, PhaseOf } from "../contact/contact.ts";
import type { Operator } from "../operator/operator.ts";
import type { CentreState, ConfigIndex } from "../state.ts";
import type { IdleKey, QueueConfig, QueueIndex, RoutingClass, WaitKey } from "./queue.ts";
import { SortedList } from "./sorted.ts";

function compareWaiting(left: WaitKey, right: WaitKey): number {
  return right.priority - left.priority || left.since - right.since || left.order - right.order;
}

function compareIdle(left: IdleKey, right: IdleKey): number {
  if (left.tier !== right.tier) return left.tier - right.tier;
  if (left.idleSince !== right.idleSince) return left.idleSince - right.idleSince;
  return left.operatorId < right.operatorId ? -1 : left.operatorId > right.operatorId ? 1 : 0;
}

/** A queue before anybody waits in it or serves it. */
export function emptyQueueIndex(queue: QueueConfig, config: ConfigIndex): QueueIndex {
  const tierOf = new Map<string, number>();
  let unskilled = 0;
  for (const { userId, tier } of queue.operators) {
    const operator = config.operators.get(userId);
    if (operator === undefined) continue;
    if (hasSkills(queue, operator.skills)) tierOf.set(userId, tier);
    else unskilled += 1;
  }
  return {
    config: queue,
    waiting: new SortedList(compareWaiting),
    open: new SortedList(compareWaiting),
    available: new SortedList(compareIdle),
    tierOf,
    tiers: [...new Set(tierOf.values())].sort((a, b) => a - b),
    onDuty: new Map(),
    classes: { offline: 0, break: 0, busy: 0, "wrap-up": 0, "no-device": 0, available: 0 },
    classOf: new Map(),
    unskilled,
  };
}

/** The queues of a configuration with their qualified members, without contacts or operators in them yet. */
export function indexQueues(config: ConfigIndex): {
  queues: Map<string, QueueIndex>;
  memberships: Map<string, readonly QueueIndex[]>;
} {
  const queues = new Map<string, QueueIndex>();
  const memberships = new Map<string, QueueIndex[]>();
  for (const queue of config.core.queues) {
    const index = emptyQueueIndex(queue, config);
    queues.set(queue.id, index);
    for (const operatorId of index.tierOf.keys()) {
      const list = memberships.get(operatorId);
      if (list === undefined) memberships.set(operatorId, [index]);
      else list.push(index);
    }
  }
  return { queues, memberships };
}

function hasSkills(
  queue: QueueConfig,
  skills: readonly { readonly skillId: string; readonly level: number }[],
): boolean {
  return queue.requires.every((need) =>
    skills.some((skill) => skill.skillId === need.skillId && skill.level >= need.level),
  );
}

/** Whether the operator could be rung now, on any device. */
export function hasDevice(state: CentreState, operator: Operator): boolean {
  if (operator.headsetLegId !== null) return true;
  const devices = state.config.operators.get(operator.id)?.deviceIds ?? [];
  return devices.some((deviceId) => state.reachableDevices.has(deviceId));
}

/** What routing sees of an operator. */
export function routingClass(state: CentreState, operator: Operator): RoutingClass {
  if (operator.work.kind === "wrap-up") return "wrap-up";
  if (operator.work.kind !== "none") return "busy";
  if (operator.duty.state !== "available") return operator.duty.state;
  return hasDevice(state, operator) ? "available" : "no-device";
}

/** Brings the queues' indexes to an operator's present state. */
export function reindexOperator(state: CentreState, operator: Operator): void {
  const queues = state.memberships.get(operator.id);
  if (queues === undefined) return;
  const now = { class: routingClass(state, operator), idleSince: operator.idleSince };
  for (const queue of queues) moveInQueue(queue, operator.id, now);
}

function moveInQueue(queue: QueueIndex, operatorId: string, now: { class: RoutingClass; idleSince: Instant }): void {
  const tier = queue.tierOf.get(operatorId) ?? 1;
  const before = queue.classOf.get(operatorId);
  if (before?.class === now.class && before.idleSince === now.idleSince) return;
  if (before !== undefined) count(queue, operatorId, tier, before, -1);
  count(queue, operatorId, tier, now, 1);
  queue.classOf.set(operatorId, now);
}

function count(
  queue: QueueIndex,
  operatorId: string,
  tier: number,
  entry: { readonly class: RoutingClass; readonly idleSince: Instant },
  by: 1 | -1,
): void {
  queue.classes[entry.class] += by;
  assert(queue.classes[entry.class] >= 0, "no fewer than nobody is in a state");
  if (entry.class !== "offline") queue.onDuty.set(tier, (queue.onDuty.get(tier) ?? 0) + by);
  if (entry.class !== "available") return;
  const key = { tier, idleSince: entry.idleSince, operatorId };
  if (by === 1) queue.available.add(key);
  else queue.available.delete(key);
}

export function waitKey(contact: Contact, phase: PhaseOf<"waiting">): WaitKey {
  return { priority: phase.priority, since: phase.since, order: contact.order, contactId: contact.id };
}

/** Puts a waiting contact into its queue's order; `open` unless an offer rings for it. */
export function indexWaiting(state: CentreState, contact: Contact, phase: PhaseOf<"waiting">): void {
  const queue = state.queues.get(phase.queueId);
  if (queue === undefined) return;
  const key = waitKey(contact, phase);
  queue.waiting.add(key);
  if (phase.offerId === null) queue.open.add(key);
  else queue.open.delete(key);
}

export function unindexWaiting(state: CentreState, contact: Contact, phase: PhaseOf<"waiting">): void {
  const queue = state.queues.get(phase.queueId);
  if (queue === undefined) return;
  const key = waitKey(contact, phase);
  queue.waiting.delete(key);
  queue.open.delete(key);
}

/** How many operators of the queue are on duty in any state. */
export function onDutyCount(queue: QueueIndex): number {
  let sum = 0;
  for (const count of queue.onDuty.values()) sum += count;
  return sum;
}

/** The highest tier that may be asked for a contact that waits since then; tiers with nobody on duty cost no waiting. */
export function tierAllowed(queue: QueueIndex, since: Instant, at: Instant): number {
  const wait = queue.config.tierWaitMs;
  let steps = wait === 0 ? queue.tiers.length : Math.floor((at - since) / wait);
  let allowed = queue.tiers[0] ?? 1;
  for (const tier of queue.tiers) {
    if (steps < 0) break;
    allowed = tier;
    if ((queue.onDuty.get(tier) ?? 0) > 0) steps -= 1;
  }
  return allowed;
}

type Wait = { readonly since: Instant; readonly missed: readonly { readonly until: Instant }[] };

/** When the contact has to be looked at again: a further tier opens, or somebody who missed it may be rung again. */
export function nextReview(queue: QueueIndex, phase: Wait, at: Instant): Instant | null {
  const wait = queue.config.tierWaitMs;
  let next: Instant | null = null;
  if (wait > 0 && queue.tiers.length > 1) {
    const steps = Math.floor((at - phase.since) / wait) + 1;
    if (steps < queue.tiers.length) next = phase.since + steps * wait;
  }
  for (const missed of phase.missed) {
    if (missed.until > at && (next === null || missed.until < next)) next = missed.until;
  }
  return next;
}
