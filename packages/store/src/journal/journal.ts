import { isDeepStrictEqual } from "node:util";
import type { JournalEntry } from "@centrala/contract";
import { assert } from "@centrala/kit";
import type pg from "pg";
import type { Db } from "../database.ts";
import { StoreError } from "../error.ts";
import { appendEntriesMax, type JournalStore } from "../port.ts";
import { contactsOf } from "../projection/batch.ts";
import type { AddressDocument } from "../repository/unsettled.ts";
import { cleanText, joinRecords, toJson } from "../text.ts";
import { type EntryRow, readRows, toEntry } from "./entry.ts";
import { createLeases } from "./lease.ts";

const readPortion = 500;
const snapshotsKept = 3;

/** The journal over PostgreSQL. One `append` of a centre runs at a time: the core is its only writer. */
export function createJournal(db: Db): JournalStore {
  return {
    append: (centreId, epoch, entries) => append(db, centreId, epoch, entries),
    readFrom: (centreId, seq) => readFrom(db, centreId, seq),
    readContact: (centreId, contactId, limit) => readContact(db, centreId, contactId, limit),
    lastSeq: (centreId) => lastSeq(db, centreId),
    loadSnapshot: (centreId, version) => loadSnapshot(db, centreId, version),
    saveSnapshot: (centreId, version, seq, state) => saveSnapshot(db, centreId, version, seq, state),
    ...createLeases(db),
  };
}

async function append(db: Db, centreId: string, epoch: number, entries: readonly JournalEntry[]): Promise<void> {
  if (entries.length === 0) return;
  checkConsecutive(entries);
  const addresses = db.unsettledAddresses.of(centreId);
  if (!(await appendAtOnce(db, centreId, epoch, entries, addresses)))
    await appendClosely(db, centreId, epoch, entries, addresses);
  db.unsettledAddresses.settled(centreId, addresses);
  db.projectors.get(centreId)?.take(entries);
}

const appendText = "SELECT append_journal($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb) AS done";

/** Entries and index in one statement, which is one round trip; false when they do not simply come next. */
async function appendAtOnce(
  db: Db,
  centreId: string,
  epoch: number,
  entries: readonly JournalEntry[],
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
    addresses.length === 0 ? null : toJson(addresses),
  ];
  const rows = await db.call<{ done: boolean }>("append", appendText, centreId, values);
  return rows[0]?.done === true;
}

/** The long way, which says what is wrong: entries that are there already are compared and left out. */
async function appendClosely(
  db: Db,
  centreId: string,
  epoch: number,
  entries: readonly JournalEntry[],
  addresses: readonly AddressDocument[],
): Promise<void> {
  await db.transact(centreId, async (client) => {
    if (addresses.length > 0)
      await client.query("SELECT keep_addresses($1::uuid, $2::jsonb)", [centreId, toJson(addresses)]);
    await insertEntries(client, centreId, epoch, entries);
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

/** Inserts those that are not there yet. */
async function insertEntries(
  client: pg.ClientBase,
  centreId: string,
  epoch: number,
  entries: readonly JournalEntry[],
): Promise<void> {
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

/** The next portion is read while the one before is being used. */
async function* readFrom(db: Db, centreId: string, seq: number): AsyncGenerator<JournalEntry> {
  const read = (from: number) => {
    const portion = db.transact(centreId, (client) => readRows(client, centreId, from, readPortion));
    // Whoever wants no more does not wait for it.
    portion.catch(() => undefined);
    return portion;
  };
  for (let coming = read(seq); ; ) {
    const rows = await coming;
    const last = rows.at(-1);
    const ends = last === undefined || rows.length < readPortion;
    if (!ends) coming = read(last.seq + 1);
    for (const row of rows) yield toEntry(row);
    if (ends) return;
  }
}

async function readContact(
  db: Db,
  centreId: string,
  contactId: string,
  limit = 1_000,
): Promise<readonly JournalEntry[]> {
  const rows = await db.transact(centreId, async (client) => {
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
  return db.transact(centreId, async (client) => {
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
  return db.transact(centreId, async (client) => {
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
  await db.transact(centreId, async (client) => {
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
