import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type EntityKind, entitySchemas } from "@centrala/contract";
import { centreScope, openStore, type Store } from "@centrala/store";
import { type TestDatabase, testDatabase } from "@centrala/store/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openCentre } from "../core/open-centre.ts";
import { silentLog } from "../core/testing/silent-log.ts";
import { installationKey, preparePlaces } from "../places.ts";
import { loadSettings } from "../settings/load.ts";
import { restore } from "./backup.ts";
import { urlOf } from "./testing/url.ts";

/** Backups of versions before, each with what must be there after it was restored: every later version restores them all. */
const fixtures = join(import.meta.dirname, "../../../../interop/fixtures/upgrade");
const versions = readdirSync(fixtures).flatMap((name) => /^backup-(.+)\.tar\.gz$/.exec(name)?.[1] ?? []);

type Expected = {
  readonly entities: Readonly<Partial<Record<EntityKind, number>>>;
  readonly logins: readonly string[];
  readonly customers: number;
  readonly journalEntries: number;
  readonly contacts: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[];
  readonly recordings: readonly { readonly id: string; readonly state: string; readonly sha256: string | null }[];
  readonly notes: readonly { readonly contact_id: string; readonly text: string }[];
};

let root: string;
const databases: TestDatabase[] = [];

beforeAll(() => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  root = mkdtempSync(join(tmpdir(), "centrala-upgrade-"));
});
afterAll(async () => {
  for (const database of databases) await database.stop();
  rmSync(root, { recursive: true, force: true });
  vi.restoreAllMocks();
}, 60_000);

async function restored(version: string): Promise<{ readonly store: Store; readonly data: string }> {
  const file = join(root, `${version}.tar`);
  writeFileSync(file, gunzipSync(readFileSync(join(fixtures, `backup-${version}.tar.gz`))));
  const database = await testDatabase();
  databases.push(database);
  const data = join(root, version);
  const loaded = loadSettings({ data, databaseUrl: urlOf(database.connection) }, {});
  if (!loaded.ok) throw new Error(loaded.message);
  await restore(loaded.value, file);
  const encryptionKey = installationKey(preparePlaces(data));
  return { store: await openStore({ connection: database.connection, encryptionKey }), data };
}

async function customersOf(store: Store, centreId: string): Promise<number> {
  let count = 0;
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await store.customers.search(centreScope(centreId), "", {
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    count += page.items.length;
    cursor = page.nextCursor ?? undefined;
    more = cursor !== undefined;
  }
  return count;
}

/** Times and counts come of the facts, whatever the older version had written down. */
async function checkFigures(store: Store, centre: Awaited<ReturnType<typeof openCentre>>): Promise<void> {
  const { items } = await store.contacts.list(centreScope(centre.id), {}, { limit: 200 });
  const served = items.filter(({ answered, direction, operatorIds }) => {
    return answered && direction === "inbound" && operatorIds.length === 1;
  });
  expect(served.length).toBeGreaterThan(5);
  for (const { startedAt, answeredAt, endedAt, waitMs, talkMs, holdMs } of served) {
    expect(answeredAt).not.toBe(null);
    expect(talkMs).toBe((endedAt ?? 0) - (answeredAt ?? 0));
    expect(holdMs).toBeLessThanOrEqual(talkMs);
    expect(waitMs).toBeLessThanOrEqual((answeredAt ?? 0) - startedAt);
  }
  const { rollups } = await centre.projector.report(0);
  const total = (name: string) => rollups.reduce((sum, { sums }) => sum + (sums[name] ?? 0), 0);
  expect(total("offered")).toBeGreaterThan(0);
  expect(total("offered")).toBe(total("answered") + total("abandoned") + total("voicemail") + total("other"));
  const talked = items.reduce((sum, { talkMs }) => sum + talkMs, 0);
  expect(talked).toBe(
    rollups.reduce((sum, { key, sums }) => sum + (key.operatorId === null ? 0 : (sums["serviceMs"] ?? 0)), 0),
  );
}

describe("a backup of an earlier version", () => {
  it.each(versions)(
    "%s comes back whole, and its centre starts",
    async (version) => {
      const expected = JSON.parse(readFileSync(join(fixtures, `expected-${version}.json`), "utf8")) as Expected;
      const { store, data } = await restored(version);
      const [row] = await store.centres.list();
      const id = row?.id ?? "";
      expect(await store.journal.lastSeq(id)).toBe(expected.journalEntries);
      expect(await customersOf(store, id)).toBe(expected.customers);
      const kinds = Object.keys(entitySchemas) as EntityKind[];
      const counts: Partial<Record<EntityKind, number>> = {};
      for (const kind of kinds) {
        const { length } = await store.entities.list(id, kind);
        if (length > 0) counts[kind] = length;
      }
      expect(counts).toMatchObject(expected.entities);
      const config = await store.entities.loadConfig(id);
      expect(config.user.map((user) => user.login).toSorted()).toEqual(expected.logins);

      const centre = await openCentre({
        store,
        centreId: id,
        log: silentLog(),
        clock: Date.now,
        nodeId: "test",
        sole: true,
        perform: () => undefined,
        legs: { alive: () => new Set(), dropUnknown: () => undefined },
        prepare: async () => undefined,
        onLost: () => undefined,
      });
      expect(centre.core.state.contacts.size).toBe(0);
      // What an older fold wrote is built again while the centre runs.
      await expect.poll(() => store.projections.rebuildProgress(id), { timeout: 60_000 }).toBe(null);
      await checkFigures(store, centre);
      for (const contact of expected.contacts) {
        const found = await store.contacts.get(centreScope(id), contact.id);
        expect(found).toMatchObject({
          direction: contact["direction"],
          queueId: contact["queue_id"],
          startedAt: contact["started_at"],
          answered: contact["answered"],
          endCode: contact["end_code"] ?? "SERVER_RESTARTED",
          dispositionId: contact["disposition_id"],
        });
      }
      const places = preparePlaces(data);
      for (const recording of expected.recordings.filter(({ state }) => state === "closed")) {
        const sound = readFileSync(places.recording(id, recording.id));
        expect(createHash("sha256").update(sound).digest("hex")).toBe(recording.sha256);
        expect(await store.recordings.get(centreScope(id), recording.id)).toMatchObject({ state: "closed" });
      }
      for (const { contact_id, text } of expected.notes)
        expect((await store.notes.ofContact(centreScope(id), contact_id)).map((note) => note.text)).toContain(text);
      await centre.close();
      await store.close();
    },
    60_000,
  );
});
