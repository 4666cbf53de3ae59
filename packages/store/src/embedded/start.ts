import { createHash } from "node:crypto";
import { access, chmod, constants, mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { StoreError } from "../error.ts";
import type { Connection, Embedded, EmbeddedOptions } from "../port.ts";
import { type Account, chooseAccount, isReachable } from "./account.ts";
import { type Binaries, findSystem, prepareBinaries } from "./binaries.ts";
import {
  type Cluster,
  connectSuperuser,
  ensureRunning,
  initialiseCluster,
  passwordIn,
  stopCluster,
} from "./cluster.ts";

/** Application role and database; neither superuser nor above row-level security. */
const appName = "centrala";
/** Any number; the server of a data folder holds this advisory lock while it lives. */
const folderLock = 7_269_348_120;
const lockPatienceMs = 2_000;

/**
 * Starts, or takes over, the PostgreSQL of a data folder. Rejects with a StoreError of one line: DATA_FOLDER_IN_USE (another server
 * lives), FOLDER_NOT_WRITABLE, DISK_FULL, POSTGRES_MISSING, POSTGRES_FAILED, NO_SYSTEM_USER.
 * While it runs, a database that dies is started again; connections that were open then fail once.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const cluster = await placeCluster(options.dataFolder);
  await translateErrors(options.dataFolder, () => initialiseCluster(cluster));
  const running = await ensureRunning(cluster);
  const connection = await ensureDatabase(cluster, running);
  const watch = new Watch(cluster, connection, options.log);
  if (options.share === true) {
    const alone = await watch.lock(0).then(
      () => true,
      (error: unknown) => {
        if (error instanceof StoreError && error.code === "DATA_FOLDER_IN_USE") return false;
        throw error;
      },
    );
    if (!alone) return { connection, adopted: true, joined: true, stop: async () => undefined };
  } else await watch.lock();
  options.log("info", running.started ? `PostgreSQL started in ${cluster.folder}` : "took over the running PostgreSQL");
  return { connection, adopted: !running.started, joined: false, stop: () => watch.stop() };
}

async function placeCluster(dataFolder: string): Promise<Cluster> {
  const account = await chooseAccount();
  const folder = await translateErrors(dataFolder, () => clusterFolder(dataFolder, account));
  const copyFolder = account === null ? join(resolve(dataFolder), "bin") : systemFolder;
  const binaries = await translateErrors(copyFolder, () => prepareBinaries(account, copyFolder));
  return { folder, binaries: await fitting(folder, binaries), account };
}

/** A data folder is opened by the major version that made it; an older one may still be there from the system. */
async function fitting(folder: string, binaries: Binaries): Promise<Binaries> {
  const made = Number.parseInt(await readFile(join(folder, "data", "PG_VERSION"), "utf8").catch(() => ""), 10);
  if (Number.isNaN(made) || made === binaries.major) return binaries;
  const older = await findSystem(made);
  if (older !== undefined) return older;
  throw new StoreError(
    "POSTGRES_MISSING",
    `the data folder was made by PostgreSQL ${made}, here is ${binaries.major}: install PostgreSQL ${made}, back up, and restore into a new folder`,
  );
}

const systemFolder = "/var/lib/centrala";

/** Inside the data folder; as root, where the database's user can't reach that, in a system folder named after it. */
async function clusterFolder(dataFolder: string, account: Account | null): Promise<string> {
  await mkdir(dataFolder, { recursive: true, mode: 0o711 });
  await access(dataFolder, constants.W_OK | constants.X_OK);
  const real = await realpath(dataFolder);
  if (account === null) return join(real, "postgres");
  // Passing through is all the database's user needs; every file in the folder has its own rights.
  await chmod(real, (await stat(real)).mode | 0o011);
  if (await isReachable(real, account)) return join(real, "postgres");
  const folder = join(systemFolder, createHash("sha256").update(real).digest("hex").slice(0, 12));
  await mkdir(systemFolder, { recursive: true, mode: 0o755 });
  // For whoever looks for the database in the data folder or removes it.
  await writeFile(join(real, "postgres.folder"), `${folder}\n`);
  return folder;
}

async function translateErrors<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOSPC" || code === "EDQUOT") throw new StoreError("DISK_FULL", `no space left for ${folder}`, error);
    const denied = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(code ?? "");
    if (denied) throw new StoreError("FOLDER_NOT_WRITABLE", `cannot write to ${folder} (CENTRALA_DATA)`, error);
    throw new StoreError("POSTGRES_FAILED", error instanceof Error ? error.message : String(error), error);
  }
}

/** The ordinary role with its password and the database it owns; idempotent. */
async function ensureDatabase(cluster: Cluster, at: { host: string; port: number }): Promise<Connection> {
  const password = await passwordIn(cluster, "app.password");
  const client = await connectSuperuser(cluster, at);
  try {
    const rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS";
    const roles = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [appName]);
    const verb = roles.rowCount === 0 ? "CREATE" : "ALTER";
    await client.query(`${verb} ROLE ${appName} ${rights} PASSWORD ${client.escapeLiteral(password)}`);
    const databases = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [appName]);
    if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${appName} OWNER ${appName}`);
  } catch (error) {
    // Two first starts at once: the other made the role or the database; the folder's lock decides between them.
    const code = (error as { code?: unknown }).code;
    if (!["23505", "42710", "42P04", "XX000"].includes(String(code))) {
      throw new StoreError("POSTGRES_FAILED", `cannot prepare the database: ${(error as Error).message}`, error);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
  return { host: at.host, port: at.port, database: appName, user: appName, password };
}

/** Holds the folder's lock on a connection of its own; when that breaks the database has died and is started again. */
class Watch {
  readonly #cluster: Cluster;
  readonly #connection: Connection;
  readonly #log: EmbeddedOptions["log"];
  #client: pg.Client | undefined;
  #stopping: Promise<void> | undefined;
  #mending: Promise<void> | undefined;

  constructor(cluster: Cluster, connection: Connection, log: EmbeddedOptions["log"]) {
    this.#cluster = cluster;
    this.#connection = connection;
    this.#log = log;
  }

  async lock(patienceMs = lockPatienceMs): Promise<void> {
    const client = new pg.Client({ ...this.#connection, application_name: "centrala-lock" });
    client.on("error", () => undefined);
    await client.connect();
    if (!(await takeLock(client, patienceMs))) {
      await client.end();
      throw new StoreError("DATA_FOLDER_IN_USE", "another Centrala server uses this data folder (CENTRALA_DATA)");
    }
    this.#client = client;
    client.once("end", () => this.#lost());
  }

  #lost(): void {
    if (this.#stopping !== undefined || this.#mending !== undefined) return;
    this.#log("warn", "the connection to PostgreSQL broke; starting it again");
    this.#mending = this.#mend().finally(() => {
      this.#mending = undefined;
    });
  }

  async #mend(): Promise<void> {
    for (let pauseMs = 100; this.#stopping === undefined; pauseMs = Math.min(pauseMs * 2, 10_000)) {
      try {
        await ensureRunning(this.#cluster);
        await this.lock();
        this.#log("info", "PostgreSQL runs again");
        return;
      } catch (error) {
        this.#log("error", `PostgreSQL is away: ${(error as Error).message}`);
        await delay(pauseMs);
      }
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.#mending;
    // The lock is let go by the shutdown itself, so that nobody adopts a server that is about to end.
    await stopCluster(this.#cluster);
    await this.#client?.end().catch(() => undefined);
  }
}

async function takeLock(client: pg.Client, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1) AS taken", [folderLock]);
    if (rows[0]?.taken === true) return true;
    // The backend of a killed server may need a moment to notice that its other end is gone.
    if (performance.now() > deadline) return false;
    await delay(100);
  }
}
