import type { ServerMessage } from "@centrala/contract";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { closeTabs, Tab } from "./testing/tab.ts";

let test: TestApp;
let manager: string;
let port: number;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  port = (await test.servers.listen()).httpPort;
});
afterEach(() => closeTabs());
afterAll(() => test.stop());

let asked = 0;
type Answered = Extract<ServerMessage, { kind: "answered" }>;
const answerOf = async (tab: Tab, id: string): Promise<Answered["outcome"]> =>
  (await tab.next("answered", (message) => message.id === id)).outcome;
const click = (tab: Tab, name: string, more: object = {}): Promise<Answered["outcome"]> => {
  const id = `click-${(asked += 1)}`;
  tab.say({ kind: "command", id, name, ...more });
  return answerOf(tab, id);
};
const tabOf = async (cookie: string, hello: object = {}): Promise<Tab> => {
  const tab = new Tab(port, cookie);
  await tab.hello(hello);
  return tab;
};
const to = (state: string) => ({ body: { to: state, reasonId: null } });
const stateOf = (id: string) => test.centre().core.state.operators.get(id)?.duty.state;

describe("commands over the live connection", () => {
  it("do and answer what the route of the same name does and answers", async () => {
    const { id, cookie } = await test.addPerson("click", ["operator"]);
    const tab = await tabOf(cookie);
    expect(await click(tab, "deskState", to("available"))).toEqual({ ok: true, result: { ok: true } });
    expect(stateOf(id)).toBe("available");
    const byHttp = async (method: "POST" | "PUT", url: string, body?: object) => {
      const { statusCode, json } = await test.send(method, url, cookie, body);
      return { ok: false, status: statusCode, error: { ...json(), requestId: expect.any(String) } };
    };
    const hold = { on: true };
    const params = { id: "0199aaaa-0000-7000-8000-000000000000" };
    expect(await click(tab, "acceptOffer", { params })).toEqual(
      await byHttp("POST", `/api/desk/offers/${params.id}/accept`),
    );
    expect(await click(tab, "hold", { params, body: hold })).toEqual(
      await byHttp("POST", `/api/desk/contacts/${params.id}/hold`, hold),
    );
    expect(await click(tab, "sendKeys", { params, body: { keys: "x" } })).toMatchObject({
      ok: false,
      status: 400,
      error: { code: "INPUT_INVALID", details: [{ path: "keys" }] },
    });
    expect(await click(tab, "note", { params, body: { text: "?" } })).toEqual(
      await byHttp("PUT", `/api/desk/contacts/${params.id}/note`, { text: "?" }),
    );
    const target = { kind: "operator", operatorId: "nobody" };
    expect(await click(tab, "dial", { body: { target, customerId: params.id } })).toMatchObject({
      status: 404,
      error: { code: "NOT_FOUND" },
    });
  });

  it("are taken in order, and once each, also when they come again after a break", async () => {
    const { id, cookie } = await test.addPerson("order", ["operator"]);
    const tab = new Tab(port, cookie);
    const { stream } = await tab.hello();
    const before = test.centre().core.seq;
    const states = ["available", "offline", "available", "offline", "available"];
    const outcomes = await Promise.all(states.map((state) => click(tab, "deskState", to(state))));
    expect(outcomes.map(({ ok }) => ok)).toEqual(states.map(() => true));
    expect([stateOf(id), test.centre().core.seq]).toEqual(["available", before + states.length]);
    tab.say({ kind: "command", id: "twice", name: "deskState", ...to("offline") });
    await answerOf(tab, "twice");
    await click(tab, "deskState", to("available"));
    const seq = test.centre().core.seq;
    tab.socket.terminate();
    const again = await tabOf(cookie, { resume: { stream, seq: 0 } });
    again.say({ kind: "command", id: "twice", name: "deskState", ...to("offline") });
    expect(await answerOf(again, "twice")).toEqual({ ok: true, result: { ok: true } });
    expect([stateOf(id), test.centre().core.seq]).toEqual(["available", seq]);
  });

  it("ask for rights each time", async () => {
    const { id, cookie } = await test.addPerson("rights", ["operator"]);
    const tab = await tabOf(cookie);
    expect((await click(tab, "deskState", to("available"))).ok).toBe(true);
    const user = { login: "rights", name: "rights", roles: ["technician"] };
    await test.send("PUT", `/api/config/user/${id}`, manager, user);
    expect(await click(tab, "deskState", to("offline"))).toMatchObject({ status: 403, error: { code: "FORBIDDEN" } });
    await test.send("PUT", `/api/config/user/${id}`, manager, { ...user, active: false });
    expect(await tab.closed()).toBe(4001);
  });

  it("have the limit that requests have, and share it with them", async () => {
    const { cookie } = await test.addPerson("fast", ["operator"]);
    for (let count = 0; count < 240; count += 1)
      await test.send("POST", "/api/session/language", cookie, { language: "en" });
    const tab = await tabOf(cookie);
    const codes = new Set<string>();
    for (let count = 0; count < 30; count += 1) {
      const outcome = await click(tab, "deskState", to("available"));
      codes.add(outcome.ok ? "OK" : outcome.error.code);
    }
    expect([...codes]).toContain("TOO_MANY_REQUESTS");
  });

  it("are what the contract names, or end the connection", async () => {
    const { cookie } = await test.addPerson("strange", ["operator"]);
    const tab = await tabOf(cookie);
    tab.say({ kind: "command", id: "x", name: "deleteEntity", params: { kind: "user", id: "u" } });
    expect(await tab.closed()).toBe(1007);
  });
});
