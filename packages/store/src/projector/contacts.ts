import type { JournalEntry } from "@centrala/contract";
import { LruMap } from "@centrala/kit";
import type pg from "pg";
import type { Db } from "../database.ts";
import { type EntryRow, toEntry } from "../journal/entry.ts";
import { type ContactProjection, foldContact, isContactFact } from "../projection/contact.ts";
import { readProjections } from "../projection/write.ts";

const contactsMax = 10_000;
const entriesPortion = 500;

/**
 * The contacts that were folded lately. Those that are not in memory are folded again from their own entries, so that what is
 * known never depends on rows that somebody else, or an older program, wrote.
 */
export class KnownContacts {
  readonly #db: Db;
  readonly #centreId: string;
  #contacts = new LruMap<ContactProjection>(contactsMax);

  constructor(db: Db, centreId: string) {
    this.#db = db;
    this.#centreId = centreId;
  }

  /** The contacts of `ids` as the entries up to `seq` tell them. */
  async require(ids: readonly string[], seq: number): Promise<ReadonlyMap<string, ContactProjection>> {
    const found = new Map<string, ContactProjection>();
    const missing = new Set<string>();
    for (const id of ids) {
      const contact = this.#contacts.get(id);
      if (contact === undefined) missing.add(id);
      else found.set(id, contact);
    }
    if (missing.size === 0) return found;
    const read = await this.#db.transact(this.#centreId, (client) => refold(client, this.#centreId, missing, seq));
    for (const [id, contact] of read) found.set(id, contact);
    return found;
  }

  remember(contacts: ReadonlyMap<string, ContactProjection>): void {
    for (const [id, contact] of contacts) this.#contacts.set(id, contact);
  }

  forget(): void {
    this.#contacts = new LruMap(contactsMax);
  }
}

/** A contact whose beginning the journal holds no more is taken as its row has it. */
async function refold(
  client: pg.ClientBase,
  centreId: string,
  ids: ReadonlySet<string>,
  upto: number,
): Promise<ReadonlyMap<string, ContactProjection>> {
  const found = new Map<string, ContactProjection>();
  for (let next = 1; ; ) {
    const entries = await entriesOf(client, centreId, [...ids], next, upto);
    for (const entry of entries) foldOwn(found, ids, entry);
    const last = entries.at(-1);
    if (last === undefined || entries.length < entriesPortion) break;
    next = last.seq + 1;
  }
  const headless = [...ids].filter((id) => !found.has(id));
  for (const [id, contact] of await readProjections(client, centreId, headless)) found.set(id, contact);
  return found;
}

async function entriesOf(
  client: pg.ClientBase,
  centreId: string,
  ids: readonly string[],
  from: number,
  upto: number,
): Promise<readonly JournalEntry[]> {
  const { rows } = await client.query<EntryRow>({
    name: "entries-of",
    text: `SELECT seq, at, version, input, facts FROM journal WHERE centre_id = $1 AND seq IN (
        SELECT DISTINCT seq FROM journal_contact
        WHERE centre_id = $1 AND contact_id = ANY($2) AND seq BETWEEN $3 AND $4 ORDER BY seq LIMIT $5
      ) ORDER BY seq`,
    values: [centreId, ids, from, upto, entriesPortion],
  });
  return rows.map(toEntry);
}

function foldOwn(found: Map<string, ContactProjection>, ids: ReadonlySet<string>, entry: JournalEntry): void {
  for (const fact of entry.facts) {
    if (!isContactFact(fact) || !ids.has(fact.contactId)) continue;
    const before = found.get(fact.contactId);
    const after = foldContact(before, entry.at, fact);
    if (after !== undefined && after !== before) found.set(fact.contactId, { ...after, folded: entry.seq });
  }
}
