import { type JournalEntry, journalEntrySchema } from "@centrala/contract";
import { upcast } from "@centrala/domain";
import type pg from "pg";
import { StoreError } from "../error.ts";

export type EntryRow = { seq: number; at: number; version: number; input: unknown; facts: unknown };

/** The entry as it was stored; its outer shape is checked, what is inside was written by us. */
export function storedEntry(row: EntryRow): JournalEntry {
  const parsed = journalEntrySchema.safeParse(row);
  if (!parsed.success) throw new StoreError("DATABASE_ERROR", `journal entry ${row.seq} is broken`, parsed.error);
  return { ...row } as JournalEntry;
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
