import { alawToLinear, encodeG711, parseRtp, RtpHeader, sine, toneLevel } from "@centrala/media";
import { afterEach, describe, expect, it } from "vitest";
import { freeRange } from "../testing/free-range.ts";
import { EventLog, TestPhone } from "../testing/test-phone.ts";
import { EmbeddedEngine } from "./engine.ts";
import { TestBrowser } from "./webrtc/test-browser.ts";

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startEngine(): Promise<EmbeddedEngine> {
  const started = await EmbeddedEngine.start({
    ports: await freeRange(40),
    bindAddress: "127.0.0.1",
    webRtc: { addresses: ["127.0.0.1"] },
    mediaLostAfterMs: 10_000,
  });
  if (!started.ok) throw new Error(started.message);
  closers.push(() => started.value.close());
  return started.value;
}

/** Speaks a tone of whole hertz until the test is over, or the answer is called. */
function speak(browser: TestBrowser, hz: number): () => void {
  const tone = encodeG711("alaw", sine(hz, 1_000, -15));
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent * 20 < performance.now() - startedAt; sent += 1) {
      browser.speak(tone.subarray((sent * 160) % 8_000, ((sent * 160) % 8_000) + 160));
    }
  }, 5);
  const hush = () => clearInterval(timer);
  closers.push(hush);
  return hush;
}

/** The last `packets` packets of sound that the browser heard. */
function heardBy(browser: TestBrowser, packets: number): Int16Array {
  const header = new RtpHeader();
  const samples: number[] = [];
  for (const { bytes } of browser.received.filter((packet) => packet.kind === "rtp").slice(-packets)) {
    if (!parseRtp(bytes, bytes.length, header)) continue;
    for (const byte of bytes.subarray(header.payloadOffset)) samples.push(alawToLinear[byte] ?? 0);
  }
  return Int16Array.from(samples);
}

async function untilBrowserHears(browser: TestBrowser, hz: number): Promise<void> {
  await browser.until(() => browser.received.length > 15 && toneLevel(heardBy(browser, 15), hz) > -20);
}

describe("a browser's leg in the engine", () => {
  it("[WEBRTC-1] browser and telephone hear each other, a reloaded page takes the leg's place in its room", async () => {
    const engine = await startEngine();
    const log = new EventLog(engine);
    const phone = (await TestPhone.connect(engine, "customer", "ulaw", 440)).speak();
    closers.push(() => phone.close());
    const meet = async (hz: number) => {
      const browser = await TestBrowser.start();
      closers.push(() => browser.close());
      const answered = await engine.openWebRtcLeg("operator", browser.offer());
      if (!answered.ok) throw new Error(answered.message);
      browser.accept(answered.value.sdpAnswer);
      await browser.connect();
      return { browser, hush: speak(browser, hz) };
    };
    const first = await meet(700);
    await log.first("legUp", (event) => event.legId === "operator");
    engine.command({ kind: "setRoom", roomId: "r", hears: { customer: ["operator"], operator: ["customer"] } });
    await Promise.all([phone.untilTone(700), untilBrowserHears(first.browser, 440)]);
    first.hush();
    const second = await meet(900);
    await Promise.all([phone.untilTone(900), untilBrowserHears(second.browser, 440)]);
    expect((await engine.stats()).legs).toBe(2);
  });

  it("[WEBRTC-2] what is played to a headset alone is heard, and a closed headset is forgotten", async () => {
    const engine = await startEngine();
    const browser = await TestBrowser.start();
    closers.push(() => browser.close());
    const answered = await engine.openWebRtcLeg("operator", browser.offer());
    if (!answered.ok) throw new Error(answered.message);
    browser.accept(answered.value.sdpAnswer);
    await browser.connect();
    const items = [{ kind: "tone", tone: "beep", country: "BG" }] as const;
    engine.command({ kind: "play", playId: "p", legId: "operator", items, loop: true });
    await untilBrowserHears(browser, 1_000);
    engine.command({ kind: "closeLeg", legId: "operator" });
    expect((await engine.stats()).legs).toBe(0);
  });

  it("[WEBRTC-3] what is no offer is refused with the reason", async () => {
    const engine = await startEngine();
    const refused = await engine.openWebRtcLeg("operator", "not an offer");
    expect(refused.ok ? "" : refused.code).toBe("DESCRIPTION_REFUSED");
    expect((await engine.stats()).legs).toBe(0);
  });
});
