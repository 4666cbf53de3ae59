import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { minute, second } from "@centrala/kit";
import type { Logger } from "pino";
import type { Places, Watch, WatchNotice } from "../app.ts";
import { type ClockDoubt, ClockGuard } from "./clock-guard.ts";
import { DiskWatch, isShort, reserveBytes } from "./disk-watch.ts";

export type OwnWatchOptions = {
  readonly places: Places;
  readonly log: Logger;
  readonly wall: () => number;
  readonly elapsed: () => number;
  /** Whether what was decided cannot be stored just now. */
  readonly stuck: () => boolean;
  /** The disk has no more room for recordings. */
  readonly stopRecordings: () => void;
  /** It has room again. */
  readonly recordAgain: () => void;
};

const everyMs = 5 * second;
const reserveAfterMs = minute;

/** Disk, clock and database of this installation, looked at all the time. */
export class OwnWatch implements Watch {
  readonly #options: OwnWatchOptions;
  readonly #startedAt: number;
  readonly clock: ClockGuard;
  readonly disk: DiskWatch;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: OwnWatchOptions) {
    const { places, log, wall, elapsed } = options;
    this.#options = options;
    this.#startedAt = elapsed();
    const doubtFile = join(places.data, "clock-doubt.json");
    this.clock = new ClockGuard({
      wall,
      elapsed,
      load: () => readDoubt(doubtFile),
      save: (doubt) => {
        if (doubt !== null)
          log.error(doubt, "the clock is not believed; nothing is deleted until a person confirms it");
        keepDoubt(doubtFile, doubt, log);
      },
    });
    this.disk = new DiskWatch({
      space: async () => {
        const { bavail, blocks, bsize } = await statfs(places.data);
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
      },
      reserve: reserveIn(join(places.data, "reserve")),
      onLevel: (level, { freeBytes }, before) => {
        log[level === "fine" ? "info" : "error"]({ level, freeBytes }, "room on the disk of the data folder");
        if (isShort(level)) options.stopRecordings();
        else if (isShort(before)) options.recordAgain();
      },
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), everyMs);
    this.#timer.unref();
    this.look();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  look(): void {
    const mayReserve = this.#options.elapsed() - this.#startedAt >= reserveAfterMs;
    this.#looking = this.#looking
      .then(() => this.disk.look(mayReserve))
      .catch((error: unknown) => this.#options.log.warn({ err: String(error) }, "the disk could not be looked at"));
  }

  notices(): readonly WatchNotice[] {
    const notices: WatchNotice[] = [];
    const { level, space } = this.disk;
    if (this.#options.stuck()) notices.push({ code: "DATABASE_STUCK" });
    if (level !== "fine") notices.push({ code: level, freeBytes: space.freeBytes });
    const { doubt } = this.clock;
    if (doubt !== null) notices.push({ code: doubt.kind, newestAt: doubt.newestAt });
    return notices;
  }

  mayDelete(): boolean {
    return this.clock.mayDelete();
  }

  confirmClock(): void {
    this.clock.confirm();
  }
}

function readDoubt(path: string): ClockDoubt | null {
  if (!existsSync(path)) return null;
  try {
    const { kind, newestAt } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    return { kind: kind === "CLOCK_BEHIND" ? kind : "CLOCK_AHEAD", newestAt: Number(newestAt) };
  } catch {
    // It is there, so there was a doubt, whatever became of the file.
    return { kind: "CLOCK_AHEAD", newestAt: 0 };
  }
}

function keepDoubt(path: string, doubt: ClockDoubt | null, log: Logger): void {
  try {
    if (doubt === null) rmSync(path, { force: true });
    else writeFileSync(path, `${JSON.stringify(doubt)}\n`, { mode: 0o600 });
  } catch (error) {
    log.warn({ err: String(error) }, "the doubt about the clock is not remembered beyond this run");
  }
}

function reserveIn(path: string) {
  return {
    exists: () => existsSync(path),
    remove: () => rm(path, { force: true }),
    make: async () => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(path, "w", 0o600);
      try {
        // Written in full: a file with holes keeps nothing free.
        const part = Buffer.alloc(1_000_000, 1);
        for (let at = 0; at < reserveBytes; at += part.length) await file.write(part, 0, part.length, at);
      } finally {
        await file.close();
      }
    },
  };
}
