import { type Entity, entitySchemas } from "@centrala/contract";
import { required } from "@centrala/kit";
import pg from "pg";
import { expect, it } from "vitest";
import { openStore } from "../open.ts";
import { failedAttemptsMax } from "../port.ts";
import { exampleCentre, newCentre, onBothServers } from "../testing/suite.ts";

function user(id: string, login: string, extension: string | null = null): Entity<"user"> {
  return entitySchemas.user.parse({ id, login, name: login, roles: ["operator"], extension });
}
let devices = 0;
/** With a user name of its own: they are unique in the installation. */
function device(id: string, userId: string, password: string | null): Entity<"device"> {
  devices += 1;
  return entitySchemas.device.parse({ id, userId, username: `${id}-phone-${devices}`, password });
}
function trunk(password: string | null): Entity<"trunk"> {
  const registration = { username: "359241234", password };
  return entitySchemas.trunk.parse({ id: "carrier", name: "Carrier", host: "sip.example.net", registration });
}

onBothServers("configuration", (fixture) => {
  const store = () => fixture().store;

  it("lists centres, refuses a slug twice, and keeps a centre's settings by version", async () => {
    const { centreId } = fixture();
    expect(await store().centres.list()).toContainEqual({ id: centreId, slug: "example", createdAt: fixture().now });
    expect(await store().centres.create("example", exampleCentre)).toMatchObject({ ok: false, code: "SLUG_TAKEN" });
    expect(await store().centres.get(centreId)).toEqual({ centre: exampleCentre, version: 1 });
    const renamed = { ...exampleCentre, name: "Renamed" };
    const put = await store().centres.put(centreId, renamed, 1);
    expect(put).toMatchObject({ ok: true, value: { version: 2 } });
    expect(await store().centres.put(centreId, exampleCentre, 1)).toMatchObject({ code: "VERSION_CONFLICT" });
    expect((await store().centres.get(centreId))?.centre).toEqual(renamed);
  });

  it("creates, replaces and deletes entities by version, and counts the configuration's version", async () => {
    const centreId = await newCentre(fixture());
    const { entities } = store();
    const skill = { id: "german", name: "German" };
    expect(await entities.put(centreId, "skill", skill, 0)).toEqual({
      ok: true,
      value: { version: 1, configVersion: 2 },
    });
    expect(await entities.put(centreId, "skill", skill, 0)).toMatchObject({ ok: false, code: "VERSION_CONFLICT" });
    expect(await entities.put(centreId, "skill", skill)).toEqual({ ok: true, value: { version: 1, configVersion: 2 } });
    const better = { id: "german", name: "German, spoken" };
    expect(await entities.put(centreId, "skill", better, 1)).toEqual({
      ok: true,
      value: { version: 2, configVersion: 3 },
    });
    expect(await entities.get(centreId, "skill", "german")).toEqual({
      value: better,
      version: 2,
      updatedAt: fixture().now,
    });
    expect(await entities.delete(centreId, "skill", "german")).toBe(true);
    expect(await entities.delete(centreId, "skill", "german")).toBe(false);
    expect(await entities.list(centreId, "skill")).toEqual([]);
    expect(await entities.configVersion(centreId)).toBe(4);
  });

  it("applies many changes at once or none", async () => {
    const centreId = await newCentre(fixture());
    const { entities } = store();
    await entities.put(centreId, "user", user("u1", "maria", "101"));
    const clash = await entities.apply(centreId, [
      { put: "skill", value: { id: "x", name: "X" } },
      { put: "user", value: user("u2", "maria") },
    ]);
    expect(clash).toMatchObject({ ok: false, code: "LOGIN_TAKEN" });
    expect(await entities.list(centreId, "skill")).toEqual([]);
    const moved = await entities.apply(centreId, [
      { put: "user", value: user("u2", "maria", "101") },
      { delete: "user", id: "u1" },
    ]);
    expect(moved).toMatchObject({ ok: true });
    const config = await entities.loadConfig(centreId);
    expect(config.user).toEqual([user("u2", "maria", "101")]);
    expect(config.version).toBe(3);
  });

  it("changes nothing that was judged by another configuration than is stored", async () => {
    const { centreId } = fixture();
    const { entities, centres } = store();
    const version = await entities.configVersion(centreId);
    const skill = { id: "judged", name: "Judged" };
    const moved = { ok: false, code: "CONFIG_MOVED" };
    expect(await entities.put(centreId, "skill", skill, undefined, version - 1)).toMatchObject(moved);
    expect(await entities.put(centreId, "skill", skill, undefined, version)).toMatchObject({ ok: true });
    const gone = [{ delete: "skill", id: "judged" }] as const;
    expect(await entities.apply(centreId, gone, undefined, version)).toMatchObject(moved);
    const settings = await centres.get(centreId);
    if (settings === undefined) throw new Error("the centre is there");
    expect(await centres.put(centreId, settings.centre, undefined, version)).toMatchObject(moved);
    expect(await entities.get(centreId, "skill", "judged")).toMatchObject({ value: skill });
    expect(await entities.apply(centreId, gone, undefined, version + 1)).toMatchObject({ ok: true });
  });

  it("names what is taken", async () => {
    const centreId = await newCentre(fixture());
    const first = device("d1", "u1", null);
    const { entities } = store();
    await entities.apply(centreId, [
      { put: "user", value: user("u1", "maria", "101") },
      { put: "device", value: first },
    ]);
    expect(await entities.put(centreId, "user", user("u2", "ivan", "101"))).toMatchObject({ code: "EXTENSION_TAKEN" });
    const same = { ...device("d2", "u1", null), username: first.username };
    expect(await entities.put(centreId, "device", same)).toMatchObject({ code: "USERNAME_TAKEN" });
  });

  it("gives a telephone's user name to one centre of the installation, until it lets it go", async () => {
    const [one, two] = [await newCentre(fixture()), await newCentre(fixture())];
    const { entities } = store();
    const phone = { ...device("d1", "u1", null), username: `shared-${one.slice(0, 8)}` };
    expect(await entities.put(one, "device", phone)).toMatchObject({ ok: true });
    expect(await entities.put(two, "device", phone)).toMatchObject({ code: "USERNAME_TAKEN" });
    expect(await entities.put(one, "device", { ...phone, name: "Renamed" })).toMatchObject({ ok: true });
    expect(await entities.put(one, "device", { ...phone, username: `${phone.username}-2` })).toMatchObject({
      ok: true,
    });
    expect(await entities.put(two, "device", phone)).toMatchObject({ ok: true });
    expect(await entities.put(one, "device", phone)).toMatchObject({ code: "USERNAME_TAKEN" });
    expect(await entities.delete(two, "device", "d1")).toBe(true);
    expect(await entities.put(one, "device", phone)).toMatchObject({ ok: true });
  });

  it("never gives a password back with its entity, keeps it when null is written, and drops it with the registration", async () => {
    const centreId = await newCentre(fixture());
    const { entities, secrets } = store();
    await entities.put(centreId, "trunk", trunk("s3cret of one"));
    expect((await entities.get(centreId, "trunk", "carrier"))?.value.registration?.password).toBeNull();
    expect(await secrets.get(centreId, "trunk", "carrier")).toBe("s3cret of one");
    await entities.put(centreId, "trunk", { ...trunk(null), name: "Carrier 2" });
    expect(await secrets.list(centreId, "trunk")).toEqual(new Map([["carrier", "s3cret of one"]]));
    await entities.put(centreId, "trunk", { ...trunk(null), registration: null });
    expect(await secrets.get(centreId, "trunk", "carrier")).toBeUndefined();
  });

  it("stores passwords so that neither another key nor another row opens them", async () => {
    const { database } = fixture();
    const centreId = await newCentre(fixture());
    const { entities } = store();
    await entities.put(centreId, "device", device("d1", "u1", "s3cret of one"));
    await entities.put(centreId, "device", device("d2", "u1", "0ther of two"));
    const client = new pg.Client(database.superuser);
    await client.connect();
    const { rows } = await client.query("SELECT * FROM secret");
    expect(JSON.stringify(rows) + rows.map((row) => String(row.sealed)).join()).not.toContain("s3cret of one");
    await client.query(
      "UPDATE secret a SET sealed = b.sealed FROM secret b WHERE a.centre_id = $1 AND b.centre_id = $1 AND a.id = 'd2' AND b.id = 'd1'",
      [centreId],
    );
    await client.end();
    await expect(store().secrets.get(centreId, "device", "d2")).rejects.toMatchObject({ code: "KEY_WRONG" });
    const other = await openStore({ connection: database.connection, encryptionKey: new Uint8Array(32).fill(8) });
    await expect(other.secrets.get(centreId, "device", "d1")).rejects.toMatchObject({ code: "KEY_WRONG" });
    await other.close();
  });

  it("finds the centres of a login and of a host", async () => {
    const [one, two] = [await newCentre(fixture()), await newCentre(fixture())];
    const { entities, centres } = store();
    await entities.put(one, "user", user("u1", "petya"));
    await entities.put(two, "user", user("u1", "petya"));
    expect(await centres.findByLogin(" Petya ")).toEqual([one, two].sort());
    await entities.put(two, "user", user("u1", "petia"));
    expect(await centres.findByLogin("petya")).toEqual([one]);
    await entities.delete(one, "user", "u1");
    expect(await centres.findByLogin("petya")).toEqual([]);
    await centres.setHost("Calls.Example.org", one);
    expect(await centres.findByHost("calls.example.org")).toBe(one);
    await centres.setHost("calls.example.org", null);
    expect(await centres.findByHost("calls.example.org")).toBeUndefined();
  });
});

onBothServers("access", (fixture) => {
  const store = () => fixture().store;

  it("checks passwords and says nothing about unknown users", async () => {
    const { centreId } = fixture();
    const { credentials } = store();
    await credentials.setPassword(centreId, "u1", "correct horse");
    expect(await credentials.hasPassword(centreId, "u1")).toBe(true);
    expect(await credentials.verify(centreId, "u1", "correct horse")).toEqual({ ok: true });
    expect(await credentials.verify(centreId, "u1", "wrong")).toEqual({ ok: false, code: "WRONG", until: null });
    expect(await credentials.verify(centreId, "u9", "wrong")).toEqual({ ok: false, code: "WRONG", until: null });
    expect(await credentials.verify(centreId, undefined, "wrong")).toEqual({ ok: false, code: "WRONG", until: null });
  });

  it("locks after wrong attempts, also for the right password, and opens again with time", async () => {
    const { centreId } = fixture();
    const { credentials } = store();
    await credentials.setPassword(centreId, "u2", "right");
    for (let attempt = 1; attempt < failedAttemptsMax; attempt += 1) await credentials.verify(centreId, "u2", "wrong");
    const until = fixture().now + 60_000;
    expect(await credentials.verify(centreId, "u2", "wrong")).toEqual({ ok: false, code: "WRONG", until });
    expect(await credentials.verify(centreId, "u2", "right")).toEqual({ ok: false, code: "LOCKED", until });
    fixture().now += 60_000;
    expect(await credentials.verify(centreId, "u2", "right")).toEqual({ ok: true });
  });

  it("finds a session by its token until it expires or is revoked, and prolongs it when used", async () => {
    const { centreId } = fixture();
    const { sessions } = store();
    const { token, session } = await sessions.create(centreId, "u1", { ttlMs: 600_000, ip: "::1", agent: "test" });
    expect(await sessions.find(token)).toEqual(session);
    fixture().now += 120_000;
    const prolonged = { ...session, seenAt: fixture().now, expiresAt: fixture().now + 600_000 };
    expect(await sessions.find(token, 600_000)).toEqual(prolonged);
    expect(await sessions.list(centreId, "u1")).toEqual([prolonged]);
    expect(await sessions.find("unknown")).toBeUndefined();
    fixture().now = prolonged.expiresAt;
    expect(await sessions.find(token)).toBeUndefined();
    expect(await sessions.deleteExpired()).toBe(1);
    const [a, b] = [
      await sessions.create(centreId, "u1", { ttlMs: 1_000 }),
      await sessions.create(centreId, "u1", { ttlMs: 1_000 }),
    ];
    expect(await sessions.revokeAll(centreId, "u1", b.session.id)).toBe(1);
    expect([await sessions.find(a.token), (await sessions.find(b.token))?.id]).toEqual([undefined, b.session.id]);
    await sessions.revoke(centreId, b.session.id);
    expect(await sessions.find(b.token)).toBeUndefined();
  });

  it("knows without the database who was found before, and writes down together when they were seen", async () => {
    const { database, centreId } = fixture();
    const encryptionKey = new Uint8Array(32).fill(7);
    const elsewhere = await openStore({ connection: database.connection, encryptionKey, now: () => fixture().now });
    const { sessions, tokens } = store();
    const [a, b] = [
      await sessions.create(centreId, "u7", { ttlMs: 600_000 }),
      await sessions.create(centreId, "u7", { ttlMs: 600_000 }),
    ];
    const machine = await tokens.create(centreId, { name: "m", roles: ["manager"], createdBy: null, ttlMs: null });
    for (const { token } of [a, b]) await sessions.find(token);
    await tokens.find(machine.token);
    await elsewhere.sessions.revoke(centreId, b.session.id);
    await elsewhere.tokens.revoke(centreId, machine.row.id);
    fixture().now += 30_000;
    const at = fixture().now;
    expect([(await sessions.find(a.token))?.id, (await sessions.find(b.token))?.id]).toEqual([
      a.session.id,
      b.session.id,
    ]);
    expect((await tokens.find(machine.token))?.id).toBe(machine.row.id);
    expect((await elsewhere.sessions.list(centreId, "u7"))[0]?.seenAt).toBe(at - 30_000);
    await sessions.confirm(1_000_000);
    await tokens.confirm();
    expect([await sessions.find(b.token), await tokens.find(machine.token)]).toEqual([undefined, undefined]);
    const [seen, ...others] = await elsewhere.sessions.list(centreId, "u7");
    expect([seen?.id, seen?.seenAt, seen?.expiresAt, others]).toEqual([a.session.id, at, at + 1_000_000, []]);
    const kept = await tokens.create(centreId, { name: "k", roles: ["manager"], createdBy: null, ttlMs: null });
    await tokens.find(kept.token);
    fixture().now += 30_000;
    await tokens.find(kept.token);
    await tokens.confirm();
    const list = await elsewhere.tokens.list(centreId);
    expect(list.find(({ id }) => id === kept.row.id)?.seenAt).toBe(fixture().now);
    await tokens.revoke(centreId, kept.row.id);
    await elsewhere.close();
  });

  it("gives an invitation to one of two who redeem it", async () => {
    const { centreId } = fixture();
    const { invitations } = store();
    const { token, invitation } = await invitations.create(centreId, "u1", 60_000);
    expect(await invitations.find(token)).toEqual(invitation);
    const both = await Promise.all([invitations.redeem(token), invitations.redeem(token)]);
    expect(both.filter((found) => found !== undefined)).toEqual([{ ...invitation, usedAt: fixture().now }]);
    expect(await invitations.find(token)).toBeUndefined();
    fixture().now += 1;
    const late = await invitations.create(centreId, null, 60_000);
    fixture().now += 60_000;
    expect(await invitations.redeem(late.token)).toBeUndefined();
    expect((await invitations.list(centreId)).items.map((item) => item.id)).toEqual([
      late.invitation.id,
      invitation.id,
    ]);
    const unused = await invitations.create(centreId, "u1", 60_000);
    await invitations.revokeAllOf(centreId, ["u1", "u2"]);
    expect(await invitations.find(unused.token)).toBeUndefined();
    expect((await invitations.list(centreId)).items.map((item) => item.id)).toEqual([
      late.invitation.id,
      invitation.id,
    ]);
  });

  it("knows machine tokens until they run out or are revoked", async () => {
    const { centreId } = fixture();
    const { tokens } = store();
    const roles = ["manager"] as const;
    const made = await tokens.create(centreId, { name: "import", roles, createdBy: "u1", ttlMs: null });
    expect(made.token).toMatch(/^ct_[\w-]{43}$/);
    expect(await tokens.find(made.token)).toEqual({ ...made.row, seenAt: fixture().now });
    fixture().now += 1;
    const short = await tokens.create(centreId, { name: "short", roles, createdBy: null, ttlMs: 1_000 });
    fixture().now += 1_000;
    expect(await tokens.find(short.token)).toBeUndefined();
    expect((await tokens.list(centreId)).map((token) => token.name)).toEqual(["import", "short"]);
    expect(await tokens.revoke(centreId, made.row.id)).toBe(true);
    expect(await tokens.find(made.token)).toBeUndefined();
  });

  it("takes a user's password, sessions and invitations away with the user", async () => {
    const centreId = await newCentre(fixture());
    const { entities, credentials, sessions, invitations } = store();
    await entities.put(centreId, "user", user("u1", "maria"));
    await credentials.setPassword(centreId, "u1", "right");
    const session = await sessions.create(centreId, "u1", { ttlMs: 60_000 });
    const invitation = await invitations.create(centreId, "u1", 60_000);
    await entities.delete(centreId, "user", "u1");
    expect(await credentials.hasPassword(centreId, "u1")).toBe(false);
    expect(await sessions.find(session.token)).toBeUndefined();
    expect(await invitations.find(invitation.token)).toBeUndefined();
  });

  it("keeps no token that could be used", async () => {
    const { centreId, database } = fixture();
    const { token } = await store().sessions.create(centreId, "u1", { ttlMs: 60_000 });
    const client = new pg.Client(database.superuser);
    await client.connect();
    const { rows } = await client.query(
      "SELECT row_to_json(s)::text AS line FROM session s UNION ALL SELECT row_to_json(d)::text FROM directory d",
    );
    await client.end();
    expect(required(rows[0], "a row").line).toContain("_hash");
    expect(rows.filter((row) => String(row.line).includes(token))).toEqual([]);
  });
});
