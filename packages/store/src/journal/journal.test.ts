import type { Fact, JournalEntry } from "@centrala/contract";
import pg from "pg";
import { expect, it } from "vitest";
import { StoreError } from "../error.ts";
import { openStore } from "../open.ts";
import { entry, newCentre, onBothServers, started } from "../testing/suite.ts";

async function collect(entries: AsyncIterable<JournalEntry>): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = [];
  for await (const found of entries) all.push(found);
  return all;
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
  );

onBothServers("the journal", (fixture) => {
  const journal = () => fixture().store.journal;
  const open = async () => {
    const centreId = await newCentre(fixture());
    const lease = await journal().acquireLease(centreId, "one", 60_000);
    return { centreId, epoch: lease.ok ? lease.value.epoch : 0 };
  };

  it("gives entries back as they were written, in order", async () => {
    const { centreId, epoch } = await open();
    const entries = [
      entry(1, 10, [started("a")]),
      entry(2, 11, []),
      entry(3, 11, [{ kind: "recovered", legsLost: 0, aliveUntil: null }]),
    ];
    await journal().append(centreId, epoch, entries);
    expect(await collect(journal().readFrom(centreId, 1))).toEqual(entries);
    expect(await collect(journal().readFrom(centreId, 3))).toEqual(entries.slice(2));
    expect(await journal().lastSeq(centreId)).toBe(3);
  });

  it("reads more entries than one portion holds", async () => {
    const { centreId, epoch } = await open();
    const entries = Array.from({ length: 1_000 }, (_, index) => entry(index + 1, index, []));
    await journal().append(centreId, epoch, entries);
    await journal().append(centreId, epoch, [entry(1_001, 1_001, [])]);
    expect((await collect(journal().readFrom(centreId, 1))).map((found) => found.seq)).toEqual(
      Array.from({ length: 1_001 }, (_, index) => index + 1),
    );
  });

  it("refuses to go on over an entry whose shape is broken", async () => {
    const { centreId, epoch } = await open();
    await journal().append(centreId, epoch, [entry(1, 10, [])]);
    const client = new pg.Client(fixture().database.superuser);
    await client.connect();
    const broken = "INSERT INTO journal (centre_id, seq, at, version, input, facts) VALUES ($1, 2, 11, 1, '{}', '[]')";
    await client.query(broken, [centreId]);
    await client.end();
    expect(await codeOf(collect(journal().readFrom(centreId, 1)))).toBe("DATABASE_ERROR");
  });

  it("finds the entries of one contact, by input and by fact", async () => {
    const { centreId, epoch } = await open();
    const hungUp = entry(3, 12, [], { kind: "hungUp", contactId: "a", operatorId: "maria" });
    const entries = [entry(1, 10, [started("a"), started("b")]), entry(2, 11, [started("c")]), hungUp];
    await journal().append(centreId, epoch, entries);
    expect((await journal().readContact(centreId, "a")).map((found) => found.seq)).toEqual([1, 3]);
    expect((await journal().readContact(centreId, "b")).map((found) => found.seq)).toEqual([1]);
    expect(await journal().readContact(centreId, "nobody")).toEqual([]);
  });

  it("takes the same entries again after an unknown outcome without doing them twice", async () => {
    const { centreId, epoch } = await open();
    const leave: Fact = { kind: "queueLeft", contactId: "a", queueId: "sales", reason: "answered", waitedMs: 700 };
    const entries = [entry(1, 10, [started("a")]), entry(2, 11, [leave])];
    await journal().append(centreId, epoch, entries);
    await journal().append(centreId, epoch, entries);
    await journal().append(centreId, epoch, [...entries, entry(3, 12, [leave])]);
    expect((await collect(journal().readFrom(centreId, 1))).map((found) => found.seq)).toEqual([1, 2, 3]);
  });

  it("refuses another entry at a seq that is taken, and a gap", async () => {
    const { centreId, epoch } = await open();
    await journal().append(centreId, epoch, [entry(1, 10, [])]);
    expect(await codeOf(journal().append(centreId, epoch, [entry(1, 99, [])]))).toBe("SEQ_CONFLICT");
    expect(await codeOf(journal().append(centreId, epoch, [entry(3, 12, [])]))).toBe("SEQ_CONFLICT");
    expect(await journal().lastSeq(centreId)).toBe(1);
  });

  it("refuses a writer whose lease was taken over", async () => {
    const { centreId, epoch } = await open();
    await journal().append(centreId, epoch, [entry(1, 10, [])]);
    const taken = await journal().acquireLease(centreId, "two", 60_000, true);
    expect(taken).toMatchObject({ ok: true, value: { epoch: epoch + 1 } });
    expect(await codeOf(journal().append(centreId, epoch, [entry(2, 11, [])]))).toBe("FENCED");
    expect(await codeOf(journal().append(centreId, epoch, [entry(1, 10, [])]))).toBe("FENCED");
    await journal().append(centreId, epoch + 1, [entry(2, 12, [])]);
    expect((await collect(journal().readFrom(centreId, 2))).map((found) => found.at)).toEqual([12]);
  });

  it("refuses every other write of a process that lost the lease, and lets it take the lease again", async () => {
    const { centreId, epoch } = await open();
    const { store, database } = fixture();
    await journal().saveSnapshot(centreId, 1, 0, { small: true });
    // Another process, by the same database.
    const other = await openStore({ connection: database.connection, encryptionKey: new Uint8Array(32).fill(7) });
    expect(await other.journal.acquireLease(centreId, "two", 60_000, true)).toMatchObject({ ok: true });
    const trace = { contactId: "a", legId: "l", at: 1, direction: "in" as const, peer: "p", text: "INVITE" };
    const writes = [
      journal().saveSnapshot(centreId, 1, 5, { of: "a state that is over" }),
      store.dialogs.change(centreId, [{ legId: "l", contactId: "a", dialog: "d" }], []),
      store.bindings.save(centreId, "phone", []),
      store.traces.append(centreId, [trace]),
      store.entities.put(centreId, "skill", { id: "late", name: "Late" }),
    ];
    expect(await Promise.all(writes.map(codeOf))).toEqual(writes.map(() => "FENCED"));
    expect(await other.dialogs.list(centreId)).toEqual([]);
    expect(await other.journal.loadSnapshot(centreId, 1)).toMatchObject({ seq: 0 });
    expect(await journal().renewLease(centreId, epoch, 60_000)).toBe(false);
    expect(await journal().acquireLease(centreId, "one", 60_000, true)).toMatchObject({ ok: true });
    await store.dialogs.change(centreId, [{ legId: "l", contactId: "a", dialog: "d" }], []);
    expect(await store.dialogs.list(centreId)).toMatchObject([{ legId: "l" }]);
    await other.close();
  });

  it("gives the lease to one owner until it runs out, is released or is forced", async () => {
    const { centreId, epoch } = await open();
    expect(await journal().acquireLease(centreId, "two", 60_000)).toMatchObject({ ok: false, code: "LEASE_HELD" });
    expect(await journal().renewLease(centreId, epoch, 60_000)).toBe(true);
    const forced = await journal().acquireLease(centreId, "one", 60_000, true);
    expect(forced).toEqual({ ok: true, value: { epoch: epoch + 1, renewedAt: expect.any(Number) } });
    await journal().releaseLease(centreId, epoch + 1);
    expect(await journal().acquireLease(centreId, "two", 60_000)).toMatchObject({
      ok: true,
      value: { epoch: epoch + 2 },
    });
    expect(await journal().renewLease(centreId, epoch, 60_000)).toBe(false);
  });

  it("stores whatever characters a peer sends", async () => {
    const { centreId, epoch } = await open();
    const value = "a\0b \ud800 \\u0000 \u2028 😀";
    await journal().append(centreId, epoch, [
      entry(1, 10, [{ kind: "variableSet", contactId: "a", name: "x", value }]),
    ]);
    const [found] = await collect(journal().readFrom(centreId, 1));
    expect(found?.facts).toEqual([
      { kind: "variableSet", contactId: "a", name: "x", value: "a\ufffdb \ufffd \\u0000 \u2028 😀" },
    ]);
  });

  it("keeps the last three snapshots and gives the newest of the version asked for", async () => {
    const { centreId } = await open();
    for (const seq of [10, 20, 30, 40]) await journal().saveSnapshot(centreId, seq === 40 ? 2 : 1, seq, { seq });
    expect(await journal().loadSnapshot(centreId, 1)).toEqual({ seq: 30, state: { seq: 30 } });
    expect(await journal().loadSnapshot(centreId, 2)).toEqual({ seq: 40, state: { seq: 40 } });
    expect(await journal().loadSnapshot(centreId, 3)).toBeUndefined();
  });

  it("brings the addresses made since the last entry again, should the database have lost its last moment", async () => {
    const { centreId, epoch } = await open();
    const { store, database } = fixture();
    const made = async (e164: string) =>
      (await store.addresses.identify(centreId, { raw: e164, display: e164, e164 }, "main")).addressId;
    const client = new pg.Client(database.superuser);
    await client.connect();
    const lose = () => client.query("DELETE FROM address WHERE centre_id = $1", [centreId]);
    const first = await made("+359888000001");
    const second = await store.addresses.findOrCreate(centreId, {
      ...{ raw: "112", display: "112", e164: null },
    });
    await lose();
    await journal().append(centreId, epoch, [entry(1, 10, [started("a", { addressId: first })])]);
    expect((await store.addresses.getMany(centreId, [first, second])).size).toBe(2);
    await lose();
    const third = await made("+359888000003");
    await lose();
    // The long way: the first of these is there already.
    await journal().append(centreId, epoch, [
      entry(1, 10, [started("a", { addressId: first })]),
      entry(2, 11, [started("b", { addressId: third })]),
    ]);
    expect([...(await store.addresses.getMany(centreId, [first, second, third])).keys()]).toEqual([third]);
    await client.end();
  });

  it("refuses to change or to lose a line", async () => {
    const { database, centreId } = fixture();
    const client = new pg.Client(database.connection);
    await client.connect();
    await client.query("SELECT set_config('app.centre', $1, false)", [centreId]);
    for (const table of ["journal", "audit"]) {
      for (const statement of [`DELETE FROM ${table}`, `UPDATE ${table} SET at = 0`, `TRUNCATE ${table}`]) {
        await expect(client.query(statement)).rejects.toMatchObject({ code: "23001" });
      }
    }
    await client.end();
  });
});
