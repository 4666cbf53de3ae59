import { request } from "node:https";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ensureCertificate, type ServerCertificate } from "./certificates.ts";
import { createHttp, type HttpServers } from "./server.ts";
import { password, type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let servers: HttpServers;
let certificate: ServerCertificate;
let port: number;

beforeAll(async () => {
  test = await testApp();
  await test.setUp();
  certificate = await ensureCertificate({ folder: test.app.places.keys, names: [], now: Date.now() });
  servers = await createHttp(test.app, { certificate, strictAnswers: true });
  port = (await servers.listen()).httpsPort ?? 0;
});
afterAll(async () => {
  await servers.close();
  await test.stop();
});

function send(method: string, path: string, headers: Record<string, string>, body?: object) {
  return new Promise<{ status: number | undefined; cookies: readonly string[]; text: string }>((resolve, reject) => {
    const text = body === undefined ? "" : JSON.stringify(body);
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        method,
        path,
        ca: certificate.authorityPem ?? "",
        servername: "localhost",
        headers: {
          host: `localhost:${port}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () =>
          resolve({
            status: response.statusCode,
            cookies: response.headers["set-cookie"] ?? [],
            text: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(text);
  });
}

it("binds the session's cookie to this host over TLS, and takes the live connection there as well", async () => {
  const origin = `https://localhost:${port}`;
  const signedIn = await send("POST", "/api/session", { origin }, { login: "maria", password });
  expect(signedIn.status).toBe(200);
  const [cookie = ""] = signedIn.cookies;
  expect(cookie).toMatch(/^__Host-centrala=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=/);
  const [pair = ""] = cookie.split(";");
  expect((await send("GET", "/api/session", { cookie: pair })).status).toBe(200);
  // A cookie set over plain HTTP, where another program might have set it, does not count here.
  expect((await send("GET", "/api/session", { cookie: pair.replace("__Host-", "") })).status).toBe(401);
  const socket = new WebSocket(`wss://localhost:${port}/api/live`, {
    ca: certificate.authorityPem ?? "",
    headers: { origin, cookie: pair },
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.send(JSON.stringify({ kind: "hello", desk: true, floor: false, tabId: "t", resume: null }));
  const message = await new Promise((resolve) => socket.once("message", (data) => resolve(JSON.parse(String(data)))));
  expect(message).toMatchObject({ kind: "welcome", seq: 0, version: "0.0.0-test" });
  socket.terminate();
});

it("says which setting to change when a port is taken", async () => {
  const settings = { ...test.app.settings, httpPort: port };
  const second = await createHttp({ ...test.app, settings }, { certificate: null });
  await expect(second.listen()).rejects.toMatchObject({
    code: "PORT_TAKEN",
    message: expect.stringContaining("CENTRALA_HTTP_PORT"),
  });
  await second.close();
});
