import { clientSchema, type Fact } from "@centrala/contract";
import pg from "pg";
import { expect, it } from "vitest";
import { type ContactFilter, type CustomerInput, centreScope } from "../port.ts";
import { entry, type Fixture, newCentre, onBothServers, started } from "../testing/suite.ts";

const talk = (contactId: string, operatorId: string): Fact => ({
  kind: "talkStarted",
  contactId,
  operatorId,
  legId: "l",
  roomId: "r",
  queueId: null,
});
const ended = (contactId: string, answered: boolean): Fact => ({
  kind: "contactEnded",
  contactId,
  code: answered ? "CUSTOMER_HUNG_UP" : "ABANDONED_IN_QUEUE",
  answered,
  endedKept: 2_000,
});
const queued = (contactId: string, queueId: string): Fact => ({
  kind: "enqueued",
  contactId,
  queueId,
  priority: 0,
  stepId: null,
  since: 0,
  until: null,
  reviewAt: null,
});

function blank(name: string, phone: string): CustomerInput {
  const handles = [{ kind: "phone" as const, value: phone, label: "" }];
  return { clientId: null, name, company: "", language: null, handles, fields: {} };
}

/** A centre, its lease, and a writer that counts the seqs. */
async function centre(fixture: Fixture) {
  const { store } = fixture;
  const centreId = await newCentre(fixture);
  const lease = await store.journal.acquireLease(centreId, "test", 60_000);
  const epoch = lease.ok ? lease.value.epoch : 0;
  await store.projections.open(centreId, epoch);
  let seq = 0;
  const write = async (at: number, ...facts: readonly Fact[]) => {
    seq += 1;
    await store.journal.append(centreId, epoch, [entry(seq, at, facts)]);
  };
  const address = (e164: string) => store.addresses.findOrCreate(centreId, { raw: e164, display: e164, e164 });
  return { centreId, write, address };
}

onBothServers("contacts", (fixture) => {
  const store = () => fixture().store;

  it("tells a call from its facts", async () => {
    const { centreId, write, address } = await centre(fixture());
    const addressId = await address("+359888123456");
    await write(1_000, started("a", { addressId, language: "bg" }));
    await write(2_000, queued("a", "sales"));
    expect(await store().contacts.get(centreScope(centreId), "a")).toMatchObject({ queueId: "sales", endedAt: null });
    await write(9_000, { kind: "queueLeft", contactId: "a", queueId: "sales", reason: "answered", waitedMs: 7_000 });
    await write(9_000, talk("a", "maria"), {
      kind: "recordingStarted",
      contactId: "a",
      recordingId: "rec",
      voicemail: false,
      queueId: null,
    });
    await write(12_000, { kind: "heldChanged", contactId: "a", operatorId: "maria", on: true, playId: null });
    await write(14_000, { kind: "heldChanged", contactId: "a", operatorId: "maria", on: false, playId: null });
    await write(20_000, { kind: "talkEnded", contactId: "a", operatorId: "maria", talkMs: 11_000, holdMs: 2_000 });
    await write(20_000, ended("a", true), {
      kind: "wrapUpStarted",
      contactId: "a",
      operatorId: "maria",
      until: 60_000,
    });
    await write(25_000, { kind: "dispositionSet", contactId: "a", operatorId: "maria", dispositionId: "sold" });
    await write(26_000, { kind: "wrapUpEnded", contactId: "a", operatorId: "maria", reason: "finished" });
    expect(await store().contacts.get(centreScope(centreId), "a")).toEqual({
      id: "a",
      direction: "inbound",
      clientId: "acme",
      trunkId: "carrier",
      numberId: "main",
      address: { id: addressId, raw: "+359888123456", display: "+359888123456", e164: "+359888123456" },
      calledAddressId: null,
      customerId: null,
      customerName: null,
      language: "bg",
      queueId: "sales",
      operatorId: "maria",
      operatorIds: ["maria"],
      startedAt: 1_000,
      answeredAt: 9_000,
      endedAt: 20_000,
      waitMs: 7_000,
      talkMs: 11_000,
      holdMs: 2_000,
      wrapUpMs: 6_000,
      offers: 0,
      dispositionId: "sold",
      endCode: "CUSTOMER_HUNG_UP",
      answered: true,
      voicemail: false,
      recorded: true,
      missed: false,
      reachedAt: null,
      missedClosedAt: null,
      missedClosedBy: null,
      missedCloseReason: null,
    });
  });

  it("finds contacts by every filter, newest first, in pages", async () => {
    const { centreId, write, address } = await centre(fixture());
    const mobile = await address("+359888123456");
    const sofia = await address("+35929876543");
    const made = await store().customers.create(centreScope(centreId), {
      clientId: "acme",
      name: "Мария Иванова",
      company: "",
      language: null,
      handles: [{ kind: "phone", value: "+35929876543", label: "" }],
      fields: {},
    });
    await write(100, started("a", { addressId: mobile }), queued("a", "sales"), talk("a", "maria"), ended("a", true));
    await write(200, started("b", { addressId: sofia, customerId: made.id, numberId: "second" }), ended("b", false));
    await write(300, started("c", { addressId: sofia, direction: "outbound", operatorId: "ivan", clientId: "globex" }));
    await write(400, { kind: "dispositionSet", contactId: "c", operatorId: "ivan", dispositionId: "sold" });
    await store().notes.put(centreScope(centreId), "a", "maria", "Wants 100% discount");
    const found = async (filter: ContactFilter) =>
      (await store().contacts.list(centreScope(centreId), filter)).items.map((row) => row.id);
    expect(await found({})).toEqual(["c", "b", "a"]);
    expect(await found({ from: 200, to: 300 })).toEqual(["b"]);
    expect(await found({ direction: "outbound" })).toEqual(["c"]);
    expect(await found({ clientId: "globex" })).toEqual(["c"]);
    expect(await found({ numberId: "second" })).toEqual(["b"]);
    expect(await found({ digits: "0888 123 456" })).toEqual(["a"]);
    expect(await found({ digits: "+3592" })).toEqual(["c", "b"]);
    expect(await found({ digits: "543" })).toEqual(["c", "b"]);
    expect(await found({ digits: "12" })).toEqual([]);
    expect(await found({ operatorId: "maria" })).toEqual(["a"]);
    expect(await found({ operatorId: "ivan" })).toEqual(["c"]);
    expect(await found({ queueId: "sales" })).toEqual(["a"]);
    expect(await found({ dispositionId: "sold" })).toEqual(["c"]);
    expect(await found({ answered: false, endCode: "ABANDONED_IN_QUEUE" })).toEqual(["b"]);
    expect(await found({ customerId: made.id })).toEqual(["b"]);
    expect(await found({ text: "мари" })).toEqual(["b"]);
    expect(await found({ text: "100% dis" })).toEqual(["a"]);
    expect(await found({ text: "100_" })).toEqual([]);
    expect(await store().contacts.count(centreScope(centreId), {})).toBe(3);
    expect(await store().contacts.count(centreScope(centreId), {}, 2)).toBe(2);
    const first = await store().contacts.list(centreScope(centreId), {}, { limit: 2 });
    const second = await store().contacts.list(centreScope(centreId), {}, { limit: 2, cursor: first.nextCursor });
    expect([...first.items, ...second.items].map((row) => row.id)).toEqual(["c", "b", "a"]);
    expect(second.nextCursor).toBeNull();
  });

  it("shows a customer's history by link and by number, but not what belongs to another customer", async () => {
    const { centreId, write, address } = await centre(fixture());
    const addressId = await address("+359888123456");
    const handles = [{ kind: "phone" as const, value: "+359888123456", label: "" }];
    const blank = { clientId: null, company: "", language: null, handles, fields: {} };
    const wife = await store().customers.create(centreScope(centreId), { ...blank, name: "Wife" });
    const man = await store().customers.create(centreScope(centreId), { ...blank, name: "Man" });
    await write(1, started("a", { addressId }));
    await write(2, started("b", { addressId, customerId: wife.id }));
    await write(3, started("c", { customerId: man.id }));
    const history = async (id: string) =>
      (await store().contacts.historyOfCustomer(centreScope(centreId), id)).items.map((row) => row.id);
    expect(await history(wife.id)).toEqual(["b", "a"]);
    expect(await history(man.id)).toEqual(["c", "a"]);
    const byAddress = await store().contacts.historyOfAddress(centreScope(centreId), addressId);
    expect(byAddress.items.map((row) => [row.id, row.customerName])).toEqual([
      ["b", "Wife"],
      ["a", null],
    ]);
  });

  it("lists missed callers once each until they are reached in either direction", async () => {
    const { centreId, write, address } = await centre(fixture());
    const [one, two, three] = [
      await address("+359888000001"),
      await address("+359888000002"),
      await address("+359888000003"),
    ];
    await write(
      100,
      started("a1", { addressId: one }),
      started("b1", { addressId: two }),
      started("c1", { addressId: three }),
    );
    await write(200, ended("a1", false), ended("b1", false), ended("c1", false));
    await write(300, started("a2", { addressId: one }), ended("a2", false));
    const list = async () =>
      (await store().missed.list(centreScope(centreId))).items.map(({ contact, calls, firstAt, lastAt }) => [
        contact.id,
        calls,
        firstAt,
        lastAt,
      ]);
    expect(await list()).toEqual(
      [
        ["a2", 2, 100, 300],
        ["b1", 1, 100, 100],
        ["c1", 1, 100, 100],
      ].sort((x, y) => compareCallers(x, y, { a2: one, b1: two, c1: three })),
    );
    // Calling back without an answer changes nothing; with one the caller is reached.
    await write(400, started("a3", { addressId: one, direction: "outbound", operatorId: "maria" }), ended("a3", false));
    expect(await store().missed.shares(centreScope(centreId))).toEqual([
      { queueIds: [], clientIds: ["acme"], callers: 3 },
    ]);
    await write(500, started("a4", { addressId: one, direction: "outbound", operatorId: "maria" }));
    await write(510, { kind: "legAnswered", contactId: "a4", legId: "a4-leg", trunkId: null });
    expect((await list()).map(([id]) => id)).not.toContain("a2");
    await write(600, started("b2", { addressId: two }), talk("b2", "maria"), ended("b2", true));
    expect(await list()).toEqual([["c1", 1, 100, 100]]);
    await write(700, started("c2", { addressId: three }), ended("c2", false));
    expect(await store().missed.close(centreScope(centreId), "c1", "maria", "wrong number")).toBe(1);
    expect(await list()).toEqual([["c2", 1, 700, 700]]);
    expect(await store().missed.close(centreScope(centreId), "c2", "maria", "done")).toBe(1);
    expect(await store().missed.shares(centreScope(centreId))).toEqual([]);
    expect(await store().contacts.get(centreScope(centreId), "c1")).toMatchObject({
      missedClosedBy: "maria",
      missedCloseReason: "wrong number",
    });
  });

  it("takes back a close whole, and only that one", async () => {
    const { centreId, write, address } = await centre(fixture());
    const addressId = await address("+359888000001");
    const list = async () =>
      (await store().missed.list(centreScope(centreId))).items.map(({ contact, calls }) => [contact.id, calls]);
    await write(100, started("a1", { addressId }), ended("a1", false));
    await store().missed.close(centreScope(centreId), "a1", "georgi", "wrong number");
    await write(200, started("a2", { addressId }), ended("a2", false));
    await write(300, started("a3", { addressId }), ended("a3", false));
    expect(await store().missed.close(centreScope(centreId), "a3", "maria", "reached")).toBe(2);
    expect(await list()).toEqual([]);
    expect(await store().missed.reopen(centreScope(centreId), "a3")).toBe(2);
    expect(await list()).toEqual([["a3", 2]]);
    expect(await store().contacts.get(centreScope(centreId), "a3")).toMatchObject({
      missedClosedAt: null,
      missedClosedBy: null,
      missedCloseReason: null,
    });
    expect(await store().missed.reopen(centreScope(centreId), "a3")).toBe(0);
    expect(await store().missed.reopen(centreScope(centreId), "unknown")).toBe(0);
  });

  it("gives the last five messages of a missed caller that can be heard, oldest first", async () => {
    const { centreId, write, address } = await centre(fixture());
    const addressId = await address("+359888000001");
    const leave = async (at: number, id: string, voicemail: boolean, whole: boolean) => {
      await write(
        at,
        started(id, { addressId }),
        { kind: "recordingStarted", contactId: id, recordingId: `${id}-rec`, voicemail, queueId: null },
        ended(id, false),
      );
      const recording = { durationMs: 9_000 + at, bytes: 1, sha256: "0".repeat(64) };
      if (whole)
        await write(at + 1, { kind: "recordingClosed", contactId: id, recordingId: `${id}-rec`, ...recording });
    };
    for (let place = 1; place <= 7; place += 1) await leave(place * 100, `m${place}`, true, true);
    await leave(800, "talk", false, true);
    await leave(900, "running", true, false);
    await store().recordings.markDeleted(centreScope(centreId), ["m6-rec"]);
    const { items } = await store().missed.list(centreScope(centreId));
    const left = [2, 3, 4, 5, 7].map((place) => ({
      recordingId: `m${place}-rec`,
      contactId: `m${place}`,
      queueId: null,
      startedAt: place * 100,
      durationMs: 9_000 + place * 100,
    }));
    expect(items.map(({ contact, messages }) => [contact.id, messages])).toEqual([["running", left]]);
  });

  it("lists a withheld number only with a message left, and narrows by queue", async () => {
    const { centreId, write, address } = await centre(fixture());
    await write(100, started("hidden"), ended("hidden", false));
    await write(200, started("spoke"), {
      kind: "recordingStarted",
      contactId: "spoke",
      recordingId: "v",
      voicemail: true,
      queueId: null,
    });
    await write(300, {
      kind: "contactEnded",
      contactId: "spoke",
      code: "VOICEMAIL_LEFT",
      answered: false,
      endedKept: 2_000,
    });
    await write(
      400,
      started("q", { addressId: await address("+359888000009") }),
      queued("q", "sales"),
      ended("q", false),
    );
    const ids = async (queueId?: string) =>
      (await store().missed.list(centreScope(centreId), { queueId })).items.map((item) => [
        item.contact.id,
        item.voicemail,
      ]);
    expect(await ids()).toEqual([
      ["spoke", true],
      ["q", false],
    ]);
    expect(await ids("sales")).toEqual([["q", false]]);
    const first = await store().missed.list(centreScope(centreId), { limit: 1 });
    const next = await store().missed.list(centreScope(centreId), { limit: 1, cursor: first.nextCursor });
    expect([first, next].map((page) => page.items[0]?.contact.id)).toEqual(["spoke", "q"]);
  });

  it("lists and counts what a person may work off: their queues' callers and those of no queue", async () => {
    const { centreId, write, address } = await centre(fixture());
    const [one, two, three] = [
      await address("+359888000011"),
      await address("+359888000012"),
      await address("+359888000013"),
    ];
    const missed = (at: number, id: string, addressId: string, queueId: string | null) =>
      write(at, started(id, { addressId }), ...(queueId === null ? [] : [queued(id, queueId)]), ended(id, false));
    await missed(100, "other", one, "complaints");
    await missed(200, "both-1", two, "complaints");
    await missed(300, "both-2", two, "sales");
    await missed(400, "none", three, null);
    const ids = async (query: Parameters<ReturnType<typeof store>["missed"]["list"]>[1]) =>
      (await store().missed.list(centreScope(centreId), query)).items.map((item) => [item.contact.id, item.calls]);
    expect(await ids({})).toEqual([
      ["other", 1],
      ["both-2", 2],
      ["none", 1],
    ]);
    // A page of one is full although the centre's first caller belongs to others.
    expect(await ids({ own: { queueIds: ["sales"], clientIds: [] }, limit: 1 })).toEqual([["both-2", 1]]);
    expect(await ids({ own: { queueIds: ["sales"], clientIds: ["acme"] } })).toEqual([
      ["both-2", 1],
      ["none", 1],
    ]);
    expect(await ids({ own: { queueIds: [], clientIds: ["acme"] } })).toEqual([["none", 1]]);
    expect(await ids({ own: { queueIds: ["sales"], clientIds: ["globex"] } })).toEqual([["both-2", 1]]);
    const shares = await store().missed.shares(centreScope(centreId));
    expect(shares.map(({ queueIds, clientIds, callers }) => [[...queueIds].sort(), clientIds, callers]).sort()).toEqual(
      [
        [[], ["acme"], 1],
        [["complaints"], [], 1],
        [["complaints", "sales"], [], 1],
      ],
    );
  });

  it("gives cards of older versions to the one client of all their contacts, else to the centre; with one client, to that", async () => {
    const { centreId, write, address } = await centre(fixture());
    const { customers, entities } = store();
    const cards = [
      await customers.create(centreScope(centreId), blank("linked", "+359888000021")),
      await customers.create(centreScope(centreId), blank("by number", "+359888000022")),
      await customers.create(centreScope(centreId), blank("of two", "+359888000023")),
      await customers.create(centreScope(centreId), blank("never called", "+359888000024")),
    ].map(({ id }) => id);
    const [linked = "", , ofTwo = ""] = cards;
    await write(100, started("a", { clientId: "acme", customerId: linked }), ended("a", true));
    await write(200, started("b", { clientId: "globex", addressId: await address("+359888000022") }), ended("b", true));
    for (const clientId of ["acme", "globex"])
      await write(300, started(`c-${clientId}`, { clientId, customerId: ofTwo }), ended(`c-${clientId}`, true));
    await store().contacts.list(centreScope(centreId), {});
    const settled = async () => {
      const client = new pg.Client(fixture().database.connection);
      await client.connect();
      await client.query("SELECT set_config('app.centre', $1, false)", [centreId]);
      await client.query("UPDATE customer SET client_id = ''");
      await client.query("SELECT settle_old_rows($1)", [centreId]);
      await client.end();
      return Promise.all(cards.map(async (id) => (await customers.get(centreScope(centreId), id))?.clientId));
    };
    for (const id of ["acme", "globex"]) await entities.put(centreId, "client", clientSchema.parse({ id, name: id }));
    expect(await settled()).toEqual(["acme", "globex", "~", "~"]);
    await entities.delete(centreId, "client", "globex");
    expect(await settled()).toEqual(["acme", "acme", "acme", "acme"]);
  });

  it("knows which recordings run, which are due, and which are deleted", async () => {
    const { centreId, write } = await centre(fixture());
    const begin = (recordingId: string): Fact => ({
      kind: "recordingStarted",
      contactId: "a",
      recordingId,
      voicemail: false,
      queueId: null,
    });
    await write(100, started("a"), begin("one"));
    await write(200, begin("two"));
    await write(300, begin("three"), {
      kind: "recordingFailed",
      contactId: "a",
      recordingId: "three",
      code: "DISK_FULL",
    });
    await write(400, {
      kind: "recordingClosed",
      contactId: "a",
      recordingId: "one",
      durationMs: 300,
      bytes: 4_800,
      sha256: "ab",
    });
    const { recordings } = store();
    const ids = (rows: readonly { readonly id: string }[]) => rows.map((row) => row.id);
    expect(ids(await recordings.listRunning(centreScope(centreId)))).toEqual(["two"]);
    expect(ids(await recordings.ofContact(centreScope(centreId), "a"))).toEqual(["one", "two", "three"]);
    expect(ids(await recordings.listDue(centreScope(centreId), 300))).toEqual(["one"]);
    await recordings.setPath(centreScope(centreId), "one", "a/one.wav");
    expect(await recordings.get(centreScope(centreId), "one")).toEqual({
      id: "one",
      contactId: "a",
      voicemail: false,
      startedAt: 100,
      state: "closed",
      durationMs: 300,
      bytes: 4_800,
      sha256: "ab",
      failCode: null,
      path: "a/one.wav",
      deletedAt: null,
    });
    await recordings.markDeleted(centreScope(centreId), ["one"]);
    expect(await recordings.get(centreScope(centreId), "one")).toMatchObject({
      state: "deleted",
      path: null,
      deletedAt: fixture().now,
    });
    expect(ids(await recordings.listDue(centreScope(centreId), 1_000))).toEqual(["three"]);
    expect(await recordings.countDue(centreScope(centreId), 1_000)).toBe(1);
    expect(await recordings.perDay(centreScope(centreId))).toBe(3);
    expect(ids(await recordings.listTrash(centreScope(centreId)))).toEqual(["one"]);
    expect(await recordings.listTrash(centreScope(centreId), fixture().now)).toEqual([]);
    expect(await recordings.restore(centreScope(centreId), "two")).toBe(false);
    expect(await recordings.restore(centreScope(centreId), "one")).toBe(true);
    expect(await recordings.get(centreScope(centreId), "one")).toMatchObject({ state: "closed", deletedAt: null });
    expect(ids(await recordings.listDue(centreScope(centreId), fixture().now))).toEqual(["three"]);
    expect(ids(await recordings.listDue(centreScope(centreId), fixture().now + 1))).toEqual(["one", "three"]);
    await recordings.markDeleted(centreScope(centreId), ["one"]);
    await recordings.markPurged(centreScope(centreId), ["one", "three"]);
    expect(await recordings.listTrash(centreScope(centreId))).toEqual([]);
    expect(await recordings.restore(centreScope(centreId), "one")).toBe(false);
  });

  it("keeps one note per contact and operator", async () => {
    const { centreId } = await centre(fixture());
    const { notes } = store();
    await notes.put(centreScope(centreId), "a", "maria", "first");
    await notes.put(centreScope(centreId), "a", "maria", "second");
    await notes.put(centreScope(centreId), "a", "ivan", "other");
    expect((await notes.ofContact(centreScope(centreId), "a")).map((note) => note.text).sort()).toEqual([
      "other",
      "second",
    ]);
    await notes.put(centreScope(centreId), "a", "ivan", " ");
    expect(await notes.ofContacts(centreScope(centreId), ["a", "b"])).toEqual([
      { contactId: "a", operatorId: "maria", text: "second", updatedAt: fixture().now },
    ]);
  });
});

type Line = readonly (string | number)[];
/** Callers of the same first moment come in order of their address ids, which are random. */
function compareCallers(x: Line, y: Line, addresses: Readonly<Record<string, string>>): number {
  const [a, b] = [addresses[String(x[0])] ?? "", addresses[String(y[0])] ?? ""];
  return a < b ? -1 : 1;
}
