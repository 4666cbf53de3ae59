import { randomFillSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeG711, parseRtp, RtpHeader, sine, toneLevel, writeWav } from "@centrala/media";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { createServer as createVite, type ViteDevServer } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebRtcMux } from "../packages/phone/src/engines/embedded/webrtc/index.ts";
import { temporaryFolder } from "./support/sounds.ts";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];

/** One life of a media server: it knows nothing of the life before. */
class MediaServer {
  readonly states: string[] = [];
  readonly mux: WebRtcMux;
  #heard = new Int16Array(8_000);
  readonly #header = new RtpHeader();
  #changed: () => void = () => {};

  constructor() {
    this.mux = new WebRtcMux({
      port: 0,
      bindAddresses: ["127.0.0.1"],
      addresses: ["127.0.0.1"],
      entropy: { fill: (out) => void randomFillSync(out) },
      clock: () => Date.now(),
      onRtp: (_legId, packet, length) => this.#hear(packet, length),
      onState: (_legId, state) => {
        this.states.push(state);
        this.#changed();
      },
    });
  }

  /** How far the microphone's tone stands above one that is not played, in dB. */
  get toneDb(): number {
    return toneLevel(this.#heard, 440) - toneLevel(this.#heard, 1_130);
  }

  get isSilent(): boolean {
    return toneLevel(this.#heard, 440) < -80;
  }

  async until(check: () => boolean): Promise<void> {
    while (!check()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  #hear(packet: Uint8Array, length: number): void {
    if (!parseRtp(packet, length, this.#header)) return;
    const { payloadOffset, payloadLength, payloadType } = this.#header;
    const samples = decodeG711(
      payloadType === 0 ? "ulaw" : "alaw",
      packet.subarray(payloadOffset, payloadOffset + payloadLength),
    );
    this.#heard.copyWithin(0, samples.length);
    this.#heard.set(samples, 8_000 - samples.length);
    this.#changed();
  }
}

const folder = temporaryFolder("headset");
let media = new MediaServer();
let vite: ViteDevServer;
let server: Server;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  expect(await media.mux.start()).toMatchObject({ ok: true });
  vite = await createVite({
    root: fileURLToPath(new URL("..", import.meta.url)),
    configFile: false,
    appType: "custom",
    logLevel: "error",
    cacheDir: join(folder.path, "vite"),
    optimizeDeps: { noDiscovery: true, include: [] },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  });
  server = createServer((request, response) => {
    if (request.method === "POST") {
      let offer = "";
      request.on("data", (part) => {
        offer += part;
      });
      request.on("end", () => {
        void media.mux.open("headset", offer).then((opened) => {
          response.statusCode = opened.ok ? 200 : 422;
          response.end(opened.ok ? opened.value.sdpAnswer : opened.code);
        });
      });
    } else if (request.url === "/") {
      response.setHeader("content-type", "text/html").end("<!doctype html><title>headset</title>");
    } else vite.middlewares(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const microphone = join(folder.path, "microphone.wav");
  writeFileSync(microphone, writeWav({ sampleRateHz: 48_000, channels: [sine(440, 2_000, -12, 48_000)] }));
  context = await chromium.launchPersistentContext(join(folder.path, "profile"), {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: [...flags, `--use-file-for-fake-audio-capture=${microphone}`],
  });
  page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await context?.close();
  server?.close();
  await vite?.close();
  await media.mux.close();
  folder.remove();
});

const startInPage = `(async () => {
  const { createHeadset } = await import("/apps/web/src/headset/index.ts");
  window.events = [];
  window.levels = [];
  window.headset = createHeadset({
    exchange: async (sdp) => {
      const response = await fetch("/", { method: "POST", body: sdp });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return text;
    },
    onState: (event) => events.push(event.kind),
    onLevel: (dbfs) => levels.push(dbfs),
  });
  return headset.start();
})()`;

it("the standing headset is silent until somebody is connected, mutes, and finds a restarted server again", async () => {
  expect(await page.evaluate(startInPage)).toEqual({ ok: true });
  await media.until(() => media.states.at(-1) === "connected");

  // Nobody is connected: the room is not heard, although the level meter moves.
  await page.waitForFunction("levels.some((dbfs) => dbfs > -40)", undefined, { polling: 100 });
  await media.until(() => (media.mux.stats().legs[0]?.packetsReceived ?? 0) > 60);
  expect(media.isSilent).toBe(true);

  await page.evaluate("headset.setTalking(true)");
  await media.until(() => media.toneDb > 20);
  await page.evaluate("headset.setMuted(true)");
  await media.until(() => media.isSilent);
  await page.evaluate("headset.setMuted(false)");
  await media.until(() => media.toneDb > 20);

  const devices = await page.evaluate("headset.devices()");
  expect(devices).toMatchObject({ inputs: expect.arrayContaining([expect.anything()]) });
  await page.evaluate("headset.devices().then(({ inputs }) => headset.chooseInput(inputs.at(-1).id))");
  await page.waitForFunction("headset.roundTripMs().then((ms) => ms !== null)", undefined, { polling: 200 });

  // A server that restarted knows no keys; the headset notices, connects anew, and goes on talking.
  const before = media;
  media = new MediaServer();
  expect(await media.mux.start()).toMatchObject({ ok: true });
  await before.mux.close();
  await media.until(() => media.states.at(-1) === "connected");
  await media.until(() => media.toneDb > 20);
  await page.waitForFunction("events.at(-1) === 'ready' && events.includes('connecting')", undefined, { polling: 100 });

  await page.evaluate("headset.close(); headset.close()");
  await media.until(() => media.states.at(-1) !== "connected");
});

it("the ring works on a chosen output and ends when it is told to", async () => {
  const result = await page.evaluate(`(async () => {
    const { Ringer } = await import("/apps/web/src/headset/index.ts");
    const ringer = new Ringer();
    const rang = await ringer.start(0.5);
    const chosen = await ringer.chooseOutput("");
    const wrong = await ringer.chooseOutput("no such device");
    ringer.stop();
    ringer.close();
    ringer.close();
    return { rang, chosen, wrong };
  })()`);
  expect(result).toMatchObject({ rang: true, chosen: true, wrong: false });
});
