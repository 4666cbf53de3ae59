import type { JournalEntry } from "@centrala/contract";
import { loadBook, saveBook } from "@centrala/domain";
import { type Instant, required } from "@centrala/kit";
import type { Db, Follower } from "../database.ts";
import { failsForGood, isStoreError, StoreError } from "../error.ts";
import type { Projections, Projector, ProjectorFaults, ProjectorFigures, Report } from "../port.ts";
import { type RollupRow, toRollup } from "../projection/report.ts";
import { Feed } from "./feed.ts";
import { batchMax, Narrowing, Pass, type Whose } from "./pass.ts";
import { foldVersion, takePositions } from "./position.ts";
import { cancelRebuild, rebuildProgress, requestRebuild } from "./rebuild-statements.ts";
import { Rebuilding } from "./rebuilding.ts";
import { Waiters } from "./waiters.ts";

/** So long entries are gathered when nobody waits for them. */
const gatherMs = 250;
const retryMsMax = 5_000;
const waitMsUsual = 2_000;
/** Further behind, nobody waits: rows would not come in time. */
const behindMaxToWait = 5_000;
const closeMsMax = 5_000;
const reportsMax = 1_000;

export function createProjections(db: Db): Projections {
  return {
    open: (centreId, epoch, faults = {}) => CentreProjector.open({ db, centreId, epoch }, faults),
    requestRebuild: (centreId) => requestRebuild(db, centreId),
    cancelRebuild: (centreId) => cancelRebuild(db, centreId),
    rebuildProgress: (centreId) => rebuildProgress(db, centreId),
  };
}

type Asked = {
  readonly from: Instant;
  readonly resolve: (report: Report) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * One centre's projector: gathers what was committed, and writes its changes in one transaction with the place they lead to.
 * A failure costs nobody anything but time: what is in memory is forgotten, and it goes on from where the rows stand.
 */
class CentreProjector implements Projector, Follower {
  readonly #whose: Whose;
  readonly #faults: ProjectorFaults;
  readonly #narrowing = new Narrowing();
  readonly #rebuilding: Rebuilding;
  readonly #feed: Feed;
  readonly #waiters = new Waiters();
  readonly #asked: Asked[] = [];
  readonly #listeners = new Set<() => void>();
  #live: Pass;
  /** What is in memory is not what the rows say. */
  #lost = false;
  /** The journal holds everything up to here. */
  #known: number;
  #running: Promise<void> | undefined;
  #interrupt: (() => void) | undefined;
  #closing = false;
  /** Another server has the centre, or this one has let it go. */
  #ended = false;
  /** Failures in a row. */
  #failed = 0;
  readonly #counts = { batches: 0, failures: 0, leftOut: 0 };

  private constructor(whose: Whose, faults: ProjectorFaults, live: Pass, known: number) {
    this.#whose = whose;
    this.#faults = faults;
    this.#live = live;
    this.#known = known;
    this.#feed = new Feed(live.seq + 1);
    this.#rebuilding = new Rebuilding(whose, {
      wake: () => this.#wake(),
      failed: (error) => {
        this.#count(error, 1);
        if (isStoreError(error, "FENCED")) this.#end();
      },
      leftOut: (error, seq) => this.#leftOut(error, seq),
    });
  }

  static async open(whose: Whose, faults: ProjectorFaults): Promise<CentreProjector> {
    const { db, centreId, epoch } = whose;
    const last = await db.transact(centreId, async (client) => {
      await takePositions(client, centreId, epoch);
      const { rows } = await client.query<{ last: number }>(
        "SELECT coalesce(max(seq), 0) AS last FROM journal WHERE centre_id = $1",
        [centreId],
      );
      return rows[0]?.last ?? 0;
    });
    const narrowing = new Narrowing();
    const live = await Pass.load(whose, narrowing, "live");
    if (live === undefined) throw new StoreError("FENCED", `epoch ${epoch} is over: another server runs this centre`);
    // Rows of an older program, or of which nothing is known of what was open.
    if (live.position.version !== foldVersion || !live.whole) await askOnce(whose);
    const projector = new CentreProjector(whose, faults, live, Math.max(last, live.seq));
    db.projectors.set(centreId, projector);
    projector.#rebuilding.watch();
    projector.#wake();
    return projector;
  }

  get figures(): ProjectorFigures {
    const { seq } = this.#live;
    return { seq, behind: this.#known - seq, toRebuild: this.#rebuilding.left(seq), ...this.#counts };
  }

  take(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      // After an unknown outcome the same entries come again.
      if (entry.seq <= this.#known) continue;
      this.#known = entry.seq;
      this.#feed.push(entry);
    }
    this.#wake();
  }

  reached(seq: number, withinMs: number = waitMsUsual): Promise<boolean> {
    if (seq <= this.#live.seq) return Promise.resolve(true);
    if (this.#ended) return Promise.resolve(false);
    const reached = this.#waiters.wait(seq, withinMs);
    this.#hurry();
    return reached;
  }

  async caughtUp(): Promise<void> {
    const hopeless = this.#failed > 0 || this.#known - this.#live.seq > behindMaxToWait;
    if (!hopeless) await this.reached(this.#known);
  }

  report(from: Instant): Promise<Report> {
    if (this.#ended || this.#asked.length >= reportsMax)
      return Promise.reject(new StoreError("OVERLOADED", "no report can be read now"));
    return new Promise((resolve, reject) => {
      this.#asked.push({ from, resolve, reject });
      this.#hurry();
    });
  }

  onRebuilt(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#interrupt?.();
    if (!this.#ended) await Promise.race([this.#finish(), after(closeMsMax)]);
    this.abandon();
  }

  abandon(): void {
    this.#end();
    this.#interrupt?.();
    const { projectors } = this.#whose.db;
    if (projectors.get(this.#whose.centreId) === this) projectors.delete(this.#whose.centreId);
  }

  async #finish(): Promise<void> {
    await this.#running;
    if (this.#ended || this.#lost) return;
    await this.#live.saveState().catch((error: unknown) => this.#count(error, 1));
  }

  #end(): void {
    this.#ended = true;
    this.#rebuilding.stop();
    this.#waiters.giveUp();
    for (const { reject } of this.#asked.splice(0)) reject(new StoreError("OVERLOADED", "no report can be read now"));
  }

  #hurry(): void {
    this.#wake();
    if (this.#failed === 0) this.#interrupt?.();
  }

  #wake(): void {
    if (this.#running === undefined && this.#hasWork()) this.#running = this.#run();
  }

  #hasWork(): boolean {
    if (this.#ended) return false;
    const live = this.#live.seq < this.#known || this.#asked.length > 0;
    return live || (!this.#closing && this.#rebuilding.hasWork());
  }

  async #run(): Promise<void> {
    while (this.#hasWork()) {
      await this.#pause();
      if (this.#ended) break;
      try {
        await this.#turn();
        this.#failed = 0;
      } catch (error) {
        await this.#onFailed(error);
        if (this.#closing) this.#end();
      }
    }
    this.#running = undefined;
  }

  /** What is live goes first; a rebuild gets a portion in between. */
  async #turn(): Promise<void> {
    if (this.#lost) await this.#goOnFromRows();
    if (this.#live.seq < this.#known) await this.#step();
    await this.#answer();
    if (this.#closing || !this.#rebuilding.hasWork()) return;
    if (await this.#rebuilding.turn(this.#live)) {
      this.#lost = true;
      await this.#goOnFromRows();
      for (const listener of this.#listeners) listener();
    }
  }

  /** Gathers, or waits for better times after a failure. Nobody gathers for those who wait, nor when much is there already. */
  async #pause(): Promise<void> {
    const much = this.#known - this.#live.seq >= batchMax;
    const hurried = much || this.#waiters.size > 0 || this.#asked.length > 0;
    if (this.#closing || (this.#failed === 0 && hurried)) return;
    const restMs = this.#rebuilding.hasWork() ? this.#rebuilding.restMs : gatherMs;
    const ms = this.#failed === 0 ? restMs : Math.min(retryMsMax, 100 * 2 ** Math.min(this.#failed, 6));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#interrupt = undefined;
  }

  async #step(): Promise<void> {
    const entries = await this.#next();
    if (entries.length === 0) {
      // The journal ends earlier than was thought.
      this.#known = this.#live.seq;
      return;
    }
    if (!(await this.#live.apply(entries))) return this.#goOnFromRows();
    this.#counts.batches += 1;
    this.#waiters.reached(this.#live.seq);
  }

  /** The next entries: as they were committed, or from the journal where those are not in memory. */
  async #next(): Promise<readonly JournalEntry[]> {
    if (this.#feed.size > 0) return this.#feed.take(this.#narrowing.portion);
    const entries = await this.#live.next();
    this.#feed.beginAt((entries.at(-1)?.seq ?? this.#live.seq) + 1);
    return entries;
  }

  async #answer(): Promise<void> {
    const asked = this.#asked.splice(0);
    if (asked.length === 0) return;
    try {
      const from = Math.min(...asked.map((each) => each.from));
      const rollups = (await this.#sums(from)).map(toRollup);
      const book = saveBook(this.#live.book);
      for (const each of asked) {
        const wanted = rollups.filter(({ key }) => key.slot >= each.from);
        each.resolve({ seq: this.#live.seq, book: required(loadBook(book), "the book"), rollups: wanted });
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  async #sums(from: Instant): Promise<readonly RollupRow[]> {
    const { db, centreId } = this.#whose;
    const { rows } = await db.transact(centreId, (client) =>
      client.query<RollupRow>(
        `SELECT slot, client_id, queue_id, operator_id, medium, sums FROM rollup
         WHERE centre_id = $1 AND generation = $2 AND slot >= $3`,
        [centreId, this.#live.position.generation, from],
      ),
    );
    return rows;
  }

  async #onFailed(error: unknown): Promise<void> {
    this.#failed += 1;
    this.#count(error, this.#failed);
    this.#lost = true;
    if (isStoreError(error, "FENCED")) return this.#end();
    try {
      if (failsForGood(error)) {
        const seq = await this.#live.narrow();
        if (seq !== undefined) this.#leftOut(error, seq);
        this.#failed = 0;
      }
      await this.#goOnFromRows();
    } catch {
      // The database is away: it is tried again.
    }
  }

  #count(error: unknown, attempt: number): void {
    this.#counts.failures += 1;
    this.#faults.failed?.(error, attempt);
  }

  #leftOut(error: unknown, seq: number): void {
    this.#counts.leftOut += 1;
    this.#faults.leftOut?.(error, seq);
  }

  /** After a failure the outcome is unknown: the rows say where they stand. */
  async #goOnFromRows(): Promise<void> {
    const live = await Pass.load(this.#whose, this.#narrowing, "live");
    if (live === undefined) return this.#end();
    this.#live = live;
    this.#lost = false;
    this.#feed.beginAt(live.seq + 1);
    this.#waiters.reached(live.seq);
  }
}

/** Asks for a rebuild unless one was asked for already. */
async function askOnce({ db, centreId }: Whose): Promise<void> {
  if ((await rebuildProgress(db, centreId)) === null) await requestRebuild(db, centreId);
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
