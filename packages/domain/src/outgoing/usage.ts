import type { OutgoingCharge, OutgoingMeasure, OutgoingRuleLimits, OutgoingScope } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { Used } from "./may-dial.ts";

/**
 * What one of those for whom limits count has used today. Of the calls that run, sums are kept of which any instant's
 * figures follow, so that neither a call's begin nor its end looks at the others.
 */
export type Bucket = {
  readonly scope: OutgoingScope;
  readonly id: string | null;
  atOnce: number;
  calls: number;
  doneMs: number;
  doneSpent: number;
  /** Answered calls that go on; their begins and prices, counted from the begin of the day. */
  running: number;
  sinceSum: number;
  priceSum: number;
  pricedSinceSum: number;
  /** Levels that were announced today, such as "ms/80". */
  said: string[];
};

/** A leg outside. `since`: from when on it counts today. */
export type OutgoingLeg = {
  readonly id: string;
  charge: OutgoingCharge;
  answeredAt: Instant | null;
  since: Instant | null;
};

/** `dayStart`: where sums are counted from; `dayEnd`: the next midnight of the centre. */
export type OutgoingState = {
  dayStart: Instant;
  dayEnd: Instant;
  readonly buckets: Map<string, Bucket>;
  readonly legs: Map<string, OutgoingLeg>;
};

export function emptyOutgoing(): OutgoingState {
  return { dayStart: 0, dayEnd: 0, buckets: new Map(), legs: new Map() };
}

const minuteMs = 60_000;

export function bucketKey(scope: OutgoingScope, id: string | null): string {
  return `${scope}/${id ?? ""}`;
}

/** For whom a leg counts. */
export function bucketsOf({
  operatorId,
  deviceId,
  trunkId,
}: OutgoingCharge): (readonly [OutgoingScope, string | null])[] {
  const of: (readonly [OutgoingScope, string | null])[] = [["centre", null]];
  if (operatorId !== null) of.push(["person", operatorId]);
  if (deviceId !== null) of.push(["device", deviceId]);
  if (trunkId !== null) of.push(["trunk", trunkId]);
  return of;
}

/** The bucket, made when it is not there yet. */
export function bucketOf(state: OutgoingState, scope: OutgoingScope, id: string | null): Bucket {
  const key = bucketKey(scope, id);
  const known = state.buckets.get(key);
  if (known !== undefined) return known;
  const made: Bucket = {
    scope,
    id,
    atOnce: 0,
    calls: 0,
    doneMs: 0,
    doneSpent: 0,
    running: 0,
    sinceSum: 0,
    priceSum: 0,
    pricedSinceSum: 0,
    said: [],
  };
  state.buckets.set(key, made);
  return made;
}

const nothing: Used = { atOnce: 0, calls: 0, ms: 0, spent: 0 };

/** What was used until `at`, those calls included that go on. After midnight the day is a new one, whether told or not. */
export function usedBy(state: OutgoingState, scope: OutgoingScope, id: string | null, at: Instant): Used {
  const bucket = state.buckets.get(bucketKey(scope, id));
  return bucket === undefined ? nothing : usedOf(state, bucket, at);
}

export function usedOf(state: OutgoingState, bucket: Bucket, at: Instant): Used {
  if (at >= state.dayEnd) {
    const passedMs = at - state.dayEnd;
    const spent = (bucket.priceSum * passedMs) / minuteMs;
    return { atOnce: bucket.atOnce, calls: 0, ms: bucket.running * passedMs, spent };
  }
  const elapsed = at - state.dayStart;
  return {
    atOnce: bucket.atOnce,
    calls: bucket.calls,
    ms: bucket.doneMs + bucket.running * elapsed - bucket.sinceSum,
    spent: (bucket.doneSpent + bucket.priceSum * elapsed - bucket.pricedSinceSum) / minuteMs,
  };
}

/** Part of the fold: an answered leg counts from `since` on. */
export function startCounting(state: OutgoingState, leg: OutgoingLeg, since: Instant): void {
  leg.since = since;
  const offset = since - state.dayStart;
  const price = leg.charge.destination.pricePerMinute;
  for (const [scope, id] of bucketsOf(leg.charge)) {
    const bucket = bucketOf(state, scope, id);
    bucket.running += 1;
    bucket.sinceSum += offset;
    bucket.priceSum += price;
    bucket.pricedSinceSum += price * offset;
  }
}

/** Part of the fold: the leg goes on no more. */
export function stopCounting(state: OutgoingState, leg: OutgoingLeg, at: Instant): void {
  if (leg.since === null) return;
  const offset = leg.since - state.dayStart;
  const price = leg.charge.destination.pricePerMinute;
  for (const [scope, id] of bucketsOf(leg.charge)) {
    const bucket = bucketOf(state, scope, id);
    bucket.doneMs += at - leg.since;
    bucket.doneSpent += price * (at - leg.since);
    bucket.running -= 1;
    bucket.sinceSum -= offset;
    bucket.priceSum -= price;
    bucket.pricedSinceSum -= price * offset;
  }
  leg.since = null;
}

const measures: readonly OutgoingMeasure[] = ["calls", "ms", "spent"];
/** Sums of many prices are as exact as floating point is. */
const tolerance = 1 - 1e-9;

export type Level = { readonly measure: OutgoingMeasure; readonly percent: number };

/** Whether so many percent of a limit are used up; never where there is no limit. */
function isReached(used: Used, limits: OutgoingRuleLimits, measure: OutgoingMeasure, percent: number): boolean {
  const limit = limits[measure];
  if (limit === null) return false;
  const level = (limit * percent) / 100;
  return (percent === 100 || level > 0) && used[measure] >= level * tolerance;
}

/** The levels that are reached and were not announced yet, and whether what runs has to end. */
export function reached(
  state: OutgoingState,
  bucket: Bucket,
  limits: OutgoingRuleLimits,
  alarmPercent: number,
  at: Instant,
): { readonly levels: readonly Level[]; readonly stop: boolean } {
  return reachedBy(usedOf(state, bucket, at), bucket, limits, alarmPercent);
}

function reachedBy(
  used: Used,
  bucket: Bucket,
  limits: OutgoingRuleLimits,
  alarmPercent: number,
): ReturnType<typeof reached> {
  const levels: Level[] = [];
  for (const measure of measures) {
    for (const percent of [alarmPercent, 100]) {
      if (isReached(used, limits, measure, percent) && !bucket.said.includes(saidKey({ measure, percent })))
        levels.push({ measure, percent });
    }
  }
  const dear = bucket.priceSum > 0 && isReached(used, limits, "spent", 100);
  return { levels, stop: bucket.running > 0 && (isReached(used, limits, "ms", 100) || dear) };
}

export function saidKey({ measure, percent }: Level): string {
  return `${measure}/${percent >= 100 ? 100 : "alarm"}`;
}

/** When the next level of this bucket is reached if nothing changes; undefined when none is, or not today. */
export function dueAt(
  state: OutgoingState,
  bucket: Bucket,
  limits: OutgoingRuleLimits,
  alarmPercent: number,
  at: Instant,
): Instant | undefined {
  const used = usedOf(state, bucket, at);
  const { levels, stop } = reachedBy(used, bucket, limits, alarmPercent);
  if (levels.length > 0 || stop) return at;
  if (bucket.running === 0) return undefined;
  let best: Instant | undefined;
  const consider = (measure: "ms" | "spent", perMs: number, percent: number): void => {
    const limit = limits[measure];
    if (limit === null || perMs <= 0) return;
    const level = (limit * percent) / 100;
    if (used[measure] >= level || (percent < 100 && bucket.said.includes(saidKey({ measure, percent })))) return;
    const due = at + Math.ceil((level - used[measure]) / perMs) + 1;
    if (due < state.dayEnd && (best === undefined || due < best)) best = due;
  };
  for (const percent of [alarmPercent, 100]) {
    consider("ms", bucket.running, percent);
    consider("spent", bucket.priceSum / minuteMs, percent);
  }
  return best;
}
