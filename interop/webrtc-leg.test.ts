import { randomFillSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  decodeG711,
  encodeG711,
  KeyReceiver,
  parseRtp,
  RtpHeader,
  sine,
  toneLevel,
  writeRtpHeader,
  writeWav,
} from "@centrala/media";
import { type BrowserContext, chromium, type Page } from "playwright-core";
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

/** A mux with one leg: sends 700 Hz while it is connected, keeps the last second heard and the keys. */
class Desk {
  readonly states: string[] = [];
  readonly keys: string[] = [];
  readonly mux: WebRtcMux;
  keysPayloadType: number | undefined;
  #heard = new Int16Array(8_000);
  readonly #header = new RtpHeader();
  readonly #keyReceiver = new KeyReceiver();
  readonly #tone = encodeG711("alaw", sine(700, 1_000));
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;
  #changed: () => void = () => {};

  constructor() {
    this.mux = new WebRtcMux({
      port: 0,
      bindAddresses: ["127.0.0.1"],
      addresses: ["127.0.0.1"],
      entropy: { fill: (out) => void randomFillSync(out) },
      clock: () => Date.now(),
      onRtp: (_legId, packet, length) => this.#hear(packet, length),
      onState: (_legId, state, reason) => this.#note(`${state} ${reason}`),
      onFault: (error) => this.#note(`fault ${String(error)}`),
    });
  }

  async start(): Promise<void> {
    expect(await this.mux.start()).toMatchObject({ ok: true });
    this.#timer = setInterval(() => this.#speak(), 20);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.mux.close();
  }

  async answer(offer: string): Promise<string> {
    const opened = await this.mux.open("headset", offer);
    if (!opened.ok) throw new Error(opened.code);
    this.keysPayloadType = opened.value.keysPayloadType;
    return opened.value.sdpAnswer;
  }

  /** Resolves as soon as `check` is true after something came. */
  async until(check: () => boolean): Promise<void> {
    while (!check()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Forgets what was heard: what comes after is new. */
  forget(): void {
    this.#heard.fill(0);
  }

  /** How far a tone stands above one that is not played, in dB. */
  hears(hz: number): number {
    return toneLevel(this.#heard, hz) - toneLevel(this.#heard, 1_130);
  }

  #speak(): void {
    const packet = new Uint8Array(172);
    this.#sequence += 1;
    writeRtpHeader(packet, 8, false, this.#sequence & 0xffff, this.#sequence * 160, 1);
    const from = ((this.#sequence - 1) * 160) % 8_000;
    packet.set(this.#tone.subarray(from, from + 160), 12);
    this.mux.send("headset", packet, packet.length);
  }

  #hear(packet: Uint8Array, length: number): void {
    const header = this.#header;
    if (!parseRtp(packet, length, header)) return;
    const payload = packet.subarray(header.payloadOffset, header.payloadOffset + header.payloadLength);
    if (header.payloadType === this.keysPayloadType) {
      const key = this.#keyReceiver.receive(payload, 0, payload.length, header, Date.now());
      if (key !== undefined) this.keys.push(key);
    } else {
      const samples = decodeG711(header.payloadType === 0 ? "ulaw" : "alaw", payload);
      this.#heard.copyWithin(0, samples.length);
      this.#heard.set(samples, 8_000 - samples.length);
    }
    this.#changed();
  }

  #note(text: string): void {
    this.states.push(text);
    this.#changed();
  }
}

const desk = new Desk();
const folder = temporaryFolder("webrtc");
let server: Server;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  await desk.start();
  const microphone = join(folder.path, "microphone.wav");
  writeFileSync(microphone, writeWav({ sampleRateHz: 48_000, channels: [sine(440, 2_000, -12, 48_000)] }));
  server = createServer((request, response) => {
    if (request.method !== "POST") {
      response.setHeader("content-type", "text/html").end("<!doctype html><title>headset</title>");
      return;
    }
    let offer = "";
    request.on("data", (part) => {
      offer += part;
    });
    request.on("end", () => void desk.answer(offer).then((answer) => response.end(answer)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
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
  await desk.close();
  folder.remove();
});

/** In the page: calls the desk with the microphone, and keeps what is needed to look at the call. */
async function call(): Promise<void> {
  await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    const connection = new RTCPeerConnection();
    const heard = new Promise<MediaStream>((resolve) => {
      connection.ontrack = (event) => resolve(new MediaStream([event.track]));
    });
    const [track] = stream.getAudioTracks();
    if (track === undefined) throw new Error("no microphone");
    const sender = connection.addTrack(track, stream);
    const negotiate = async (options: RTCOfferOptions) => {
      await connection.setLocalDescription(await connection.createOffer(options));
      const response = await fetch("/", { method: "POST", body: connection.localDescription?.sdp ?? "" });
      await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
    };
    await negotiate({});
    // Chromium plays a remote stream through WebAudio only when an element plays it as well.
    const element = new Audio();
    element.srcObject = await heard;
    await element.play();
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 8_192;
    audio.createMediaStreamSource(await heard).connect(analyser);
    const levels = new Float32Array(analyser.frequencyBinCount);
    const peakHz = () => {
      analyser.getFloatFrequencyData(levels);
      const peak = levels.reduce((best, level, index) => (level > (levels[best] ?? 0) ? index : best), 1);
      return (levels[peak] ?? -200) < -60 ? 0 : (peak * audio.sampleRate) / analyser.fftSize;
    };
    Object.assign(window, { connection, sender, negotiate, peakHz });
  });
}

it("a browser's headset speaks with the desk: audio both ways, keys, reports, a restart of ICE and a reload", async () => {
  await call();
  await desk.until(() => desk.states.length > 0);
  expect(desk.states).toEqual(["connected DTLS_CONNECTED"]);

  // 440 Hz of the microphone arrive here, 700 Hz from here there.
  await desk.until(() => desk.hears(440) > 20);
  await page.waitForFunction("Math.abs(peakHz() - 700) < 10", undefined, { polling: 100 });

  await page.evaluate("sender.dtmf.insertDTMF('159#', 100, 70)");
  await desk.until(() => desk.keys.length === 4);
  expect(desk.keys).toEqual(["1", "5", "9", "#"]);

  // Reports reach the browser (a round trip is known only from ours) and the browser's reach us.
  const reported = async () => {
    const stats = [...(await connection.getStats()).values()];
    const inbound = stats.find((entry) => entry.type === "inbound-rtp");
    const remote = stats.find((entry) => entry.type === "remote-inbound-rtp");
    return inbound !== undefined && inbound.packetsReceived > 50 && remote?.roundTripTime !== undefined;
  };
  await page.waitForFunction(`(${reported.toString()})()`, undefined, { polling: 500 });
  await desk.until(() => desk.mux.stats().legs[0]?.roundTripMs !== undefined);
  const leg = desk.mux.stats().legs[0];
  expect(leg).toMatchObject({ legId: "headset", state: "connected", refused: 0 });

  // A change of network: new credentials, the same keys, no word about a loss.
  await page.evaluate("negotiate({ iceRestart: true })");
  const heardBefore = desk.mux.stats().legs[0]?.packetsReceived ?? 0;
  await desk.until(() => (desk.mux.stats().legs[0]?.packetsReceived ?? 0) > heardBefore + 25);
  await page.waitForFunction("connection.iceConnectionState === 'connected'", undefined, { polling: 100 });
  expect(desk.states.length).toBe(1);

  // A reload: the same leg, a new connection.
  await page.reload();
  desk.forget();
  await call();
  await desk.until(() => desk.states.at(-1) === "connected DTLS_CONNECTED" && desk.states.length > 1);
  await desk.until(() => desk.hears(440) > 20);
  await page.waitForFunction("Math.abs(peakHz() - 700) < 10", undefined, { polling: 100 });
  await page.evaluate("connection.close()");
  await desk.until(() => desk.states.at(-1) !== "connected DTLS_CONNECTED");
  expect(desk.states.at(-1)).toMatch(/^(closed DTLS_CLOSED|lost CONSENT_EXPIRED)$/);
  expect(desk.mux.stats()).toMatchObject({ faults: 0, sendFailures: 0 });
});

/** What {@link call} leaves in the page. */
declare const connection: RTCPeerConnection;
