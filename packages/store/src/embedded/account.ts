import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { StoreError } from "../error.ts";

const run = promisify(execFile);

/** The system user that PostgreSQL runs as when we are root (it refuses root itself). */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number };

/** Null for an ordinary user and on Windows. Root: `centrala`, made when it is missing, else `postgres` or `nobody`. */
export async function chooseAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const own = await findAccount("centrala");
  if (own !== undefined) return own;
  const options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/var/lib/centrala"];
  await run("useradd", [...options, "--shell", "/usr/sbin/nologin", "centrala"]).catch(() => undefined);
  for (const name of ["centrala", "postgres", "nobody"]) {
    const account = await findAccount(name);
    if (account !== undefined) return account;
  }
  throw new StoreError(
    "NO_SYSTEM_USER",
    "PostgreSQL does not run as root and no user for it could be made: start as an ordinary user",
  );
}

async function findAccount(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Whether the account may pass through every folder down to `path`. */
export async function isReachable(path: string, account: Account): Promise<boolean> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined && (found.mode & passBit(found, account)) === 0) return false;
    if (dirname(folder) === folder) return true;
  }
}

function passBit(folder: { uid: number; gid: number }, account: Account): number {
  if (folder.uid === account.uid) return 0o100;
  return folder.gid === account.gid ? 0o010 : 0o001;
}
