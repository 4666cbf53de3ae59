import type { Instant } from "@centrala/kit";
import {
  type ClosedSegment,
  type ClosedSpan,
  lengthOf,
  type Medium,
  type Segment,
  type SegmentChange,
  type SegmentOutcome,
} from "./segment.ts";

/** A quarter of an hour. */
export const slotMs = 900_000;

/** What sums are kept by. `slot` is the start of its quarter of an hour; `~` is the client of what belongs to none. */
export type RollupKey = {
  readonly clientId: string;
  readonly queueId: string | null;
  readonly operatorId: string | null;
  readonly medium: Medium;
  readonly slot: Instant;
};

/** Sums by name. Every one is additive: entries' deltas may be added in any order. */
export type Sums = Readonly<Record<string, number>>;
export type RollupDelta = { readonly key: RollupKey; readonly sums: Sums };

export function slotOf(at: Instant): Instant {
  return Math.floor(at / slotMs) * slotMs;
}

/** What a change adds to the roll-ups. */
export function rollupDeltas(change: SegmentChange): readonly RollupDelta[] {
  switch (change.kind) {
    case "opened":
      return change.segment.kind === "wait" ? [at(change.segment.from, change.segment, { queued: 1 })] : [];
    case "closed":
      return [at(change.segment.to, change.segment, sumsOf(change.segment, change.again))];
    case "settled":
      return [at(change.segment.to, change.segment, moved(change.segment, change.before))];
    case "span-closed":
      return spread(change.span);
    case "span-opened":
    case "contact-closed":
      return [];
  }
}

function at(instant: Instant, { clientId, queueId, operatorId, medium }: Segment, sums: Sums): RollupDelta {
  return { key: { clientId, queueId, operatorId, medium, slot: slotOf(instant) }, sums };
}

function sumsOf(segment: ClosedSegment, again: boolean): Sums {
  const ms = lengthOf(segment);
  switch (segment.kind) {
    case "wait":
      return { offered: 1, waitMs: ms, ...waitSums(waitResult(segment.outcome), ms) };
    case "offer":
      return { offers: 1, offerMs: ms, [`offers/${segment.outcome ?? "withdrawn"}`]: 1 };
    case "service":
      return { services: 1, serviceMs: ms, contacts: again ? 0 : 1 };
    case "hold":
      return { holds: 1, holdMs: ms };
    case "consult":
      return { consults: 1, consultMs: ms };
    case "consulted":
      return { consulted: 1, consultedMs: ms };
    case "wrap-up":
      return { wrapUpMs: ms };
    case "dial":
      return { dials: 1, dialMs: ms };
    case "flow":
      return { flowMs: ms };
    case "ring":
      return { ringMs: ms };
  }
}

export type WaitResult = "answered" | "abandoned" | "voicemail" | "other";

/** Every wait ends in one of four ways, so that they add up to those that were offered. */
export function waitResult(outcome: SegmentOutcome | null): WaitResult {
  return outcome === "answered" || outcome === "abandoned" || outcome === "voicemail" ? outcome : "other";
}

function waitSums(result: WaitResult, ms: number): Sums {
  if (result === "answered" || result === "abandoned") {
    return { [result]: 1, [`${result}Ms`]: ms, [`${result}/${stepOf(ms)}`]: 1 };
  }
  return { [result]: 1 };
}

function moved(segment: ClosedSegment, before: SegmentOutcome | null): Sums {
  const from = waitResult(before);
  const to = waitResult(segment.outcome);
  return from === to ? {} : { [from]: -1, [to]: 1 };
}

/** Steps of waiting, in seconds: by one to two minutes, by ten to ten minutes, by sixty to an hour. */
const grid = [
  { upTo: 120, by: 1 },
  { upTo: 600, by: 10 },
  { upTo: 3_600, by: 60 },
] as const;

/** The first step that reaches this length; whoever waited longer than an hour stands beyond all. */
function stepOf(ms: number): number {
  const seconds = Math.ceil(ms / 1_000);
  for (const { upTo, by } of grid) if (seconds <= upTo) return Math.ceil(seconds / by) * by;
  return beyond;
}

const beyond = 999_999;

/** How many waits of this result were no longer than `ms`, which counts down to its step. */
export function countWithin(sums: Sums, result: "answered" | "abandoned", ms: number): number {
  const seconds = ms / 1_000;
  let count = 0;
  for (const [name, sum] of Object.entries(sums)) {
    if (!name.startsWith(`${result}/`)) continue;
    const step = Number(name.slice(result.length + 1));
    if (step <= seconds) count += sum;
  }
  return count;
}

/** An operator's time counts in each quarter of an hour in which it passed. */
function spread(span: ClosedSpan): RollupDelta[] {
  const deltas: RollupDelta[] = [];
  const { operatorId } = span;
  for (let slot = slotOf(span.from); slot < span.to; slot += slotMs) {
    const ms = Math.min(span.to, slot + slotMs) - Math.max(span.from, slot);
    const key = { clientId: "~", queueId: null, operatorId, medium: "voice", slot } as const;
    deltas.push({ key, sums: { shiftMs: ms, [`state/${span.state}Ms`]: ms } });
  }
  return deltas;
}

/** Adds deltas up; the given sums change. */
export function addSums(to: Record<string, number>, sums: Sums): void {
  for (const [name, value] of Object.entries(sums)) to[name] = (to[name] ?? 0) + value;
}
