import { centreScope } from "@centrala/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callArrives } from "../live/testing/arrival.ts";
import { openWorkbook } from "../outside/xlsx.ts";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;
let technician: string;
let operator: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  technician = (await test.addPerson("tech", ["technician"])).cookie;
  operator = (await test.addPerson("op", ["operator"])).cookie;
  for (const login of ["ana", "ivo", "eva"]) await test.addPerson(login, ["operator"]);
  await test.send("PUT", "/api/config/client/other", manager, { name: "Другият" });
  await test.send("PUT", "/api/config/skill/en", manager, { name: "English" });
});
afterAll(() => test.stop());

const people = ["user-ana", "user-ivo", "user-eva"];
const users = async (ids: readonly string[], action: object, cookie = manager) =>
  test.send("POST", "/api/users/bulk", cookie, { ids, action });
const config = () => test.centre().config.current;
const reasons = (refused: readonly { id: string; code: string }[]) => refused.map(({ id, code }) => `${id} ${code}`);

describe("many people at once", () => {
  it("come into a queue on a line, change it, and leave; who is no operator or not there is named", async () => {
    const joined = await users([...people, "user-tech", "gone"], { do: "join", queueId: "main", tier: 2 });
    expect(joined.json().done).toEqual(people);
    expect(reasons(joined.json().refused)).toEqual(["user-tech NO_OPERATOR", "gone ROW_GONE"]);
    const members = () => config().queue.find(({ id }) => id === "main")?.operators ?? [];
    expect(
      members()
        .filter(({ userId }) => people.includes(userId))
        .map(({ tier }) => tier),
    ).toEqual([2, 2, 2]);
    await users(people.slice(0, 2), { do: "leave", queueId: "main" }, technician);
    expect(members().some(({ userId }) => userId === "user-ana")).toBe(false);
    expect(members().some(({ userId }) => userId === "user-eva")).toBe(true);
    expect((await users(people, { do: "join", queueId: "none", tier: 1 })).statusCode).toBe(404);
  });

  it("get a skill and a language, and go back to what each had", async () => {
    await users(["user-ana"], { do: "skill", skillId: "en", level: 3 });
    const skill = await users(people, { do: "skill", skillId: "en", level: 8 });
    const language = await users(people, { do: "language", language: "ru" });
    const ana = () => config().user.find(({ id }) => id === "user-ana");
    expect([ana()?.skills, ana()?.language]).toEqual([[{ skillId: "en", level: 8 }], "ru"]);
    await users(people, { do: "restore", people: language.json().before });
    await users(people, { do: "restore", people: skill.json().before });
    expect([ana()?.skills, ana()?.language]).toEqual([[{ skillId: "en", level: 3 }], null]);
    expect((await users(people, { do: "skill", skillId: "none", level: 1 })).statusCode).toBe(400);
  });

  it("are switched off with their sessions, never oneself nor the last manager", async () => {
    const own = config().user.find(({ login }) => login === "maria")?.id ?? "";
    const { cookie } = await test.addPerson("leaver", ["operator"]);
    const off = await users(["user-leaver", own], { do: "active", active: false });
    expect([off.json().done, reasons(off.json().refused)]).toEqual([["user-leaver"], [`${own} ONESELF_STAYS`]]);
    expect((await test.send("GET", "/api/session", cookie)).statusCode).toBe(401);
    const second = await test.addPerson("boss", ["manager"]);
    const both = await users([own, "user-boss"], { do: "active", active: false }, second.cookie);
    expect(reasons(both.json().refused)).toEqual(["user-boss ONESELF_STAYS"]);
    await users([own], { do: "active", active: true }, second.cookie);
    manager = second.cookie;
  });

  it("get new links each, all others end", async () => {
    const first = (await users(["user-ana"], { do: "invite" })).json().invitations[0].url.split("/").at(-1);
    const many = (await users(["user-ana", "user-eva", "user-leaver"], { do: "invite" })).json();
    expect(many.invitations.map(({ userId }: { userId: string }) => userId)).toEqual(["user-ana", "user-eva"]);
    expect(reasons(many.refused)).toEqual(["user-leaver ACCESS_OFF"]);
    expect((await test.send("GET", `/api/invitations/${first}`, null)).statusCode).toBe(410);
    const token = many.invitations[0].url.split("/").at(-1);
    expect((await test.send("GET", `/api/invitations/${token}`, null)).json().login).toBe("ana");
  });

  it("are people's business of managers, by a person; one line in the audit tells of all", async () => {
    expect((await users(people, { do: "language", language: "en" }, technician)).json().said.code).toBe("MANAGER_ONLY");
    expect((await users(people, { do: "invite" }, technician)).statusCode).toBe(403);
    expect((await users(people, { do: "leave", queueId: "main" }, operator)).statusCode).toBe(403);
    expect(
      (
        await users(
          Array.from({ length: 1_001 }, (_, at) => `u${at}`),
          { do: "invite" },
        )
      ).statusCode,
    ).toBe(400);
    const { items } = await test.store.audit.list(test.centre().id, { what: "users.bulk", limit: 100 });
    expect(items.at(-1)?.detail).toEqual({
      do: "join",
      queueId: "main",
      tier: 2,
      count: 3,
      refused: 2,
      ids: people.join(" "),
    });
  });
});

describe("many customers at once", () => {
  const create = async (name: string, clientId: string): Promise<string> =>
    (await test.send("POST", "/api/customers", manager, { name, phones: ["0888123456"], clientId })).json().id;
  const bulk = (body: object, cookie = manager) => test.send("POST", "/api/customers/bulk", cookie, body);
  const clientOf = async (id: string) => (await test.store.customers.get(centreScope(test.centre().id), id))?.clientId;

  it("are given to a client and back; an operator moves nothing out of sight or into it", async () => {
    const [one, two] = [await create("Едно", "main"), await create("Две", "other")];
    const given = (await bulk({ ids: [one, two, "gone"], action: { do: "client", clientId: "other" } })).json();
    expect([given.done.toSorted(), given.before, reasons(given.refused)]).toEqual([
      [one, two].toSorted(),
      [{ id: one, clientId: "main" }],
      ["gone ROW_GONE"],
    ]);
    expect(await clientOf(one)).toBe("other");
    await bulk({ ids: [one], action: { do: "client", clientId: "main" } });
    expect(await clientOf(one)).toBe("main");
    // The operator is in a queue of the main client only.
    await users(["user-op"], { do: "join", queueId: "main", tier: 1 });
    const foreign = await bulk({ ids: [two], action: { do: "client", clientId: "main" } }, operator);
    expect(reasons(foreign.json().refused)).toEqual([`${two} ROW_GONE`]);
    expect((await bulk({ ids: [one], action: { do: "client", clientId: "other" } }, operator)).statusCode).toBe(400);
    expect((await bulk({ ids: [one], action: { do: "erase" } }, operator)).statusCode).toBe(403);
  });

  it("are erased as a search finds them, page by page, and their calls keep the number alone", async () => {
    const ids = await Promise.all(Array.from({ length: 3 }, (_, at) => create(`Изтриване ${at}`, "other")));
    await test.store.customers.addNote(centreScope(test.centre().id), ids[0] ?? "", null, "бележка");
    const kept = await create("Оставане", "other");
    const erased = (await bulk({ search: "изтриване", clientId: "other", action: { do: "erase" } })).json();
    expect([erased.done.toSorted(), erased.next]).toEqual([ids.toSorted(), null]);
    expect([await clientOf(ids[0] ?? ""), await clientOf(kept)]).toEqual([undefined, "other"]);
  });

  it("go on where the request before ended", async () => {
    const rows = Array.from({ length: 1_100 }, (_, at) => ({
      clientId: "other",
      name: `Много ${at}`,
      company: "",
      language: null,
      handles: [{ kind: "phone" as const, value: `+3597${String(at).padStart(8, "0")}`, label: "" }],
      fields: {},
    }));
    await test.store.customers.importMany(centreScope(test.centre().id), rows);
    const action = { do: "client", clientId: "main" };
    const first = (await bulk({ search: "много", action })).json();
    expect([first.done.length, typeof first.next]).toEqual([1_000, "string"]);
    const second = (await bulk({ search: "много", cursor: first.next, action })).json();
    expect([second.done.length, second.next]).toEqual([100, null]);
  });

  it("are exported, chosen or found, by those who see all", async () => {
    const id = await create("=Формула", "other");
    const read = async (answer: Awaited<ReturnType<typeof bulk>>) => {
      const names: string[] = [];
      const book = await openWorkbook(answer.rawPayload, { columnsMax: 10, cellMax: 1_000 });
      for await (const { cells } of book.rows(0)) names.push(`${cells[0]} ${cells[2] ?? ""} ${cells[4] ?? ""}`);
      return names;
    };
    const body = { ids: [id, "gone"], format: "xlsx", language: "bg" };
    const rows = ["Име Номера Възложител", "=Формула +359888123456 Другият"];
    expect(await read(await test.send("POST", "/api/export/customers", manager, body))).toEqual(rows);
    const found = `/api/export/customers?search=${encodeURIComponent("формула")}&format=xlsx&language=bg`;
    expect(await read(await test.send("GET", found, manager))).toEqual(rows);
    expect((await test.send("GET", found, operator)).statusCode).toBe(403);
    expect((await test.send("GET", "/api/export/customers?search=Оставане", manager)).body).toContain("Оставане");
  });
});

describe("many missed callers at once", () => {
  const bulk = (body: object, cookie = manager) => test.send("POST", "/api/missed/bulk", cookie, body);
  const open = async (cookie = manager): Promise<string[]> =>
    (await test.send("GET", "/api/missed", cookie))
      .json()
      .items.map(({ contactId }: { contactId: string }) => contactId);
  const missed = async (id: string) => {
    await callArrives(test, id);
    await test.centre().core.submit({ kind: "legEnded", legId: `leg-${id}`, code: "HUNG_UP", sipStatus: null });
  };

  it("leave the list with a reason, and come back; who may not see them settles nothing", async () => {
    await missed("m1");
    expect(await open()).toEqual(["m1"]);
    const other = await test.addPerson("elsewhere", ["operator"]);
    const reason = { do: "close", reason: "Вече е потърсен" };
    expect(reasons((await bulk({ ids: ["m1"], action: reason }, other.cookie)).json().refused)).toEqual([
      "m1 ROW_GONE",
    ]);
    const closed = (await bulk({ ids: ["m1", "gone"], action: reason })).json();
    expect([closed.done, reasons(closed.refused)]).toEqual([["m1"], ["gone ROW_GONE"]]);
    expect(await open()).toEqual([]);
    expect(reasons((await bulk({ ids: ["m1"], action: reason })).json().refused)).toEqual(["m1 MISSED_SETTLED"]);
    await bulk({ ids: ["m1"], action: { do: "reopen" } });
    expect(await open()).toEqual(["m1"]);
    // The same caller once more: what was missed before goes with it, by either's name.
    await missed("m2");
    const both = (await bulk({ ids: ["m1", "m2"], action: reason })).json();
    expect([both.done, both.refused, await open()]).toEqual([["m1", "m2"], [], []]);
    expect((await bulk({ ids: ["m1", "m2"], action: { do: "reopen" } })).json().done).toEqual(["m1", "m2"]);
    expect(await open()).toEqual(["m2"]);
    expect((await bulk({ ids: ["m1"], action: { do: "close", reason: "x" } })).json().done).toEqual(["m1"]);
    expect((await bulk({ ids: ["m2"], action: { do: "close", reason: "y" } })).json().done).toEqual(["m2"]);
    expect((await bulk({ ids: ["m2"], action: { do: "reopen" } })).json().done).toEqual(["m2"]);
    expect(await test.store.contacts.get(centreScope(test.centre().id), "m1")).toMatchObject({
      missedCloseReason: "x",
    });
    const all = (await bulk({ clientId: "main", action: reason })).json();
    expect([all.done, all.next, await open()]).toEqual([["m2"], null, []]);
  });
});
