import { readFileSync } from "node:fs";
import { say } from "@centrala/contract";
import { required } from "@centrala/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { parseCentreFile, promptFilesOf, secretKey, secretsOf } from "./parse.ts";
import { exampleCentreFile, referenceUrl, schemaText, schemaUrl } from "./reference.ts";

describe("reading", () => {
  const problems = (text: string) => parseCentreFile(text).problems;

  it("names mistakes of form by line and field", () => {
    const text = `version: 1
clients:
  - id: zora
    name: Zora
    color: "#ff0000"
  - id: Not a key
    name: Other
queues:
  - id: main
    name: Main
    clientId: zora
    ringTimeoutMs: 10
`;
    expect(problems(text)).toEqual([
      { path: "clients.0.color", line: 5, ...say("FIELD_UNKNOWN", { field: "color" }) },
      { path: "clients.1.id", line: 6, ...say("FORM_KEY") },
      {
        path: "queues.0.ringTimeoutMs",
        line: 12,
        message: expect.any(String),
        code: "FIELD_TOO_SMALL",
        params: { min: 5_000 },
      },
    ]);
  });

  it("names a field that is missing by the line of what lacks it", () => {
    expect(problems("version: 1\nskills:\n  - id: a\n    name: A\n  - id: b\n")).toEqual([
      { path: "skills.1.name", line: 5, message: expect.any(String), code: "FIELD_MISSING", params: {} },
    ]);
  });

  it("says where YAML is broken, and survives whatever comes", () => {
    expect(problems("version: 1\nclients: [\n")).toEqual([
      expect.objectContaining({ code: "YAML_INVALID", line: expect.any(Number) }),
    ]);
    expect(problems("version: 1\nversion: 1\n")).toEqual([expect.objectContaining({ code: "YAML_INVALID", line: 2 })]);
    expect(problems("")).toEqual([expect.objectContaining({ path: "version", line: 1 })]);
    expect(problems("- 1\n- 2\n").length).toBe(1);
    expect(problems("version: 2")).toEqual([expect.objectContaining({ path: "version", line: 1 })]);
    expect(problems("x".repeat(4_000_001))).toEqual([expect.objectContaining({ code: "FILE_OVER_4_MB" })]);
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${[..."bcdefghi"].map((name, index) => `${name}: &${name} [${`*${"abcdefghi"[index]}, `.repeat(9)}]`).join("\n")}\n`;
    expect(problems(bomb)).toEqual([expect.objectContaining({ code: "YAML_ANCHOR", line: 1 })]);
    expect(problems(`version: 1\nclients: ${"[".repeat(3_000_000)}`)).toEqual([
      expect.objectContaining({ code: "YAML_NESTING", line: 2 }),
    ]);
    expect(problems(`version: 1\nclients:\n${"- ".repeat(1_000_000)}`)).toEqual([
      expect.objectContaining({ code: "YAML_NESTING", line: 3 }),
    ]);
  });

  it("takes no secret that stands in the file itself", () => {
    expect(problems("version: 1\nusers:\n  - {login: a, name: A, roles: [manager], password: secret}\n")).toEqual([
      expect.objectContaining({ path: "users.0.password", line: 3 }),
    ]);
  });
});

describe("the reference", () => {
  it("holds an example that is a whole file without mistakes, with every secret and file named", () => {
    const { file, problems } = parseCentreFile(exampleCentreFile());
    expect(problems).toEqual([]);
    expect(file === null ? null : secretsOf(file).map(secretKey)).toEqual([
      "env:CARRIER_PASSWORD",
      "env:MARIA_PASSWORD",
      "file:secrets/ivan-phone.txt",
    ]);
    expect(file === null ? null : promptFilesOf(file)).toEqual([
      { promptId: "welcome-bg", path: "prompts/welcome-bg.wav" },
    ]);
  });

  it("is kept equal to the schema (write it anew with: node apps/server/src/centre-file/reference.ts)", () => {
    expect(JSON.parse(readFileSync(schemaUrl, "utf8"))).toEqual(JSON.parse(schemaText()));
  });

  it("explains every section of the schema", () => {
    const reference = readFileSync(referenceUrl, "utf8");
    const sections = Object.keys((JSON.parse(schemaText()) as { properties: object }).properties);
    for (const section of sections) expect(reference).toContain(`\`${section}\``);
  });
});

describe("planning and applying", () => {
  let test: TestApp;
  let manager: string;
  beforeAll(async () => {
    test = await testApp();
    manager = await test.setUp();
  });
  afterAll(() => test.stop());

  const plan = async (yaml: string) => (await test.send("POST", "/api/centre-file/plan", manager, { yaml })).json();
  const apply = async (yaml: string, secrets?: object) =>
    (await test.send("POST", "/api/centre-file/apply", manager, { yaml, secrets })).json();
  const exported = async (customers = "yes") =>
    (await test.send("GET", `/api/centre-file?customers=${customers}`, manager)).body;
  const secrets = {
    "env:CARRIER_PASSWORD": "carrier-secret",
    "env:MARIA_PASSWORD": "maria chooses this",
    "file:secrets/ivan-phone.txt": "phone-secret",
  };

  it("finds nothing to change in what was just exported", async () => {
    expect(await plan(await exported())).toEqual({ changes: [], problems: [], deletes: null });
  });

  it("plans first, changes nothing by that, then brings the centre to the file", async () => {
    const before = await exported();
    const planned = await plan(exampleCentreFile());
    expect(planned.problems).toEqual([]);
    expect(planned.changes).toContainEqual({
      action: "create",
      kind: "trunk",
      id: "carrier",
      fields: expect.arrayContaining(["host", "registration"]),
    });
    expect(planned.changes).toContainEqual({ action: "remove", kind: "client", id: "main", fields: [] });
    expect(planned.changes).toContainEqual({
      action: "create",
      kind: "customer",
      id: "Елена Тодорова",
      fields: expect.arrayContaining(["phones"]),
    });
    expect(await exported()).toBe(before);
    const applied = await apply(exampleCentreFile(), secrets);
    expect([applied.problems, applied.changes]).toEqual([[], planned.changes]);
    expect(await plan(exampleCentreFile())).toEqual({ changes: [], problems: [], deletes: null });
    expect((await apply(exampleCentreFile(), secrets)).changes).toEqual([]);
  });

  it("keeps people's ids and passwords, sets first ones, and makes the unlisted inactive", async () => {
    const config = test.centre().config.current;
    const id = (login: string) => config.user.find((user) => user.login === login)?.id ?? "";
    expect((await test.send("GET", "/api/session", manager)).json().user.id).toBe(id("maria"));
    // She had chosen a password before: the file's first password does not replace it.
    expect(await test.store.credentials.verify(test.centre().id, id("maria"), "maria chooses this")).toMatchObject({
      ok: false,
    });
    expect(await test.store.secrets.get(test.centre().id, "trunk", "carrier")).toBe("carrier-secret");
    expect(await test.store.secrets.get(test.centre().id, "device", "ivan-phone")).toBe("phone-secret");
    const only = "version: 1\nusers:\n  - {login: maria, name: Maria, roles: [manager, operator]}\n";
    const { changes, problems } = await plan(only);
    expect(problems).toEqual([]);
    expect(changes).toContainEqual({ action: "change", kind: "user", id: "ivan", fields: ["active"] });
  });

  it("exports no secret, and the export applies without change even with customers", async () => {
    const text = await exported();
    expect(text).not.toMatch(/carrier-secret|phone-secret|password/);
    expect(parse(text)).toMatchObject({
      version: 1,
      customers: [{ name: "Елена Тодорова", phones: ["+359888123456"] }],
    });
    expect(await plan(text)).toEqual({ changes: [], problems: [], deletes: null });
    expect(parse(await exported("no"))).not.toHaveProperty("customers");
  });

  it("holds against no centre what was there before a rule was made: a login of two scripts stays", async () => {
    const [first] = test.centre().config.current.user;
    const old = { ...required(first, "a person"), id: "user-old", login: "весeла", extension: null };
    await test.store.entities.put(test.centre().id, "user", old);
    await test.centre().config.reload();
    const text = await exported("no");
    expect(await plan(text)).toEqual({ changes: [], problems: [], deletes: null });
    const twice = await plan(text.replace("весeла", "петъp"));
    expect(twice.problems).toMatchObject([{ code: "LOGIN_MIXED" }]);
    await test.store.entities.delete(test.centre().id, "user", old.id);
    await test.centre().config.reload();
  });

  it("names references to what is not there, and then changes nothing", async () => {
    const text = `version: 1
queues:
  - id: sales
    name: Sales
    clientId: nobody
    operators:
      - login: maria
      - login: ghost
  - {id: orders, name: Orders, clientId: zora}
`;
    const { problems, changes } = await apply(text);
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      { path: "queues.0.operators.1.login", line: 8, ...say("LOGIN_MISSING", { id: "ghost" }) },
      { path: "queues.0.clientId", line: 5, ...say("CLIENT_MISSING", { id: "nobody" }) },
    ]);
  });

  it("wants every secret that is not stored yet, and a manager to stay", async () => {
    const device =
      "version: 1\nusers:\n  - login: maria\n    name: Maria\n    roles: [manager, operator]\n    devices:\n      - {id: new-phone, username: new-phone, password: {env: NEW_PHONE}}\n";
    expect((await apply(device)).problems).toEqual([
      { path: "users.0.devices.0.password", line: 7, ...say("SECRET_MISSING", { id: "env:NEW_PHONE" }) },
    ]);
    const nobody = "version: 1\nusers:\n  - {login: ivan, name: Ivan, roles: [operator]}\n";
    expect((await plan(nobody)).problems).toContainEqual({ path: "users", line: 2, ...say("LAST_MANAGER") });
  });
});
