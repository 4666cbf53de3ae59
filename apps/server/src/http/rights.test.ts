import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;
let technician: string;
let both: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  technician = (await test.addPerson("tech", ["technician"])).cookie;
  both = (await test.addPerson("both", ["technician", "operator"])).cookie;
  await test.addPerson("third", ["operator"]);
  await test.send("POST", "/api/customers", manager, { name: "Елена Тодорова", phones: ["+359888123456"] });
});
afterAll(() => test.stop());

const post = (path: string, cookie: string, body: object) => test.send("POST", path, cookie, body);
const exported = async (cookie = manager) => (await test.send("GET", "/api/centre-file", cookie)).body;
const apply = (cookie: string, yaml: string, secrets: Record<string, string> = {}) =>
  post("/api/centre-file/apply", cookie, { yaml, secrets });
const audited = async (what: string) =>
  (await test.store.audit.list(test.centre().id, { limit: 200 })).items.filter((row) => row.what === what);

describe("the centre file and the rights of its sections", () => {
  it("lets a technician change what their forms change, and nothing more", async () => {
    const text = await exported(technician);
    expect((await apply(technician, text)).json()).toMatchObject({ changes: [], problems: [] });
    const skills = await apply(technician, "version: 1\nskills:\n  - {id: russian, name: Russian}\n");
    expect(skills.json().changes).toMatchObject([{ action: "create", kind: "skill", id: "russian" }]);
    const { centre } = test.centre().config.current;
    const settings = JSON.stringify({ ...centre, recordCalls: false, recordingRetentionDays: 1 });
    const customer = "customers:\n  - {name: Иван}\n";
    for (const [section, yaml] of [
      ["centre", `version: 1\ncentre: ${settings}\n`],
      ["customers", `version: 1\n${customer}`],
      ["centre, customers", `version: 1\ncentre: ${settings}\n${customer}`],
    ] as const)
      for (const door of ["plan", "apply"] as const) {
        const answer = await post(`/api/centre-file/${door}`, technician, { yaml });
        expect([section, door, answer.statusCode, answer.json().said]).toEqual([
          section,
          door,
          403,
          { code: "SECTIONS_FORBIDDEN", params: { sections: section } },
        ]);
      }
    expect(test.centre().config.current.centre).toEqual(centre);
  });

  it("gives a technician no customers, and whoever may read them by their own route all", async () => {
    const file = (cookie: string) => test.send("GET", "/api/centre-file?customers=yes", cookie);
    expect((await file(technician)).statusCode).toBe(403);
    expect((await file(both)).body).toContain("Елена");
    expect((await file(manager)).body).toContain("Елена");
    const rows = await audited("centre-file.export");
    expect(rows.slice(0, 2).map((row) => [row.who, row.detail])).toEqual([
      [test.centre().config.current.user.find((user) => user.login === "maria")?.id, { customers: true }],
      ["user-both", { customers: true }],
    ]);
  });

  it("takes a person's first password for a change of that person: manager only, in the plan, by the rule, and the end of links", async () => {
    await test.send("PUT", "/api/config/user/boss", manager, { login: "boss", name: "Boss", roles: ["manager"] });
    const invited = (await post("/api/users/boss/invitation", manager, {})).json() as { url: string };
    const link = `/api/invitations/${invited.url.split("/").at(-1)}`;
    const yaml = (await exported()).replace("- login: boss", "- login: boss\n    password: {env: PWN}");
    expect(yaml).toContain("PWN");
    const bySecret = (password: string) => ({ "env:PWN": password });
    const stolen = await apply(technician, yaml, bySecret("owned by technician"));
    expect([stolen.statusCode, stolen.json().said.params]).toEqual([403, { sections: "users" }]);
    expect((await post("/api/centre-file/plan", manager, { yaml })).json().changes).toEqual([
      { action: "change", kind: "user", id: "boss", fields: ["password"] },
    ]);
    const short = (await apply(manager, yaml, bySecret("x"))).json();
    expect(short.problems).toMatchObject([{ code: "FIELD_TOO_SHORT" }]);
    expect((await test.send("GET", link, null)).statusCode).toBe(200);
    expect((await apply(manager, yaml, bySecret("a good long password"))).json().problems).toEqual([]);
    expect((await test.send("GET", link, null)).statusCode).toBe(410);
    expect(
      (await test.send("POST", "/api/session", null, { login: "boss", password: "a good long password" })).statusCode,
    ).toBe(200);
    expect((await post("/api/centre-file/plan", technician, { yaml })).json().changes).toEqual([]);
  });
});

describe("machine tokens", () => {
  type Token = { readonly id: string; readonly token: string; readonly expiresAt: number };
  const make = async (cookie: string, roles: string[], more: object = {}): Promise<Token> =>
    (await post("/api/tokens", cookie, { name: "script", roles, ...more })).json();
  const by = (token: string, method: "GET" | "POST" | "PUT" | "DELETE", url: string, body?: object) =>
    test.send(method, url, null, body, { authorization: `Bearer ${token}` });

  it("live 90 days unless told, a year at most", async () => {
    const day = 86_400_000;
    const usual = await make(manager, ["technician"]);
    const short = await make(manager, ["technician"], { expiresInDays: 1 });
    expect(Math.round((usual.expiresAt - short.expiresAt) / day)).toBe(89);
    expect(
      (await post("/api/tokens", manager, { name: "x", roles: ["operator"], expiresInDays: 366 })).statusCode,
    ).toBe(400);
  });

  it("make neither tokens nor people", async () => {
    const { token } = await make(manager, ["manager"]);
    const user = { login: "made", name: "Made", roles: ["manager"] };
    const file = (await exported()).replace("users:", "users:\n  - {login: made, name: Made, roles: [manager]}");
    for (const answer of [
      await by(token, "POST", "/api/tokens", { name: "x", roles: ["manager"] }),
      await by(token, "PUT", "/api/config/user/made", user),
      await by(token, "DELETE", "/api/config/user/user-tech"),
      await by(token, "POST", "/api/users/user-tech/invitation", {}),
      await by(token, "POST", "/api/centre-file/apply", { yaml: file }),
    ])
      expect([answer.statusCode, answer.json().said?.code]).toEqual([403, "TOKEN_GIVES_NO_RIGHTS"]);
    expect((await by(token, "GET", "/api/tokens")).statusCode).toBe(200);
  });

  it("may nothing that their maker may not, and end with them", async () => {
    const second = await test.addPerson("second", ["manager"]);
    const { id, token } = await make(second.cookie, ["manager", "technician"]);
    const status = async (url: string) => (await by(token, "GET", url)).statusCode;
    expect([await status("/api/tokens"), await status("/api/system")]).toEqual([200, 200]);
    const put = (value: object) =>
      test.send("PUT", "/api/config/user/user-second", manager, { login: "second", name: "Second", ...value });
    await put({ roles: ["technician"] });
    expect([await status("/api/tokens"), await status("/api/system")]).toEqual([403, 200]);
    await put({ roles: ["manager"], active: false });
    expect(await status("/api/system")).toBe(401);
    const listed = async () =>
      (await test.send("GET", "/api/tokens", manager)).json().items.find((item: Token) => item.id === id);
    expect(await listed()).toMatchObject({ maker: "Second", ended: true });
    await test.send("DELETE", "/api/config/user/user-second", manager);
    expect(await listed()).toBeUndefined();
  });
});
