import type { FloorView, OutgoingRuleLimits, OutgoingScope, ResponseOf } from "@centrala/contract";
import { type Bucket, usedOf } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import type { Centre } from "../app.ts";

const usedMax = 200;
const alarmsMax = 20;
const millionth = 1_000_000;
const minuteMs = 60_000;

type UsedRow = ResponseOf<"outgoing">["used"][number];

/** What calls out have used today: the centre first, then by the share of their limits. */
export function usedToday(centre: Centre, now: Instant): UsedRow[] {
  const { outgoing, config } = centre.core.state;
  const rule = config.core.outgoing;
  const rows = [...outgoing.buckets.values()].map((bucket): UsedRow => {
    const { atOnce, calls, ms, spent } = usedOf(outgoing, bucket, now);
    const limits = rule?.limits[bucket.scope];
    const percent = limits === undefined ? null : shareOf(limits, { atOnce, calls, ms, spent });
    return {
      scope: bucket.scope,
      id: bucket.id,
      name: nameOf(centre, bucket.scope, bucket.id),
      atOnce,
      calls,
      minutes: Math.round(ms / minuteMs),
      spent: Math.round((spent / millionth) * 100) / 100,
      percent,
    };
  });
  const place = (row: UsedRow): number => (row.scope === "centre" ? Number.POSITIVE_INFINITY : (row.percent ?? 0));
  return rows.sort((a, b) => place(b) - place(a) || b.calls - a.calls).slice(0, usedMax);
}

function shareOf(limits: OutgoingRuleLimits, used: Readonly<Record<keyof OutgoingRuleLimits, number>>): number | null {
  let most: number | null = null;
  for (const measure of ["atOnce", "calls", "ms", "spent"] as const) {
    const limit = limits[measure];
    if (limit === null) continue;
    const percent = limit === 0 ? 100 : Math.min(100, Math.floor((used[measure] / limit) * 100));
    if (most === null || percent > most) most = percent;
  }
  return most;
}

function nameOf(centre: Centre, scope: OutgoingScope, id: string | null): string {
  const kind = { person: "user", device: "device", trunk: "trunk", centre: null } as const;
  const known = kind[scope];
  return known === null || id === null ? centre.config.current.centre.name : centre.config.name(known, id);
}

/** What was announced today, for the floor. */
export function outgoingAlarms(centre: Centre, now: Instant): FloorView["outgoing"] {
  const { outgoing } = centre.core.state;
  if (now >= outgoing.dayEnd) return [];
  const alarms = [...outgoing.buckets.values()].flatMap((bucket) => alarmsOf(centre, bucket));
  return alarms.sort((a, b) => Number(b.full) - Number(a.full)).slice(0, alarmsMax);
}

function alarmsOf(centre: Centre, bucket: Bucket): FloorView["outgoing"] {
  return (["calls", "ms", "spent"] as const).flatMap((measure) => {
    const full = bucket.said.includes(`${measure}/100`);
    if (!full && !bucket.said.includes(`${measure}/alarm`)) return [];
    return [{ scope: bucket.scope, name: nameOf(centre, bucket.scope, bucket.id), measure, full }];
  });
}
