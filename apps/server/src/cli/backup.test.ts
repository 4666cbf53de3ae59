import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { deviceSchema, journalVersion, userSchema } from "@centrala/contract";
import { defaultConfig } from "@centrala/domain";
import { centreScope, openStore, type Store } from "@centrala/store";
import { type TestDatabase, testDatabase } from "@centrala/store/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { installationKey, preparePlaces } from "../places.ts";
import { type LoadedSettings, loadSettings } from "../settings/load.ts";
import { backup, restore } from "./backup.ts";
import { urlOf } from "./testing/url.ts";

type Installation = { readonly loaded: LoadedSettings; readonly database: TestDatabase; readonly data: string };

let root: string;
let here: Installation;
let centreId: string;
const installations: Installation[] = [];

async function installation(name: string): Promise<Installation> {
  const data = join(root, name);
  const database = await testDatabase();
  const loaded = loadSettings({ data, databaseUrl: urlOf(database.connection) }, {});
  if (!loaded.ok) throw new Error(loaded.message);
  const made = { loaded: loaded.value, database, data };
  installations.push(made);
  return made;
}

async function withStoreOf<T>({ data, database }: Installation, work: (store: Store) => Promise<T>): Promise<T> {
  const encryptionKey = installationKey(preparePlaces(data));
  const store = await openStore({ connection: database.connection, encryptionKey });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** A centre with something of everything that a backup must bring back. */
async function fill(store: Store, data: string): Promise<string> {
  const config = defaultConfig({
    kind: "in-house",
    country: "BG",
    language: "bg",
    timeZone: "Europe/Sofia",
    name: "Център",
  });
  const made = await store.centres.create("main", config.centre);
  if (!made.ok) throw new Error(made.message);
  const { id } = made.value;
  const user = userSchema.parse({ id: "anna", login: "anna", name: "Анна", roles: ["manager"] });
  const device = deviceSchema.parse({
    id: "phone",
    userId: "anna",
    username: "anna-phone",
    password: "sip-secret-of-anna",
  });
  await store.entities.apply(id, [
    { put: "user", value: user },
    { put: "device", value: device },
    ...config.client.map((value) => ({ put: "client" as const, value })),
    ...config.queue.map((value) => ({ put: "queue" as const, value })),
  ]);
  await store.credentials.setPassword(id, "anna", "correct horse battery");
  const handles = [{ kind: "phone" as const, value: "+359888123456", label: "" }];
  const customer = {
    clientId: null,
    name: "Иван\nПетров",
    company: "",
    language: null,
    handles,
    fields: { note: "\\n" },
  };
  await store.customers.create(centreScope(id), customer);
  const lease = await store.journal.acquireLease(id, "test", 60_000);
  if (!lease.ok) throw new Error(lease.message);
  const input = { kind: "tick" } as const;
  const facts = [{ kind: "recovered", legsLost: 0, aliveUntil: null }] as const;
  const projector = await store.projections.open(id, lease.value.epoch);
  await store.journal.append(id, lease.value.epoch, [
    { seq: 1, at: 1_793_606_400_000, version: journalVersion, input, facts },
  ]);
  await projector.close();
  const places = preparePlaces(data);
  writeFileSync(places.recording(id, "rec1-1"), Buffer.alloc(100_000, 7));
  writeFileSync(places.recording(id, "rec2-1"), Buffer.alloc(0));
  writeFileSync(places.prompt(id, "p".repeat(64)), Buffer.alloc(3_000, 8));
  return id;
}

beforeAll(async () => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  root = mkdtempSync(join(tmpdir(), "centrala-backup-"));
  here = await installation("here");
  centreId = await withStoreOf(here, (store) => fill(store, here.data));
  await backup(here.loaded, join(root, "backup.tar"));
}, 60_000);

afterAll(async () => {
  for (const { database } of installations) await database.stop();
  rmSync(root, { recursive: true, force: true });
  vi.restoreAllMocks();
}, 60_000);

/** Files of the folders that a backup holds, by name. */
function filesOf(data: string): Record<string, string> {
  const files = ["keys", "prompts", "recordings"].flatMap((folder) =>
    readdirSync(join(data, folder), { recursive: true, withFileTypes: true }),
  );
  const paths = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [relative(data, path), readFileSync(path).toString("base64")]));
}

async function tablesOf(where: Installation): Promise<string[]> {
  const lines: string[] = [];
  await withStoreOf(where, async (store) => {
    await store.archive.exportTables(async (line) => void lines.push(line));
  });
  return lines.sort();
}

describe("backup and restore", () => {
  it("bring everything back on an empty machine: rows, recordings, prompts and keys", async () => {
    const there = await installation("there");
    await restore(there.loaded, join(root, "backup.tar"));
    expect(filesOf(there.data)).toEqual(filesOf(here.data));
    expect(await tablesOf(there)).toEqual(await tablesOf(here));
    const seen = await withStoreOf(there, async (store) => ({
      signsIn: await store.credentials.verify(centreId, "anna", "correct horse battery"),
      secret: await store.secrets.get(centreId, "device", "phone"),
      customers: (await store.customers.search(centreScope(centreId), "", {})).items.map((customer) => customer.name),
      seq: await store.journal.lastSeq(centreId),
    }));
    expect(seen).toEqual({
      signsIn: { ok: true },
      secret: "sip-secret-of-anna",
      customers: ["Иван\nПетров"],
      seq: 1,
    });
  }, 60_000);

  it("write a file that only its owner may read, and that any tar lists", async () => {
    const path = join(root, "backup.tar");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const names = execFileSync("tar", ["-tf", path], { encoding: "utf8" }).trim().split("\n");
    expect(names).toEqual([
      "manifest.json",
      "tables.ndjson",
      "keys/secrets.key",
      `prompts/${centreId}/${"p".repeat(64)}.wav`,
      `recordings/${centreId}/rec1-1.wav`,
      `recordings/${centreId}/rec2-1.wav`,
    ]);
  });

  it("touch nothing where there is a centre already", async () => {
    const taken = await installation("taken");
    await withStoreOf(taken, (store) => fill(store, taken.data));
    const before = { files: filesOf(taken.data), tables: await tablesOf(taken) };
    await expect(restore(taken.loaded, join(root, "backup.tar"))).rejects.toMatchObject({ code: "NOT_EMPTY" });
    expect({ files: filesOf(taken.data), tables: await tablesOf(taken) }).toEqual(before);
  }, 60_000);

  it("refuse a cut backup before anything is restored", async () => {
    const empty = await installation("empty");
    const whole = readFileSync(join(root, "backup.tar"));
    writeFileSync(join(root, "cut.tar"), whole.subarray(0, whole.length - 4_000));
    await expect(restore(empty.loaded, join(root, "cut.tar"))).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
    expect(await withStoreOf(empty, (store) => store.centres.list())).toEqual([]);
  }, 60_000);
});
