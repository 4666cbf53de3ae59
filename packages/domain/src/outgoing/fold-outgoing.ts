import type { Fact } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { nextMidnight } from "../core/hours.ts";
import type { CentreState } from "../state.ts";
import {
  type Bucket,
  bucketKey,
  bucketOf,
  bucketsOf,
  dueAt,
  type OutgoingLeg,
  saidKey,
  startCounting,
  stopCounting,
} from "./usage.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

/** Part of the fold: a leg outside begins to count. */
export function foldOutgoingStarted(state: CentreState, fact: FactOf<"legStarted">, at: Instant): void {
  if (fact.charge === null) return;
  turnDay(state, at);
  const leg: OutgoingLeg = { id: fact.legId, charge: fact.charge, answeredAt: null, since: null };
  state.outgoing.legs.set(leg.id, leg);
  enter(state, leg, 1);
  touchLeg(state, leg, at);
  touchDay(state);
}

/** Part of the fold: it costs from now on, on the line that took it. */
export function foldOutgoingAnswered(state: CentreState, fact: FactOf<"legAnswered">, at: Instant): void {
  const leg = state.outgoing.legs.get(fact.legId);
  if (leg === undefined || leg.answeredAt !== null) return;
  turnDay(state, at);
  const { trunkId } = fact;
  if (trunkId !== null && trunkId !== leg.charge.trunkId) moveToTrunk(state, leg, trunkId, at);
  leg.answeredAt = at;
  startCounting(state.outgoing, leg, at);
  touchLeg(state, leg, at);
}

function moveToTrunk(state: CentreState, leg: OutgoingLeg, trunkId: string, at: Instant): void {
  const before = leg.charge.trunkId;
  if (before !== null) {
    const bucket = bucketOf(state.outgoing, "trunk", before);
    bucket.atOnce -= 1;
    bucket.calls = Math.max(0, bucket.calls - 1);
    touchBucket(state, bucket, at);
  }
  leg.charge = { ...leg.charge, trunkId };
  const bucket = bucketOf(state.outgoing, "trunk", trunkId);
  bucket.atOnce += 1;
  bucket.calls += 1;
}

/** Part of the fold: what it used is used. */
export function foldOutgoingEnded(state: CentreState, legId: string, at: Instant): void {
  const leg = state.outgoing.legs.get(legId);
  if (leg === undefined) return;
  turnDay(state, at);
  stopCounting(state.outgoing, leg, at);
  for (const [scope, id] of bucketsOf(leg.charge)) bucketOf(state.outgoing, scope, id).atOnce -= 1;
  state.outgoing.legs.delete(legId);
  state.deadlines.set(`outgoing-leg:${legId}`, undefined);
  touchLeg(state, leg, at);
  touchDay(state);
}

export function foldOutgoingAlarm(state: CentreState, fact: FactOf<"outgoingAlarm">, at: Instant): void {
  const bucket = bucketOf(state.outgoing, fact.scope, fact.id);
  bucket.said.push(saidKey(fact));
  touchBucket(state, bucket, at);
}

/** Part of the fold: other limits have other ends. */
export function foldOutgoingConfigured(state: CentreState, at: Instant): void {
  for (const bucket of state.outgoing.buckets.values()) touchBucket(state, bucket, at);
  for (const leg of state.outgoing.legs.values()) touchLongest(state, leg);
}

function enter(state: CentreState, leg: OutgoingLeg, calls: number): void {
  for (const [scope, id] of bucketsOf(leg.charge)) {
    const bucket = bucketOf(state.outgoing, scope, id);
    bucket.atOnce += 1;
    bucket.calls += calls;
  }
}

/** Part of the fold: a new day of the centre begins; calls that go on count from midnight. */
export function turnDay(state: CentreState, at: Instant): void {
  const { outgoing } = state;
  if (at < outgoing.dayEnd) return;
  const begin = outgoing.legs.size > 0 && outgoing.dayEnd > 0 ? outgoing.dayEnd : at;
  outgoing.dayStart = begin;
  outgoing.dayEnd = nextMidnight(state.config.core.outgoing?.timeZone ?? "UTC", at);
  for (const key of outgoing.buckets.keys()) state.deadlines.set(`outgoing:${key}`, undefined);
  outgoing.buckets.clear();
  for (const leg of outgoing.legs.values()) {
    enter(state, leg, 0);
    if (leg.since !== null) startCounting(outgoing, leg, begin);
  }
  for (const bucket of outgoing.buckets.values()) touchBucket(state, bucket, at);
  touchDay(state);
}

function touchLeg(state: CentreState, leg: OutgoingLeg, at: Instant): void {
  for (const [scope, id] of bucketsOf(leg.charge)) touchBucket(state, bucketOf(state.outgoing, scope, id), at);
  if (state.outgoing.legs.has(leg.id)) touchLongest(state, leg);
}

function touchBucket(state: CentreState, bucket: Bucket, at: Instant): void {
  const rule = state.config.core.outgoing;
  const due =
    rule === undefined ? undefined : dueAt(state.outgoing, bucket, rule.limits[bucket.scope], rule.alarmPercent, at);
  state.deadlines.set(`outgoing:${bucketKey(bucket.scope, bucket.id)}`, due);
}

function touchLongest(state: CentreState, leg: OutgoingLeg): void {
  const rule = state.config.core.outgoing;
  const due = rule === undefined || leg.answeredAt === null ? undefined : leg.answeredAt + rule.callMsMax;
  state.deadlines.set(`outgoing-leg:${leg.id}`, due);
}

/** While something goes on, midnight is not slept through. */
function touchDay(state: CentreState): void {
  state.deadlines.set("outgoing-day:", state.outgoing.legs.size > 0 ? state.outgoing.dayEnd : undefined);
}

/** After a snapshot: the deadlines are derived of the rest. */
export function rebuildOutgoing(state: CentreState): void {
  foldOutgoingConfigured(state, state.outgoing.dayStart);
  touchDay(state);
}
