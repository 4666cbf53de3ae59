import { entitySchemas } from "@centrala/contract";
import pg from "pg";
import { expect, it } from "vitest";
import { openStore } from "../open.ts";
import { centreScope, tracesPerContactMax } from "../port.ts";
import { centreTables, clientTables, directoryTables } from "../schema.ts";
import { testDatabase } from "../testing/cluster.ts";
import { entry, exampleCentre, newCentre, onBothServers, started } from "../testing/suite.ts";

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield line;
}

async function query(connection: pg.ClientConfig, text: string, values: unknown[] = [], centreId?: string) {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    if (centreId !== undefined) await client.query("SELECT set_config('app.centre', $1, false)", [centreId]);
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

onBothServers("walls between centres", (fixture) => {
  it("enforces row-level security on every table but the documented directory tables", async () => {
    const rows = await query(
      fixture().database.superuser,
      `SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS walled,
         (SELECT string_agg(p.polname, ' ' ORDER BY p.polname) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
       FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`,
    );
    const named = (walled: boolean) => rows.filter((row) => row.walled === walled).map((row) => row.name);
    expect(named(false)).toEqual([...directoryTables].sort());
    expect(named(true)).toEqual([...centreTables].sort());
    const withPolicies = (policies: string) => rows.filter((row) => row.policies === policies).map((row) => row.name);
    expect(withPolicies("own_centre own_clients")).toEqual([...clientTables].sort());
    const others = centreTables.filter((table) => !clientTables.some((name) => name === table));
    expect(withPolicies("own_centre")).toEqual(others.sort());
  });

  it("knows every table that names a client, so that none stands without the wall", async () => {
    const rows = await query(
      fixture().database.superuser,
      `SELECT table_name AS name, is_nullable AS nullable FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name = 'client_id' ORDER BY 1`,
    );
    expect(
      rows.filter(({ name, nullable }) => nullable === "YES" || !clientTables.some((own) => own === name)),
    ).toEqual([]);
    expect(rows.map(({ name }) => name)).toContain("customer");
  });

  it("puts the centre first in every primary key", async () => {
    const rows = await query(
      fixture().database.superuser,
      `SELECT c.relname AS name, a.attname AS first FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
       WHERE i.indisprimary AND c.relrowsecurity`,
    );
    expect(rows.filter((row) => row.first !== "centre_id")).toEqual([]);
    expect(rows).toHaveLength(centreTables.length);
  });

  it("hides another centre's rows in every table, and all of them when no centre is set", async () => {
    const { store, database } = fixture();
    const [mine, other] = [await newCentre(fixture()), await newCentre(fixture())];
    const lease = await store.journal.acquireLease(mine, "me", 1_000);
    const epoch = lease.ok ? lease.value.epoch : 0;
    const projector = await store.projections.open(mine, epoch);
    await store.journal.append(mine, epoch, [entry(1, 1, [started("a")])]);
    await projector.reached(1);
    await store.customers.create(centreScope(mine), {
      clientId: null,
      name: "Иван",
      company: "",
      language: null,
      handles: [],
      fields: {},
    });
    await store.entities.put(mine, "skill", { id: "x", name: "X" });
    await store.audit.add(mine, { who: "me", what: "test", target: "x" });
    const counts = async (centreId?: string) => {
      const parts = centreTables.map((table) => `SELECT '${table}' AS name, count(*)::integer AS rows FROM ${table}`);
      const rows = await query(database.connection, parts.join(" UNION ALL "), [], centreId);
      return Object.fromEntries(rows.filter((row) => row.rows > 0).map((row) => [row.name, row.rows]));
    };
    expect(await counts(mine)).toEqual({
      audit: 1,
      centre: 1,
      contact: 1,
      customer: 1,
      customer_word: 1,
      customer_words: 1,
      entity: 1,
      journal: 1,
      journal_contact: 1,
      lease: 1,
      projection: 1,
    });
    expect(await counts(other)).toEqual({ centre: 1 });
    expect(await counts()).toEqual({});
    expect(await store.contacts.get(centreScope(other), "a")).toBeUndefined();
    expect(await store.customers.search(centreScope(other), "Иван")).toEqual({ items: [], nextCursor: null });
  });

  it("refuses to write into another centre", async () => {
    const { database } = fixture();
    const [mine, other] = [await newCentre(fixture()), await newCentre(fixture())];
    const insert = "INSERT INTO audit (centre_id, at, who, what, target, detail) VALUES ($1, 0, '', '', '', '{}')";
    await expect(query(database.connection, insert, [other], mine)).rejects.toMatchObject({ code: "42501" });
  });

  it("takes an id that is no centre's for nobody's", async () => {
    const { store } = fixture();
    await expect(store.contacts.list(centreScope("x' OR true --"), {})).rejects.toMatchObject({
      code: "CENTRE_UNKNOWN",
    });
    await expect(store.journal.lastSeq("'; DROP TABLE journal")).rejects.toMatchObject({ code: "CENTRE_UNKNOWN" });
    const nobody = "00000000-0000-7000-8000-000000000000";
    await expect(store.entities.loadConfig(nobody)).rejects.toMatchObject({ code: "CENTRE_UNKNOWN" });
    expect(await store.contacts.list(centreScope(nobody), {})).toEqual({ items: [], nextCursor: null });
  });

  it("refuses to start as a superuser, without the server, and with an edited migration", async () => {
    const { database } = fixture();
    const encryptionKey = new Uint8Array(32);
    await expect(openStore({ connection: database.superuser, encryptionKey })).rejects.toMatchObject({
      code: "DATABASE_SUPERUSER",
    });
    const nowhere = { host: "127.0.0.1", port: 1, database: "x", user: "x", password: "x" };
    await expect(openStore({ connection: nowhere, encryptionKey })).rejects.toMatchObject({ code: "DATABASE_AWAY" });
    const own = await testDatabase(fixture().server);
    await query(own.superuser, "UPDATE schema_migration SET checksum = 'x'");
    await expect(openStore({ connection: own.connection, encryptionKey })).rejects.toMatchObject({
      code: "MIGRATION_CHANGED",
    });
    await query(own.superuser, "UPDATE schema_migration SET version = version + 9999");
    await expect(openStore({ connection: own.connection, encryptionKey })).rejects.toMatchObject({
      code: "MIGRATION_NEWER",
    });
    await own.stop();
  });
});

onBothServers("telephony, audit and settings", (fixture) => {
  const store = () => fixture().store;

  it("keeps dialogs until their legs have ended", async () => {
    const { centreId } = fixture();
    const { dialogs } = store();
    await dialogs.save(centreId, "l1", "c1", { callId: "x", cseq: 1 });
    await dialogs.save(centreId, "l1", "c1", { callId: "x", cseq: 2 });
    await dialogs.save(centreId, "l2", null, {});
    expect(await dialogs.list(centreId)).toContainEqual({
      legId: "l1",
      contactId: "c1",
      dialog: { callId: "x", cseq: 2 },
      savedAt: fixture().now,
    });
    await dialogs.remove(centreId, ["l1", "l2"]);
    expect(await dialogs.list(centreId)).toEqual([]);
  });

  it("replaces a device's bindings and forgets expired ones", async () => {
    const { centreId, now } = fixture();
    const { bindings } = store();
    const binding = { uri: "sip:a@10.0.0.5:5060", binding: { q: 1 }, expiresAt: now + 1_000 };
    await bindings.save(centreId, "d1", [{ ...binding, uri: "sip:old" }]);
    await bindings.save(centreId, "d1", [binding]);
    await bindings.save(centreId, "d2", [{ ...binding, expiresAt: now }]);
    expect(await bindings.list(centreId)).toEqual([{ deviceId: "d1", ...binding }]);
    await bindings.save(centreId, "d1", []);
    expect(await bindings.list(centreId)).toEqual([]);
  });

  it("keeps SIP messages of a contact in order, up to the limit", async () => {
    const { centreId } = fixture();
    const { traces } = store();
    const message = {
      contactId: "a",
      legId: null,
      at: 5,
      direction: "in" as const,
      peer: "udp:1.2.3.4:5060",
      text: "INVITE\0",
    };
    await traces.append(centreId, [message, { ...message, direction: "out", text: "100" }]);
    await traces.append(
      centreId,
      Array.from({ length: tracesPerContactMax }, (_, index) => ({ ...message, at: 6, text: `${index}` })),
    );
    const found = await traces.ofContact(centreId, "a");
    expect(found.map((row) => row.text)).toEqual([
      "INVITE\ufffd",
      "100",
      ...Array.from({ length: tracesPerContactMax - 2 }, (_, index) => `${index}`),
    ]);
    expect(await traces.deleteBefore(centreId, 6)).toBe(1);
    expect((await traces.ofContact(centreId, "a")).at(0)).toEqual({ ...message, at: 6, text: "0" });
  });

  it("keeps SIP messages of a moment packed together, small, and reads those of rows of before beside them", async () => {
    const { centreId, database } = fixture();
    const { traces } = store();
    const text = `INVITE sip:100@192.0.2.1 SIP/2.0\r\n${"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK\r\n".repeat(40)}`;
    const message = (contactId: string, at: number) =>
      ({ contactId, legId: "leg", at, direction: "in", peer: "udp 192.0.2.1:5060", text }) as const;
    await query(
      database.superuser,
      "INSERT INTO sip_trace (centre_id, contact_id, at, messages) VALUES ($1, 'p', 1, $2)",
      [centreId, JSON.stringify([["leg", 1, "in", "udp 192.0.2.1:5060", text]])],
    );
    const gathered = Array.from({ length: 200 }, (_, index) => message(index % 2 === 0 ? "p" : "q", 10 + index));
    await traces.append(centreId, gathered);
    expect(await traces.ofContact(centreId, "p")).toEqual([
      message("p", 1),
      ...gathered.filter(({ contactId }) => contactId === "p"),
    ]);
    expect(await traces.ofContact(centreId, "q")).toEqual(gathered.filter(({ contactId }) => contactId === "q"));
    expect(await traces.ofContact(centreId, "r")).toEqual([]);
    const [{ bytes, chunks }] = (await query(
      database.superuser,
      "SELECT sum(length(packed))::integer AS bytes, count(*)::integer AS chunks FROM sip_trace_chunk WHERE centre_id = $1 AND at >= 10",
      [centreId],
    )) as [{ bytes: number; chunks: number }];
    expect([chunks, bytes < (text.length * 200) / 20]).toEqual([2, true]);
    expect(await traces.deleteBefore(centreId, 1_000)).toBeGreaterThan(3);
    expect(await traces.ofContact(centreId, "p")).toEqual([]);
  });

  it("lists the audit newest first, by target and person", async () => {
    const { centreId } = fixture();
    const { audit } = store();
    await audit.add(centreId, { who: "u1", what: "entity.put", target: "queue/sales", detail: { version: 2 } });
    await audit.add(centreId, { who: "u2", what: "entity.delete", target: "queue/old" });
    const all = (await audit.list(centreId)).items;
    expect(all.map((row) => [row.who, row.what, row.target, row.detail])).toEqual([
      ["u2", "entity.delete", "queue/old", {}],
      ["u1", "entity.put", "queue/sales", { version: 2 }],
    ]);
    expect((await audit.list(centreId, { who: "u1" })).items).toEqual(all.slice(1));
    expect((await audit.list(centreId, { target: "queue/old" })).items).toEqual(all.slice(0, 1));
  });

  it("keeps settings of the installation", async () => {
    const { settings } = store();
    expect(await settings.get("x")).toBeUndefined();
    await settings.put("x", { a: [1] });
    await settings.put("x", "text");
    expect(await settings.get("x")).toBe("text");
    await settings.delete("x");
    expect(await settings.get("x")).toBeUndefined();
  });
});

onBothServers("the archive", (fixture) => {
  const exported = async () => {
    const lines: string[] = [];
    await fixture().store.archive.exportTables(async (line) => {
      lines.push(line);
    });
    return lines;
  };

  it("brings everything back in an empty database, which then goes on", async () => {
    const { store } = fixture();
    const centreId = await newCentre(fixture());
    const lease = await store.journal.acquireLease(centreId, "me", 1_000);
    const epoch = lease.ok ? lease.value.epoch : 0;
    const projector = await store.projections.open(centreId, epoch);
    await store.journal.append(centreId, epoch, [entry(1, 1, [started("a")])]);
    await projector.reached(1);
    await store.audit.add(centreId, { who: "me", what: "line\nfeed", target: "x" });
    await store.settings.put("installed", { at: 1 });
    const registration = { username: "u", authUsername: null, password: "s3cret", expiresS: 300 };
    await store.entities.put(
      centreId,
      "trunk",
      entitySchemas.trunk.parse({ id: "t", name: "T", host: "h", registration }),
    );
    const { token } = await store.sessions.create(centreId, "u1", { ttlMs: 60_000 });
    const trace = {
      contactId: "a",
      legId: "leg",
      at: 5,
      direction: "in",
      peer: "udp 192.0.2.1:5060",
      text: "BYE",
    } as const;
    await store.traces.append(centreId, [trace]);
    const lines = await exported();
    expect(lines.filter((line) => line.includes("\n"))).toEqual([]);

    const target = await testDatabase(fixture().server);
    const encryptionKey = new Uint8Array(32).fill(7);
    const copy = await openStore({ connection: target.connection, encryptionKey, now: () => fixture().now });
    expect(await copy.archive.importTables(each(lines))).toEqual({ ok: true, value: { rows: lines.length - 2 } });
    const again: string[] = [];
    await copy.archive.exportTables(async (line) => {
      again.push(line);
    });
    expect([...again].sort()).toEqual([...lines].sort());
    expect((await copy.sessions.find(token))?.userId).toBe("u1");
    expect(await copy.secrets.get(centreId, "trunk", "t")).toBe("s3cret");
    await copy.traces.append(centreId, [{ ...trace, at: 6 }]);
    expect(await copy.traces.ofContact(centreId, "a")).toEqual([trace, { ...trace, at: 6 }]);
    await copy.audit.add(centreId, { who: "me", what: "after", target: "x" });
    expect((await copy.audit.list(centreId)).items.map((row) => row.what)).toEqual(["after", "line\nfeed"]);
    expect(await copy.archive.importTables(each(lines))).toMatchObject({ ok: false, code: "NOT_EMPTY" });
    await copy.close();
    await target.stop();
  });

  it("refuses what is cut off, foreign, newer or broken, and leaves the database empty", async () => {
    await newCentre(fixture());
    const lines = await exported();
    const target = await testDatabase(fixture().server);
    const copy = await openStore({ connection: target.connection, encryptionKey: new Uint8Array(32) });
    const outcome = async (changed: readonly string[]) => {
      const result = await copy.archive.importTables(each(changed));
      return result.ok ? "ok" : result.code;
    };
    const [head = "", ...rest] = lines;
    expect(await outcome(lines.slice(0, -1))).toBe("ARCHIVE_BROKEN");
    expect(await outcome(rest)).toBe("ARCHIVE_BROKEN");
    expect(await outcome([])).toBe("ARCHIVE_BROKEN");
    expect(await outcome([head, "not JSON"])).toBe("ARCHIVE_BROKEN");
    expect(await outcome([head, '{"table":"pg_authid","centre":null,"row":{"x":1}}'])).toBe("ARCHIVE_BROKEN");
    expect(await outcome([head, '{"table":"setting","centre":null,"row":{"nope":1}}'])).toBe("ARCHIVE_BROKEN");
    expect(await outcome([head, '{"table":"entity","centre":"x","row":{"id":"1"}}'])).toBe("ARCHIVE_BROKEN");
    expect(await outcome([head, ...rest.slice(1)])).toBe("ARCHIVE_BROKEN");
    expect(await outcome(['{"centrala":"archive","schema":9999}', ...rest])).toBe("SCHEMA_NEWER");
    expect(await copy.centres.list()).toEqual([]);
    expect(await copy.centres.create("fresh", exampleCentre)).toMatchObject({ ok: true });
    await copy.close();
    await target.stop();
  });
});
