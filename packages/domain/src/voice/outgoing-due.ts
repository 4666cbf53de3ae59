import { type Draft, emit } from "../core/draft.ts";
import { bucketKey, bucketsOf, reached } from "../outgoing/usage.ts";
import { endOutside } from "./leg-events.ts";

/** Looked at again so much later, should a sum of prices have been a hair less than was reckoned. */
const againMs = 1_000;

/** A limit of a day is nearly or wholly used up: it is said once, and what runs on it is ended. */
export function onBucketDue(draft: Draft, key: string): void {
  const { state, at } = draft;
  const bucket = state.outgoing.buckets.get(key);
  const rule = state.config.core.outgoing;
  const due = `outgoing:${key}`;
  if (bucket === undefined || rule === undefined) return state.deadlines.set(due, undefined);
  const { levels, stop } = reached(state.outgoing, bucket, rule.limits[bucket.scope], rule.alarmPercent, at);
  const { scope, id } = bucket;
  for (const { measure, percent } of levels) emit(draft, { kind: "outgoingAlarm", scope, id, measure, percent });
  if (stop) stopLegs(draft, key);
  else if (levels.length === 0) state.deadlines.set(due, at + againMs);
}

function stopLegs(draft: Draft, key: string): void {
  const legs = [...draft.state.outgoing.legs.values()].filter(
    (leg) => leg.since !== null && bucketsOf(leg.charge).some(([scope, id]) => bucketKey(scope, id) === key),
  );
  for (const leg of legs) if (draft.state.outgoing.legs.has(leg.id)) endOutside(draft, leg.id);
}

/** The longest time that a call outside may take is over. */
export function onOutgoingLegDue(draft: Draft, legId: string): void {
  draft.about = draft.state.legs.get(legId)?.contactId ?? undefined;
  endOutside(draft, legId);
}
