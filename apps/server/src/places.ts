import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Places } from "./app.ts";

/** Something a technician can mend: ends the process with one line and no stack trace. */
export class StartError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "StartError";
    this.code = code;
  }
}

const safeName = /^[A-Za-z0-9_-]{1,64}$/;

/** Makes the data folder and those below it; only the owner may read them. */
export function preparePlaces(data: string): Places {
  const places = {
    data,
    recordings: join(data, "recordings"),
    trash: join(data, "trash"),
    prompts: join(data, "prompts"),
    keys: join(data, "keys"),
    backups: join(data, "backups"),
  };
  try {
    for (const folder of Object.values(places)) makeFolder(folder);
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK);
    writeFileSync(join(data, ".writable"), `${process.pid}\n`);
  } catch (error) {
    throw folderError(data, error);
  }
  return {
    ...places,
    recording: (centreId, recordingId) => below(places.recordings, centreId, `${recordingId}.wav`),
    trashed: (centreId, recordingId) => below(places.trash, centreId, `${recordingId}.wav`),
    prompt: (centreId, promptId) => below(places.prompts, centreId, `${promptId}.wav`),
  };
}

/** Folder by folder: where a file system takes none (/proc), making them all at once never ends. */
function makeFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(path).isDirectory()) throw error;
  }
}

function below(folder: string, centreId: string, name: string): string {
  if (!safeName.test(centreId) || !safeName.test(name.replace(/\.wav$/, "")))
    throw new Error(`not a name for a file: ${name}`);
  const inside = join(folder, centreId);
  if (!existsSync(inside)) mkdirSync(inside, { recursive: true, mode: 0o700 });
  return join(inside, name);
}

function folderError(folder: string, error: unknown): StartError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC") return new StartError("DISK_FULL", `the disk of ${folder} is full (CENTRALA_DATA)`);
  if (code === "ENOTDIR" || code === "EEXIST")
    return new StartError("FOLDER_NOT_WRITABLE", `${folder} is not a folder (CENTRALA_DATA)`);
  return new StartError(
    "FOLDER_NOT_WRITABLE",
    `the folder ${folder} cannot be written (${code ?? "unknown reason"}); set CENTRALA_DATA to another one`,
  );
}

/** The installation's own key (32 bytes): encrypts stored SIP passwords. Made at the first start, kept in the data folder. */
export function installationKey(places: Places): Uint8Array {
  const path = join(places.keys, "secrets.key");
  try {
    if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString("base64"), { mode: 0o600, flag: "wx" });
    const key = Buffer.from(readFileSync(path, "utf8"), "base64");
    if (key.length !== 32)
      throw new StartError("SETTING_INVALID", `${path} does not hold a key of 32 bytes; restore it from a backup`);
    return key;
  } catch (error) {
    throw error instanceof StartError ? error : folderError(places.keys, error);
  }
}
