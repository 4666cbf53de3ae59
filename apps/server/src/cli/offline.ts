import { openStore, type Store, startEmbedded } from "@centrala/store";
import type { Places } from "../app.ts";
import { installationKey, preparePlaces } from "../places.ts";
import type { LoadedSettings } from "../settings/load.ts";

/**
 * Opens the store for one command: adopts or joins the database of a running server where there is one, else starts it
 * and stops it again afterwards. `joined` tells the work that a server runs on the same data folder.
 */
export async function withStore<T>(
  loaded: LoadedSettings,
  work: (store: Store, places: Places, joined: boolean) => Promise<T>,
): Promise<T> {
  const { settings } = loaded;
  const places = preparePlaces(settings.data);
  const encryptionKey = installationKey(places);
  const embedded =
    settings.databaseUrl === null
      ? await startEmbedded({ dataFolder: settings.data, log: () => {}, share: true })
      : undefined;
  try {
    const connection = embedded?.connection ?? { connectionString: settings.databaseUrl ?? "" };
    const store = await openStore({ connection, encryptionKey, connectionsMax: 3 });
    try {
      return await work(store, places, embedded?.joined ?? false);
    } finally {
      await store.close();
    }
  } finally {
    await embedded?.stop();
  }
}

/** The only centre of the installation, or the one whose slug is given by CENTRALA_CENTRE. */
export async function theCentre(store: Store): Promise<string> {
  const rows = await store.centres.list();
  const wanted = process.env.CENTRALA_CENTRE;
  const row = wanted === undefined ? rows[0] : rows.find((candidate) => candidate.slug === wanted);
  if (row === undefined)
    throw new Error(
      rows.length === 0
        ? "there is no centre yet: run `npm start` and open the set-up link"
        : `there is no centre named ${wanted}`,
    );
  return row.id;
}
