import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { journalVersion } from "@centrala/contract";
import { required } from "@centrala/kit";
import { afterEach, describe, expect, it } from "vitest";
import { isStoreError } from "../error.ts";
import { openStore } from "../open.ts";
import type { Embedded, Store } from "../port.ts";
import { exampleCentre } from "../testing/examples.ts";
import { isReachable } from "./account.ts";
import { mendLinks } from "./binaries.ts";
import { startEmbedded } from "./start.ts";

const encryptionKey = new Uint8Array(32);
const folders: string[] = [];
const running: Embedded[] = [];
const children: ChildProcess[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "centrala-embedded-"));
  folders.push(folder);
  return folder;
}

async function start(dataFolder: string): Promise<Embedded> {
  const embedded = await startEmbedded({ dataFolder, log: () => undefined });
  running.push(embedded);
  return embedded;
}

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const embedded of running.splice(0)) await embedded.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}, 60_000);

async function postmasterOf(embedded: Embedded): Promise<number> {
  const host = "host" in embedded.connection ? embedded.connection.host : "";
  const text = await readFile(join(host, "..", "data", "postmaster.pid"), "utf8");
  return Number.parseInt(text, 10);
}

/** Runs the writing server until `count` entries are acknowledged, kills it, and tells the last acknowledged seq. */
async function writeAndKill(dataFolder: string, count: number) {
  const script = join(import.meta.dirname, "..", "testing", "writer.ts");
  const child = spawn(process.execPath, [script, dataFolder], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const output = required<Readable>(child.stdout, "stdout");
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  const head: { adopted: boolean; centreId: string; epoch: number; seq: number } = JSON.parse(
    String((await lines.next()).value),
  );
  let acknowledged = head.seq;
  for (let index = 0; index < count; index += 1) acknowledged = Number((await lines.next()).value);
  child.kill("SIGKILL");
  await once(child, "exit");
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    // The last line may be cut off by the kill; whole ones were acknowledged.
    if (Number(line.value) === acknowledged + 1) acknowledged += 1;
  }
  return { ...head, acknowledged };
}

async function seqsOf(store: Store, centreId: string): Promise<readonly number[]> {
  const seqs: number[] = [];
  for await (const entry of store.journal.readFrom(centreId, 1)) seqs.push(entry.seq);
  return seqs;
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("the embedded PostgreSQL", () => {
  it("starts in an empty folder with an ordinary role and finds its data again", async () => {
    const folder = await newFolder();
    const first = await start(folder);
    expect(first.adopted).toBe(false);
    const store = await openStore({ connection: first.connection, encryptionKey });
    await store.centres.create("example", exampleCentre);
    await store.close();
    await first.stop();
    await first.stop();
    const second = await start(folder);
    expect(second.adopted).toBe(false);
    const again = await openStore({ connection: second.connection, encryptionKey });
    expect((await again.centres.list()).map((centre) => centre.slug)).toEqual(["example"]);
    await again.close();
  }, 60_000);

  it("lets nobody else read its passwords or reach its socket", async () => {
    const folder = await newFolder();
    const embedded = await start(folder);
    const place = "host" in embedded.connection ? join(embedded.connection.host, "..") : "";
    expect((await stat(place)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(place)) {
      if (name.endsWith(".password")) expect((await stat(join(place, name))).mode & 0o777).toBe(0o600);
    }
  }, 60_000);

  it("refuses a folder that another server uses, in one line", async () => {
    const folder = await newFolder();
    await start(folder);
    const refusal = await startEmbedded({ dataFolder: folder, log: () => undefined }).catch((error: unknown) => error);
    expect(isStoreError(refusal, "DATA_FOLDER_IN_USE") && refusal.message).toBe(
      "another Centrala server uses this data folder (CENTRALA_DATA)",
    );
  }, 60_000);

  it("loses nothing acknowledged and takes over the running database when the server is killed", async () => {
    const folder = await newFolder();
    const first = await writeAndKill(folder, 150);
    const second = await writeAndKill(folder, 150);
    expect([first.adopted, second.adopted]).toEqual([false, true]);
    expect([second.epoch, second.centreId]).toEqual([first.epoch + 1, first.centreId]);
    expect(second.seq).toBeGreaterThanOrEqual(first.acknowledged);
    const embedded = await start(folder);
    expect(embedded.adopted).toBe(true);
    const store = await openStore({ connection: embedded.connection, encryptionKey });
    const last = await store.journal.lastSeq(first.centreId);
    expect(last).toBeGreaterThanOrEqual(second.acknowledged);
    expect(await seqsOf(store, first.centreId)).toEqual(upTo(last));
    await store.close();
  }, 60_000);

  it("starts a killed database again, and appends go on without a gap or a loss", async () => {
    const embedded = await start(await newFolder());
    const store = await openStore({ connection: embedded.connection, encryptionKey });
    const made = await store.centres.create("example", exampleCentre);
    const centreId = made.ok ? made.value.id : "";
    const lease = await store.journal.acquireLease(centreId, "test", 60_000);
    const epoch = lease.ok ? lease.value.epoch : 0;
    let failures = 0;
    for (let seq = 1; seq <= 300; seq += 1) {
      if (seq === 100) process.kill(await postmasterOf(embedded), "SIGKILL");
      const entry = { seq, at: seq, version: journalVersion, input: { kind: "tick" }, facts: [] } as const;
      // As the core does it: after an unknown outcome the very same entry again.
      while (!(await succeeds(store.journal.append(centreId, epoch, [entry])))) failures += 1;
    }
    expect(failures).toBeGreaterThan(0);
    expect(await seqsOf(store, centreId)).toEqual(upTo(300));
    await store.close();
  }, 60_000);

  it("starts after server and database were killed together", async () => {
    const folder = await newFolder();
    const before = await writeAndKill(folder, 50);
    const pidFile = await findPidFile(folder);
    process.kill(Number.parseInt(await readFile(pidFile, "utf8"), 10), "SIGKILL");
    const embedded = await start(folder);
    expect(embedded.adopted).toBe(false);
    const store = await openStore({ connection: embedded.connection, encryptionKey });
    expect(await store.journal.lastSeq(before.centreId)).toBeGreaterThanOrEqual(before.acknowledged);
    await store.close();
  }, 60_000);

  it("is not deceived by a pid file whose number now belongs to another process", async () => {
    const folder = await newFolder();
    const first = await start(folder);
    const pidFile = await findPidFile(folder);
    const lines = (await readFile(pidFile, "utf8")).split("\n");
    await first.stop();
    await writeFile(pidFile, [String(process.pid), ...lines.slice(1)].join("\n"));
    expect((await start(folder)).adopted).toBe(false);
  }, 60_000);

  it("says which folder can't be written", async () => {
    const file = join(await newFolder(), "file");
    await writeFile(file, "");
    const refusal = await startEmbedded({ dataFolder: join(file, "data"), log: () => undefined }).catch(
      (error: unknown) => error,
    );
    expect(isStoreError(refusal, "FOLDER_NOT_WRITABLE") && refusal.message).toBe(
      `cannot write to ${join(file, "data")} (CENTRALA_DATA)`,
    );
  });

  it("finds a socket's place when the data folder's path is too long for one", async () => {
    const parent = await newFolder();
    await chmod(parent, 0o711);
    const folder = join(parent, "d".repeat(120));
    const embedded = await start(folder);
    const host = "host" in embedded.connection ? embedded.connection.host : "";
    expect(`${host}/.s.PGSQL.5432`.length).toBeLessThanOrEqual(107);
    expect((await stat(host)).mode & 0o077).toBe(0);
    folders.push(host);
  }, 60_000);
});

async function succeeds(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (!isStoreError(error, "DATABASE_AWAY")) throw error;
    // Leaves the processor to the database that starts again.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  }
}

/** The cluster lies in the data folder; a runner whose folders the database's user can't enter has it elsewhere. */
async function findPidFile(folder: string): Promise<string> {
  return join(folder, "postgres", "data", "postmaster.pid");
}

describe("what npm's install script would have done", () => {
  it("makes the links again, mends wrong ones, and does nothing when all are there", async () => {
    const root = await newFolder();
    const native = join(root, "native");
    await mkdir(join(native, "lib"), { recursive: true });
    await writeFile(join(native, "lib", "libx.so.1.2"), "x");
    await symlink("nowhere", join(native, "lib", "libx.so"));
    const links = ["libx.so", "libx.so.1"].map((name) => ({
      source: "native/lib/libx.so.1.2",
      target: `native/lib/${name}`,
    }));
    await writeFile(join(native, "pg-symlinks.json"), JSON.stringify(links));
    for (let round = 0; round < 2; round += 1) {
      expect(await mendLinks(native)).toBe(true);
      expect(await readlink(join(native, "lib", "libx.so"))).toBe("libx.so.1.2");
      expect(await readFile(join(native, "lib", "libx.so.1"), "utf8")).toBe("x");
    }
  });

  it("knows whether another user can pass through the folders above", async () => {
    const folder = await newFolder();
    const nobody = { name: "nobody", uid: 65_534, gid: 65_534 };
    expect(await isReachable(join(folder, "x"), nobody)).toBe(false);
    expect(await isReachable("/usr/bin", nobody)).toBe(true);
  });
});
