import type { RebuildProgress, Store } from "@centrala/store";
import type { LoadedSettings } from "../settings/load.ts";
import { theCentre, withStore } from "./offline.ts";
import { isRunning } from "./running.ts";

const lookEveryMs = 500;
/** When nothing has moved for so long, nobody works on it. */
const patienceMs = 60_000;

/**
 * `centrala rebuild`: has history and figures built again of the journal by the server that runs, while calls go on, and shows
 * how far it is. Ending the command does not end the rebuild; `--cancel` does.
 */
export async function rebuild(
  loaded: LoadedSettings,
  options: { readonly cancel: boolean; readonly lookEveryMs?: number },
): Promise<void> {
  await withStore(loaded, async (store, _places, joined) => {
    const centreId = await theCentre(store);
    if (options.cancel) return cancel(store, centreId);
    await store.projections.requestRebuild(centreId);
    if (!joined && !(await isRunning(loaded))) return say("No server runs here: it begins when one is started.");
    await follow(store, centreId, options.lookEveryMs ?? lookEveryMs);
  });
}

async function cancel(store: Store, centreId: string): Promise<void> {
  const was = await store.projections.cancelRebuild(centreId);
  say(was ? "Cancelled. History and figures stay as they are." : "No rebuild was going on.");
}

async function follow(store: Store, centreId: string, everyMs: number): Promise<void> {
  let shown = -1;
  for (let quiet = 0; quiet < patienceMs; quiet += everyMs) {
    const progress = await store.projections.rebuildProgress(centreId);
    if (progress === null) return say("History and figures are built again.");
    const percent = percentOf(progress);
    if (percent !== shown) {
      say(`${percent} % (entry ${progress.seq} of ${progress.of})`);
      shown = percent;
      quiet = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  say("It does not move: the server takes it up again when it is started the next time.");
  process.exitCode = 1;
}

function percentOf({ seq, of }: RebuildProgress): number {
  return of === 0 ? 0 : Math.floor((Math.min(seq, of) / of) * 100);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
