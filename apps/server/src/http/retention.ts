import type { Centre, Notice } from "@centrala/contract";
import { day, type Instant } from "@centrala/kit";
import { z } from "zod";
import type { App } from "../app.ts";
import { trashKeptMs } from "../core/housekeeping.ts";
import { HttpProblem } from "./errors.ts";
import { type Caller, whoOf } from "./handler.ts";

const shortenedSchema = z.object({ at: z.number(), by: z.string(), days: z.number(), recordings: z.number() });

/** How many recordings a new retention makes due that were not so before. */
export async function shortenedRetention(app: App, caller: Caller, wanted: Centre): Promise<number> {
  const before = caller.centre.config.current.centre.recordingRetentionDays;
  const after = wanted.recordingRetentionDays;
  if (after >= before) return 0;
  const { recordings } = app.store;
  const due = (days: number): Promise<number> => recordings.countDue(caller.centre.id, app.clock() - days * day);
  return Math.max(0, (await due(after)) - (await due(before)));
}

export function wouldDelete(recordings: number): HttpProblem {
  const path = "recordingRetentionDays";
  const message = `${recordings} recordings would be deleted`;
  return new HttpProblem("WOULD_DELETE", {
    details: [{ path, line: null, code: "WOULD_DELETE", message, params: { count: recordings } }],
  });
}

/** Everybody who manages the centre reads of it for as long as it can be taken back. */
export async function announceShortened(app: App, caller: Caller, days: number, recordings: number): Promise<void> {
  const value = { at: app.clock(), by: whoOf(caller), days, recordings };
  await app.store.settings.put(keyOf(caller.centre.id), value);
  await app.store.audit.add(caller.centre.id, {
    who: value.by,
    what: "retention.shorten",
    target: "centre",
    detail: { days, recordings },
  });
}

export async function shortenedNotice(app: App, centreId: string, now: Instant): Promise<readonly Notice[]> {
  const stored = shortenedSchema.safeParse(await app.store.settings.get(keyOf(centreId)));
  if (!stored.success || now - stored.data.at > trashKeptMs) return [];
  return [{ code: "RETENTION_SHORTENED", ...stored.data }];
}

function keyOf(centreId: string): string {
  return `retention-shortened/${centreId}`;
}
