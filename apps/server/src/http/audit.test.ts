import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { auditKinds } from "@centrala/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
});
afterAll(() => test.stop());

type Line = { readonly id: number; readonly what: string; readonly who: string };
const audit = async (query = "") =>
  (await test.send("GET", `/api/audit${query}`, manager)).json() as { items: Line[]; next: string | null };

describe("the audit", () => {
  it("names who did what to what, with the names of today", async () => {
    const { id } = await test.addPerson("ivan", ["operator"], { name: "Иван Георгиев" });
    await test.send("PUT", "/api/config/skill/russian", manager, { name: "Руски" });
    await test.send("POST", "/api/session", null, { login: "ivan", password: "not this one" });
    await test.send("PUT", `/api/config/user/${id}`, manager, { login: "ivan", name: "Иван Г.", roles: ["operator"] });
    const { items } = await audit();
    const mariaId = test.centre().config.current.user.find((user) => user.login === "maria")?.id;
    const by = { who: mariaId, whoName: "Мария Петрова", by: "person" };
    expect(items).toMatchObject([
      { ...by, what: "entity.put", target: `user/${id}`, targetName: "Иван Г." },
      { who: "stranger", whoName: null, by: "stranger", what: "session.refuse", targetName: "Иван Г." },
      { ...by, what: "entity.put", target: "skill/russian", targetName: "Руски", detail: {} },
      { ...by, what: "centre.create", targetName: null },
    ]);
    expect(items[1]).toMatchObject({ detail: { address: "127.0.0.1", times: 1 } });
  });

  it("is narrowed by person, kind and time, and read page by page", async () => {
    const { id: centreId } = test.centre();
    for (let count = 0; count < 450; count += 1)
      await test.store.audit.add(centreId, {
        who: count % 3 === 0 ? "cli" : "token:x",
        what: "test-call.start",
        target: "centre",
      });
    const seen: number[] = [];
    let next: string | null = "";
    while (next !== null) {
      const page: Awaited<ReturnType<typeof audit>> = await audit(
        `?what=test-call.start&who=cli&limit=100${next === "" ? "" : `&cursor=${next}`}`,
      );
      seen.push(...page.items.map(({ id }) => id));
      next = page.next;
    }
    expect([seen.length, new Set(seen).size]).toEqual([150, 150]);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    const now = Date.now();
    expect((await audit(`?to=${now - 3_600_000}`)).items).toEqual([]);
    expect((await audit(`?from=${now - 3_600_000}&what=centre.create`)).items).toHaveLength(1);
    expect((await test.send("GET", "/api/audit?what=made.up", manager)).statusCode).toBe(400);
  });

  it("is the manager's alone", async () => {
    for (const role of ["operator", "supervisor", "technician"] as const) {
      const { cookie } = await test.addPerson(`a-${role}`, [role]);
      expect([role, (await test.send("GET", "/api/audit", cookie)).statusCode]).toEqual([role, 403]);
    }
  });

  it("has a kind for everything that the server writes down", () => {
    const root = join(import.meta.dirname, "..");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
    );
    const written = files.flatMap((name) => {
      const text = readFileSync(join(root, name), "utf8");
      return [...text.matchAll(/(?:what: |audit\([^"]*|note\([^"]*)"([a-z-]+\.[a-z-]+)"/g)].map(
        (match) => match[1] ?? "",
      );
    });
    expect([...new Set(written)].filter((kind) => !(auditKinds as readonly string[]).includes(kind))).toEqual([]);
    expect(written.length).toBeGreaterThan(15);
  });
});
