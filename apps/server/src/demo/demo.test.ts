import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { centreScope } from "@centrala/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { App } from "../app.ts";
import { parseCentreFile } from "../centre-file/parse.ts";
import { findNumber, readNumber } from "../core/numbers.ts";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { destinations } from "./callers.ts";
import { ensureDemoCentre } from "./centre.ts";

let test: TestApp;
let app: App;
let data: string;

beforeAll(async () => {
  test = await testApp();
  data = mkdtempSync(join(tmpdir(), "centrala-demo-"));
  app = { ...test.app, places: { ...test.app.places, data } };
}, 60_000);
afterAll(async () => {
  await test.stop();
  rmSync(data, { recursive: true, force: true });
}, 60_000);

describe("the demonstration centre", () => {
  it("is made of its file, with people, queues and customers in three languages", async () => {
    const { centre, logins } = await ensureDemoCentre(app);
    const { client, queue, user, scenario } = centre.config.current;
    expect(client.map(({ id, language }) => [id, language])).toEqual([
      ["balkan-express", "ru"],
      ["nord-service", "en"],
      ["zelena-kashta", "bg"],
    ]);
    expect({ queues: queue.length, people: user.length, scenarios: scenario.length, logins: logins.length }).toEqual({
      queues: 4,
      people: 9,
      scenarios: 4,
      logins: 9,
    });
    for (const { id } of client)
      expect(
        (await app.store.customers.search(centreScope(centre.id), "", { clientId: id, limit: 200 })).items.length,
      ).toBeGreaterThan(65);
  }, 30_000);

  it("has a customer whose name is as long as names get", async () => {
    const { centre } = await ensureDemoCentre(app);
    const [found] = (await app.store.customers.search(centreScope(centre.id), "Хаджидимитрова")).items;
    expect([...(found?.name ?? "")].length).toBe(45);
  });

  it("keeps its logins in a file for the owner only, each with a password of its own that works", async () => {
    const { centre, logins } = await ensureDemoCentre(app);
    const path = join(data, "demo-logins.txt");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toEqual(logins);
    expect(logins[0]).toMatch(/^manager +/);
    expect(new Set(logins.map((line) => line.split(/ +/)[1])).size).toBe(9);
    const [login, password] = logins[1]?.split(/ +/) ?? [];
    const user = centre.config.current.user.find((candidate) => candidate.login === login);
    expect(await app.store.credentials.verify(centre.id, user?.id, password ?? "")).toEqual({ ok: true });
  });

  it("is not made twice", async () => {
    const first = await ensureDemoCentre(app);
    const second = await ensureDemoCentre(app);
    expect(second).toEqual(first);
    expect((await app.store.centres.list()).length).toBe(1);
  });

  it("has the numbers that simulated callers phone, and flows that ask for the keys they press", async () => {
    const { centre } = await ensureDemoCentre(app);
    const { current } = centre.config;
    for (const { number, clientId, keys } of destinations) {
      const found = findNumber(current, "demo-line", number);
      expect(found?.clientId, number).toBe(clientId);
      const flow = current.scenario.find((scenario) => scenario.id === found?.scenarioId);
      const asks = Object.values(flow?.steps ?? {}).some((step) => step.kind === "menu" || step.kind === "collect");
      expect(asks, number).toBe(keys.length > 0);
    }
  });

  it("has only whole numbers for its customers", async () => {
    const lines = readFileSync(new URL("../../../../demo/customers.csv", import.meta.url), "utf8")
      .trim()
      .split("\n");
    expect(lines.length).toBe(301);
    const phones = lines.slice(1).map((line) => line.split(";")[3] ?? "");
    expect(phones.filter((phone) => readNumber(phone, "BG").e164 !== phone)).toEqual([]);
    expect(new Set(phones).size).toBe(phones.length);
  });
});

describe("the demonstration's file", () => {
  it("has no mistakes of form and no secrets", () => {
    const yaml = readFileSync(new URL("../../../../demo/centre.yaml", import.meta.url), "utf8");
    const parsed = parseCentreFile(yaml);
    expect(parsed.problems).toEqual([]);
    expect(parsed.file?.users?.some((user) => user.password !== undefined)).toBe(false);
  });
});
