import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, buildWebApp } from "./support/browser.ts";
import { password, startCentre, type TestCentre } from "./support/centre.ts";
import { Child } from "./support/child.ts";
import { eventually } from "./support/eventually.ts";
import { havePeers } from "./support/peers.ts";
import { freePort } from "./support/ports.ts";
import { temporaryFolder } from "./support/sounds.ts";

const documented = fileURLToPath(new URL("../docs/proxy/nginx-sub-path.conf", import.meta.url));

/** The documented file with this test's ports, certificate and folder in the places of the example's. */
function configOf(centre: TestCentre, port: number, folder: string): string {
  const site = readFileSync(documented, "utf8")
    .replaceAll("listen 443 ssl http2;", `listen 127.0.0.1:${port} ssl http2;`)
    .replaceAll(/ *listen \[::\].*\n/g, "")
    .replaceAll("server_name example.com;", "server_name localhost;")
    .replaceAll("/etc/ssl/example.com.pem", join(centre.folder, "keys", "server.crt"))
    .replaceAll("/etc/ssl/example.com.key", join(centre.folder, "keys", "server.key"))
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${centre.ports.http}`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  return `daemon off;\nuser root;\nerror_log stderr info;\npid ${join(folder, "nginx.pid")};\nevents {}\nhttp {\naccess_log off;\n${temporary.join("\n")}\n${site}\n}\n`;
}

describe.runIf(havePeers("nginx-light", "chromium"))("[nginx] the web app below another site", () => {
  const folder = temporaryFolder("nginx");
  let centre: TestCentre;
  let nginx: Child;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    buildWebApp();
    const port = await freePort();
    url = `https://localhost:${port}/centrala`;
    centre = await startCentre({ settings: { "public-url": url, "trusted-proxies": "127.0.0.1" } });
    await centre.hire("anna");
    mkdirSync(folder.path, { recursive: true });
    const file = join(folder.path, "nginx.conf");
    writeFileSync(file, configOf(centre, port, folder.path));
    nginx = new Child("nginx", "/usr/sbin/nginx", ["-p", folder.path, "-c", file]);
    browser = await Browser.open(440, { width: 1366, height: 768 }, ["--ignore-certificate-errors"]);
    await eventually(() => nginx.isRunning && /start worker process/.test(nginx.output), { what: "nginx to start" });
  });
  afterAll(async () => {
    await browser?.close();
    nginx?.kill("SIGTERM");
    await centre?.close();
    folder.remove();
  });

  it("signs a person in, stays connected, and finds every page and file below the path", async () => {
    const page = await browser.page(`${url}/history`);
    const encodings = new Set<string>();
    const outside: string[] = [];
    page.on("response", (response) => {
      const path = new URL(response.url()).pathname;
      if (!path.startsWith("/centrala/")) outside.push(path);
      // What is smaller than a kilobyte is not worth it.
      const { "content-encoding": encoding = "none", "content-length": length } = response.headers();
      if (/\/assets\/.*\.js$/.test(path) && Number(length) >= 1024) encodings.add(encoding);
    });
    await page.reload();
    await page.locator("input[autocomplete=username]").fill("anna");
    await page.locator("input[autocomplete=current-password]").fill(password);
    const live = page.waitForEvent("websocket");
    await page.locator("button[type=submit]").click();
    await page.waitForURL(`${url}/history`);
    const socket = await live;
    expect(socket.url()).toBe(`${url.replace("https", "wss")}/api/live`);
    await page.locator("h1").first().waitFor();
    await page.locator('a[href="/centrala/desk"]').click();
    await page.waitForURL(`${url}/desk`);
    await eventually(() => centre.metrics().then((text) => /centrala_live_connections 1\b/.test(text)), {
      what: "the live connection through the proxy",
    });
    expect([outside, encodings, browser.errors]).toEqual([[], new Set(["br"]), []]);
  });

  it("knows the browser's own address and not the proxy's, and takes nobody else's word for it", async () => {
    const direct = await centre.request("GET", "/metrics", undefined, { "x-forwarded-for": "127.0.0.1" });
    expect(direct.status).toBe(401);
    const cookies = await browser.context.cookies(url);
    expect(cookies.map(({ name, secure, path }) => ({ name, secure, path }))).toEqual([
      { name: "__Host-centrala", secure: true, path: "/" },
      { name: "__Host-centrala-device", secure: true, path: "/" },
    ]);
  });
});
