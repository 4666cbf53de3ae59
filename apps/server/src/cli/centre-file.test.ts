import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fact, journalVersion } from "@centrala/contract";
import { writeWav } from "@centrala/media";
import { openStore, type Store } from "@centrala/store";
import { type TestDatabase, testDatabase } from "@centrala/store/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { installationKey, preparePlaces } from "../places.ts";
import { type LoadedSettings, loadSettings } from "../settings/load.ts";
import { applyCentreFile, exportCentreFile } from "./centre-file.ts";
import { urlOf } from "./testing/url.ts";

const file = `version: 1
centre: { name: Shop, kind: in-house, country: BG, timeZone: Europe/Sofia, language: bg }
clients: [{ id: shop, name: Shop }]
users:
  - login: boss
    name: Boss
    roles: [manager]
  - login: anna
    name: Anna
    roles: [operator]
    password: { env: CENTRALA_TEST_ANNA }
    devices: [{ id: anna-phone, username: anna, password: { file: anna.secret } }]
prompts:
  - { id: welcome, name: Welcome, language: bg, file: welcome.wav }
queues:
  - { id: sales, name: Sales, clientId: shop, operators: [{ login: anna }] }
`;

let cluster: TestDatabase;
let folder: string;
let path: string;
let database: TestDatabase;
let loaded: LoadedSettings;
let out: string[];
let err: string[];

// One database stays, so that the cluster is not started anew for every test.
beforeAll(async () => {
  cluster = await testDatabase();
}, 60_000);
afterAll(() => cluster.stop(), 60_000);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "centrala-file-"));
  path = join(folder, "centre.yaml");
  writeFileSync(join(folder, "anna.secret"), "a-sip-secret\n");
  const samples = Int16Array.from({ length: 8_000 }, (_, index) => Math.round(8_000 * Math.sin(index / 3)));
  writeFileSync(join(folder, "welcome.wav"), writeWav({ sampleRateHz: 8_000, channels: [samples] }));
  database = await testDatabase();
  // No server listens on this port: what is tested here is the way through the store.
  const settings = loadSettings(
    { data: join(folder, "data"), databaseUrl: urlOf(database.connection), httpPort: "1" },
    {},
  );
  if (!settings.ok) throw new Error(settings.message);
  loaded = settings.value;
  out = [];
  err = [];
  vi.stubEnv("CENTRALA_TEST_ANNA", "correct horse battery");
  vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text).trimEnd()) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text).trimEnd()) > 0);
}, 60_000);

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const encryptionKey = installationKey(preparePlaces(join(folder, "data")));
  const store = await openStore({ connection: database.connection, encryptionKey });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function apply(text: string, dryRun = false, deletes = 0): Promise<void> {
  writeFileSync(path, text);
  out.length = 0;
  err.length = 0;
  await applyCentreFile(loaded, path, { dryRun, deletes });
}

describe("apply", () => {
  it("shows the plan of a new centre and makes nothing in a dry run", async () => {
    await apply(file, true);
    expect(out).toEqual([
      "+ centre Shop",
      "+ client shop",
      "+ user boss",
      "+ user anna",
      "+ device anna-phone",
      "+ queue sales",
      "+ prompt welcome",
      "~ prompt welcome (sound from welcome.wav)",
      "7 to create, 1 to change, 0 to remove",
    ]);
    expect(await withStore((store) => store.centres.list())).toEqual([]);
  });

  it("makes the centre with secrets and sounds, and gives a manager without a password a link", async () => {
    await apply(file);
    expect(out.at(-1)).toMatch(/^ {2}http:\/\/localhost:1\/invitation\/[\w-]{20,}$/);
    const made = await withStore(async (store) => {
      const centreId = (await store.centres.list())[0]?.id ?? "";
      const config = await store.entities.loadConfig(centreId);
      const anna = config.user.find((user) => user.login === "anna")?.id;
      return {
        prompt: config.prompt[0]?.durationMs,
        secret: await store.secrets.get(centreId, "device", "anna-phone"),
        signsIn: await store.credentials.verify(centreId, anna, "correct horse battery"),
      };
    });
    expect(made).toEqual({ prompt: 1_000, secret: "a-sip-secret", signsIn: { ok: true } });
  }, 30_000);

  it("changes nothing the second time, and tells line by line what a changed file changes", async () => {
    await apply(file);
    await apply(file);
    expect(out).toEqual(["Nothing to change."]);
    const changed = file
      .replace("name: Sales", "name: Orders")
      .replace(/ {4}devices: .*\n/, "")
      .replace("queues:", "skills: [{ id: german, name: German }]\nqueues:");
    await apply(changed, true);
    expect(out).toEqual([
      "- device anna-phone",
      "+ skill german",
      "~ queue sales (name)",
      "1 to create, 1 to change, 1 to remove",
    ]);
    await apply(changed);
    await apply(changed);
    expect(out).toEqual(["Nothing to change."]);
  }, 30_000);

  it("deletes recordings by a shorter retention only when told how many go", async () => {
    await apply(file);
    const shorter = file.replace("language: bg }", "language: bg, recordingRetentionDays: 30 }");
    await withStore(async (store) => {
      const centreId = (await store.centres.list())[0]?.id ?? "";
      const lease = await store.journal.acquireLease(centreId, "test", 60_000);
      if (!lease.ok) throw new Error(lease.message);
      const at = Date.now() - 40 * 86_400_000;
      const facts = ["rec1-1", "rec1-2"].flatMap((recordingId): Fact[] => [
        { kind: "recordingStarted", contactId: "old-call", recordingId, voicemail: false, queueId: null },
        { kind: "recordingClosed", contactId: "old-call", recordingId, durationMs: 1_000, bytes: 5, sha256: "ab" },
      ]);
      const projector = await store.projections.open(centreId, lease.value.epoch);
      await store.journal.append(centreId, lease.value.epoch, [
        { seq: 1, at, version: journalVersion, input: { kind: "tick" }, facts },
      ]);
      await projector.close();
    });
    for (const [dryRun, deletes] of [
      [true, 0],
      [false, 0],
      [false, 1],
    ] as const) {
      await apply(shorter, dryRun, deletes);
      expect(out.slice(0, 2)).toEqual([
        "~ centre Shop (recordingRetentionDays)",
        "0 to create, 1 to change, 0 to remove",
      ]);
      expect(out[2]).toMatch(
        /^! 2 recordings older than 30 days: to the trash from [-\d]{10}, deleted for good from [-\d]{10}$/,
      );
      expect(out.length).toBe(3);
      expect(err).toEqual(
        dryRun ? [] : ["2 recordings would be deleted; nothing was changed. If that is meant: --deletes 2"],
      );
      expect(process.exitCode).toBe(dryRun ? undefined : 1);
    }
    await apply(shorter, false, 2);
    expect([out.at(-1), err]).toEqual([expect.stringMatching(/^Applied; /), []]);
    const announced = await withStore(async (store) => {
      const centreId = (await store.centres.list())[0]?.id ?? "";
      return (await store.audit.list(centreId, {})).items.find(({ what }) => what === "retention.shorten");
    });
    expect(announced).toMatchObject({ who: "cli", detail: { days: 30, recordings: 2 } });
  }, 30_000);

  it("names every mistake by file, line and field, ends with 1, and changes nothing", async () => {
    await apply(file.replace("clientId: shop", "clientId: shopp").replace("login: anna }", "login: ann }"));
    expect(err).toEqual([
      `${path}:16: queues.0.operators.0.login: there is no user with login "ann"`,
      expect.stringMatching(/:16: queues\.0\.clientId: there is no client "shopp"$/),
      "2 mistakes; nothing was changed",
    ]);
    expect(process.exitCode).toBe(1);
    expect(await withStore((store) => store.centres.list())).toEqual([]);
  });

  it.each([
    ["a file that is no YAML", "version: [1", /centre\.yaml:1: /],
    ["an unknown field", `${file}colour: red\n`, /centre\.yaml:17: colour: there is no field "colour" here/],
    [
      "a sound that is not there",
      file.replace("welcome.wav", "nowhere.wav"),
      /:14: prompts\.0\.file: nowhere\.wav cannot be read \(ENOENT\)/,
    ],
    [
      "a sound that is none",
      file.replace("welcome.wav", "anna.secret"),
      /:14: prompts\.0\.file: anna\.secret: This file cannot be a prompt/,
    ],
  ])("refuses %s", async (_name, text, message) => {
    await apply(text);
    expect(err[0]).toMatch(message);
    expect(process.exitCode).toBe(1);
  });

  it("says which secret lacks", async () => {
    rmSync(join(folder, "anna.secret"));
    await apply(file);
    expect(err[0]).toBe("note: there is no secret at file:anna.secret");
    expect(err[1]).toMatch(/:12: users\.1\.devices\.0\.password: the secret file:anna\.secret was not given$/);
    expect(process.exitCode).toBe(1);
  }, 30_000);
});

describe("export", () => {
  it("writes a file that changes nothing when it is applied, and that holds no secret", async () => {
    await apply(file);
    const copy = join(folder, "copy.yaml");
    await exportCentreFile(loaded, { out: copy, customers: true });
    const text = readFileSync(copy, "utf8");
    expect(text).not.toContain("secret");
    expect(text).not.toContain("correct horse");
    await apply(text);
    expect(out).toEqual(["Nothing to change."]);
  }, 30_000);
});
