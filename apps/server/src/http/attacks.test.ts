import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HeavyLimit } from "./heavy-limit.ts";
import { Proxies } from "./proxies.ts";
import { password, type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
});
afterAll(() => test.stop());

const managers = () =>
  test.centre().config.current.user.filter((user) => user.active && user.roles.includes("manager"));
const put = (login: string, roles: readonly string[], active: boolean, cookie = manager) =>
  test.send("PUT", `/api/config/user/user-${login}`, cookie, { login, name: login, roles, active });

describe("two at once", () => {
  it("leave a centre its manager when each gives it up", async () => {
    const { id } = managers()[0] ?? { id: "" };
    const { cookie } = await test.addPerson("second", ["manager"]);
    const first = { login: "maria", name: "Мария Петрова", roles: ["operator"] };
    // Each asks for oneself: whoever is late is a manager still, and must be the last.
    const answers = await Promise.all([
      put("second", ["manager"], false, cookie),
      test.send("PUT", `/api/config/user/${id}`, manager, first),
    ]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 422]);
    expect(answers.find(({ statusCode }) => statusCode === 422)?.json().details[0].code).toBe("LAST_MANAGER");
    expect(managers()).toHaveLength(1);
    await test.store.entities.put(test.centre().id, "user", {
      ...first,
      id,
      roles: ["manager", "operator"],
      language: "bg",
      extension: "201",
      active: true,
      skills: [],
    });
    await test.centre().config.reload();
  });

  it("get one link that works, and a password that is set ends all of them", async () => {
    const tokenOf = (answer: { json(): { url: string } }) => answer.json().url.split("/").at(-1) ?? "";
    const works = async (token: string) =>
      (await test.send("GET", `/api/invitations/${token}`, null)).statusCode === 200;
    const { cookie } = await test.addPerson("invited", ["operator"]);
    const invite = () => test.send("POST", "/api/users/user-invited/invitation", manager, {});
    const both = (await Promise.all([invite(), invite()])).map(tokenOf);
    expect((await Promise.all(both.map(works))).filter(Boolean)).toHaveLength(1);
    const next = { current: password, next: "another good password" };
    expect((await test.send("POST", "/api/session/password", cookie, next)).statusCode).toBe(200);
    expect(await Promise.all(both.map(works))).toEqual([false, false]);
    const { id } = test.centre();
    const [one, other] = await Promise.all([1, 2].map(() => test.store.invitations.create(id, "user-invited", 60_000)));
    const redeem = (token = "") =>
      test.send("POST", `/api/invitations/${token}`, null, { password: "one more password" });
    const used = await Promise.all([redeem(one?.token), redeem(other?.token)]);
    expect(used.map(({ statusCode }) => statusCode).sort()).toEqual([200, 410]);
  });
});

describe("what grows for ever", () => {
  it("grows by one line when one IPv6 network fails to sign in from many addresses", async () => {
    Object.assign(test.app, { proxies: new Proxies(["127.0.0.1"]) });
    for (let host = 1; host <= 8; host += 1) {
      const headers = { "x-forwarded-for": `2001:db8::${host}`, "x-forwarded-proto": "https" };
      const guess = { login: "maria", password: "a guess" };
      await test.send("POST", "/api/session", null, guess, { ...headers, origin: "https://localhost:8080" });
    }
    Object.assign(test.app, { proxies: new Proxies([]) });
    const { items } = await test.store.audit.list(test.centre().id, { limit: 200 });
    const refusals = items.filter(({ what }) => what === "session.refuse");
    expect(refusals.map(({ detail }) => detail)).toEqual([{ address: "2001:db8:0:0::/64", times: 1 }]);
  });

  it("grows by many rows at once as slowly as by many changes", async () => {
    const { cookie } = await test.addPerson("hasty", ["manager"]);
    const ids = Array.from({ length: 1_000 }, (_, index) => `nobody-${index}`);
    const erase = () => test.send("POST", "/api/customers/bulk", cookie, { ids, action: { do: "erase" } });
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 40) statuses.push((await erase()).statusCode);
    expect(statuses.length).toBeLessThan(30);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
  });
});

describe("a browser that is known", () => {
  const signIn = (login: string, secret: string, cookie: string, remoteAddress: string) =>
    test.servers.http.inject({
      method: "POST",
      url: "/api/session",
      headers: { host: "localhost:8080", origin: "http://localhost:8080", cookie },
      remoteAddress,
      payload: { login, password: secret },
    });
  const deviceOf = (answer: { headers: Record<string, unknown> }) =>
    String((answer.headers["set-cookie"] as string[])[1]).split(";")[0] ?? "";

  it("is known to those who signed in on it: a colleague's guesses count like a stranger's", async () => {
    await test.addPerson("insider", ["operator"]);
    await test.addPerson("target", ["manager"]);
    // A new browser for every few guesses, each well known to the colleague.
    const devices: string[] = [];
    for (let count = 0; count < 2; count += 1)
      devices.push(deviceOf(await signIn("insider", password, "", "127.0.0.80")));
    for (let guess = 0; guess < 5; guess += 1) await signIn("target", "a guess", devices[0] ?? "", "127.0.0.80");
    expect((await signIn("target", "a guess", devices[1] ?? "", "127.0.0.80")).statusCode).toBe(429);
    // Shared by both, it knows both.
    const shared = deviceOf(await signIn("target", password, devices[1] ?? "", "127.0.0.81"));
    expect((await signIn("target", password, shared, "127.0.0.80")).statusCode).toBe(200);
    expect((await signIn("insider", password, shared, "127.0.0.80")).statusCode).toBe(200);
    expect((await signIn("target", password, `${shared}x`, "127.0.0.80")).statusCode).toBe(429);
  });

  it("is not locked out by who fails beside it, behind the same address", async () => {
    const device = deviceOf(await signIn("insider", password, "", "127.0.0.82"));
    for (let count = 0; count < 60; count += 1) await signIn(`nobody${count}`, "x", "", "127.0.0.82");
    expect((await signIn("insider", password, "", "127.0.0.82")).statusCode).toBe(429);
    expect((await signIn("insider", password, device, "127.0.0.82")).statusCode).toBe(200);
  });
});

describe("large requests", () => {
  it("are a few at once, of each and of all", () => {
    const limit = new HeavyLimit({ perCaller: 2, inAll: 3 });
    const first = limit.begin("a");
    expect([first, limit.begin("a"), limit.begin("b")].every((end) => end !== undefined)).toBe(true);
    expect([limit.begin("a"), limit.begin("c")]).toEqual([undefined, undefined]);
    first?.();
    expect(limit.begin("c")).toBeDefined();
    expect(limit.begin("a")).toBeUndefined();
  });

  it("of one person are refused above three, and taken again when those are over", async () => {
    const { cookie } = await test.addPerson("uploader", ["technician"]);
    const plan = () => test.send("POST", "/api/centre-file/plan", cookie, { yaml: "version: 1\n" });
    const statuses = (await Promise.all([plan(), plan(), plan(), plan(), plan()])).map(({ statusCode }) => statusCode);
    expect(statuses.sort()).toEqual([200, 200, 200, 429, 429]);
    expect((await plan()).statusCode).toBe(200);
  });
});
