import type { JournalEntry } from "@centrala/contract";
import { LruMap } from "@centrala/kit";
import type { Db, Follower } from "../database.ts";
import { failsForGood, isStoreError } from "../error.ts";
import { readPortion } from "../journal/entry.ts";
import type { Projections, Projector, ProjectorFaults, ProjectorFigures } from "../port.ts";
import { type BatchChanges, contactsNeeded, contactsOf, foldBatch } from "../projection/batch.ts";
import { isContactFact } from "../projection/contact.ts";
import { writeChanges } from "../projection/write.ts";
import { KnownContacts } from "./contacts.ts";
import { Feed } from "./feed.ts";
import { movePosition, readPosition, takePosition } from "./position.ts";
import { Waiters } from "./waiters.ts";

/** So long entries are gathered when nobody waits for them. */
const gatherMs = 250;
const batchMax = 500;
const retryMsMax = 5_000;
/** So often one entry is tried before it is believed that its changes can't be written. */
const permanentAttempts = 3;
const waitMsUsual = 2_000;
/** Further behind, nobody waits: rows would not come in time. */
const behindMaxToWait = 5_000;
const closeMsMax = 5_000;
const unwritableMax = 1_000;

const noChanges: BatchChanges = { contacts: new Map(), recordings: new Map(), reached: [] };

export function createProjections(db: Db): Projections {
  return {
    open: async (centreId, epoch, faults = {}) => {
      const place = await db.transact(centreId, async (client) => {
        const { seq } = await takePosition(client, centreId, epoch);
        const { rows } = await client.query<{ last: number }>(
          "SELECT coalesce(max(seq), 0) AS last FROM journal WHERE centre_id = $1",
          [centreId],
        );
        return { seq, known: Math.max(seq, rows[0]?.last ?? 0) };
      });
      const projector = new CentreProjector(db, { centreId, epoch, ...place, faults });
      db.projectors.set(centreId, projector);
      projector.begin();
      return projector;
    },
  };
}

type Begun = {
  readonly centreId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly known: number;
  readonly faults: ProjectorFaults;
};

/**
 * One centre's projector: gathers what was committed, and writes its changes in one transaction with the place they lead to.
 * A failure costs nobody anything but time: what is in memory is forgotten, and it goes on from where the rows stand.
 */
class CentreProjector implements Projector, Follower {
  readonly #db: Db;
  readonly #centreId: string;
  readonly #epoch: number;
  readonly #faults: ProjectorFaults;
  readonly #contacts: KnownContacts;
  readonly #feed: Feed;
  readonly #waiters = new Waiters();
  /** The rows hold everything up to here, the journal up to there. */
  #seq: number;
  #known: number;
  #portion = batchMax;
  #running: Promise<void> | undefined;
  #interrupt: (() => void) | undefined;
  #closing = false;
  /** Another server has the centre, or this one has let it go. */
  #ended = false;
  /** Failures in a row. */
  #failed = 0;
  readonly #counts = { batches: 0, failures: 0, leftOut: 0 };
  /** Contacts of which something could not be written: the rest of them is left alone, too. */
  readonly #unwritable = new LruMap<true>(unwritableMax);

  constructor(db: Db, { centreId, epoch, seq, known, faults }: Begun) {
    this.#db = db;
    this.#centreId = centreId;
    this.#epoch = epoch;
    this.#seq = seq;
    this.#known = known;
    this.#faults = faults;
    this.#contacts = new KnownContacts(db, centreId);
    this.#feed = new Feed(seq + 1);
  }

  get figures(): ProjectorFigures {
    return { seq: this.#seq, behind: this.#known - this.#seq, ...this.#counts };
  }

  begin(): void {
    this.#wake();
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
    if (seq <= this.#seq) return Promise.resolve(true);
    if (this.#ended) return Promise.resolve(false);
    const reached = this.#waiters.wait(seq, withinMs);
    this.#wake();
    if (this.#failed === 0) this.#interrupt?.();
    return reached;
  }

  async caughtUp(): Promise<void> {
    const hopeless = this.#failed > 0 || this.#known - this.#seq > behindMaxToWait;
    if (!hopeless) await this.reached(this.#known);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#interrupt?.();
    if (this.#running !== undefined) await Promise.race([this.#running, after(closeMsMax)]);
    this.abandon();
  }

  abandon(): void {
    this.#end();
    this.#interrupt?.();
    if (this.#db.projectors.get(this.#centreId) === this) this.#db.projectors.delete(this.#centreId);
  }

  #end(): void {
    this.#ended = true;
    this.#waiters.giveUp();
  }

  #wake(): void {
    if (this.#running === undefined && this.#seq < this.#known && !this.#ended) this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (this.#seq < this.#known && !this.#ended) {
      await this.#pause();
      if (this.#ended) break;
      try {
        await this.#step();
        this.#failed = 0;
      } catch (error) {
        await this.#onFailed(error);
        if (this.#closing) this.#end();
      }
    }
    this.#running = undefined;
  }

  /** Gathers, or waits for better times after a failure. Nobody gathers for those who wait, nor when much is there already. */
  async #pause(): Promise<void> {
    const hurried = this.#waiters.size > 0 || this.#known - this.#seq >= batchMax;
    if (this.#closing || (this.#failed === 0 && hurried)) return;
    const ms = this.#failed === 0 ? gatherMs : Math.min(retryMsMax, 100 * 2 ** Math.min(this.#failed, 6));
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
    const last = entries.at(-1);
    if (last === undefined) {
      // The journal ends earlier than was thought.
      this.#known = this.#seq;
      return;
    }
    const writable = entries.map((entry) => this.#writable(entry));
    const known = await this.#contacts.require(contactsNeeded(writable), this.#seq);
    const changes = foldBatch(known, writable);
    if (!(await this.#write(last.seq, changes))) return this.#goOnFromRows();
    this.#contacts.remember(changes.contacts);
    this.#portion = Math.min(batchMax, this.#portion * 2);
  }

  #writable(entry: JournalEntry): JournalEntry {
    if (this.#unwritable.size === 0) return entry;
    const facts = entry.facts.filter((fact) => !isContactFact(fact) || !this.#unwritable.has(fact.contactId));
    return { ...entry, facts };
  }

  /** The next entries: as they were committed, or from the journal where those are not in memory. */
  async #next(): Promise<readonly JournalEntry[]> {
    if (this.#feed.size > 0) return this.#feed.take(this.#portion);
    const entries = await this.#read();
    this.#feed.beginAt((entries.at(-1)?.seq ?? this.#seq) + 1);
    return entries;
  }

  #read(): Promise<readonly JournalEntry[]> {
    return this.#db.transact(this.#centreId, (client) =>
      readPortion(client, this.#centreId, this.#seq + 1, this.#portion),
    );
  }

  /** False when the rows stand elsewhere than was thought. */
  async #write(to: number, changes: BatchChanges): Promise<boolean> {
    const moved = await this.#db.transact(
      this.#centreId,
      async (client) => {
        if (!(await movePosition(client, this.#centreId, this.#epoch, this.#seq, to))) return false;
        await writeChanges(client, this.#centreId, changes);
        return true;
      },
      // What a crash of the machine takes back is folded again: rows and place go together.
      { waitForDisk: false },
    );
    if (!moved) return false;
    this.#counts.batches += 1;
    this.#seq = to;
    this.#waiters.reached(to);
    return true;
  }

  async #onFailed(error: unknown): Promise<void> {
    this.#failed += 1;
    this.#counts.failures += 1;
    this.#faults.failed?.(error, this.#failed);
    if (isStoreError(error, "FENCED")) return this.#end();
    try {
      if (failsForGood(error)) await this.#narrow(error);
      await this.#goOnFromRows();
    } catch {
      // The database is away: it is tried again.
    }
  }

  /** The same rows will fail again: the entry that they come of is looked for, and left out. */
  async #narrow(error: unknown): Promise<void> {
    if (this.#portion > 1) {
      this.#portion = Math.ceil(this.#portion / 2);
      this.#failed = 0;
    } else if (this.#failed >= permanentAttempts) await this.#leaveOut(error);
  }

  async #leaveOut(error: unknown): Promise<void> {
    this.#portion = 1;
    const [entry] = await this.#read();
    const seq = entry?.seq ?? this.#seq + 1;
    if (!(await this.#write(seq, noChanges))) return;
    this.#counts.leftOut += 1;
    this.#failed = 0;
    for (const id of entry === undefined ? [] : contactsOf(entry)) this.#unwritable.set(id, true);
    this.#faults.leftOut?.(error, seq);
  }

  /** After a failure the outcome is unknown: the rows say where they stand. */
  async #goOnFromRows(): Promise<void> {
    this.#contacts.forget();
    const place = await this.#db.transact(this.#centreId, (client) => readPosition(client, this.#centreId));
    if (place === undefined || place.epoch !== this.#epoch) return this.#end();
    this.#seq = place.seq;
    this.#feed.beginAt(place.seq + 1);
    this.#waiters.reached(place.seq);
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
