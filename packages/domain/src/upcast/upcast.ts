import { type JournalEntry, journalVersion } from "@centrala/contract";
import { assert } from "@centrala/kit";
import { fromVersion1 } from "./from-version-1.ts";
import type { StoredEntry, Upcaster } from "./stored-entry.ts";

/** `upcasters[n]` leads from version n + 1 to n + 2. */
const upcasters: readonly Upcaster[] = [fromVersion1];

/** The entry in today's shape. A version newer than this program's is a bug of whoever started an older program on it. */
export function upcast(
  entry: StoredEntry,
  ways: readonly Upcaster[] = upcasters,
  to: number = journalVersion,
): JournalEntry {
  assert(entry.version <= to, `journal entry ${entry.seq} is of version ${entry.version}, newer than this program`);
  let current = entry;
  while (current.version < to) {
    const way = ways[current.version - 1];
    assert(way !== undefined, `no way leads from journal version ${current.version}`);
    current = { ...current, ...way(current), version: current.version + 1 };
  }
  return current as JournalEntry;
}
