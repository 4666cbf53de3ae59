import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { centreSchema, type Input } from "@centrala/contract";
import { required } from "@centrala/kit";
import { openStore, type Store } from "@centrala/store";
import { testDatabase } from "@centrala/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CentreCore } from "../app.ts";
import { preparePlaces } from "../places.ts";
import { Centres } from "./centres.ts";
import type { PhoneOfCentres } from "./phone-of-centres.ts";
import { silentLog } from "./testing/silent-log.ts";

let store: Store;
let stop: () => Promise<void>;
let data: string;

beforeAll(async () => {
  const database = await testDatabase();
  store = await openStore({ connection: database.connection, encryptionKey: new Uint8Array(32) });
  data = await mkdtemp(join(tmpdir(), "centrala-centres-"));
  stop = async () => {
    await store.close();
    await database.stop();
    await rm(data, { recursive: true, force: true });
  };
});
afterAll(() => stop());

const settings = centreSchema.parse({
  kind: "home",
  country: "BG",
  language: "bg",
  timeZone: "Europe/Sofia",
  name: "A",
});

async function newCentre(slug: string): Promise<string> {
  const made = await store.centres.create(slug, settings);
  if (!made.ok) throw new Error(made.message);
  return made.value.id;
}

function centresOf(phone: PhoneOfCentres): Centres {
  const places = preparePlaces(data);
  const log = silentLog();
  const options = { store, places, log, clock: Date.now, nodeId: "one", sole: true, onJournal: () => undefined };
  return new Centres(options, () => phone);
}

/** An input that gives a fact. */
function anything(core: CentreCore): Input {
  const { core: config } = core.state.config;
  return { kind: "configured", config: { ...config, version: config.version + 1 } };
}

describe("a centre that another server takes", () => {
  it("is closed here with its calls, and the other centres go on", async () => {
    const [first, second] = [await newCentre("first"), await newCentre("second")];
    const done: string[] = [];
    const phone = {
      perform: (centreId: string, command: { readonly kind: string; readonly legId?: string }) =>
        void done.push(`${command.kind} ${centreId === first ? "first" : centreId} ${command.legId}`),
      legsOf: () => ({ alive: () => new Set(["leg1-1"]), dropUnknown: () => undefined }),
      recoverBeforeStart: async () => undefined,
      onEvent: () => () => void done.push("parted"),
      configure: async () => undefined,
      forget: async () => void done.push("forgotten"),
      deviceReachable: () => false,
    } as unknown as PhoneOfCentres;
    const centres = centresOf(phone);
    await centres.startAll();
    expect([...centres.running.keys()].sort()).toEqual([first, second].sort());

    const closed = new Promise<string>((resolve) => centres.onClosed(resolve));
    const taken = await store.journal.acquireLease(first, "two", 60_000, true);
    expect(taken.ok).toBe(true);
    const core = required(centres.running.get(first), "the first centre").core;
    const outcome = await core.submit(anything(core));
    expect(outcome).toMatchObject({ ok: false, code: "STOPPED" });
    expect(await closed).toBe(first);
    expect(done.slice(0, 2)).toEqual(["parted", "dropLeg first leg1-1"]);
    expect([...centres.running.keys()]).toEqual([second]);
    const other = required(centres.running.get(second), "the second centre").core;
    expect(await other.submit(anything(other))).toMatchObject({
      ok: true,
    });
    expect(await store.journal.acquireLease(second, "two", 60_000)).toMatchObject({ ok: false, code: "LEASE_HELD" });
    await centres.close();
  });
});

describe("a centre that could not be opened to its end", () => {
  it("does not stand there half open: it is opened when it is asked for again", async () => {
    const id = await newCentre("half");
    const done: string[] = [];
    let isAway = true;
    const phone = {
      perform: () => undefined,
      legsOf: () => ({ alive: () => new Set(), dropUnknown: () => undefined }),
      recoverBeforeStart: async () => undefined,
      onEvent: () => {
        done.push(centres.running.has(id) ? "has calls" : "hears of calls");
        return () => undefined;
      },
      configure: async () => {
        if (isAway) throw new Error("the database is away");
      },
      forget: async () => void done.push("forgotten"),
      deviceReachable: () => false,
    } as unknown as PhoneOfCentres;
    const centres = centresOf(phone);
    await expect(centres.start(id)).rejects.toThrow("the database is away");
    expect([done, [...centres.running.keys()]]).toEqual([["hears of calls", "forgotten"], []]);
    isAway = false;
    const { core } = await centres.start(id);
    expect(await core.submit(anything(core))).toMatchObject({ ok: true });
    await centres.close();
  });
});
