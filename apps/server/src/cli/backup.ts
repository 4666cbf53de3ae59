import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import type { Store } from "@centrala/store";
import type { Places } from "../app.ts";
import { authorityKeyName } from "../http/certificates.ts";
import type { LoadedSettings } from "../settings/load.ts";
import { version } from "../version.ts";
import { withStore } from "./offline.ts";
import { readTar, type TarEntry, TarWriter, writeFully } from "./tar.ts";

/** Lines of the tables are written so many characters at a time. */
const lineCharactersAtOnce = 64 * 1024;

const folders = ["keys", "prompts", "recordings"] as const;

/** `centrala backup FILE`: database, recordings, prompts and keys in one tar file, while calls run. */
export async function backup(loaded: LoadedSettings, target: string): Promise<void> {
  const path = resolve(target);
  const partial = `${path}.partial`;
  await rm(partial, { force: true });
  const rows = await withStore(loaded, async (store, places) => {
    const scratch = await mkdtemp(join(places.backups, "export-"));
    try {
      const tables = join(scratch, "tables.ndjson");
      const exported = await exportTables(store, tables);
      await writeArchive(partial, places, tables);
      return exported.rows;
    } catch (error) {
      // Half a backup is none, and where the disk is full it would keep it so.
      await rm(partial, { force: true });
      throw error;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  await rename(partial, path);
  process.stdout.write(
    `${path} written: ${rows} rows, recordings, prompts and keys. Keep it safe: it opens everything.\n`,
  );
}

async function exportTables(store: Store, path: string): Promise<{ readonly rows: number }> {
  const file = await open(path, "w", 0o600);
  try {
    let lines = "";
    const exported = await store.archive.exportTables(async (line) => {
      lines += `${line}\n`;
      if (lines.length < lineCharactersAtOnce) return;
      await writeFully(file, Buffer.from(lines));
      lines = "";
    });
    await writeFully(file, Buffer.from(lines));
    return exported;
  } finally {
    await file.close();
  }
}

async function writeArchive(path: string, places: Places, tables: string): Promise<void> {
  const archive = await TarWriter.create(path);
  try {
    await fillArchive(archive, places, tables);
    await archive.finish();
  } finally {
    await archive.close();
  }
}

async function fillArchive(archive: TarWriter, places: Places, tables: string): Promise<void> {
  await archive.addText("manifest.json", `${JSON.stringify({ product: "centrala", version, format: 1 })}\n`);
  await archive.addFile("tables.ndjson", tables);
  for (const folder of folders) {
    for (const file of await filesBelow(places[folder])) {
      // Everybody here trusts what it signs: a backup that goes astray must not make anybody into any site.
      if (folder === "keys" && basename(file) === authorityKeyName) continue;
      const name = `${folder}/${relative(places[folder], file).split(sep).join("/")}`;
      await archive.addFile(name, file).catch((error: NodeJS.ErrnoException) => {
        // Its time was over while the backup ran.
        if (error.code !== "ENOENT") throw error;
      });
    }
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** `centrala restore FILE`: brings a backup back into an empty data folder and database. */
export async function restore(loaded: LoadedSettings, source: string): Promise<void> {
  const path = resolve(source);
  const entries = await readTar(path);
  const find = (name: string): TarEntry | undefined => entries.find((entry) => entry.name === name);
  const tables = find("tables.ndjson");
  if (find("manifest.json") === undefined || tables === undefined) throw new Error(`${path} is no backup of Centrala`);
  const rows = await withStore(loaded, async (store, places) => {
    if ((await store.centres.list()).length > 0 || (await filesBelow(places.recordings)).length > 0)
      throw Object.assign(new Error("there is a centre already; restore into a new data folder (CENTRALA_DATA)"), {
        code: "NOT_EMPTY",
      });
    // Before the rows, so that a centre is never there without its keys.
    for (const entry of entries) await extract(path, entry, places);
    const result = await store.archive.importTables(linesOf(path, tables));
    if (!result.ok) throw Object.assign(new Error(result.message), { code: result.code });
    return result.value.rows;
  });
  process.stdout.write(`restored: ${rows} rows. Start the centre with \`npm start\`.\n`);
}

/** The lines of one file of the archive. Reading begins with the first line asked for: what is read before is lost. */
async function* linesOf(archive: string, entry: TarEntry): AsyncGenerator<string> {
  const input = createReadStream(archive, { start: entry.offset, end: entry.offset + entry.size - 1 });
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

/** Files go below the folder their name says, and nowhere else. */
async function extract(archive: string, entry: TarEntry, places: Places): Promise<void> {
  const [folder, ...rest] = entry.name.split("/");
  const known = folders.find((name) => name === folder);
  if (known === undefined || rest.length === 0) return;
  if (rest.some((part) => part === "" || part === "." || part === ".." || part.includes("\\")))
    throw new Error(`the backup holds a name that leads elsewhere: ${entry.name}`);
  const target = join(places[known], ...rest);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const out = createWriteStream(target, { mode: 0o600 });
  if (entry.size === 0) out.end();
  else await pipeline(createReadStream(archive, { start: entry.offset, end: entry.offset + entry.size - 1 }), out);
}
