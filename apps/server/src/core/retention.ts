import type { Centre, Notice } from "@centrala/contract";
import { day, type Instant } from "@centrala/kit";
import { centreScope } from "@centrala/store";
import { z } from "zod";
import type { App } from "../app.ts";
import { trashKeptMs } from "./housekeeping.ts";

/** What a stopped centre has, too. */
type RetentionApp = Pick<App, "store" | "clock">;
/** Recordings that become due by a shorter retention. */
export type Shortened = {
  readonly recordings: number;
  readonly days: number;
  /** From when on they go to the trash, and from when on they are deleted for good. */
  readonly from: Instant;
  readonly goneFrom: Instant;
};

const shortenedSchema = z.object({ at: z.number(), by: z.string(), days: z.number(), recordings: z.number() });

/** What a new retention makes due that was not so before; null for nothing. */
export async function shortenedRetention(
  app: RetentionApp,
  centreId: string,
  current: Centre,
  wanted: Centre,
): Promise<Shortened | null> {
  const [before, after] = [current.recordingRetentionDays, wanted.recordingRetentionDays];
  if (after >= before) return null;
  const now = app.clock();
  const due = (days: number): Promise<number> => app.store.recordings.countDue(centreScope(centreId), now - days * day);
  const recordings = (await due(after)) - (await due(before));
  return recordings > 0 ? { recordings, days: after, from: now, goneFrom: now + trashKeptMs } : null;
}

/** Everybody who manages the centre reads of it for as long as it can be taken back. */
export async function announceShortened(
  app: RetentionApp,
  centreId: string,
  by: string,
  { days, recordings }: Shortened,
): Promise<void> {
  await app.store.settings.put(keyOf(centreId), { at: app.clock(), by, days, recordings });
  await app.store.audit.add(centreId, {
    who: by,
    what: "retention.shorten",
    target: "centre",
    detail: { days, recordings },
  });
}

export async function shortenedNotice(app: RetentionApp, centreId: string, now: Instant): Promise<readonly Notice[]> {
  const stored = shortenedSchema.safeParse(await app.store.settings.get(keyOf(centreId)));
  if (!stored.success || now - stored.data.at > trashKeptMs) return [];
  return [{ code: "RETENTION_SHORTENED", ...stored.data }];
}

function keyOf(centreId: string): string {
  return `retention-shortened/${centreId}`;
}
