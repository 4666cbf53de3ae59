import type { Fact } from "@centrala/contract";
import pg from "pg";
import { expect, it } from "vitest";
import { type CustomerInput, centreScope, type Scope } from "../port.ts";
import { clientTables } from "../schema.ts";
import { entry, newCentre, onBothServers, started } from "../testing/suite.ts";

const phone = "+359888123456";
const clients = ["acme", "globex"] as const;
const card = (clientId: string): CustomerInput => ({
  clientId,
  name: `Ivan ${clientId}`,
  company: "",
  language: null,
  handles: [{ kind: "phone", value: phone, label: "" }],
  fields: {},
});

onBothServers("walls between clients", (fixture) => {
  /** A centre in which each of two clients has a row in every table that can have one. */
  async function filled() {
    const { store } = fixture();
    const centreId = await newCentre(fixture());
    const all = centreScope(centreId);
    const lease = await store.journal.acquireLease(centreId, "me", 60_000);
    const epoch = lease.ok ? lease.value.epoch : 0;
    const projector = await store.projections.open(centreId, epoch);
    const addressId = await store.addresses.findOrCreate(centreId, { raw: phone, display: phone, e164: phone });
    const cards = new Map<string, string>();
    let seq = 0;
    for (const clientId of clients) {
      const { id } = await store.customers.create(all, card(clientId));
      cards.set(clientId, id);
      await store.customers.addNote(all, id, "u1", `note of ${clientId}`);
      const contactId = `contact-${clientId}`;
      const facts: Fact[] = [
        started(contactId, { clientId, addressId, customerId: id }),
        { kind: "recordingStarted", recordingId: `recording-${clientId}`, contactId, voicemail: true, queueId: null },
        { kind: "contactEnded", contactId, code: "ABANDONED_IN_SCENARIO", answered: false, endedKept: 2_000 },
      ];
      seq += 1;
      await store.journal.append(centreId, epoch, [entry(seq, seq * 1_000, facts)]);
      await projector.reached(seq);
      await store.notes.put(all, contactId, "u1", `said to ${clientId}`);
      const made = await store.customerImports.create(all, { id: `import-${clientId}`, fileName: "f", madeBy: "u1" });
      await store.customerImports.change(all, made.id, { clientId, state: "checked" });
    }
    return { centreId, store, cards, addressId, epoch, projector };
  }
  const scopeOf = (centreId: string, ...ids: readonly string[]): Scope => ({
    centreId,
    clients: ids,
    personId: "nobody",
    queueIds: [],
  });

  it("give and change nothing of another client, whatever is asked for by its id", async () => {
    const { centreId, store, cards } = await filled();
    const acme = scopeOf(centreId, "acme");
    const [mine = "", theirs = ""] = [cards.get("acme"), cards.get("globex")];
    const both = [mine, theirs];
    const contacts = clients.map((clientId) => `contact-${clientId}`);
    expect((await store.customers.get(acme, mine))?.clientId).toBe("acme");
    expect(await store.customers.get(acme, theirs)).toBeUndefined();
    expect([...(await store.customers.getMany(acme, both)).keys()]).toEqual([mine]);
    expect(await store.customers.update(acme, theirs, card("acme"))).toMatchObject({ code: "CUSTOMER_UNKNOWN" });
    expect((await store.customers.listNotes(acme, theirs)).items).toEqual([]);
    await expect(store.customers.addNote(acme, theirs, "u1", "x")).rejects.toMatchObject({ code: "DATABASE_ERROR" });
    await expect(store.customers.create(acme, card("globex"))).rejects.toMatchObject({ code: "DATABASE_ERROR" });
    expect(await store.customers.giveMany(acme, both, "acme")).toEqual([{ id: mine, clientId: "acme" }]);
    await expect(store.customers.giveMany(acme, [mine], "globex")).rejects.toMatchObject({ code: "DATABASE_ERROR" });
    expect((await store.customers.search(acme, "ivan")).items.map(({ id }) => id)).toEqual([mine]);
    expect((await store.customers.findByPhone(acme, phone)).map(({ id }) => id)).toEqual([mine]);
    expect(await store.customers.findByPhone(acme, phone, { clientId: "globex" })).toEqual([]);
    expect((await store.contacts.getMany(acme, contacts)).map(({ id }) => id)).toEqual(["contact-acme"]);
    expect((await store.contacts.list(acme, {})).items.map(({ id }) => id)).toEqual(["contact-acme"]);
    expect(await store.contacts.count(acme, {})).toBe(1);
    expect((await store.contacts.historyOfCustomer(acme, theirs)).items).toEqual([]);
    expect(await store.recordings.get(acme, "recording-globex")).toBeUndefined();
    expect(await store.recordings.ofContact(acme, "contact-globex")).toEqual([]);
    await store.recordings.markDeleted(acme, ["recording-globex"]);
    expect((await store.recordings.get(centreScope(centreId), "recording-globex"))?.state).not.toBe("deleted");
    expect((await store.notes.ofContacts(acme, contacts)).map(({ text }) => text)).toEqual(["said to acme"]);
    await expect(store.notes.put(acme, "contact-globex", "u1", "x")).rejects.toMatchObject({ code: "DATABASE_ERROR" });
    expect((await store.customerImports.list(acme)).map(({ id }) => id)).toEqual(["import-acme"]);
    expect(await store.customerImports.rows(acme, "import-globex", "new", 0, 10)).toEqual([]);
    expect(await store.customers.deleteMany(acme, both)).toEqual([mine]);
    expect((await store.customers.listAll(centreScope(centreId))).items.map(({ id }) => id)).toEqual([theirs]);
    expect((await store.customers.search(centreScope(centreId), "ivan")).items.map(({ id }) => id)).toEqual([theirs]);
  });

  it("stand in the database itself, for every table that belongs to a client", async () => {
    const { centreId } = await filled();
    const client = new pg.Client(fixture().database.connection);
    await client.connect();
    const counts = async (of: string) => {
      await client.query("BEGIN");
      const set = "SELECT set_config('app.centre', $1, true), set_config('app.clients', $2, true)";
      await client.query(set, [centreId, of]);
      const parts = clientTables.map((table) => `SELECT '${table}' AS name, count(*)::integer AS rows FROM ${table}`);
      const { rows } = await client.query(parts.join(" UNION ALL "));
      await client.query("ROLLBACK");
      return Object.fromEntries(rows.filter((row) => row.rows > 0).map((row) => [row.name, row.rows]));
    };
    const half = {
      ...{ contact: 1, contact_note: 1, customer: 1, customer_handle: 1, customer_import: 1, customer_note: 1 },
      ...{ customer_words: 1, customer_word: expect.any(Number), recording: 1 },
    };
    const twice = Object.fromEntries(
      Object.entries(half).map(([name, rows]) => [name, typeof rows === "number" ? rows * 2 : rows]),
    );
    const seen = [await counts(""), await counts(",acme"), await counts(",globex"), await counts(",")];
    await client.end();
    expect(seen).toEqual([twice, half, half, {}]);
  });

  it("let people see besides what they took part in, and what waits in their queues", async () => {
    const { centreId, store, addressId, epoch } = await filled();
    const facts: Fact[] = [
      started("shared", { clientId: "globex", addressId, direction: "outbound", operatorId: "u7" }),
    ];
    await store.journal.append(centreId, epoch, [entry(3, 9_000, facts)]);
    const acme = scopeOf(centreId, "acme");
    const ids = async (scope: Scope) => (await store.contacts.list(scope, {})).items.map(({ id }) => id);
    expect(await ids(acme)).toEqual(["contact-acme"]);
    expect(await ids({ ...acme, personId: "u7" } as Scope)).toEqual(["shared", "contact-acme"]);
    expect(await ids({ ...acme, clients: [], personId: null } as Scope)).toEqual([]);
  });

  it("make two callers of one who called two clients: what is settled for one stays open for the other", async () => {
    const { centreId, store } = await filled();
    const all = centreScope(centreId);
    const open = async (scope: Scope) =>
      (await store.missed.list(scope)).items.map(({ contact, calls }) => [contact.id, calls]);
    expect(await open(all)).toEqual([
      ["contact-acme", 1],
      ["contact-globex", 1],
    ]);
    expect(await open(scopeOf(centreId, "globex"))).toEqual([["contact-globex", 1]]);
    expect(await store.missed.close(scopeOf(centreId, "acme"), "contact-globex", "u1", "x")).toBe(0);
    expect(await store.missed.close(all, "contact-globex", "u1", "called back")).toBe(1);
    expect(await open(all)).toEqual([["contact-acme", 1]]);
    expect(await store.missed.reopen(all, "contact-globex")).toBe(1);
    expect(await store.missed.closeMany(all, ["contact-acme"], "u1", "x")).toEqual(["contact-acme"]);
    expect(await open(all)).toEqual([["contact-globex", 1]]);
    expect(await store.missed.reopenMany(all, ["contact-acme", "contact-globex"])).toEqual(["contact-acme"]);
  });

  it("count a caller as reached by the client who spoke to them, and by no other", async () => {
    const { centreId, store, addressId, epoch } = await filled();
    const talk = { contactId: "again", operatorId: "u7", legId: "l", roomId: "r", queueId: null };
    await store.journal.append(centreId, epoch, [
      entry(3, 9_000, [started("again", { clientId: "globex", addressId }), { kind: "talkStarted", ...talk }]),
    ]);
    const open = (await store.missed.list(centreScope(centreId))).items.map(({ contact }) => contact.id);
    expect(open).toEqual(["contact-acme"]);
  });
});
