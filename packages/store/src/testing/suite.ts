import { required } from "@centrala/kit";
import { afterAll, beforeAll, describe } from "vitest";
import { openStore } from "../open.ts";
import type { Store } from "../port.ts";
import { isAvailable, keepTestClusters, type TestDatabase, type TestServer, testDatabase } from "./cluster.ts";
import { exampleCentre } from "./examples.ts";

export { entry, exampleCentre, started } from "./examples.ts";

/** What a suite gets: a store with a clock of its own and one centre in it. */
export type Fixture = {
  readonly store: Store;
  readonly server: TestServer;
  readonly database: TestDatabase;
  readonly centreId: string;
  /** The store's clock, in ms. */
  now: number;
};

afterAll(keepTestClusters(), 60_000);

const startAt = 1_790_000_000_000;

/** The same suite against the newest and the oldest PostgreSQL. What can't run here is named, not passed over. */
export function onBothServers(name: string, suite: (fixture: () => Fixture) => void): void {
  for (const server of ["embedded", "system"] as const) describeOn(server, name, suite);
}

function describeOn(server: TestServer, name: string, suite: (fixture: () => Fixture) => void): void {
  const label = server === "embedded" ? "embedded PostgreSQL 18" : "PostgreSQL 15";
  describe(`${name}, ${label}`, async () => {
    if (!(await isAvailable(server))) {
      console.warn(`LEFT OUT: ${name} on ${label}. Install the Debian package "postgresql-15" to run it.`);
      describe.skip("not installed here", () => undefined);
      return;
    }
    let fixture: Fixture | undefined;
    beforeAll(async () => {
      fixture = await openFixture(server);
    }, 60_000);
    afterAll(async () => {
      await fixture?.store.close();
      await fixture?.database.stop();
    }, 60_000);
    suite(() => required(fixture, "fixture"));
  });
}

async function openFixture(server: TestServer): Promise<Fixture> {
  const database = await testDatabase(server);
  const clock = { now: startAt };
  const encryptionKey = new Uint8Array(32).fill(7);
  const store = await openStore({ connection: database.connection, encryptionKey, now: () => clock.now });
  const made = await store.centres.create("example", exampleCentre);
  if (!made.ok) throw new Error(made.message);
  return Object.assign(clock, { store, server, database, centreId: made.value.id });
}

let centres = 0;
/** A further centre, so that a test starts from an empty one. */
export async function newCentre(fixture: Fixture): Promise<string> {
  centres += 1;
  const made = await fixture.store.centres.create(`centre-${centres}`, exampleCentre);
  if (!made.ok) throw new Error(made.message);
  return made.value.id;
}
