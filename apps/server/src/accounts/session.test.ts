import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieOf, password, type TestApp, testApp } from "../http/testing/test-app.ts";
import { markGuideStep } from "./guide-steps.ts";
import { ensureSetupToken } from "./setup.ts";

let test: TestApp;
let manager: string;

beforeAll(async () => {
  test = await testApp();
});
afterAll(() => test.stop());

const signIn = (login: string, secret: string, address = "127.0.0.1") =>
  test.servers.http.inject({
    method: "POST",
    url: "/api/session",
    headers: { host: "localhost:8080", origin: "http://localhost:8080" },
    remoteAddress: address,
    payload: { login, password: secret },
  });

const centreOf = (token: string, login: string) => ({
  token,
  centre: {
    name: "A",
    kind: "home",
    country: "BG",
    timeZone: "Europe/Sofia",
    language: "bg",
    recordingNotice: true,
    recordCalls: true,
    recordingRetentionDays: 90,
  },
  manager: { name: "A", login, password },
});

describe("set-up", () => {
  it("waits for the one-time link, and refuses another token", async () => {
    expect((await test.send("GET", "/api/setup", null)).json()).toEqual({ needed: true, version: "0.0.0-test" });
    await ensureSetupToken(test.app);
    const refused = await test.send("POST", "/api/setup", null, centreOf("guessed", "a"));
    expect([refused.statusCode, refused.json().code]).toEqual([410, "LINK_EXPIRED"]);
  });

  it("says at once whether a link works, before anything is filled in", async () => {
    const works = async (token: string) =>
      (await test.send("POST", "/api/setup/link", null, { token })).json().works as boolean;
    const first = await ensureSetupToken(test.app);
    const second = await ensureSetupToken(test.app);
    expect([await works("guessed"), await works(first ?? ""), await works(second ?? "")]).toEqual([false, false, true]);
    const mixed = await test.send("POST", "/api/setup", null, centreOf(second ?? "", "весeла"));
    expect(mixed.json().details).toEqual([expect.objectContaining({ path: "manager.login", code: "LOGIN_MIXED" })]);
  });

  it("creates the centre with its first manager and signs in", async () => {
    manager = await test.setUp();
    const session = await test.send("GET", "/api/session", manager);
    expect(session.json()).toMatchObject({
      user: { login: "maria", roles: ["manager", "operator"] },
      centre: { name: "Зора", kind: "in-house", country: "BG" },
      guide: { headset: "open", testCall: "open", colleagues: "open", customers: "open", number: "open" },
    });
    expect((await test.send("GET", "/api/setup", null)).json().needed).toBe(false);
    expect(await ensureSetupToken(test.app)).toBeNull();
    // The same link once more: it has been used.
    expect((await test.send("POST", "/api/setup/link", null, { token: "used" })).json()).toEqual({ works: false });
  });

  it("keeps steps of the guide as done or left out; what was done stays done", async () => {
    const guide = async () => (await test.send("GET", "/api/session", manager)).json().guide as object;
    const leaveOut = (step: string) => test.send("POST", "/api/guide", manager, { step });
    expect((await leaveOut("testCall")).json()).toEqual({ ok: true });
    expect(await guide()).toMatchObject({ testCall: "left-out", customers: "open" });
    await markGuideStep(test.store, test.centre().id, "testCall", "done");
    await leaveOut("testCall");
    expect(await guide()).toMatchObject({ testCall: "done" });
  });
});

describe("a session that is known", () => {
  it("ends with its person at once, and its rights with the roles", async () => {
    const { id, cookie } = await test.addPerson("known", ["operator"]);
    const state = async (to: string) =>
      (await test.send("POST", "/api/desk/state", cookie, { to, reasonId: null })).statusCode;
    expect([await state("available"), await state("offline")]).toEqual([200, 200]);
    const user = { login: "known", name: "known", roles: ["technician"] };
    await test.send("PUT", `/api/config/user/${id}`, manager, user);
    expect(await state("available")).toBe(403);
    await test.send("PUT", `/api/config/user/${id}`, manager, { ...user, active: false });
    expect(await state("available")).toBe(401);
    await test.send("PUT", `/api/config/user/${id}`, manager, { ...user, roles: ["operator"] });
    expect(await state("available")).toBe(401);
  });

  it("ends at once when its person signs out or chooses another password elsewhere", async () => {
    const { cookie: here } = await test.addPerson("twice", ["operator"]);
    const there = cookieOf(await signIn("twice", password));
    const status = async (cookie: string) => (await test.send("GET", "/api/session", cookie)).statusCode;
    expect([await status(here), await status(there)]).toEqual([200, 200]);
    const change = { current: password, next: "another horse battery" };
    expect((await test.send("POST", "/api/session/password", here, change)).statusCode).toBe(200);
    expect([await status(here), await status(there)]).toEqual([200, 401]);
    await test.send("DELETE", "/api/session", here);
    expect(await status(here)).toBe(401);
  });
});

describe("sign-in", () => {
  it("gives a cookie that scripts cannot read and other sites do not send", async () => {
    const response = await signIn("Maria", password);
    expect(response.statusCode).toBe(200);
    expect(String(response.headers["set-cookie"]?.[0])).toMatch(
      /^centrala=[A-Za-z0-9_-]{40,}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=1209600$/,
    );
    expect((await test.send("GET", "/api/session", cookieOf(response))).statusCode).toBe(200);
  });

  it("answers the same to a wrong password and an unknown login", async () => {
    const wrong = await signIn("maria", "something else");
    const unknown = await signIn("nobody", "something else");
    const strip = (body: string) => ({ ...JSON.parse(body), requestId: "" });
    expect(strip(wrong.body)).toEqual(strip(unknown.body));
    expect(wrong.statusCode).toBe(401);
  });

  it("lets a login wait after five failures, whether or not it exists", async () => {
    for (const login of ["ghost", "locked"]) {
      if (login === "locked") await test.addPerson("locked", ["operator"]);
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 6; attempt += 1)
        statuses.push((await signIn(login, "wrong password", "127.0.0.7")).statusCode);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    }
  });

  it("limits tries by address", async () => {
    const statuses = new Set<number>();
    for (let attempt = 0; attempt < 60; attempt += 1)
      statuses.add((await signIn(`stranger${attempt}`, "x", "127.0.0.9")).statusCode);
    expect([...statuses]).toEqual([401]);
    const last = await signIn("maria", password, "127.0.0.9");
    expect([last.statusCode, last.json().code, last.headers["retry-after"] !== undefined]).toEqual([
      429,
      "TOO_MANY_REQUESTS",
      true,
    ]);
  });

  it("lets no stranger lock anybody out who comes from another place, or with their own browser", async () => {
    await test.addPerson("victim", ["operator"]);
    const device = String((await signIn("victim", password, "127.0.0.30")).headers["set-cookie"]?.[1]).split(";")[0];
    expect(device).toMatch(/^centrala-device=/);
    const fromOffice = (secret: string, cookie = "") =>
      test.servers.http.inject({
        method: "POST",
        url: "/api/session",
        headers: { host: "localhost:8080", origin: "http://localhost:8080", cookie },
        remoteAddress: "127.0.0.31",
        payload: { login: "victim", password: secret },
      });
    for (let attempt = 0; attempt < 5; attempt += 1) await fromOffice("guessed");
    expect((await fromOffice(password)).statusCode).toBe(429);
    expect((await fromOffice(password, device)).statusCode).toBe(200);
    expect((await fromOffice(password, `${device}x`)).statusCode).toBe(429);
    expect((await signIn("victim", password, "127.0.0.32")).statusCode).toBe(200);
    // From everywhere at once: only the browser that is known goes on.
    for (let attempt = 0; attempt < 100; attempt += 1) await signIn("victim", "guessed", `127.0.1.${attempt}`);
    expect((await signIn("victim", password, "127.0.0.33")).statusCode).toBe(429);
    expect((await fromOffice(password, device)).statusCode).toBe(200);
  });

  it("writes refusals down, with the address, and one line for many", async () => {
    const { items } = await test.store.audit.list(test.centre().id, { target: "user/user-victim", limit: 200 });
    const office = items.filter(
      ({ what, detail }) => what === "session.refuse" && detail?.["address"] === "127.0.0.31",
    );
    expect(office.map(({ who, what, detail }) => ({ who, what, detail }))).toEqual([
      { who: "stranger", what: "session.refuse", detail: { address: "127.0.0.31", times: 1 } },
    ]);
  });

  it("ends with sign-out", async () => {
    const cookie = cookieOf(await signIn("maria", password));
    expect((await test.send("DELETE", "/api/session", cookie)).json()).toEqual({ ok: true });
    expect((await test.send("GET", "/api/session", cookie)).json().code).toBe("NOT_SIGNED_IN");
  });
});

describe("invitations and passwords", () => {
  it("lets a colleague choose a password once", async () => {
    await test.addPerson("ivan", ["operator"]);
    const first = (await test.send("POST", "/api/users/user-ivan/invitation", manager)).json() as { url: string };
    const second = (await test.send("POST", "/api/users/user-ivan/invitation", manager)).json() as { url: string };
    const token = (url: string) => url.split("/").at(-1) ?? "";
    expect((await test.send("GET", `/api/invitations/${token(first.url)}`, null)).json().code).toBe("LINK_EXPIRED");
    expect((await test.send("GET", `/api/invitations/${token(second.url)}`, null)).json()).toEqual({
      name: "ivan",
      login: "ivan",
      centre: "Зора",
      language: "bg",
    });
    const accepted = await test.send("POST", `/api/invitations/${token(second.url)}`, null, {
      password: "a new long password",
    });
    expect(accepted.json().user.login).toBe("ivan");
    expect(
      (await test.send("POST", `/api/invitations/${token(second.url)}`, null, { password: "another password" })).json()
        .code,
    ).toBe("LINK_EXPIRED");
    expect((await signIn("ivan", "a new long password")).statusCode).toBe(200);
  });

  it("changes one's own password and ends the other sessions", async () => {
    const { cookie } = await test.addPerson("petar", ["operator"]);
    const other = cookieOf(await signIn("petar", password));
    expect(
      (
        await test.send("POST", "/api/session/password", cookie, { current: "not it", next: "a new long password" })
      ).json().code,
    ).toBe("LOGIN_REFUSED");
    expect(
      (await test.send("POST", "/api/session/password", cookie, { current: password, next: "a new long password" }))
        .statusCode,
    ).toBe(200);
    expect((await test.send("GET", "/api/session", cookie)).statusCode).toBe(200);
    expect((await test.send("GET", "/api/session", other)).statusCode).toBe(401);
  });
});
