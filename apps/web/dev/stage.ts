/**
 * A stage for looking at screens without a server: serves dist/, answers /api from a table, and speaks the live WebSocket.
 * Run `vite build` first; then for example `node apps/web/dev/desk-shots.ts /tmp/shots`.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
  type Route,
  type WebSocketRoute,
} from "playwright-core";

const dist = process.env["CENTRALA_DIST"] ?? join(import.meta.dirname, "../dist");
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wav": "audio/wav",
};

/** Answers by "METHOD /api/path" (without query); a function gets the URL. */
export type Answers = Record<string, unknown | ((url: URL, body: unknown) => unknown)>;
export type StageOptions = {
  width: number;
  height: number;
  language?: "en" | "ru" | "bg";
  scheme?: "light" | "dark";
  answers: Answers;
  /** Sent after the hello. */
  live?: readonly unknown[];
};

export async function openHouse(): Promise<{ browser: Browser; origin: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    const name = extname(path) ? path : "/index.html";
    readFile(join(dist, name)).then(
      (body) =>
        response
          .writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" })
          // The page names its files beside itself; the server writes where they lie, and so does this one.
          .end(name === "/index.html" ? body.toString().replaceAll(/(src|href)="\.\//g, '$1="/') : body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--headless",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  });
  return {
    browser,
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

export type Stage = { page: Page; context: BrowserContext; say: (message: unknown) => void; log: string[] };

export async function openStage(browser: Browser, options: StageOptions): Promise<Stage> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: options.height },
    colorScheme: options.scheme ?? "light",
    reducedMotion: "reduce",
    timezoneId: "Europe/Sofia",
    locale: options.language ?? "en",
  });
  const page = await context.newPage();
  const log: string[] = [];
  page.on("pageerror", (error) => log.push(`pageerror ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") log.push(`${message.type()} ${message.text()}`);
  });
  await page.addInitScript((language) => localStorage.setItem("centrala.language", language), options.language ?? "en");
  await page.route("**/api/**", (route) => answer(route, options.answers, log));
  let socket: WebSocketRoute | null = null;
  await page.routeWebSocket("**/api/live", (ws) => {
    socket = ws;
    ws.onMessage((text) => {
      const message = JSON.parse(String(text)) as { kind: string };
      if (message.kind !== "hello") return;
      ws.send(JSON.stringify({ kind: "welcome", stream: "s", seq: 0, serverTime: Date.now(), version: "0.1.0" }));
      for (const each of options.live ?? []) ws.send(JSON.stringify(each));
    });
  });
  return { page, context, log, say: (message) => socket?.send(JSON.stringify(message)) };
}

async function answer(route: Route, answers: Answers, log: string[]): Promise<void> {
  const request = route.request();
  const url = new URL(request.url());
  const key = `${request.method()} ${url.pathname}`;
  const found = answers[key];
  // Every sound is the same few seconds, so that players have something to play.
  if (found === undefined && url.pathname.endsWith("/audio"))
    return route.fulfill({ path: join(dist, "sounds/ring.wav"), contentType: "audio/wav" });
  if (found === undefined) {
    log.push(`unanswered ${key}`);
    return route.fulfill({ status: 404, json: { code: "NOT_FOUND", message: "There is no such thing." } });
  }
  const value: unknown = typeof found === "function" ? found(url, request.postDataJSON()) : found;
  const status = typeof value === "object" && value !== null && "status" in value ? Number(value.status) : 200;
  const json = typeof value === "object" && value !== null && "status" in value && "json" in value ? value.json : value;
  await route.fulfill({ status, json });
}
