import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JournalEntry, journalVersion } from "@centrala/contract";
import { defaultConfig } from "@centrala/domain";
import { openStore, type Store } from "@centrala/store";
import { type TestDatabase, testDatabase } from "@centrala/store/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { installationKey, preparePlaces } from "../places.ts";
import { type LoadedSettings, loadSettings } from "../settings/load.ts";
import { rebuild } from "./rebuild.ts";
import { urlOf } from "./testing/url.ts";

let root: string;
let database: TestDatabase;
let store: Store;
let centreId: string;
let loaded: LoadedSettings;
let out: string[] = [];
/** What a running server answers to whoever asks whether it lives. */
const server = createServer((_request, response) => response.end("{}"));

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "centrala-rebuild-"));
  database = await testDatabase();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const httpPort = String((server.address() as AddressInfo).port);
  const made = loadSettings({ data: root, databaseUrl: urlOf(database.connection), httpPort }, {});
  if (!made.ok) throw new Error(made.message);
  loaded = made.value;
  store = await openStore({ connection: database.connection, encryptionKey: installationKey(preparePlaces(root)) });
  const { centre } = defaultConfig({
    kind: "in-house",
    country: "BG",
    language: "bg",
    timeZone: "Europe/Sofia",
    name: "Център",
  });
  const created = await store.centres.create("main", centre);
  if (!created.ok) throw new Error(created.message);
  centreId = created.value.id;
}, 60_000);
afterAll(async () => {
  server.close();
  await store.close();
  await database.stop();
  rmSync(root, { recursive: true, force: true });
  vi.restoreAllMocks();
}, 60_000);
beforeEach(() => {
  out = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out.push(String(text).trim());
    return true;
  });
});

describe("centrala rebuild", () => {
  it("asks the running server, and shows how far it is until all is done", async () => {
    const lease = await store.journal.acquireLease(centreId, "test", 60_000);
    if (!lease.ok) throw new Error(lease.message);
    const { epoch } = lease.value;
    const entries = Array.from(
      { length: 900 },
      (_, index): JournalEntry => ({
        ...{ seq: index + 1, at: index, version: journalVersion },
        ...{ input: { kind: "tick" }, facts: [] },
      }),
    );
    await store.journal.append(centreId, epoch, entries);
    const command = rebuild(loaded, { cancel: false, lookEveryMs: 5 });
    await expect.poll(() => out[0], { timeout: 30_000 }).toMatch(/^0 % /);
    const projector = await store.projections.open(centreId, epoch);
    await command;
    expect(out.at(-1)).toBe("History and figures are built again.");
    expect(projector.figures).toMatchObject({ seq: 900, behind: 0 });
    await projector.close();
  }, 60_000);

  it("cancels what was asked for", async () => {
    await store.projections.requestRebuild(centreId);
    await rebuild(loaded, { cancel: true });
    await rebuild(loaded, { cancel: true });
    expect(out).toEqual(["Cancelled. History and figures stay as they are.", "No rebuild was going on."]);
    expect(await store.projections.rebuildProgress(centreId)).toBe(null);
  });
});
