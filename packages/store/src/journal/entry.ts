import { type JournalEntry, journalEntrySchema } from "@centrala/contract";
import { upcast } from "@centrala/domain";
import type pg from "pg";
import { StoreError } from "../error.ts";

export type EntryRow = { seq: number; at: number; version: number; input: unknown; facts: unknown };

/** The entry as it was stored; its outer shape is checked, what is inside was written by us. */
function storedEntry(row: EntryRow): JournalEntry {
  if (isWhole(row)) return { ...row } as JournalEntry;
  const { error } = journalEntrySchema.safeParse(row);
  throw new StoreError("DATABASE_ERROR", `journal entry ${row.seq} is broken`, error);
}

/** As the contract's schema, which takes as long as the fold of an entry: a start reads millions of them. */
function isWhole({ seq, at, version, input, facts }: EntryRow): boolean {
  const numbers = Number.isInteger(seq) && seq >= 1 && Number.isFinite(at) && Number.isInteger(version) && version >= 1;
  return numbers && hasKind(input) && Array.isArray(facts) && facts.every(hasKind);
}

function hasKind(value: unknown): boolean {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}

/** The stored entry in today's shape. */
export function toEntry(row: EntryRow): JournalEntry {
  return upcast(storedEntry(row));
}

/** The next `limit` entries from `seq` on, as they were stored. */
export async function readRows(
  client: pg.ClientBase,
  centreId: string,
  seq: number,
  limit: number,
): Promise<readonly EntryRow[]> {
  const { rows } = await client.query<EntryRow>({
    name: "journal-from",
    text: "SELECT seq, at, version, input, facts FROM journal WHERE centre_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
    values: [centreId, seq, limit],
  });
  return rows;
}

/** The same in today's shape. */
export async function readPortion(
  client: pg.ClientBase,
  centreId: string,
  seq: number,
  limit: number,
): Promise<readonly JournalEntry[]> {
  return (await readRows(client, centreId, seq, limit)).map(toEntry);
}
