import type { Card, Owner, Verdict } from "@centrala/domain/import";
import pg from "pg";
import { expect, it } from "vitest";
import { type CustomerRow, centreScope, type ImportRow } from "../port.ts";
import { newCentre, onBothServers } from "../testing/suite.ts";
import { importRowsText } from "./customer-card.ts";

const day = 86_400_000;
const cardOf = (name: string, phone: string, more: Partial<Card> = {}): Card => ({
  ...{ name, company: "", language: null, phones: [phone], emails: [], note: "" },
  ...more,
});
const row = (line: number, verdict: Verdict, card: Card | null, owner: Owner | null = null): ImportRow => ({
  ...{ line, verdict, card, owner, reason: null, ownerName: null, remarks: [], cells: [] },
});

onBothServers("lists of customers", (fixture) => {
  const begun = async (rows: readonly ImportRow[]) => {
    const centreId = await newCentre(fixture());
    const { customerImports, customers } = fixture().store;
    const id = "0190aaaa-0000-7000-8000-000000000001";
    const file = { id, fileName: "a.csv", madeBy: "me" };
    await customerImports.create(centreScope(centreId), file);
    const add = (more: readonly ImportRow[]) =>
      customerImports.addRows(centreScope(centreId), id, importRowsText(more, fixture().now));
    await add(rows);
    const all = async (): Promise<readonly CustomerRow[]> => (await customers.listAll(centreScope(centreId))).items;
    const store = async (limit: number): Promise<number[]> => {
      const sizes: number[] = [];
      for (;;) {
        const { rows: done } = await customerImports.applyNext(centreScope(centreId), id, limit);
        if (done === 0) return sizes;
        sizes.push(done);
      }
    };
    const report = async () => {
      const { done, report: at } = (await customerImports.get(centreScope(centreId), id)) ?? {
        done: 0,
        report: undefined,
      };
      return { done, made: at?.made, changed: at?.changed, conflicts: at?.conflicts, kept: at?.kept };
    };
    return { centreId, id, add, all, store, report, imports: customerImports, customers };
  };
  const parts = async (centreId: string): Promise<object> => {
    const client = new pg.Client(fixture().database.superuser);
    await client.connect();
    const count = (table: string) => `(SELECT count(*)::integer FROM ${table} WHERE centre_id = $1) AS ${table}`;
    const tables = ["customer", "customer_handle", "customer_word", "customer_words"].map(count).join(", ");
    const { rows } = await client.query(`SELECT ${tables}`, [centreId]);
    await client.end();
    return rows[0];
  };
  const nothing = { customer: 0, customer_handle: 0, customer_word: 0, customer_words: 0 };

  it("stores every row once, whatever the size of a batch, notes progress with it, and takes all back", async () => {
    const rows = Array.from({ length: 23 }, (_, index) =>
      index % 5 === 4
        ? row(2 + index, "out", null)
        : row(2 + index, "new", cardOf(`Иван ${index}`, `+35988800${1_000 + index}`, { note: "бележка" })),
    );
    const { centreId, id, all, store, report, imports, customers } = await begun(rows);
    expect(await store(7)).toEqual([7, 7, 5]);
    expect(await report()).toMatchObject({ done: 19, made: 19, changed: 0, conflicts: 0 });
    expect((await all()).map((one) => one.name).sort()).toEqual(
      rows.flatMap(({ card }) => (card === null ? [] : [card.name])).sort(),
    );
    expect((await customers.search(centreScope(centreId), "0888001003")).items).toMatchObject([
      { name: "Иван 3", version: 1, clientId: "~", fields: { note: "бележка" }, createdAt: fixture().now },
    ]);
    const cards: number[] = [];
    for (;;) {
      const outcome = await imports.undoNext(centreScope(centreId), id, 10);
      if (outcome.cards === 0) break;
      cards.push(outcome.cards);
    }
    expect(cards).toEqual([10, 9]);
    expect(await parts(centreId)).toEqual(nothing);
  });

  it("joins doubtful rows where somebody said so, whichever batch their person is in", async () => {
    const mother = row(2, "new", cardOf("Майка", "+359888130111"));
    const daughter = row(3, "doubtful", cardOf("Дъщеря", "+359888130111", { emails: ["d@example.bg"] }), { line: 2 });
    const son = row(4, "doubtful", cardOf("Син", "+359888130111", { emails: ["s@example.bg"] }), { line: 3 });
    for (const limit of [1, 2, 3]) {
      const { centreId, id, all, store, imports } = await begun([mother, daughter, son]);
      await imports.decide(centreScope(centreId), id, null, "one");
      await store(limit);
      expect(await all()).toMatchObject([
        { name: "Майка", handles: [{ kind: "phone" }, { value: "d@example.bg" }, { value: "s@example.bg" }] },
      ]);
    }
    const { centreId, id, all, store, imports } = await begun([mother, daughter, son]);
    await imports.decide(centreScope(centreId), id, [4], "out");
    await store(2);
    expect((await all()).map((one) => one.name).sort()).toEqual(["Дъщеря", "Майка"]);
  });

  it("loses no row where one list says two things of a card, and leaves a card that somebody changed meanwhile", async () => {
    const { centreId, id, add, all, store, report, imports, customers } = await begun([]);
    const input = { clientId: "~", company: "", language: null, fields: {} };
    const phone = { kind: "phone" as const, value: "+359888130111", label: "" };
    const known = await customers.create(centreScope(centreId), { ...input, name: "Мария", handles: [phone] });
    const other = await customers.create(centreScope(centreId), { ...input, name: "Петър", handles: [] });
    const owner = { customerId: known.id, version: 1 };
    await add([
      row(2, "doubtful", cardOf("Дъщеря", "+359888130111", { emails: ["d@example.bg"] }), owner),
      row(3, "changed", cardOf("Мария", "+359888130111", { company: "Зора" }), owner),
      row(4, "changed", cardOf("Петър", "+359888130112"), { customerId: other.id, version: 1 }),
    ]);
    await imports.decide(centreScope(centreId), id, null, "one");
    await customers.update(centreScope(centreId), other.id, { ...other, company: "Нова" });
    await store(2);
    expect(await report()).toMatchObject({ done: 3, made: 0, changed: 2, conflicts: 1 });
    const cards = new Map((await all()).map((one) => [one.name, one]));
    expect(cards.get("Мария")).toMatchObject({ company: "Зора", handles: [phone, { value: "d@example.bg" }] });
    expect(cards.get("Петър")).toMatchObject({ company: "Нова", handles: [] });
    await imports.undoNext(centreScope(centreId), id, 10);
    const back = new Map((await all()).map((one) => [one.name, one]));
    expect(back.get("Мария")).toMatchObject({ company: "", handles: [phone] });
    expect(back.get("Петър")).toMatchObject({ company: "Нова", handles: [] });
  });

  it("stores rows that nothing was made ready for, of a version before", async () => {
    const { centreId, id, store, all } = await begun([row(2, "new", cardOf("Иван", "+359888130111"))]);
    const client = new pg.Client(fixture().database.superuser);
    await client.connect();
    await client.query("UPDATE customer_import_row SET made = NULL WHERE centre_id = $1 AND import_id = $2", [
      centreId,
      id,
    ]);
    await client.end();
    await store(10);
    expect(await all()).toMatchObject([{ name: "Иван", version: 1 }]);
  });

  it("takes a card's numbers and words away with it, and finds by the new ones after a change", async () => {
    const { centreId, customers } = await begun([]);
    const input = { clientId: null, company: "", language: null, fields: {} };
    const phone = { kind: "phone" as const, value: "+359888130111", label: "" };
    const made = await customers.create(centreScope(centreId), { ...input, name: "Мария", handles: [phone] });
    await customers.update(centreScope(centreId), made.id, { ...made, name: "Елена" });
    expect((await customers.search(centreScope(centreId), "Мария")).items).toEqual([]);
    expect((await customers.search(centreScope(centreId), "елена 088")).items).toEqual([]);
    expect((await customers.search(centreScope(centreId), "елен")).items).toMatchObject([{ id: made.id }]);
    await customers.delete(centreScope(centreId), made.id);
    expect(await parts(centreId)).toEqual(nothing);
  });

  it("brings lists of an older version to where this one expects them", async () => {
    const { centreId, id, store, all } = await begun([
      row(2, "new", cardOf("Иван", "+359888130111")),
      row(3, "new", cardOf("Петър", "+359888130112")),
    ]);
    const client = new pg.Client(fixture().database.superuser);
    await client.connect();
    await client.query("UPDATE customer_import_row SET applied = true WHERE centre_id = $1 AND line = 2", [centreId]);
    await client.query("INSERT INTO customer_word VALUES ($1, 'иван', 'one'), ($1, '+359', 'one')", [centreId]);
    await client.query("SELECT settle_old_rows($1)", [centreId]);
    const words = await client.query("SELECT customer_id, words FROM customer_words WHERE centre_id = $1", [centreId]);
    await client.end();
    expect(words.rows).toEqual([{ customer_id: "one", words: expect.arrayContaining(["+359", "иван"]) }]);
    expect(await store(10)).toEqual([1]);
    expect((await all()).map((one) => one.name)).toEqual(["Петър"]);
    expect(await fixture().store.customerImports.forget(centreScope(centreId), fixture().now + day)).toBeUndefined();
    expect(await fixture().store.customerImports.get(centreScope(centreId), id)).toBeDefined();
  });
});
