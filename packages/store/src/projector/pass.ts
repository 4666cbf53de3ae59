import type { JournalEntry } from "@centrala/contract";
import { emptyBook, foldSegments, type SegmentBook } from "@centrala/domain";
import { LruMap } from "@centrala/kit";
import type pg from "pg";
import type { Db } from "../database.ts";
import { readPortion } from "../journal/entry.ts";
import { type BatchChanges, contactsNeeded, contactsOf, count, foldBatch, noChanges } from "../projection/batch.ts";
import type { ContactProjection } from "../projection/contact.ts";
import { projectLive } from "../projection/write.ts";
import { KnownContacts } from "./contacts.ts";
import { movePosition, type PassName, type Position, readPosition, saveState } from "./position.ts";
import { RebuiltRows } from "./rebuilt-rows.ts";

export const batchMax = 500;
/** So often one entry is tried before it is believed that its changes can't be written. */
const permanentAttempts = 3;
const unwritableMax = 1_000;
/** A start folds so many entries again at most, to know what is open. */
const stateEveryEntries = 2_000;

export type Whose = { readonly db: Db; readonly centreId: string; readonly epoch: number };

/** What the database judges for good is looked for by taking less and less at a time. */
export class Narrowing {
  portion = batchMax;
  #failures = 0;
  /** Contacts of which something could not be written: the rest of their rows is left alone, too. */
  readonly unwritable = new LruMap<true>(unwritableMax);

  /** True when the next entry is the one. */
  failed(): boolean {
    if (this.portion > 1) {
      this.portion = Math.ceil(this.portion / 2);
      return false;
    }
    this.#failures += 1;
    return this.#failures >= permanentAttempts;
  }

  went(): void {
    this.#failures = 0;
    this.portion = Math.min(batchMax, this.portion * 2);
  }
}

/** One way through the journal, the live one or a rebuild's: what is known at its place, and how rows are written from there. */
export class Pass {
  readonly #whose: Whose;
  readonly #narrowing: Narrowing;
  readonly #contacts: KnownContacts;
  readonly name: PassName;
  readonly position: Omit<Position, "seq" | "state" | "stateSeq">;
  readonly book: SegmentBook;
  /** Null: it is the live one. */
  readonly #rebuilt: RebuiltRows | null;
  /** Whether what was open at its place was known, so that sums are right from there on. */
  readonly whole: boolean;
  /** The rows hold everything up to here. */
  seq: number;
  #stateSeq: number;
  readonly #written: string[] = [];

  private constructor(
    whose: Whose,
    narrowing: Narrowing,
    name: PassName,
    { seq, state, stateSeq, ...position }: Position,
  ) {
    this.#whose = whose;
    this.#narrowing = narrowing;
    this.name = name;
    this.position = position;
    this.book = state?.book ?? emptyBook();
    this.#rebuilt = name === "rebuild" ? new RebuiltRows(state?.held ?? []) : null;
    this.whole = state !== undefined;
    this.seq = seq;
    this.#stateSeq = state === undefined ? seq : stateSeq;
    this.#contacts = new KnownContacts(whose.db, whose.centreId);
  }

  /** Undefined when there is none (any more), or it is another server's. */
  static async load(whose: Whose, narrowing: Narrowing, name: PassName): Promise<Pass | undefined> {
    const { db, centreId, epoch } = whose;
    const position = await db.transact(centreId, (client) => readPosition(client, centreId, epoch, name));
    if (position === undefined) return undefined;
    const pass = new Pass(whose, narrowing, name, position);
    for (let seq = pass.#stateSeq; seq < pass.seq; ) {
      const entries = await pass.#read(seq + 1, Math.min(batchMax, pass.seq - seq));
      for (const entry of entries) pass.#recount(entry);
      seq = entries.at(-1)?.seq ?? pass.seq;
    }
    return pass;
  }

  next(): Promise<readonly JournalEntry[]> {
    return this.#read(this.seq + 1, this.#narrowing.portion);
  }

  /** Folds the entries that come next and writes what they change. False when the rows stand elsewhere than was thought. */
  async apply(entries: readonly JournalEntry[]): Promise<boolean> {
    const to = entries.at(-1)?.seq ?? this.seq;
    const counted = count(this.book, entries);
    const changes = this.#writable(foldBatch(await this.#known(contactsNeeded(counted)), counted));
    if (!(await this.#write(to, changes))) return false;
    this.#contacts.remember(changes.contacts);
    this.#narrowing.went();
    return true;
  }

  /** After an error that will come again; gives the entry that was left out because of it. */
  async narrow(): Promise<number | undefined> {
    if (!this.#narrowing.failed()) return undefined;
    const [entry] = await this.#read(this.seq + 1, 1);
    if (entry === undefined || !(await this.#write(entry.seq, noChanges))) return undefined;
    this.#narrowing.went();
    for (const id of contactsOf(entry)) this.#narrowing.unwritable.set(id, true);
    return entry.seq;
  }

  /** So that the next start need fold nothing again. */
  async saveState(): Promise<void> {
    if (this.#stateSeq === this.seq) return;
    const { db, centreId } = this.#whose;
    await db.transact(centreId, (client) => this.#saveState(client, this.seq));
    this.#stateSeq = this.seq;
  }

  /** What a rebuild that has caught up still holds. */
  async writeAll(client: pg.ClientBase): Promise<void> {
    await this.#rebuilt?.writeAll(client, this.#whose.centreId, this.position.generation, this.book);
  }

  /** The contacts that this pass wrote since it was asked last. */
  takeWritten(): readonly string[] {
    return this.#written.splice(0);
  }

  /** Others have written these contacts. */
  forget(contactIds: readonly string[]): void {
    this.#contacts.forget(contactIds);
  }

  #read(from: number, limit: number): Promise<readonly JournalEntry[]> {
    const { db, centreId } = this.#whose;
    return db.transact(centreId, (client) => readPortion(client, centreId, from, limit));
  }

  /** An entry that was left out because it can't be folded is passed over again. */
  #recount(entry: JournalEntry): void {
    try {
      foldSegments(this.book, entry);
    } catch {
      for (const id of contactsOf(entry)) this.#narrowing.unwritable.set(id, true);
    }
  }

  #writable(changes: BatchChanges): BatchChanges {
    const { unwritable } = this.#narrowing;
    if (unwritable.size === 0) return changes;
    const contacts = new Map([...changes.contacts].filter(([id]) => !unwritable.has(id)));
    const recordings = new Map([...changes.recordings].filter(([, { contact_id }]) => !unwritable.has(contact_id)));
    const segments = changes.report.segments.filter(({ contact_id }) => !unwritable.has(contact_id));
    return { ...changes, contacts, recordings, report: { ...changes.report, segments } };
  }

  async #known(ids: readonly string[]): Promise<ReadonlyMap<string, ContactProjection>> {
    const found = new Map<string, ContactProjection>();
    for (const id of ids) {
      const held = this.#rebuilt?.get(id);
      if (held !== undefined) found.set(id, held);
    }
    for (const [id, contact] of await this.#contacts.require(ids.filter((each) => !found.has(each))))
      found.set(id, contact);
    return found;
  }

  async #write(to: number, changes: BatchChanges): Promise<boolean> {
    const { db, centreId, epoch } = this.#whose;
    const { generation } = this.position;
    const from = this.seq;
    const moved =
      this.#rebuilt === null
        ? await projectLive(db, centreId, { epoch, from, to, generation }, changes)
        : await this.#rebuild(this.#rebuilt, to, changes);
    if (!moved) return false;
    this.seq = to;
    this.#written.push(...(this.#rebuilt?.committed() ?? []));
    if (this.#rebuilt !== null) this.#stateSeq = to;
    else if (to - this.#stateSeq >= stateEveryEntries) await this.saveState();
    return true;
  }

  #rebuild(rows: RebuiltRows, to: number, changes: BatchChanges): Promise<boolean> {
    const { db, centreId, epoch } = this.#whose;
    return db.transact(
      centreId,
      async (client) => {
        if (!(await movePosition(client, centreId, { name: this.name, epoch, from: this.seq, to }))) return false;
        await rows.write(client, centreId, this.position.generation, changes, this.book);
        await this.#saveState(client, to);
        return true;
      },
      // What a crash of the machine takes back is folded again: rows and place go together.
      { waitForDisk: false },
    );
  }

  #saveState(client: pg.ClientBase, seq: number): Promise<void> {
    const held = this.#rebuilt?.toState() ?? [];
    return saveState(client, this.#whose.centreId, this.name, seq, { book: this.book, held });
  }
}
