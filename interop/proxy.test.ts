import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, buildWebApp } from "./support/browser.ts";
import { password, startCentre, type TestCentre } from "./support/centre.ts";
import { Child } from "./support/child.ts";
import { eventually } from "./support/eventually.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { answersTcp, freePort } from "./support/ports.ts";
import { temporaryFolder } from "./support/sounds.ts";

const documented = fileURLToPath(new URL("../docs/proxy", import.meta.url));

/** A documented file with this test's ports, certificate and folder in the places of the example's, and how to run it. */
type Proxy = {
  readonly package: string;
  readonly file: string;
  readonly config: (text: string, place: Place) => string;
  readonly start: (file: string, folder: string) => Child;
};
type Place = {
  readonly port: number;
  readonly http: number;
  readonly folder: string;
  readonly certificate: string;
  readonly key: string;
};

const nginx: Proxy = {
  package: "nginx-light",
  file: "nginx-sub-path.conf",
  config: (text, { port, http, folder, certificate, key }) => {
    const site = text
      .replaceAll("listen 443 ssl http2;", `listen 127.0.0.1:${port} ssl http2;`)
      .replaceAll(/ *listen \[::\].*\n/g, "")
      .replaceAll("server_name example.com;", "server_name localhost;")
      .replaceAll("/etc/ssl/example.com.pem", certificate)
      .replaceAll("/etc/ssl/example.com.key", key)
      .replaceAll("127.0.0.1:8080", `127.0.0.1:${http}`);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${join(folder, name)};`,
    );
    return `daemon off;\nuser root;\nerror_log stderr info;\npid ${join(folder, "nginx.pid")};\nevents {}\nhttp {\naccess_log off;\n${temporary.join("\n")}\n${site}\n}\n`;
  },
  start: (file, folder) => new Child("nginx", "/usr/sbin/nginx", ["-p", folder, "-c", file]),
};

const caddy: Proxy = {
  package: "caddy",
  file: "Caddyfile-sub-path",
  config: (text, { port, http, certificate, key }) => {
    const site = text
      .replace("example.com {", `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}`)
      .replaceAll("127.0.0.1:8080", `127.0.0.1:${http}`);
    return `{\n\tadmin off\n\tauto_https off\n\tservers {\n\t\tprotocols h1 h2\n\t}\n}\n${site}`;
  },
  start: (file, folder) => {
    const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    return new Child("Caddy", "/usr/bin/caddy", ["run", "--adapter", "caddyfile", "--config", file], { env });
  },
};

describe.runIf(havePeers("chromium"))("the web app below another site", () => {
  let centre: TestCentre;
  let anna: Operator;
  let browser: Browser;
  let url: string;
  let port: number;

  beforeAll(async () => {
    buildWebApp();
    port = await freePort();
    url = `https://localhost:${port}/centrala`;
    centre = await startCentre({ settings: { "public-url": url, "trusted-proxies": "127.0.0.1" } });
    anna = await centre.hire("anna");
  });
  afterAll(() => centre?.close());

  describe.each([nginx, caddy].filter((proxy) => havePeers(proxy.package)))("[$package]", (proxy) => {
    const folder = temporaryFolder(proxy.package);
    let running: Child;

    beforeAll(async () => {
      const keys = join(centre.folder, "keys");
      const file = join(folder.path, "proxy.conf");
      const text = readFileSync(join(documented, proxy.file), "utf8");
      const place = { port, http: centre.ports.http, folder: folder.path };
      const tls = { certificate: join(keys, "server.crt"), key: join(keys, "server.key") };
      writeFileSync(file, proxy.config(text, { ...place, ...tls }));
      running = proxy.start(file, folder.path);
      browser = await Browser.open(440, { width: 1366, height: 768 }, ["--ignore-certificate-errors"]);
      await eventually(() => running.isRunning && answersTcp("127.0.0.1", port), { what: `${proxy.package} to start` });
    });
    afterAll(async () => {
      await browser?.close();
      await anna?.goes("offline");
      await running?.stop();
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
      await page.locator('[data-scene="idle"] button[aria-keyshortcuts="Alt+W"]').first().click();
      await anna.seen(
        "available with the headset",
        (desk) => desk.headset === "attached" && desk.state === "available",
      );
      await eventually(() => centre.metrics().then((text) => /centrala_live_connections 1\b/.test(text)), {
        what: "the live connection through the proxy",
      });
      expect([outside, encodings, browser.errors]).toEqual([[], new Set(["br"]), []]);
    });

    it("leads from the path without its slash to the app", async () => {
      const page = await browser.page(url);
      expect(page.url().startsWith(`${url}/`)).toBe(true);
      await page.close();
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
});
