import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, open, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { StoreError, type StoreErrorCode } from "../error.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { isPostgres, type Postmaster, readPostmaster } from "./postmaster.ts";

const run = promisify(execFile);

/** A database cluster in a folder: its files are in `data`, its log, passwords and socket beside them. */
export type Cluster = {
  readonly folder: string;
  readonly binaries: Binaries;
  readonly account: Account | null;
  readonly settings?: readonly string[];
};
export type Running = { readonly host: string; readonly port: number; readonly pid: number; readonly started: boolean };

const startPatienceMs = 60_000;
const socketPathMax = 103;
const logBytesMax = 20_000_000;

/** The superuser's password, made on first use. */
export async function superuserPassword(cluster: Cluster): Promise<string> {
  return passwordIn(cluster, "superuser.password");
}

/** A random password kept in a file that only its owner reads. */
export async function passwordIn(cluster: Cluster, name: string): Promise<string> {
  const path = join(cluster.folder, name);
  const present = await readFile(path, "utf8").catch(() => undefined);
  if (present !== undefined && present.trim() !== "") return present.trim();
  const password = randomBytes(24).toString("base64url");
  await writeFile(path, `${password}\n`, { mode: 0o600 });
  await own(cluster, path);
  return password;
}

async function own(cluster: Cluster, path: string): Promise<void> {
  if (cluster.account !== null) await chown(path, cluster.account.uid, cluster.account.gid);
}

/** Makes the cluster's folder and, once, its files. A crash in the middle leaves nothing that a second start would trip over. */
export async function initialiseCluster(cluster: Cluster): Promise<void> {
  await mkdir(cluster.folder, { recursive: true, mode: 0o700 });
  await own(cluster, cluster.folder);
  await chmod(cluster.folder, 0o700);
  const data = join(cluster.folder, "data");
  if ((await stat(join(data, "PG_VERSION")).catch(() => undefined)) !== undefined) return;
  await superuserPassword(cluster);
  const temporary = join(cluster.folder, `data.${process.pid}`);
  await rm(temporary, { recursive: true, force: true });
  await initdb(cluster, temporary);
  await rename(temporary, data).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    await rm(temporary, { recursive: true, force: true });
  });
}

async function initdb(cluster: Cluster, data: string): Promise<void> {
  const locale = process.platform === "linux" ? "C.UTF-8" : process.platform === "darwin" ? "en_US.UTF-8" : "C";
  // The built-in provider exists from 17 on; with older servers the C library's C.UTF-8 sorts and folds the same way.
  const provider = cluster.binaries.major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : [];
  const access = [
    "--username=postgres",
    "--auth=scram-sha-256",
    `--pwfile=${join(cluster.folder, "superuser.password")}`,
  ];
  const args = [`--pgdata=${data}`, "--encoding=UTF8", `--locale=${locale}`, ...provider, ...access];
  if (cluster.settings?.includes("fsync=off")) args.push("--no-sync");
  try {
    await run(join(cluster.binaries.bin, "initdb"), args, { ...asAccount(cluster), env: cleanEnvironment() });
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw explain(outputOf(error), "initdb failed", cluster.folder);
  }
}

function outputOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: unknown; message?: unknown };
  return `${typeof stderr === "string" ? stderr : ""}\n${String(message)}`;
}

function asAccount(cluster: Cluster): { uid?: number; gid?: number; cwd: string } {
  const folder = { cwd: cluster.folder };
  return cluster.account === null ? folder : { ...folder, uid: cluster.account.uid, gid: cluster.account.gid };
}

/** Neither PG* settings nor the person's locale reach the server. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return { PATH, SystemRoot, TEMP, TZ: "UTC", ...(process.platform === "linux" ? { LC_ALL: "C.UTF-8" } : {}) };
}

/**
 * Makes sure that a server of this cluster runs and answers: an earlier one is found again, else one is started. Waits while processes
 * of a dying server still exit, since they hold the shared memory.
 */
export async function ensureRunning(cluster: Cluster): Promise<Running> {
  const deadline = performance.now() + startPatienceMs;
  for (;;) {
    const present = await findRunning(cluster);
    if (present !== undefined) return present;
    const outcome = await startOnce(cluster, deadline);
    if (outcome.state === "running") return outcome.running;
    if (!outcome.again || performance.now() > deadline)
      throw explain(outcome.output, "PostgreSQL did not start", cluster.folder);
    await delay(200);
  }
}

/** The running server of this cluster, waited for while it comes up or goes down; undefined when there is none. */
async function findRunning(cluster: Cluster): Promise<Running | undefined> {
  const deadline = performance.now() + startPatienceMs;
  while (performance.now() < deadline) {
    const postmaster = await readPostmaster(join(cluster.folder, "data"));
    if (postmaster === undefined || !(await isPostgres(postmaster.pid))) return undefined;
    if (await answers(cluster, postmaster)) return { ...postmaster, started: false };
    await delay(100);
  }
  throw new StoreError("POSTGRES_FAILED", `a PostgreSQL server of ${cluster.folder} runs but does not answer`);
}

async function answers(cluster: Cluster, at: Postmaster): Promise<boolean> {
  if (at.host === "" || at.port === 0) return false;
  const client = await connectSuperuser(cluster, at).catch(() => undefined);
  if (client === undefined) return false;
  await client.end().catch(() => undefined);
  return true;
}

/** A connection as superuser; the caller ends it. */
export async function connectSuperuser(
  cluster: Cluster,
  at: { host: string; port: number },
  database = "postgres",
): Promise<pg.Client> {
  const password = await superuserPassword(cluster);
  const client = new pg.Client({
    host: at.host,
    port: at.port,
    user: "postgres",
    password,
    database,
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

type StartOutcome =
  | { readonly state: "running"; readonly running: Running }
  | { readonly state: "failed"; readonly again: boolean; readonly output: string };

async function startOnce(cluster: Cluster, deadline: number): Promise<StartOutcome> {
  await removeStalePid(cluster);
  const place = await chooseSocket(cluster);
  const logPath = join(cluster.folder, "postgres.log");
  await boundLog(logPath);
  const log = await open(logPath, "a", 0o600);
  const logStart = (await log.stat()).size;
  const child = launch(cluster, place, log.fd);
  // Listened to before anything is waited for: a server that is refused its memory ends within a few milliseconds.
  let ended = false;
  child.once("error", () => (ended = true));
  child.once("exit", () => (ended = true));
  await log.close();
  while (!ended && performance.now() < deadline) {
    await delay(40);
    const postmaster = await readPostmaster(join(cluster.folder, "data"));
    if (postmaster?.pid === child.pid && postmaster !== undefined && (await answers(cluster, postmaster))) {
      child.removeAllListeners();
      child.unref();
      return { state: "running", running: { ...postmaster, started: true } };
    }
  }
  if (!ended) child.kill("SIGQUIT");
  const output = (await readFile(logPath, "utf8").catch(() => "")).slice(logStart);
  const again = /still in use|lock file .* already exists|is another post|shared memory block/i.test(output);
  return { state: "failed", again, output };
}

/** A pid file whose process is gone or is not PostgreSQL at all (the number was used again) would refuse every start. */
async function removeStalePid(cluster: Cluster): Promise<void> {
  const postmaster = await readPostmaster(join(cluster.folder, "data"));
  if (postmaster === undefined || (await isPostgres(postmaster.pid))) return;
  await rm(join(cluster.folder, "data", "postmaster.pid"), { force: true });
}

async function boundLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && found.size > logBytesMax) await truncate(path);
}

/** In the cluster's folder where the path fits a socket's address, else in a private folder of its own. */
async function chooseSocket(cluster: Cluster): Promise<{ folder: string | null; port: number }> {
  if (process.platform === "win32") return { folder: null, port: 20_000 + (randomBytes(2).readUInt16BE() % 30_000) };
  let folder = join(cluster.folder, "run");
  if (`${folder}/.s.PGSQL.5432`.length > socketPathMax) folder = await shortFolder(cluster);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await own(cluster, folder);
  return { folder, port: 5432 };
}

/** Remembered, so that connections of this process find a restarted server again; trusted only while it is privately ours. */
async function shortFolder(cluster: Cluster): Promise<string> {
  const note = join(cluster.folder, "socket.folder");
  const kept = (await readFile(note, "utf8").catch(() => "")).trim();
  const found = kept === "" ? undefined : await stat(kept).catch(() => undefined);
  const uid = cluster.account?.uid ?? process.getuid?.();
  if (found?.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return kept;
  const made = await mkdtemp(join(tmpdir().length < 60 ? tmpdir() : "/tmp", "centrala-"));
  await writeFile(note, `${made}\n`, { mode: 0o600 });
  return made;
}

function launch(cluster: Cluster, place: { folder: string | null; port: number }, logFd: number): ChildProcess {
  const settings = [
    `listen_addresses=${place.folder === null ? "127.0.0.1" : ""}`,
    `unix_socket_directories=${place.folder ?? ""}`,
    "unix_socket_permissions=0700",
    `port=${place.port}`,
    "shared_buffers=128MB",
    "synchronous_commit=on",
    "max_connections=60",
    "jit=off",
    "log_checkpoints=off",
    "log_line_prefix=%m [%p] ",
    "lc_messages=C",
    ...(cluster.settings ?? []),
  ];
  const args = ["-D", join(cluster.folder, "data"), ...settings.flatMap((setting) => ["-c", setting])];
  // A session of its own, so that Ctrl-C in the terminal does not reach the database before our last commit.
  return spawn(join(cluster.binaries.bin, "postgres"), args, {
    ...asAccount(cluster),
    detached: true,
    env: cleanEnvironment(),
    stdio: ["ignore", logFd, logFd],
    windowsHide: true,
  });
}

/** What a server is told, and how long it gets, until the next harder word. */
const endings = [
  ["SIGINT", 30_000],
  ["SIGQUIT", 10_000],
  ["SIGKILL", 5_000],
] as const;

/**
 * Fast shutdown: open transactions are rolled back, the WAL is flushed, and the process has ended when this resolves. `careless` leaves out
 * the last checkpoint, for data that is thrown away.
 */
export async function stopCluster(cluster: Cluster, careless = false): Promise<void> {
  const postmaster = await readPostmaster(join(cluster.folder, "data"));
  if (postmaster === undefined || !(await isPostgres(postmaster.pid))) return;
  for (const [signal, patienceMs] of careless ? endings.slice(1) : endings) {
    try {
      process.kill(postmaster.pid, signal);
    } catch {
      return;
    }
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      await delay(20);
      if (!(await isPostgres(postmaster.pid))) return;
    }
  }
  throw new StoreError("POSTGRES_FAILED", `PostgreSQL (process ${postmaster.pid}) could not be ended`);
}

/** The error of a server's last words. */
function explain(output: string, what: string, folder: string): StoreError {
  const code = codeOf(output);
  if (code === "DISK_FULL") return new StoreError(code, `the disk of ${folder} is full (CENTRALA_DATA)`);
  const lines = output.split("\n").map((line) => line.trim());
  const words =
    lines.findLast((line) => /FATAL|PANIC|error:/i.test(line)) ?? lines.findLast((line) => line !== "") ?? "";
  return new StoreError(code, `${what}: ${words.replace(/^.*?(FATAL|PANIC|error):\s*/i, "")}`);
}

function codeOf(output: string): StoreErrorCode {
  if (/no space left|ENOSPC|disk quota/i.test(output)) return "DISK_FULL";
  if (/read-only file system|EROFS|permission denied|EACCES/i.test(output)) return "FOLDER_NOT_WRITABLE";
  return "POSTGRES_FAILED";
}
