import { required } from "@centrala/kit";
import { expect, it } from "vitest";
import { type CustomerInput, centreScope, type Page, type Scope } from "../port.ts";
import { newCentre, onBothServers } from "../testing/suite.ts";

function customer(name: string, phones: readonly string[] = [], changes: Partial<CustomerInput> = {}): CustomerInput {
  const handles = phones.map((value) => ({ kind: "phone" as const, value, label: "" }));
  return { clientId: "acme", name, company: "", language: null, handles, fields: {}, ...changes };
}
const names = (page: Page<{ readonly name: string }>) => page.items.map((item) => item.name);

onBothServers("addresses and customers", (fixture) => {
  const store = () => fixture().store;

  it("gives the same number the same address, however it was written, and forgets it on demand", async () => {
    const centreId = await newCentre(fixture());
    const { addresses } = store();
    const mobile = { raw: "0888123456", display: "0888 123 456", e164: "+359888123456" };
    const id = await addresses.findOrCreate(centreId, mobile);
    const short = { raw: "112", display: "112", e164: null };
    const ids = await addresses.findOrCreateMany(centreId, [short, { ...mobile, raw: "+359888123456" }, short]);
    expect(ids).toEqual([ids[0], id, ids[0]]);
    expect(await addresses.get(centreId, id)).toEqual({ id, ...mobile });
    expect((await addresses.getMany(centreId, ids)).size).toBe(2);
    await addresses.erase(centreId, id);
    expect(await addresses.get(centreId, id)).toEqual({ id, raw: "", display: "", e164: null });
    expect(await addresses.findOrCreate(centreId, mobile)).not.toBe(id);
  });

  it("gives one address to two who ask for it at once", async () => {
    const centreId = await newCentre(fixture());
    const address = { raw: "0888", display: "0888", e164: "+359888777777" };
    const ids = await Promise.all(Array.from({ length: 8 }, () => store().addresses.findOrCreate(centreId, address)));
    expect(new Set(ids).size).toBe(1);
  });

  it("creates, reads, changes by version and deletes a customer", async () => {
    const centreId = await newCentre(fixture());
    const { customers } = store();
    const email = { kind: "email" as const, value: " Ivan@Mail.BG ", label: "work" };
    const made = await customers.create(
      centreScope(centreId),
      customer(" Иван Петров ", [], { handles: [email, email], fields: { city: "Русе" } }),
    );
    expect(made).toMatchObject({ name: "Иван Петров", handles: [{ value: "ivan@mail.bg" }], version: 1 });
    expect(await customers.get(centreScope(centreId), made.id)).toEqual(made);
    fixture().now += 5;
    const changed = await customers.update(centreScope(centreId), made.id, { ...made, name: "Иван П." }, 1);
    expect(changed).toEqual({ ok: true, value: { ...made, name: "Иван П.", version: 2, updatedAt: fixture().now } });
    expect(await customers.update(centreScope(centreId), made.id, made, 1)).toMatchObject({ code: "VERSION_CONFLICT" });
    expect(await customers.update(centreScope(centreId), "nobody", made)).toMatchObject({ code: "CUSTOMER_UNKNOWN" });
    expect(await customers.delete(centreScope(centreId), made.id)).toBe(true);
    expect(await customers.get(centreScope(centreId), made.id)).toBeUndefined();
    expect(await customers.search(centreScope(centreId), "Иван")).toEqual({ items: [], nextCursor: null });
  });

  it("finds who calls a client by number, and nobody of another's", async () => {
    const centreId = await newCentre(fixture());
    const { customers } = store();
    await customers.create(centreScope(centreId), customer("Other client", ["+359888123456"], { clientId: "globex" }));
    fixture().now += 1;
    await customers.create(centreScope(centreId), customer("Nobody's", ["+359888123456"], { clientId: null }));
    await customers.create(centreScope(centreId), customer("Somebody else", ["+359888999999"]));
    const found = async (clientId?: string) =>
      (await customers.findByPhone(centreScope(centreId), "+359888123456", { clientId })).map((row) => row.name);
    expect(await found("globex")).toEqual(["Other client"]);
    expect(await found()).toEqual(["Nobody's", "Other client"]);
    const identify = (e164: string) =>
      store().addresses.identify(centreId, { raw: e164, display: e164, e164 }, "globex");
    const known = await identify("+359888123456");
    expect(known).toEqual({
      addressId: await store().addresses.findOrCreate(centreId, {
        ...{ raw: "0888123456", display: "088", e164: "+359888123456" },
      }),
      customers: await customers.findByPhone(centreScope(centreId), "+359888123456", { clientId: "globex" }),
    });
    expect(await identify("+359888123456")).toEqual(known);
    expect((await identify("+359888000000")).customers).toEqual([]);
  });

  it("remembers who called until a card of the centre changes", async () => {
    const centreId = await newCentre(fixture());
    const all = centreScope(centreId);
    const { customers, addresses, customerImports } = store();
    const address = { raw: "0888", display: "0888", e164: "+359888123456" };
    const remembered = () => addresses.identified(centreId, address, "globex")?.customers.map(({ name }) => name);
    const asked = async () => (await addresses.identify(centreId, address, "globex")).customers.map(({ name }) => name);
    expect([addresses.remembered(centreId, address), remembered()]).toEqual([undefined, undefined]);
    expect(await asked()).toEqual([]);
    expect(addresses.remembered(centreId, address)).toBe(
      (await addresses.identify(centreId, address, "acme")).addressId,
    );
    expect([remembered(), addresses.identified(centreId, address, "other")]).toEqual([[], undefined]);
    const made = await customers.create(all, customer("Ivan", ["+359888123456"], { clientId: "globex" }));
    expect([remembered(), await asked(), remembered()]).toEqual([undefined, ["Ivan"], ["Ivan"]]);
    const changes = [
      () => customers.update(all, made.id, { ...made, name: "Boris" }),
      () => customers.giveMany(all, [made.id], "acme"),
      () => customers.importMany(all, [customer("Vera", ["+359888000000"])]),
      () => customers.deleteMany(all, []),
      () => customerImports.undoNext(all, made.id, 1),
      () => customers.delete(all, made.id),
    ];
    for (const change of changes) {
      expect([await asked(), typeof remembered()]).toEqual([expect.anything(), "object"]);
      await change().catch(() => undefined);
      expect(remembered()).toBeUndefined();
    }
    // A change that comes while somebody is looked up is not forgotten by what was found before it.
    const looking = asked();
    await customers.create(all, customer("Maria", ["+359888123456"], { clientId: "globex" }));
    await looking;
    expect(remembered()).toBeUndefined();
  });

  it("shows and counts those of some clients only, on demand", async () => {
    const centreId = await newCentre(fixture());
    const { customers } = store();
    const phone = "+359888123456";
    for (const clientId of ["acme", "globex", null])
      await customers.create(centreScope(centreId), customer(`Ivan ${clientId}`, [phone], { clientId }));
    const of = async (clientIds: readonly string[] | null) => {
      const scope: Scope =
        clientIds === null ? centreScope(centreId) : { centreId, clients: clientIds, personId: "u1", queueIds: [] };
      const found = await Promise.all([
        customers.search(scope, ""),
        customers.search(scope, "ivan"),
        customers.listAll(scope),
        customers.findByPhone(scope, phone).then((items) => ({ items })),
      ]);
      const counts = [await customers.count(scope, "", 10), await customers.count(scope, "ivan", 10)];
      const seen = found.map(({ items }) => items.map((row) => row.clientId).sort());
      return { seen, counts };
    };
    const each = <T>(count: number, value: T) => Array.from({ length: count }, () => value);
    expect(await of(["acme"])).toEqual({ seen: each(4, ["acme"]), counts: [1, 1] });
    expect(await of(["~", "globex"])).toEqual({ seen: each(4, ["globex", "~"]), counts: [2, 2] });
    expect(await of(null)).toEqual({ seen: each(4, ["acme", "globex", "~"]), counts: [3, 3] });
    expect(await of([])).toEqual({ seen: each(4, []), counts: [0, 0] });
    expect([
      await customers.count(centreScope(centreId), "", 2),
      await customers.count(centreScope(centreId), "%", 2),
    ]).toEqual([2, 0]);
  });

  it("searches by word beginnings without regard to case and accents, and by either end of a number", async () => {
    const centreId = await newCentre(fixture());
    const { customers } = store();
    const email = { kind: "email" as const, value: "elena@vodka.ru", label: "" };
    await customers.create(centreScope(centreId), customer("Семён Иванов", ["+359888123456"]));
    fixture().now += 1;
    await customers.create(centreScope(centreId), customer("Семен Петров", ["+74951234567"]));
    await customers.create(centreScope(centreId), customer("Élena", [], { company: "Søren & Co", handles: [email] }));
    const search = async (text: string) => names(await customers.search(centreScope(centreId), text));
    expect(await search("семен")).toEqual(["Семён Иванов", "Семен Петров"]);
    expect(await search("СЕМЁН иван")).toEqual(["Семён Иванов"]);
    expect(await search("elen vod")).toEqual(["Élena"]);
    expect(await search("менов")).toEqual([]);
    expect(await search("ива сем")).toEqual(["Семён Иванов"]);
    expect(await search("0888 12")).toEqual(["Семён Иванов"]);
    expect(await search("+7 (495)")).toEqual(["Семен Петров"]);
    expect(await search("456")).toEqual(["Семён Иванов"]);
    expect(await search("%_")).toEqual([]);
    expect(await search("")).toEqual(["Élena", "Семён Иванов", "Семен Петров"]);
  });

  it("pages through a list without losing or repeating anybody, whatever the cursor says", async () => {
    const centreId = await newCentre(fixture());
    const { customers } = store();
    const wanted = Array.from({ length: 7 }, (_, index) => `Customer Custer ${index % 3}`);
    await customers.importMany(
      centreScope(centreId),
      wanted.map((name) => customer(name)),
    );
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<{ readonly id: string; readonly name: string }> = await customers.search(
        centreScope(centreId),
        "cust",
        {
          limit: 2,
          cursor,
        },
      );
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(7);
    for (const broken of ["x", "W10", "WyJhIiwxXQ", "%00", "a".repeat(5_000)]) {
      expect(
        (await customers.search(centreScope(centreId), "cust", { cursor: broken, limit: 10_000 })).items,
      ).toHaveLength(7);
    }
  });

  it("imports a list twice with the same result, filling what is new and keeping what the list leaves empty", async () => {
    const centreId = await newCentre(fixture());
    const { customers } = store();
    const list = [
      customer("Иван", ["+359888000001"], { fields: { city: "Русе" } }),
      customer("Мария", ["+359888000002"]),
      customer("Ivan again", ["+359888000001", "+359888000003"]),
      customer("No phone"),
    ];
    expect(await customers.importMany(centreScope(centreId), list)).toEqual({ created: 3, updated: 0, unchanged: 0 });
    const again = list.slice(1, 3);
    expect(await customers.importMany(centreScope(centreId), again)).toEqual({ created: 0, updated: 0, unchanged: 2 });
    const update = [customer("", ["+359888000001"], { company: "Acme", fields: { city: "", street: "1" } })];
    expect(await customers.importMany(centreScope(centreId), update)).toEqual({ created: 0, updated: 1, unchanged: 0 });
    const ivan = required((await customers.findByPhone(centreScope(centreId), "+359888000003"))[0], "Ivan");
    expect(ivan).toMatchObject({ name: "Ivan again", company: "Acme", fields: { city: "Русе", street: "1" } });
    expect((await customers.listAll(centreScope(centreId))).items).toHaveLength(3);
  });

  it("keeps notes about a customer, newest first", async () => {
    const centreId = await newCentre(fixture());
    const { customers } = store();
    const { id } = await customers.create(centreScope(centreId), customer("Иван"));
    const first = await customers.addNote(centreScope(centreId), id, "u1", "calls often");
    fixture().now += 1;
    const second = await customers.addNote(centreScope(centreId), id, null, "wants\0 the boss");
    expect(second.text).toBe("wants\ufffd the boss");
    expect(await customers.listNotes(centreScope(centreId), id)).toEqual({ items: [second, first], nextCursor: null });
    const page = await customers.listNotes(centreScope(centreId), id, { limit: 1 });
    expect((await customers.listNotes(centreScope(centreId), id, { cursor: page.nextCursor })).items).toEqual([first]);
  });
});
