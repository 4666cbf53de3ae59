import { isDeepStrictEqual } from "node:util";
import { type JournalEntry, journalEntrySchema } from "@centrala/contract";
import { assert } from "@centrala/kit";
import type pg from "pg";
import { checkCentreId, type Db, translate } from "../database.ts";
import { StoreError } from "../error.ts";
import { appendEntriesMax, type JournalStore } from "../port.ts";
import { type BatchChanges, contactsNeeded, contactsOf, foldBatch } from "../projection/batch.ts";
import type { ContactProjection } from "../projection/contact.ts";
import { changeDocuments, readProjections, writeChanges } from "../projection/write.ts";
import type { AddressDocument } from "../repository/unsettled.ts";
import { cleanText, joinRecords, toJson } from "../text.ts";
import { ContactCache } from "./cache.ts";
import { createLeases } from "./lease.ts";

type EntryRow = { seq: number; at: number; version: number; input: unknown; facts: unknown };

const readPortion = 500;
const snapshotsKept = 3;

/** The journal over PostgreSQL. One `append` of a centre runs at a time: the core is its only writer. */
export function createJournal(db: Db): JournalStore {
  const cache = new ContactCache();
  return {
    append: (centreId, epoch, entries) => append(db, cache, centreId, epoch, entries),
    readFrom: (centreId, seq) => readFrom(db, centreId, seq),
    readContact: (centreId, contactId, limit) => readContact(db, centreId, contactId, limit),
    lastSeq: (centreId) => lastSeq(db, centreId),
    loadSnapshot: (centreId, version) => loadSnapshot(db, centreId, version),
    saveSnapshot: (centreId, version, seq, state) => saveSnapshot(db, centreId, version, seq, state),
    rebuildProjections: (centreId) => rebuild(db, cache, centreId),
    ...createLeases(db, cache),
  };
}

/** A transaction on a raw client: the hot path spares Kysely's query building and one round trip. */
async function transact<T>(db: Db, centreId: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const id = checkCentreId(centreId);
  let client: pg.PoolClient | undefined;
  let broken = true;
  try {
    client = await db.pool.connect();
    // The id was checked to be a UUID, so it may stand in the text of this two-statement round trip.
    await client.query(`BEGIN; SELECT set_config('app.centre', '${id}', true)`);
    const value = await work(client);
    await client.query("COMMIT");
    broken = false;
    return value;
  } catch (error) {
    broken = (await client?.query("ROLLBACK").catch(() => undefined)) === undefined;
    throw translate(error);
  } finally {
    client?.release(broken);
  }
}

async function append(
  db: Db,
  cache: ContactCache,
  centreId: string,
  epoch: number,
  entries: readonly JournalEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  checkConsecutive(entries);
  try {
    const known = await cache.require(centreId, contactsNeeded(entries), (ids) =>
      transact(db, centreId, (client) => readProjections(client, centreId, ids)),
    );
    const changes = foldBatch(known, entries);
    const addresses = db.unsettledAddresses.of(centreId);
    if (await appendAtOnce(db, centreId, epoch, entries, changes, addresses))
      cache.remember(centreId, changes.contacts);
    else await appendClosely(db, cache, centreId, epoch, entries, addresses);
    db.unsettledAddresses.settled(centreId, addresses);
  } catch (error) {
    // After an unknown outcome the rows in the database may be ahead of the memory.
    cache.forget(centreId);
    throw error;
  }
}

const appendText =
  "SELECT append_journal($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12::jsonb, $13::jsonb, $14::jsonb) AS done";

/** Entries, index and projections in one statement, which is one round trip; false when they do not simply come next. */
async function appendAtOnce(
  db: Db,
  centreId: string,
  epoch: number,
  entries: readonly JournalEntry[],
  changes: BatchChanges,
  addresses: readonly AddressDocument[],
): Promise<boolean> {
  const pairs = contactPairs(entries);
  const values = [
    epoch,
    entries[0]?.seq,
    entries.map((entry) => entry.at),
    entries.map((entry) => entry.version),
    joinRecords(entries.map((entry) => toJson(entry.input))),
    joinRecords(entries.map((entry) => toJson(entry.facts))),
    pairs.map((pair) => pair.id),
    pairs.map((pair) => pair.seq),
    ...changeDocuments(changes),
    addresses.length === 0 ? null : toJson(addresses),
  ];
  const rows = await db.call<{ done: boolean }>("append", appendText, centreId, values);
  return rows[0]?.done === true;
}

/** The long way, which says what is wrong: entries that are there already are compared and left out. */
async function appendClosely(
  db: Db,
  cache: ContactCache,
  centreId: string,
  epoch: number,
  entries: readonly JournalEntry[],
  addresses: readonly AddressDocument[],
): Promise<void> {
  cache.forget(centreId);
  await transact(db, centreId, async (client) => {
    if (addresses.length > 0)
      await client.query("SELECT keep_addresses($1::uuid, $2::jsonb)", [centreId, toJson(addresses)]);
    const fresh = await insertEntries(client, centreId, epoch, entries);
    if (fresh.length === 0) return;
    const known = await readProjections(client, centreId, contactsNeeded(fresh));
    await writeChanges(client, centreId, foldBatch(known, fresh));
  });
}

/** At, version, input and facts of the entries, column by column. */
function entryColumns(entries: readonly JournalEntry[]): readonly unknown[] {
  return [
    entries.map((entry) => entry.at),
    entries.map((entry) => entry.version),
    entries.map((entry) => toJson(entry.input)),
    entries.map((entry) => toJson(entry.facts)),
  ];
}

function checkConsecutive(entries: readonly JournalEntry[]): void {
  assert(entries.length <= appendEntriesMax, `at most ${appendEntriesMax} entries at once`);
  const first = entries[0]?.seq ?? 0;
  assert(first >= 1, "seqs start at 1");
  entries.forEach((entry, index) => {
    assert(entry.seq === first + index, `seq ${first + index} is missing`);
  });
}

// The row lock on the lease keeps a takeover waiting until this commit is over, so a new owner reads all of it.
const insertJournal = `WITH guard AS MATERIALIZED (
    SELECT 1 FROM lease WHERE centre_id = $1::uuid AND epoch = $2 FOR SHARE
  )
  INSERT INTO journal (centre_id, seq, at, version, input, facts)
  SELECT $1::uuid, e.seq, e.at, e.version, e.input::json, e.facts::json
  FROM guard, unnest($3::bigint[], $4::bigint[], $5::integer[], $6::text[], $7::text[]) AS e(seq, at, version, input, facts)
  ON CONFLICT (centre_id, seq) DO NOTHING RETURNING seq`;
const insertContacts = `INSERT INTO journal_contact (centre_id, contact_id, seq)
  SELECT $1::uuid, c.contact_id, c.seq FROM unnest($2::text[], $3::bigint[]) AS c(contact_id, seq)`;

/** The entries that were not there yet. Those that were have their projections already: both came in one transaction. */
async function insertEntries(
  client: pg.ClientBase,
  centreId: string,
  epoch: number,
  entries: readonly JournalEntry[],
): Promise<readonly JournalEntry[]> {
  const { rows } = await client.query<{ seq: number }>({
    name: "journal",
    text: insertJournal,
    values: [centreId, epoch, entries.map((entry) => entry.seq), ...entryColumns(entries)],
  });
  const inserted = new Set(rows.map((row) => row.seq));
  if (inserted.size < entries.length) await checkPresent(client, centreId, epoch, entries, inserted);
  const fresh = entries.filter((entry) => inserted.has(entry.seq));
  if (fresh.length > 0) await checkNoGap(client, centreId, fresh[0]?.seq ?? 0);
  await insertContactIndex(client, centreId, fresh);
  return fresh;
}

function contactPairs(entries: readonly JournalEntry[]): readonly { readonly id: string; readonly seq: number }[] {
  return entries.flatMap((entry) => contactsOf(entry).map((id) => ({ id: cleanText(id), seq: entry.seq })));
}

async function insertContactIndex(
  client: pg.ClientBase,
  centreId: string,
  entries: readonly JournalEntry[],
): Promise<void> {
  const pairs = contactPairs(entries);
  if (pairs.length === 0) return;
  await client.query({
    name: "journal-contact",
    text: insertContacts,
    values: [centreId, pairs.map((pair) => pair.id), pairs.map((pair) => pair.seq)],
  });
}

/** A gap would mean that a core lost entries it acted upon. */
async function checkNoGap(client: pg.ClientBase, centreId: string, first: number): Promise<void> {
  if (first === 1) return;
  const { rowCount } = await client.query({
    name: "journal-before",
    text: "SELECT 1 FROM journal WHERE centre_id = $1 AND seq = $2",
    values: [centreId, first - 1],
  });
  if (rowCount === 0) throw new StoreError("SEQ_CONFLICT", `journal entry ${first - 1} is missing`);
}

async function checkPresent(
  client: pg.ClientBase,
  centreId: string,
  epoch: number,
  entries: readonly JournalEntry[],
  inserted: ReadonlySet<number>,
): Promise<void> {
  const lease = await client.query<{ epoch: number }>("SELECT epoch FROM lease WHERE centre_id = $1", [centreId]);
  if (lease.rows[0]?.epoch !== epoch) {
    throw new StoreError("FENCED", `epoch ${epoch} is over: another server runs this centre`);
  }
  const missing = entries.filter((entry) => !inserted.has(entry.seq));
  const { rows } = await client.query<EntryRow>(
    "SELECT seq, at, version, input, facts FROM journal WHERE centre_id = $1 AND seq = ANY($2)",
    [centreId, missing.map((entry) => entry.seq)],
  );
  const present = new Map(rows.map((row) => [row.seq, row]));
  for (const entry of missing) {
    const ours: unknown = JSON.parse(toJson(entry));
    if (!isDeepStrictEqual(ours, { ...present.get(entry.seq) })) {
      throw new StoreError("SEQ_CONFLICT", `another journal entry stands at ${entry.seq}`);
    }
  }
}

async function* readFrom(db: Db, centreId: string, seq: number): AsyncGenerator<JournalEntry> {
  for (let next = seq; ; ) {
    const rows = await transact(db, centreId, async (client) => {
      const found = await client.query<EntryRow>({
        name: "journal-from",
        text: "SELECT seq, at, version, input, facts FROM journal WHERE centre_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
        values: [centreId, next, readPortion],
      });
      return found.rows;
    });
    for (const row of rows) yield toEntry(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < readPortion) return;
    next = last.seq + 1;
  }
}

/** The stored entry; its outer shape is checked, what is inside was written by us. */
function toEntry(row: EntryRow): JournalEntry {
  const parsed = journalEntrySchema.safeParse(row);
  if (!parsed.success) throw new StoreError("DATABASE_ERROR", `journal entry ${row.seq} is broken`, parsed.error);
  return { ...row } as JournalEntry;
}

async function readContact(
  db: Db,
  centreId: string,
  contactId: string,
  limit = 1_000,
): Promise<readonly JournalEntry[]> {
  const rows = await transact(db, centreId, async (client) => {
    const found = await client.query<EntryRow>(
      `SELECT j.seq, j.at, j.version, j.input, j.facts FROM journal_contact c
       JOIN journal j ON j.centre_id = c.centre_id AND j.seq = c.seq
       WHERE c.centre_id = $1 AND c.contact_id = $2 ORDER BY c.seq DESC LIMIT $3`,
      [centreId, cleanText(contactId), Math.min(Math.max(limit, 1), 10_000)],
    );
    return found.rows;
  });
  return rows.reverse().map(toEntry);
}

async function lastSeq(db: Db, centreId: string): Promise<number> {
  return transact(db, centreId, async (client) => {
    const { rows } = await client.query<{ seq: number }>(
      "SELECT coalesce(max(seq), 0) AS seq FROM journal WHERE centre_id = $1",
      [centreId],
    );
    return rows[0]?.seq ?? 0;
  });
}

async function loadSnapshot(
  db: Db,
  centreId: string,
  stateVersion: number,
): Promise<{ seq: number; state: unknown } | undefined> {
  return transact(db, centreId, async (client) => {
    const { rows } = await client.query<{ seq: number; state: unknown }>(
      "SELECT seq, state FROM snapshot WHERE centre_id = $1 AND state_version = $2 ORDER BY seq DESC LIMIT 1",
      [centreId, stateVersion],
    );
    return rows[0] === undefined ? undefined : { seq: rows[0].seq, state: rows[0].state };
  });
}

async function saveSnapshot(
  db: Db,
  centreId: string,
  stateVersion: number,
  seq: number,
  state: unknown,
): Promise<void> {
  await transact(db, centreId, async (client) => {
    await client.query(
      `INSERT INTO snapshot (centre_id, seq, state_version, state) VALUES ($1, $2, $3, $4::jsonb)
       ON CONFLICT (centre_id, seq) DO UPDATE SET state_version = excluded.state_version, state = excluded.state`,
      [centreId, seq, stateVersion, toJson(state)],
    );
    await client.query(
      `DELETE FROM snapshot WHERE centre_id = $1 AND seq NOT IN
         (SELECT seq FROM snapshot WHERE centre_id = $1 ORDER BY seq DESC LIMIT $2)`,
      [centreId, snapshotsKept],
    );
  });
}

/** Rows are replaced, not deleted first: what people wrote beside them stays, and readers see whole rows all the time. */
async function rebuild(db: Db, cache: ContactCache, centreId: string): Promise<number> {
  cache.forget(centreId);
  return transact(db, centreId, async (client) => {
    const contacts = new Map<string, ContactProjection>();
    await client.query("UPDATE contact SET reached_at = NULL WHERE centre_id = $1 AND reached_at IS NOT NULL", [
      centreId,
    ]);
    let count = 0;
    for (let next = 1; ; ) {
      const { rows } = await client.query<EntryRow>(
        "SELECT seq, at, version, input, facts FROM journal WHERE centre_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
        [centreId, next, readPortion],
      );
      const changes = foldBatch(contacts, rows.map(toEntry));
      for (const [id, contact] of changes.contacts) contacts.set(id, contact);
      await writeChanges(client, centreId, changes);
      count += rows.length;
      next = (rows.at(-1)?.seq ?? next) + 1;
      if (rows.length < readPortion) return count;
    }
  });
}
