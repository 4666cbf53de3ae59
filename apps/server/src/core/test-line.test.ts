import { scenarioSchema, testNumberId, testScenarioId, testTrunkId, trunkSchema } from "@centrala/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";

let test: TestApp;
let manager: string;
const number = {
  id: testNumberId,
  number: "123",
  trunkId: testTrunkId,
  clientId: "main",
  scenarioId: testScenarioId,
  label: "T",
  recording: null,
};
const scenario = scenarioSchema.parse({
  id: testScenarioId,
  name: "Test",
  clientId: "main",
  language: "en",
  start: "queue",
  steps: { queue: { kind: "queue", queueId: "main", otherwise: null } },
});
const trunk = trunkSchema.parse({ id: testTrunkId, name: "Test", host: "127.0.0.1", sources: ["127.0.0.1"] });

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
});
afterAll(() => test.stop());

describe("the line of test calls", () => {
  it("is for telephony and the core only: no page, no file, no store, and nobody calls out by it", async () => {
    const { config, core } = test.centre();
    await config.setTestLine({ trunk, number, scenario });
    expect(config.current.trunk).toEqual([]);
    expect(config.running.trunk.map(({ id }) => id)).toEqual([testTrunkId]);
    expect(core.state.config.numbers.has(testNumberId)).toBe(true);
    expect(core.state.config.trunkIds).toEqual([]);
    expect((await test.send("GET", "/api/config/trunk", manager)).json().items).toEqual([]);
    expect((await test.send("GET", "/api/centre-file", manager)).body).not.toMatch(/test-(line|call|number)/);
  });

  it("loses its trunk with the last call, without another entry of the journal, and stands in nobody's way", async () => {
    const { config, core } = test.centre();
    const { seq } = core;
    await config.setTestLine({ trunk: null, number, scenario });
    expect([config.running.trunk, core.seq]).toEqual([[], seq]);
    expect((await test.send("DELETE", "/api/config/queue/main", manager)).json().details).toEqual([
      expect.objectContaining({ code: "USED_BY_SCENARIO", params: { name: expect.not.stringMatching("Test") } }),
    ]);
  });

  it("is for persons", async () => {
    const { token } = (await test.send("POST", "/api/tokens", manager, { name: "t", roles: ["operator"] })).json();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await test.send("POST", "/api/test-call", null, { language: "en" }, headers);
    expect(answer.statusCode).toBe(403);
  });
});
