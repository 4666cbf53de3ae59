import { Replay } from "@centrala/domain";
import type { LoadedSettings } from "../settings/load.ts";
import { theCentre, withStore } from "./offline.ts";

const differencesShownMax = 20;

/** `centrala replay`: decides every recorded input again with today's core and compares the facts, an entry at a time. */
export async function replayJournal(loaded: LoadedSettings): Promise<void> {
  const replay = new Replay();
  await withStore(loaded, async (store) => {
    for await (const entry of store.journal.readFrom(await theCentre(store), 1)) if (!replay.take(entry)) break;
  });
  for (const difference of replay.differences.slice(0, differencesShownMax))
    process.stdout.write(`${JSON.stringify(difference)}\n`);
  process.stdout.write(`${replay.count} entries decided again, ${replay.differences.length} differ\n`);
  process.exitCode = replay.differences.length === 0 ? 0 : 1;
}
