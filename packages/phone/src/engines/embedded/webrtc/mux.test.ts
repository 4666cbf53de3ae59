import { randomFillSync } from "node:crypto";
import { networkInterfaces } from "node:os";
import { required, SeededRandom } from "@centrala/kit";
import { consentTimeoutMs, parseRtcp } from "@centrala/media";
import { afterEach, describe, expect, it } from "vitest";
import { newDtlsCertificate } from "./dtls-session.ts";
import { connectTimeoutMs } from "./leg.ts";
import { WebRtcMux, type WebRtcMuxOptions } from "./mux.ts";
import { TestBrowser } from "./test-browser.ts";

/** Some machines have no loopback of IPv6. */
const noIpv6 = !Object.values(networkInterfaces()).some((entries) => entries?.some(({ family }) => family === "IPv6"));
const entropy = { fill: (out: Uint8Array) => void randomFillSync(out) };
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A mux with everything it told, and a clock that can be put forward. */
class Bench {
  readonly heard: string[] = [];
  readonly states: string[] = [];
  readonly mux: WebRtcMux;
  aheadMs = 0;
  #changed: () => void = () => {};

  constructor(options: Partial<WebRtcMuxOptions>) {
    this.mux = new WebRtcMux({
      port: 0,
      bindAddresses: ["127.0.0.1"],
      addresses: ["127.0.0.1"],
      entropy,
      clock: () => Date.now() + this.aheadMs,
      onRtp: (legId, packet, length) => this.#note(this.heard, `${legId} ${hex(packet.subarray(0, length))}`),
      onState: (legId, state, reason) => this.#note(this.states, `${legId} ${state} ${reason}`),
      onFault: (error) => this.#note(this.states, `fault ${String(error)}`),
      ...options,
    });
  }

  /** Resolves as soon as `list` has `count` entries. */
  async until(list: readonly string[], count: number): Promise<void> {
    while (list.length < count) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async open(legId: string, browser: TestBrowser): Promise<void> {
    browser.accept(await this.answer(legId, browser.offer()));
  }

  async answer(legId: string, offer: string): Promise<string> {
    const opened = await this.mux.open(legId, offer);
    if (!opened.ok) throw new Error(opened.code);
    return opened.value.sdpAnswer;
  }

  #note(list: string[], text: string): void {
    list.push(text);
    this.#changed();
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

async function newBench(options: Partial<WebRtcMuxOptions> = {}): Promise<Bench> {
  const bench = new Bench(options);
  closers.push(() => bench.mux.close());
  const started = await bench.mux.start();
  if (!started.ok) throw new Error(started.code);
  return bench;
}

async function newBrowser(): Promise<TestBrowser> {
  const browser = await TestBrowser.start();
  closers.push(() => browser.close());
  return browser;
}

async function connected(): Promise<{ bench: Bench; browser: TestBrowser }> {
  const [bench, browser] = await Promise.all([newBench(), newBrowser()]);
  await bench.open("leg", browser);
  await browser.connect();
  await bench.until(bench.states, 1);
  expect(bench.states).toEqual(["leg connected DTLS_CONNECTED"]);
  return { bench, browser };
}

function plainPacket(sequence: number, payload: string): Buffer {
  const packet = Buffer.concat([Buffer.from("8008000000000000deadbeef", "hex"), Buffer.from(payload)]);
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(sequence * 160, 4);
  return packet;
}

describe("browser legs", () => {
  it("[RFC7983-7] one port carries checks, handshake and audio both ways, under the announced SSRC", async () => {
    const { bench, browser } = await connected();
    const said = browser.speak(Buffer.from("good morning"));
    await bench.until(bench.heard, 1);
    expect(bench.heard).toEqual([`leg ${hex(said)}`]);
    const packet = plainPacket(70, "good day");
    expect(bench.mux.send("leg", packet, packet.length)).toBe(true);
    await browser.until(() => browser.received.length === 1);
    const got = required(browser.received[0], "packet").bytes;
    expect(hex(got.subarray(0, 8)) + hex(got.subarray(12))).toBe(hex(packet.subarray(0, 8)) + hex(packet.subarray(12)));
    expect(got.readUInt32BE(8)).not.toBe(0xdeadbeef);
    expect(hex(packet.subarray(8, 12))).toBe("deadbeef");
  });

  it.skipIf(noIpv6)("one port serves browsers of both families, and answers name both", async () => {
    const bench = await newBench({ bindAddresses: ["::1", "127.0.0.1"], addresses: ["::1", "127.0.0.1"] });
    const browsers = await Promise.all(["::1", "127.0.0.1"].map((address) => TestBrowser.start(address)));
    for (const browser of browsers) closers.push(() => browser.close());
    for (const [index, browser] of browsers.entries()) {
      const answer = await bench.answer(`leg${index}`, browser.offer());
      expect(answer).toMatch(/^c=IN IP6 ::1\r$/m);
      expect(answer.match(/^a=candidate:.*$/gm)?.map((line) => line.split(" ")[4])).toEqual(["::1", "127.0.0.1"]);
      browser.accept(answer);
      await browser.connect();
    }
    await bench.until(bench.states, 2);
    const said = browsers.map((browser) => browser.speak(Buffer.from("good morning")));
    await bench.until(bench.heard, 2);
    expect([...bench.heard].sort()).toEqual(said.map((packet, index) => `leg${index} ${hex(packet)}`));
    const packet = plainPacket(70, "good day");
    for (const [index, browser] of browsers.entries()) {
      bench.mux.send(`leg${index}`, packet, packet.length);
      await browser.until(() => browser.received.length === 1);
    }
  });

  it("[RFC3711-9.1] a stream that jumps back goes on behind its highest number", async () => {
    const { bench, browser } = await connected();
    for (const sequence of [40_000, 40_001, 9_000, 9_001, 9_001]) {
      const packet = plainPacket(sequence, "x");
      bench.mux.send("leg", packet, packet.length);
    }
    await browser.until(() => browser.received.length === 4);
    expect(browser.received.map(({ bytes }) => bytes.readUInt16BE(2))).toEqual([40_000, 40_001, 40_002, 40_003]);
    expect(required(bench.mux.stats().legs[0], "leg").dropped).toBe(1);
  });

  it("[RFC3264-6.1] a codec that was not agreed is not heard", async () => {
    const { bench, browser } = await connected();
    browser.speak(Buffer.from("opus"), 111);
    const keys = browser.speak(Buffer.from("0102"), 126);
    await bench.until(bench.heard, 1);
    expect(bench.heard).toEqual([`leg ${hex(keys)}`]);
    expect(required(bench.mux.stats().legs[0], "leg").refused).toBe(1);
  });

  it("[RFC3550-6.4] reports go both ways", async () => {
    const { bench, browser } = await connected();
    browser.speak(Buffer.from("x"));
    await bench.until(bench.heard, 1);
    const packet = plainPacket(1, "x");
    bench.mux.send("leg", packet, packet.length);
    bench.aheadMs = 5_000;
    browser.check();
    await browser.until(() => browser.received.some(({ kind }) => kind === "rtcp"));
    const report = required(
      browser.received.find(({ kind }) => kind === "rtcp"),
      "report",
    ).bytes;
    const message = required(parseRtcp(report, report.length)[0], "message");
    if (message.kind !== "senderReport") throw new Error(message.kind);
    expect(message).toMatchObject({ packets: 1, bytes: 1, blocks: [{ ssrc: 0xb00b1e55, packetsLost: 0 }] });
    const theirs = Buffer.alloc(32);
    theirs.set([0x81, 201, 0, 7, 0xb0, 0x0b, 0x1e, 0x55]);
    theirs.writeUInt32BE(message.ssrc, 8);
    theirs.set([64], 12);
    theirs.writeUInt32BE(80, 20);
    browser.report(theirs);
    browser.speak(Buffer.from("y"));
    await bench.until(bench.heard, 2);
    expect(bench.mux.stats().legs[0]).toMatchObject({
      remoteFractionLost: 0.25,
      remoteJitterMs: 10,
      packetsReceived: 2,
    });
  });

  it("[RFC7675-5.1] a browser without checks is lost, and back with the next one", async () => {
    const { bench, browser } = await connected();
    bench.aheadMs += consentTimeoutMs + 1;
    await bench.until(bench.states, 2);
    const packet = plainPacket(1, "x");
    expect(bench.mux.send("leg", packet, packet.length)).toBe(false);
    browser.check();
    await bench.until(bench.states, 3);
    expect(bench.states.slice(1)).toEqual(["leg lost CONSENT_EXPIRED", "leg connected ICE_CONNECTED"]);
    expect(bench.mux.send("leg", packet, packet.length)).toBe(true);
  });

  it("[RFC8829-5.1] an ICE restart keeps the keys and the conversation", async () => {
    const { bench, browser } = await connected();
    const origin = (answer: string) => /o=- (\d+) /.exec(answer)?.[1];
    const first = origin(await bench.answer("leg", browser.offer()));
    browser.restartIce();
    const answer = await bench.answer("leg", browser.offer());
    browser.accept(answer);
    expect(origin(answer)).toBe(first);
    const before = browser.speak(Buffer.from("during"));
    await bench.until(bench.heard, 1);
    browser.check();
    await browser.until(() => browser.checkAnswers.length === 2);
    const after = browser.speak(Buffer.from("after"));
    await bench.until(bench.heard, 2);
    expect(bench.heard).toEqual([`leg ${hex(before)}`, `leg ${hex(after)}`]);
    expect(bench.states.length).toBe(1);
  });

  it("a reloaded page takes the leg over with a new connection", async () => {
    const { bench, browser } = await connected();
    const reloaded = await newBrowser();
    await bench.open("leg", reloaded);
    expect(bench.states[1]).toBe("leg lost REOFFERED");
    browser.speak(Buffer.from("from the old page"));
    await reloaded.connect();
    await bench.until(bench.states, 3);
    expect(bench.states[2]).toBe("leg connected DTLS_CONNECTED");
    const said = reloaded.speak(Buffer.from("I am back"));
    await bench.until(bench.heard, 1);
    expect(bench.heard).toEqual([`leg ${hex(said)}`]);
  });

  it("[RFC5246-7.2.1] a closed page closes its leg; the next offer opens it again", async () => {
    const { bench, browser } = await connected();
    browser.hangUp();
    await bench.until(bench.states, 2);
    const next = await newBrowser();
    const origin = (answer: string) => /o=- (\d+) /.exec(answer)?.[1];
    const answers = [await bench.answer("leg", next.offer()), await bench.answer("leg", next.offer())];
    expect(new Set(answers.map(origin)).size).toBe(1);
    next.accept(answers[1] ?? "");
    await next.connect();
    await bench.until(bench.states, 3);
    expect(bench.states.slice(1)).toEqual(["leg closed DTLS_CLOSED", "leg connected DTLS_CONNECTED"]);
  });

  it("[RFC8122-5] a browser that isn't the offer's fails", async () => {
    const [bench, browser] = await Promise.all([newBench(), newBrowser()]);
    browser.accept(await bench.answer("leg", browser.offer(await newDtlsCertificate())));
    browser.check();
    await browser.until(() => browser.checkAnswers.length === 1);
    void browser.handshake();
    await bench.until(bench.states, 1);
    expect(bench.states).toEqual(["leg failed DTLS_FINGERPRINT"]);
  });

  it("a browser that never comes fails in time", async () => {
    const [bench, browser] = await Promise.all([newBench(), newBrowser()]);
    await bench.open("leg", browser);
    bench.aheadMs = connectTimeoutMs;
    await bench.until(bench.states, 1);
    expect(bench.states).toEqual(["leg failed ICE_TIMEOUT"]);
  });

  it("strangers get nothing: wrong passwords, unknown sources and noise only count", async () => {
    const { bench, browser } = await connected();
    const stranger = await newBrowser();
    stranger.accept(await bench.answer("other", stranger.offer()));
    stranger.check("a wrong password of some length");
    await stranger.until(() => stranger.checkAnswers.length === 1);
    const random = new SeededRandom(13);
    for (let step = 0; step < 500; step += 1) {
      const noise = new Uint8Array(random.below(200));
      random.fill(noise);
      stranger.raw(noise);
      browser.raw(noise);
      // A socket's buffer is as large as the system allows, which may be too small for all of it at once.
      if (step % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
    }
    const said = browser.speak(Buffer.from("still here"));
    await bench.until(bench.heard, 1);
    expect(stranger.checkAnswers).toEqual([1]);
    expect(bench.heard).toEqual([`leg ${hex(said)}`]);
    expect(bench.states.length).toBe(1);
    expect(bench.mux.stats().faults).toBe(0);
  });

  it("places are limited; a closed leg makes room and is told nothing more", async () => {
    const bench = await newBench({ legsMax: 1 });
    const [first, second] = await Promise.all([newBrowser(), newBrowser()]);
    await bench.open("first", first);
    expect(await bench.mux.open("second", second.offer())).toMatchObject({ ok: false, code: "WEBRTC_LEGS_EXHAUSTED" });
    bench.mux.close("first");
    bench.mux.close("first");
    await bench.open("second", second);
    expect(bench.states).toEqual([]);
  });

  it("a certificate that can't be read is a coded refusal", async () => {
    const bench = new Bench({ certificate: { certPem: "nonsense", keyPem: "nonsense" } });
    expect(await bench.mux.start()).toMatchObject({ ok: false, code: "DTLS_UNUSABLE" });
  });

  it("[RFC8122-5] a kept certificate keeps its fingerprint", async () => {
    const certificate = await newDtlsCertificate();
    const [first, second] = [await newBench({ certificate }), await newBench({ certificate })];
    const browser = await newBrowser();
    const fingerprint = (answer: string) => /a=fingerprint:\S+ \S+/.exec(answer)?.[0];
    const told = fingerprint(await first.answer("leg", browser.offer()));
    expect(told).toMatch(/^a=fingerprint:sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(fingerprint(await second.answer("leg", browser.offer()))).toBe(told);
  });

  it("a port in use is a coded refusal, and closing twice is harmless", async () => {
    const bench = await newBench();
    const browser = await newBrowser();
    const other = new Bench({ port: browser.port });
    expect(await other.mux.start()).toMatchObject({ ok: false, code: "RTP_PORT_IN_USE" });
    await other.mux.close();
    await bench.mux.close();
    await bench.mux.close();
    expect(await bench.mux.open("leg", browser.offer())).toMatchObject({ ok: false, code: "WEBRTC_CLOSED" });
  });
});
