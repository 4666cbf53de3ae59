import { type Role, routes } from "@centrala/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;
const cookies = new Map<Role, string>();
const roles: readonly Role[] = ["operator", "supervisor", "manager", "technician"];

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  for (const role of roles) cookies.set(role, (await test.addPerson(`only-${role}`, [role])).cookie);
});
afterAll(() => test.stop());

describe("roles", () => {
  it("lets a machine's token act by its roles, but gives it no desk", async () => {
    const made = (
      await test.send("POST", "/api/tokens", manager, { name: "script", roles: ["technician"] })
    ).json() as { id: string; token: string };
    const headers = { authorization: `Bearer ${made.token}` };
    const send = (method: "GET" | "POST" | "DELETE", url: string) =>
      test.servers.http.inject({ method, url, headers: { host: "localhost:8080", ...headers } });
    expect((await send("GET", "/api/system")).statusCode).toBe(200);
    expect((await send("GET", "/api/tokens")).statusCode).toBe(403);
    expect((await send("GET", "/api/desk")).statusCode).toBe(403);
    expect((await send("POST", "/api/devices/none/password")).statusCode).toBe(404);
    const listed = (await test.send("GET", "/api/tokens", manager)).json() as { items: { id: string }[] };
    expect(listed.items.map((item) => item.id)).toContain(made.id);
    await test.send("DELETE", `/api/tokens/${made.id}`, manager);
    expect((await send("GET", "/api/system")).statusCode).toBe(401);
  });

  it("keeps a technician from making managers", async () => {
    const user = { login: "evil", name: "Evil", roles: ["manager"] };
    const refused = await test.send("PUT", "/api/config/user/user-evil", cookies.get("technician") ?? null, user);
    expect(refused.statusCode).toBe(403);
    const file =
      "version: 1\nusers:\n  - {login: maria, name: Maria, roles: [manager, operator], extension: '101', language: bg}\n  - {login: evil, name: Evil, roles: [manager]}\n";
    expect(
      (await test.send("POST", "/api/centre-file/apply", cookies.get("technician") ?? null, { yaml: file })).statusCode,
    ).toBe(403);
  });

  it("forgets a person who was made inactive at once", async () => {
    const { id, cookie } = await test.addPerson("gone", ["operator"]);
    expect((await test.send("GET", "/api/session", cookie)).statusCode).toBe(200);
    await test.send("PUT", `/api/config/user/${id}`, manager, {
      login: "gone",
      name: "Gone",
      roles: ["operator"],
      active: false,
    });
    expect((await test.send("GET", "/api/session", cookie)).statusCode).toBe(401);
  });
});

describe("origin", () => {
  const post = (headers: Record<string, string>) =>
    test.servers.http.inject({
      method: "POST",
      url: "/api/session/language",
      headers: { host: "localhost:8080", cookie: cookies.get("manager") ?? "", ...headers },
      payload: { language: "en" },
    });

  it("refuses what another site's page sends with our user's cookie", async () => {
    for (const headers of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: "http://localhost:3000" },
      { "sec-fetch-site": "cross-site" },
      {},
    ]) {
      const response = await post(headers as unknown as Record<string, string>);
      expect([headers, response.statusCode, response.json().code]).toEqual([headers, 403, "ORIGIN_REFUSED"]);
    }
  });

  it("takes what our own page sends", async () => {
    expect((await post({ origin: "http://localhost:8080" })).statusCode).toBe(200);
    expect((await post({ "sec-fetch-site": "same-origin" })).statusCode).toBe(200);
  });

  it("refuses another site's sign-in form", async () => {
    const response = await test.servers.http.inject({
      method: "POST",
      url: "/api/session",
      headers: { host: "localhost:8080", origin: "http://evil.example" },
      payload: { login: "a", password: "b" },
    });
    expect(response.json().code).toBe("ORIGIN_REFUSED");
  });
});

describe("hosts and networks", () => {
  const get = (url: string, host: string, remoteAddress = "127.0.0.1") =>
    test.servers.http.inject({ method: "GET", url, headers: { host }, remoteAddress });

  it("knows itself by its own names only", async () => {
    for (const host of ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "192.168.1.20:8080"])
      expect([host, (await get("/api/setup", host)).statusCode]).toEqual([host, 200]);
    for (const host of [
      "evil.example",
      "localhost.evil.example:8080",
      "127.evil.example:8080",
      "x.localhost:8080",
      "8.8.8.8",
    ])
      expect([host, (await get("/api/setup", host)).statusCode]).toEqual([host, 403]);
  });

  it("explains our own certificate to a person on a second computer, in their language, before the browser warns of it", async () => {
    const page = await test.servers.http.inject({
      method: "GET",
      url: "/desk?a=1&b=2",
      headers: { host: "192.168.1.20:8080", accept: "text/html,*/*", "accept-language": "bg-BG,bg;q=0.9,en;q=0.8" },
      remoteAddress: "192.168.1.77",
    });
    expect([page.statusCode, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.body).toContain('<html lang="bg">');
    expect(page.body).toContain('href="https://192.168.1.20:8443/desk?a=1&#38;b=2"');
    expect(page.body).toContain('href="/api/system/authority.crt"');
  });

  it("sends plain HTTP from elsewhere to HTTPS, but answers health and the authority", async () => {
    const sent = await get("/desk?a=1", "192.168.1.20:8080", "192.168.1.77");
    expect([sent.statusCode, sent.headers.location]).toEqual([307, "https://192.168.1.20:8443/desk?a=1"]);
    expect((await get("/healthz", "192.168.1.20:8080", "192.168.1.77")).json()).toEqual({
      ok: true,
      version: "0.0.0-test",
    });
    expect((await get("/readyz", "192.168.1.20:8080", "192.168.1.77")).json()).toEqual({
      ok: true,
      database: true,
      centres: 1,
    });
    expect((await get("/api/system/authority.crt", "192.168.1.20:8080", "192.168.1.77")).body).toBe("PEM");
  });

  it("sets a policy that lets no foreign script in", async () => {
    const { headers } = await get("/api/setup", "localhost:8080");
    expect(String(headers["content-security-policy"])).toContain("script-src 'self';");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["strict-transport-security"]).toBeUndefined();
  });
});

describe("bad input", () => {
  it("names the field", async () => {
    const response = await test.send("POST", "/api/desk/state", cookies.get("operator") ?? null, { to: "asleep" });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: "INPUT_INVALID", details: [{ path: "to", line: null }] });
  });

  it("answers broken JSON, foreign media types, unknown routes and too much with a code", async () => {
    const post = (payload: string, type: string) =>
      test.servers.http.inject({
        method: "POST",
        url: "/api/session",
        headers: { host: "localhost:8080", origin: "http://localhost:8080", "content-type": type },
        payload,
      });
    expect((await post("{", "application/json")).json().code).toBe("INPUT_INVALID");
    expect((await post("<a/>", "text/xml")).json().code).toBe("UNSUPPORTED_FILE");
    expect((await post(`"${"x".repeat(1_100_000)}"`, "application/json")).json().code).toBe("TOO_LARGE");
    const unknown = await test.send("GET", "/api/no-such-thing", manager);
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, "NOT_FOUND"]);
    const polluted = await post('{"login":"a","password":"b","__proto__":{"x":1}}', "application/json");
    expect(polluted.json().code).toBe("INPUT_INVALID");
  });
});

describe("figures and documentation", () => {
  it("answers Prometheus on this machine only", async () => {
    const here = await test.servers.http.inject({ method: "GET", url: "/metrics", headers: { host: "localhost" } });
    expect(here.body).toMatch(/centrala_calls\{centre="[^"]+"\} 0/);
    expect(here.body).toContain("centrala_commits_total");
    const away = await test.servers.http.inject({
      method: "GET",
      url: "/metrics",
      headers: { host: "192.168.1.20:8080" },
      remoteAddress: "10.1.1.1",
    });
    expect(away.statusCode).toBe(307);
    // A proxy of this machine passes on what comes from outside.
    for (const headers of [{ "x-forwarded-for": "8.8.8.8" }, { via: "1.1 proxy" }, { host: "127.evil.example" }]) {
      const passed = await test.servers.http.inject({
        method: "GET",
        url: "/metrics",
        headers: { host: "localhost", ...headers },
      });
      expect([headers, [401, 403].includes(passed.statusCode)]).toEqual([headers, true]);
    }
  });

  it("describes every route in OpenAPI 3.1, and shows a page without the internet", async () => {
    const document = (await test.send("GET", "/api/openapi.json", null)).json() as {
      openapi: string;
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    expect(document.openapi).toBe("3.1.0");
    const described = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map((operation) => operation.operationId),
    );
    expect(described.sort()).toEqual(Object.keys(routes).sort());
    const page = await test.servers.http.inject({ method: "GET", url: "/api/docs/", headers: { host: "localhost" } });
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/https?:\/\//);
    expect(String(page.headers["content-security-policy"])).not.toMatch(/swagger|https?:/);
  });

  it("keeps what is said of people out of every cache", async () => {
    for (const url of ["/api/customers", "/api/session", "/api/customers/none"])
      expect([url, (await test.send("GET", url, manager)).headers["cache-control"]]).toEqual([url, "no-store"]);
  });
});
