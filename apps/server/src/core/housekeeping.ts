import { rename, rm } from "node:fs/promises";
import { day, type Instant, minute } from "@centrala/kit";
import { repairRecording } from "@centrala/phone";
import { centreScope } from "@centrala/store";
import type { App } from "../app.ts";

const everyMs = 10 * minute;
const tracesKeptMs = 14 * day;
/** Rows of a list that was read so long ago go, and with them its undo: that is offered for 30 days from when it was stored. */
const importsKeptMs = 90 * day;
/** So long a recording can be taken out of the trash again. */
export const trashKeptMs = 7 * day;
const batchMax = 200;
/** What may go in a day: twice of what comes in a day, and this much where little comes. */
const perDayMin = 500;
const usualTimes = 2;

/** Work that waits for nobody: recordings past their time, expired sessions, old SIP messages. Only with a clock to rely on. */
export class Housekeeping {
  readonly #app: App;
  #timer: ReturnType<typeof setInterval> | undefined;
  #running: Promise<void> = Promise.resolve();
  /** What went today, by centre. */
  readonly #gone = new Map<string, { readonly day: number; count: number }>();

  constructor(app: App) {
    this.#app = app;
  }

  start(): void {
    this.#timer = setInterval(() => this.round(), everyMs);
    this.#timer.unref();
    void this.round();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Resolves when everything is done that is due and may be done. */
  round(): Promise<void> {
    this.#running = this.#running
      .then(() => this.#round())
      .catch((error: unknown) => this.#app.log.warn({ err: String(error) }, "housekeeping did not finish"));
    return this.#running;
  }

  async #round(): Promise<void> {
    const { store, clock, watch } = this.#app;
    if (!watch.mayDelete()) return;
    await store.sessions.deleteExpired();
    for (const [centreId, centre] of this.#app.centres) {
      await this.#throwAway(centreId, clock() - centre.config.current.centre.recordingRetentionDays * day);
      await this.#emptyTrash(centreId);
      await store.traces.deleteBefore(centreId, clock() - tracesKeptMs);
      await store.customerImports.forget(centreScope(centreId), clock() - importsKeptMs);
    }
  }

  /** Into the trash, and no more of it than a usual day brings. */
  async #throwAway(centreId: string, before: Instant): Promise<void> {
    const { store, places, log, watch } = this.#app;
    const today = await this.#today(centreId);
    for (;;) {
      const limit = Math.min(batchMax, today.max - today.gone.count);
      if (limit <= 0 || !watch.mayDelete()) return;
      const due = await store.recordings.listDue(centreScope(centreId), before, limit);
      if (due.length === 0) return;
      for (const { id } of due) await move(places.recording(centreId, id), places.trashed(centreId, id));
      await store.recordings.markDeleted(
        centreScope(centreId),
        due.map((recording) => recording.id),
      );
      today.gone.count += due.length;
      log.info({ centreId, recordings: due.length }, "recordings moved to the trash, their time was over");
      if (today.gone.count >= today.max)
        log.warn({ centreId, perDay: today.max }, "more recordings are due than go in a day");
      if (due.length < limit) return;
    }
  }

  async #today(centreId: string): Promise<{ readonly max: number; readonly gone: { count: number } }> {
    const { store, clock } = this.#app;
    const max = Math.max(perDayMin, Math.ceil((await store.recordings.perDay(centreScope(centreId))) * usualTimes));
    const number = Math.floor(clock() / day);
    const known = this.#gone.get(centreId);
    const gone = known?.day === number ? known : { day: number, count: 0 };
    this.#gone.set(centreId, gone);
    return { max, gone };
  }

  async #emptyTrash(centreId: string): Promise<void> {
    const { store, places, log, clock, watch } = this.#app;
    while (watch.mayDelete()) {
      const over = await store.recordings.listTrash(centreScope(centreId), clock() - trashKeptMs, batchMax);
      if (over.length === 0) return;
      for (const { id } of over) await rm(places.trashed(centreId, id), { force: true });
      await store.recordings.markPurged(
        centreScope(centreId),
        over.map((recording) => recording.id),
      );
      log.info({ centreId, recordings: over.length }, "recordings deleted from the trash");
      if (over.length < batchMax) return;
    }
  }
}

/** A file that is not there (a recording that failed) needs no moving. */
async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

/** Takes a recording out of the trash. @returns false when it is not there any more */
export async function restoreRecording(
  { store, places }: Pick<App, "store" | "places">,
  centreId: string,
  recordingId: string,
): Promise<boolean> {
  if (!(await store.recordings.restore(centreScope(centreId), recordingId))) return false;
  await move(places.trashed(centreId, recordingId), places.recording(centreId, recordingId));
  return true;
}
/** Recordings that a crash cut off: their files get a header that fits what is there. Gives what the core must be told. */
export async function repairRecordings(
  app: Pick<App, "store" | "places" | "log">,
  centreId: string,
): Promise<{ recordingId: string; durationMs: number; bytes: number; sha256: string }[]> {
  const repaired: { recordingId: string; durationMs: number; bytes: number; sha256: string }[] = [];
  for (const recording of await app.store.recordings.listRunning(centreScope(centreId))) {
    const result = await repairRecording(app.places.recording(centreId, recording.id));
    if (result.ok) repaired.push({ recordingId: recording.id, ...result.value });
    else
      app.log.warn(
        { centreId, recordingId: recording.id, code: result.code },
        "a recording of a crashed run is not there",
      );
  }
  return repaired;
}
