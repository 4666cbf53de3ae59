import type { JournalEntry } from "@centrala/contract";
import { replay } from "@centrala/domain";
import type { LoadedSettings } from "../settings/load.ts";
import { theCentre, withStore } from "./offline.ts";

const differencesShownMax = 20;

/** `centrala replay`: decides every recorded input again with today's core and compares the facts. */
export async function replayJournal(loaded: LoadedSettings): Promise<void> {
  const entries: JournalEntry[] = await withStore(loaded, async (store) => {
    const all: JournalEntry[] = [];
    for await (const entry of store.journal.readFrom(await theCentre(store), 1)) all.push(entry);
    return all;
  });
  const differences = replay(entries);
  for (const difference of differences.slice(0, differencesShownMax))
    process.stdout.write(`${JSON.stringify(difference)}\n`);
  process.stdout.write(`${entries.length} entries decided again, ${differences.length} differ\n`);
  process.exitCode = differences.length === 0 ? 0 : 1;
}
