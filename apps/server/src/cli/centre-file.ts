import { readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { centreSchema, say } from "@centrala/contract";
import type { Store } from "@centrala/store";
import type { Places } from "../app.ts";
import type { PlanChange } from "../centre-file/changes.ts";
import {
  type FileProblem,
  type ParsedFile,
  parseCentreFile,
  promptFilesOf,
  secretKey,
  secretsOf,
} from "../centre-file/parse.ts";
import type { CentreFile } from "../centre-file/schema.ts";
import { makePrompt, type PromptWav } from "../core/prompts.ts";
import type { Shortened } from "../core/retention.ts";
import { Outside } from "../outside/outside.ts";
import { FileRefused } from "../outside/refusal.ts";
import type { LoadedSettings } from "../settings/load.ts";
import { type CentreTarget, planNewCentre, runningCentre, storedCentre } from "./centre-target.ts";
import { theCentre, withStore } from "./offline.ts";
import { isRunning, withApi } from "./running.ts";

type Source = {
  readonly path: string;
  readonly yaml: string;
  readonly file: CentreFile;
  readonly parsed: ParsedFile;
  readonly secrets: Readonly<Record<string, string>>;
  readonly sounds: readonly Sound[];
};
type Sound = { readonly promptId: string; readonly path: string; readonly bytes: Uint8Array; readonly made: PromptWav };

type Options = {
  readonly dryRun: boolean;
  /** How many recordings may go by a shorter retention. */
  readonly deletes: number;
};

const soundBytesMax = 10 * 1024 * 1024;
const slug = "main";

/**
 * `centrala apply FILE`: shows the plan, then brings the centre to what the file says; with `dryRun` only the plan. Mistakes
 * are told as `file:line: field: what`, nothing is changed then, and the process ends with 1.
 */
export async function applyCentreFile(loaded: LoadedSettings, path: string, options: Options): Promise<void> {
  const source = await readSource(path);
  if (source === undefined) return;
  if (await isRunning(loaded)) await withApi(loaded, (api) => bring(runningCentre(api), source, options));
  else await withStore(loaded, (store, places, joined) => bringOffline(loaded, store, places, joined, source, options));
}

/** `centrala export`: the centre as a file, on the standard output or in `out`; secrets are left out. */
export async function exportCentreFile(
  loaded: LoadedSettings,
  options: { readonly out: string | undefined; readonly customers: boolean },
): Promise<void> {
  const text = (await isRunning(loaded))
    ? await withApi(loaded, (api) => runningCentre(api).export(options.customers))
    : await withStore(loaded, async (store, places) =>
        (await storedCentre(store, places, await theCentre(store))).export(options.customers),
      );
  if (options.out === undefined) process.stdout.write(text);
  else await writeFile(options.out, text, { mode: 0o600 });
}

async function bringOffline(
  loaded: LoadedSettings,
  store: Store,
  places: Places,
  joined: boolean,
  source: Source,
  options: Options,
): Promise<void> {
  if (joined)
    throw Object.assign(
      new Error(
        `a server runs on this data folder, but not on port ${loaded.settings.httpPort}: give its port (CENTRALA_HTTP_PORT)`,
      ),
      { code: "OTHER_PORT" },
    );
  const exists = (await store.centres.list()).length > 0;
  if (exists) return bring(await storedCentre(store, places, await theCentre(store)), source, options);
  const given = source.file.centre;
  if (given === undefined) throw new Error(`there is no centre yet, and ${source.path} has no section "centre"`);
  const settings = centreSchema.parse(given);
  const planned = await planNewCentre(store, settings, source.yaml);
  if (report(source.path, planned.problems)) return;
  if (options.dryRun) return printPlan([newCentre(settings.name), ...planned.changes], source.sounds);
  const made = await store.centres.create(slug, settings);
  if (!made.ok) throw new Error(made.message);
  await bring(await storedCentre(store, places, made.value.id), source, { dryRun: false, deletes: 0 });
  await invite(loaded, store, made.value.id);
}

function newCentre(name: string): PlanChange {
  return { action: "create", kind: "centre", id: name, fields: [] };
}

/** Plan, then deed: nothing is changed while there is one mistake. */
async function bring(target: CentreTarget, source: Source, { dryRun, deletes }: Options): Promise<void> {
  const plan = await target.plan(source.yaml);
  if (report(source.path, plan.problems)) return;
  const stored = new Map((await target.prompts()).map((prompt) => [prompt.id, prompt.sha256]));
  const sounds = source.sounds.filter((sound) => stored.get(sound.promptId) !== sound.made.sha256);
  printPlan(plan.changes, sounds);
  if (plan.deletes !== null) printDeletes(plan.deletes);
  if (dryRun) return;
  if (refuses(plan.deletes, deletes)) return;
  const applied = await target.apply(source.yaml, source.secrets, deletes);
  if (report(source.path, applied.problems) || refuses(applied.unconfirmed ?? null, deletes)) return;
  for (const { promptId, path, bytes, made } of sounds) await target.putPrompt(promptId, path, bytes, made);
  if (plan.changes.length + sounds.length > 0) print(`Applied; the configuration has version ${applied.version}.`);
}

function printDeletes({ recordings, days, from, goneFrom }: Shortened): void {
  print(
    `! ${counted(recordings)} older than ${days} days: to the trash from ${dateOf(from)}, deleted for good from ${dateOf(goneFrom)}`,
  );
}

/** Without a word that it is meant, nothing is done that deletes recordings. */
function refuses(shortened: Shortened | null, deletes: number): boolean {
  if (shortened === null || shortened.recordings <= deletes) return false;
  const { recordings } = shortened;
  process.stderr.write(
    `${counted(recordings)} would be deleted; nothing was changed. If that is meant: --deletes ${recordings}\n`,
  );
  process.exitCode = 1;
  return true;
}

function counted(recordings: number): string {
  return recordings === 1 ? "1 recording" : `${recordings} recordings`;
}

/** YYYY-MM-DD where this command runs. */
function dateOf(at: number): string {
  return new Date(at).toLocaleDateString("sv-SE");
}

/** Managers of a new centre who have no password yet get a link to choose one: otherwise nobody could sign in. */
async function invite(loaded: LoadedSettings, store: Store, centreId: string): Promise<void> {
  for (const { value } of await store.entities.list(centreId, "user")) {
    if (!value.roles.includes("manager") || (await store.credentials.hasPassword(centreId, value.id))) continue;
    const { token } = await store.invitations.create(centreId, value.id, invitationMs);
    print(`${value.login} chooses a password here, once the centre runs, within a week:`);
    print(`  http://localhost:${loaded.settings.httpPort}/invitation/${token}`);
  }
}
const invitationMs = 7 * 86_400_000;

/** Reads the file with everything it refers to; tells its mistakes and gives undefined when it has any. */
async function readSource(path: string): Promise<Source | undefined> {
  const yaml = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${error.code ?? error.message})`);
  });
  const parsed = parseCentreFile(yaml);
  const { file } = parsed;
  if (file === null) {
    report(path, parsed.problems);
    return undefined;
  }
  const folder = dirname(resolve(path));
  const { sounds, problems } = await readSounds(file, parsed, folder);
  if (report(path, problems)) return undefined;
  return { path, yaml, file, parsed, secrets: await readSecrets(file, folder), sounds };
}

/** Values of the secrets by name. One that cannot be read is left out: what is stored stays, or the apply says what lacks. */
async function readSecrets(file: CentreFile, folder: string): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const secret of secretsOf(file)) {
    const value =
      "env" in secret
        ? process.env[secret.env]
        : await readFile(resolve(folder, secret.file), "utf8").catch(() => undefined);
    const key = secretKey(secret);
    if (value === undefined || value.trim() === "") process.stderr.write(`note: there is no secret at ${key}\n`);
    else values[key] = value.replace(/\r?\n$/, "");
  }
  return values;
}

async function readSounds(
  file: CentreFile,
  parsed: ParsedFile,
  folder: string,
): Promise<{ sounds: Sound[]; problems: FileProblem[] }> {
  const sounds: Sound[] = [];
  const problems: FileProblem[] = [];
  const outside = new Outside();
  for (const { promptId, path } of promptFilesOf(file)) {
    const index = (file.prompts ?? []).findIndex((prompt) => prompt.id === promptId);
    const problem = (message: string): void =>
      void problems.push(parsed.problemAt(["prompts", index, "file"], say("FILE_UNREADABLE", { detail: message })));
    const bytes = await readFile(resolve(folder, path)).catch((error: NodeJS.ErrnoException) => error.code ?? "ERROR");
    if (typeof bytes === "string") problem(`${path} cannot be read (${bytes})`);
    else if (bytes.length > soundBytesMax) problem(`${path} is larger than 10 MB`);
    else {
      await makePrompt(outside, bytes).then(
        (made) => sounds.push({ promptId, path, bytes, made }),
        (error: unknown) => {
          if (!(error instanceof FileRefused)) throw error;
          problem(`${path}: ${error.said.message}`);
        },
      );
    }
  }
  await outside.close();
  return { sounds, problems };
}

/** Tells the mistakes; whether there are any. */
function report(path: string, problems: readonly FileProblem[]): boolean {
  for (const { line, path: field, message } of problems)
    process.stderr.write(`${path}${line === null ? "" : `:${line}`}: ${field === "" ? "" : `${field}: `}${message}\n`);
  if (problems.length === 0) return false;
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  process.stderr.write(`${count}; nothing was changed\n`);
  process.exitCode = 1;
  return true;
}

const signs = { create: "+", change: "~", remove: "-" } as const;

function printPlan(changes: readonly PlanChange[], sounds: readonly Sound[]): void {
  for (const { action, kind, id, fields } of changes)
    print(`${signs[action]} ${kind} ${id}${action === "change" ? ` (${fields.join(", ")})` : ""}`);
  for (const { promptId, path } of sounds) print(`~ prompt ${promptId} (sound from ${path})`);
  if (changes.length + sounds.length === 0) return print("Nothing to change.");
  const count = (action: PlanChange["action"]): number => changes.filter((change) => change.action === action).length;
  print(`${count("create")} to create, ${count("change") + sounds.length} to change, ${count("remove")} to remove`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
