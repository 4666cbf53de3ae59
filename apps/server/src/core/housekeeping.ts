import { rm } from "node:fs/promises";
import { day, minute } from "@centrala/kit";
import { repairRecording } from "@centrala/phone";
import type { App } from "../app.ts";

const everyMs = 10 * minute;
const tracesKeptMs = 14 * day;
const batchMax = 500;

/** Work that waits for nobody: recordings past their time, expired sessions, old SIP messages. */
export class Housekeeping {
  readonly #app: App;
  #timer: ReturnType<typeof setInterval> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(app: App) {
    this.#app = app;
  }

  start(): void {
    const run = (): void => {
      this.#running = this.#round().catch((error: unknown) =>
        this.#app.log.warn({ err: String(error) }, "housekeeping did not finish"),
      );
    };
    run();
    this.#timer = setInterval(run, everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #round(): Promise<void> {
    const { store, clock } = this.#app;
    await store.sessions.deleteExpired();
    for (const [centreId, centre] of this.#app.centres) {
      await this.#deleteRecordings(centreId, clock() - centre.config.current.centre.recordingRetentionDays * day);
      await store.traces.deleteBefore(centreId, clock() - tracesKeptMs);
    }
  }

  async #deleteRecordings(centreId: string, before: number): Promise<void> {
    const { store, places, log } = this.#app;
    for (;;) {
      const due = await store.recordings.listDue(centreId, before, batchMax);
      if (due.length === 0) return;
      for (const recording of due) await rm(places.recording(centreId, recording.id), { force: true });
      await store.recordings.markDeleted(
        centreId,
        due.map((recording) => recording.id),
      );
      log.info({ centreId, recordings: due.length }, "recordings deleted, their time was over");
      if (due.length < batchMax) return;
    }
  }
}

/** Recordings that a crash cut off: their files get a header that fits what is there. Gives what the core must be told. */
export async function repairRecordings(
  app: Pick<App, "store" | "places" | "log">,
  centreId: string,
): Promise<{ recordingId: string; durationMs: number; bytes: number; sha256: string }[]> {
  const repaired: { recordingId: string; durationMs: number; bytes: number; sha256: string }[] = [];
  for (const recording of await app.store.recordings.listRunning(centreId)) {
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
