import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { required } from "@centrala/kit";
import pg from "pg";
import { chooseAccount } from "../embedded/account.ts";
import { type Binaries, findSystem, prepareBinaries } from "../embedded/binaries.ts";
import {
  type Cluster,
  connectSuperuser,
  ensureRunning,
  initialiseCluster,
  type Running,
  stopCluster,
  superuserPassword,
} from "../embedded/cluster.ts";
import { openStore } from "../open.ts";
import type { Connection } from "../port.ts";

/** `embedded`: PostgreSQL 18 from npm. `system`: Debian's PostgreSQL 15, the oldest that is supported. */
export type TestServer = "embedded" | "system";
export type TestDatabase = {
  readonly connection: Connection;
  /** The same database above all walls: for looking at what row-level security hides. */
  readonly superuser: Connection;
  /** Ends the cluster, too, when this was its last database. */
  stop(): Promise<void>;
};

type TestCluster = {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly password: string;
  databases: number;
};

const role = "centrala_test";
const template = "centrala_template";
const prefix = "centrala-test-";
const clusters = new Map<TestServer, Promise<TestCluster>>();

/** Whether this server can be had here; without it a suite is left out, loudly. */
export async function isAvailable(server: TestServer): Promise<boolean> {
  return server === "embedded" || (await findSystem(15)) !== undefined;
}

/**
 * A fresh database with the newest schema, in a cluster that this process shares. Durability is off: these databases are for
 * behaviour, crashes have tests of their own.
 */
export async function testDatabase(server: TestServer = "embedded"): Promise<TestDatabase> {
  const starting = clusters.get(server) ?? startCluster(server);
  clusters.set(server, starting);
  const shared = await starting;
  shared.databases += 1;
  const database = `test_${randomBytes(6).toString("hex")}`;
  await asSuperuser(shared, `CREATE DATABASE ${database} TEMPLATE ${template} OWNER ${role}`);
  const { host, port } = shared.running;
  const user = "postgres";
  const password = await superuserPassword(shared.cluster);
  return {
    connection: { host, port, database, user: role, password: shared.password },
    superuser: { host, port, database, user, password },
    stop: () => release(server, shared),
  };
}

/** Databases are not dropped one by one: they go with their cluster, and dropping costs a checkpoint each. */
async function release(server: TestServer, shared: TestCluster): Promise<void> {
  shared.databases -= 1;
  if (shared.databases === 0 && !kept) await endOf(server);
}

let kept = false;

/** Lets clusters outlive their last database until the function returned is called: for a file of several suites. */
export function keepTestClusters(): () => Promise<void> {
  kept = true;
  return async () => {
    kept = false;
    await Promise.all([...clusters.keys()].map(endOf));
  };
}

async function endOf(server: TestServer): Promise<void> {
  const starting = clusters.get(server);
  clusters.delete(server);
  if (starting !== undefined) await endCluster((await starting).cluster);
}

async function endCluster(cluster: Cluster): Promise<void> {
  await stopCluster(cluster, true);
  await rm(join(cluster.folder, ".."), { recursive: true, force: true });
}

async function asSuperuser(shared: Pick<TestCluster, "cluster" | "running">, ...statements: readonly string[]) {
  const client = await connectSuperuser(shared.cluster, shared.running);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function startCluster(server: TestServer): Promise<TestCluster> {
  await sweep();
  const account = await chooseAccount();
  const parent = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  await chmod(parent, 0o711);
  const settings = ["fsync=off", "full_page_writes=off", "max_connections=100", "shared_buffers=32MB"];
  const binaries = await binariesOf(server, account, parent);
  const cluster: Cluster = { folder: join(parent, "pg"), binaries, account, settings };
  await initialiseCluster(cluster);
  const running = await ensureRunning(cluster);
  const password = randomBytes(12).toString("hex");
  const shared = { cluster, running, password, databases: 0 };
  await asSuperuser(
    shared,
    `CREATE ROLE ${role} LOGIN PASSWORD '${password}'`,
    `CREATE DATABASE ${template} OWNER ${role}`,
  );
  const connection = { host: running.host, port: running.port, database: template, user: role, password };
  await (await openStore({ connection, encryptionKey: new Uint8Array(32) })).close();
  return shared;
}

async function binariesOf(server: TestServer, account: Cluster["account"], copyFolder: string): Promise<Binaries> {
  return server === "embedded" ? prepareBinaries(account, copyFolder) : required(await findSystem(15), "PostgreSQL 15");
}

/** Clusters of test runs that were killed. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const folder = join(tmpdir(), name, "pg");
    const cluster: Cluster = { folder, binaries: { bin: "", major: 0 }, account: null };
    await endCluster(cluster).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A connection of its own to a database, for what goes past the store. The caller ends it. */
export async function plainClient(connection: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(connection);
  await client.connect();
  return client;
}
