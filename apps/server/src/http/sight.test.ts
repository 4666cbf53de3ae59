import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callArrives } from "../live/testing/arrival.ts";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;
let own: string;
let foreign: string;
let nobody: string;
let token: string;
const ids = { own: "", foreign: "", centre: "" };

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  const people = await Promise.all(["own", "foreign", "nobody"].map((login) => test.addPerson(login, ["operator"])));
  [own = "", foreign = "", nobody = ""] = people.map(({ cookie }) => cookie);
  const put = (kind: string, id: string, value: object) =>
    test.send("PUT", `/api/config/${kind}/${id}`, manager, value);
  await put("client", "other", { name: "Другият" });
  await put("queue", "other", { name: "Other", clientId: "other", operators: [{ userId: "user-foreign" }] });
  const queue = test.centre().config.current.queue.find(({ id }) => id === "main");
  await put("queue", "main", { ...queue, operators: [{ userId: "user-own" }] });
  const create = async (name: string, clientId: string) =>
    (await test.send("POST", "/api/customers", manager, { name, phones: ["0888123456"], clientId })).json().id;
  ids.own = await create("Елена наша", "main");
  ids.foreign = await create("Елена чужда", "other");
  ids.centre = await create("Елена ничия", "~");
  const made = await test.send("POST", "/api/tokens", manager, { name: "script", roles: ["operator"] });
  token = made.json().token;
});
afterAll(() => test.stop());

type Row = { readonly id: string; readonly clientId: string };
const list = async (cookie: string, query = "") =>
  (await test.send("GET", `/api/customers${query}`, cookie)).json() as {
    items: Row[];
    count: number;
    countMax: number;
  };
const seen = async (cookie: string, query = "") => (await list(cookie, query)).items.map(({ id }) => id).sort();
const all = () => [ids.own, ids.foreign, ids.centre].sort();

describe("what an operator sees of customers", () => {
  it("is the cards of their clients, in lists, searches and by number; a manager sees all", async () => {
    for (const query of ["", "?search=елена", "?search=0888123456"]) {
      expect([query, await seen(own, query)]).toEqual([query, [ids.own]]);
      expect([query, await seen(foreign, query)]).toEqual([query, [ids.foreign]]);
      expect([query, await seen(nobody, query)]).toEqual([query, []]);
      expect([query, await seen(manager, query)]).toEqual([query, all()]);
    }
    const byNumber = async (cookie: string) =>
      (await test.send("GET", "/api/customers/by-number?number=0888123456", cookie))
        .json()
        .items.map(({ id }: Row) => id)
        .sort();
    expect([await byNumber(own), await byNumber(nobody), await byNumber(manager)]).toEqual([[ids.own], [], all()]);
  });

  it("is counted alike, and narrowed to a client on demand", async () => {
    const counts = async (cookie: string, query = "") => (await list(cookie, query)).count;
    expect([await counts(own), await counts(manager), await counts(nobody)]).toEqual([1, 3, 0]);
    expect([await counts(own, "?search=елена"), await counts(manager, "?search=елена")]).toEqual([1, 3]);
    expect(await seen(manager, "?clientId=~")).toEqual([ids.centre]);
    expect(await seen(manager, "?clientId=other")).toEqual([ids.foreign]);
    expect(await seen(own, "?clientId=other")).toEqual([]);
    expect(await seen(own, "?clientId=~")).toEqual([]);
  });

  it("is nothing by the id of another client's card, whatever is asked of it", async () => {
    for (const id of [ids.foreign, ids.centre, "invented"]) {
      const card = { name: "Мое", version: 1 };
      const statuses = await Promise.all([
        test.send("GET", `/api/customers/${id}`, own),
        test.send("GET", `/api/customers/${id}/contacts`, own),
        test.send("PUT", `/api/customers/${id}`, own, card),
        test.send("POST", "/api/desk/dial", own, { target: { kind: "number", number: "0888123456" }, customerId: id }),
        test.send("POST", "/api/desk/contacts/any/customer", own, { customerId: id }),
      ]);
      expect([id, ...statuses.map(({ statusCode }) => statusCode)]).toEqual([id, 404, 404, 404, 404, 404]);
    }
    const asked = { target: { kind: "number", number: "0888123456" }, clientId: "other" };
    expect((await test.send("POST", "/api/desk/dial", own, asked)).statusCode).toBe(400);
  });

  it("is where their new cards stand, and where cards stay", async () => {
    const create = (cookie: string, body: object) =>
      test.send("POST", "/api/customers", cookie, { name: "Нов", ...body });
    expect((await create(own, {})).json().clientId).toBe("main");
    expect((await create(own, { clientId: "other" })).statusCode).toBe(400);
    expect((await create(own, { clientId: "~" })).statusCode).toBe(400);
    expect((await create(nobody, {})).statusCode).toBe(400);
    expect((await create(manager, {})).json().clientId).toBe("~");
    expect((await create(manager, { clientId: "no-such" })).statusCode).toBe(400);
    const card = (await test.send("GET", `/api/customers/${ids.own}`, own)).json();
    const change = (clientId: string, cookie: string) =>
      test.send("PUT", `/api/customers/${ids.own}`, cookie, { name: card.name, clientId, version: card.version });
    expect((await change("other", own)).statusCode).toBe(400);
    expect((await change("main", own)).json().clientId).toBe("main");
  });

  it("is no more for a machine with an operator's rights than nothing", async () => {
    const by = (url: string) => test.send("GET", url, null, undefined, { authorization: `Bearer ${token}` });
    expect((await by("/api/customers")).json()).toMatchObject({ items: [], count: 0 });
    expect((await by(`/api/customers/${ids.own}`)).statusCode).toBe(404);
    expect((await by("/api/missed")).json().items).toEqual([]);
  });

  it("is their clients' contacts of a card, and missed callers of no queue of their clients", async () => {
    await callArrives(test, "contact-1", { kind: "hang-up", label: "", prompts: [] });
    await test.centre().core.submit({ kind: "legEnded", legId: "leg-contact-1", code: "HUNG_UP", sipStatus: null });
    const rows = async (url: string, cookie: string) => (await test.send("GET", url, cookie)).json().items.length;
    expect(await rows(`/api/customers/${ids.own}/contacts`, own)).toBe(1);
    expect(await rows(`/api/customers/${ids.foreign}/contacts`, foreign)).toBe(0);
    expect(await rows(`/api/customers/${ids.foreign}/contacts`, manager)).toBe(1);
  });

  it("stands in the audit: who listed and searched, never for what", async () => {
    const rows = (await test.store.audit.list(test.centre().id, { who: "user-own", limit: 200 })).items;
    const reads = rows.filter(({ what }) => what.startsWith("customers."));
    expect(reads.map(({ what }) => what).sort()).toEqual(["customers.list", "customers.search"]);
    expect(JSON.stringify(reads)).not.toMatch(/елена|0888/i);
  });

  it("goes by client in the centre file, too", async () => {
    await test.addPerson("both", ["technician", "operator"]);
    const text = (await test.send("GET", "/api/centre-file?customers=yes", manager)).body;
    expect(text).toContain("client: other");
    expect((await test.send("POST", "/api/centre-file/plan", manager, { yaml: text })).json()).toEqual({
      changes: [],
      problems: [],
      deletes: null,
    });
    const { cookie } = await test.addPerson("pair", ["technician", "operator"]);
    expect((await test.send("GET", "/api/centre-file?customers=yes", cookie)).body).toContain("customers: []");
  });
});
