import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeG711, sine, timestampDistance, wavHeader } from "@centrala/media";
import { describe, expect, it } from "vitest";
import { describeMediaEngine } from "../testing/contract-suite.ts";
import { freeRange } from "../testing/free-range.ts";
import { EventLog, TestPhone } from "../testing/test-phone.ts";
import { EmbeddedEngine, type EmbeddedEngineOptions } from "./engine.ts";
import { PortPool, parseRtpPorts } from "./ports.ts";
import { repairRecording } from "./recording-file.ts";

async function startEngine(changes: Partial<EmbeddedEngineOptions> = {}): Promise<EmbeddedEngine> {
  const faults: string[] = [];
  const started = await EmbeddedEngine.start({
    ports: await freeRange(64),
    bindAddress: "127.0.0.1",
    webRtc: null,
    mediaLostAfterMs: 10_000,
    onFault: (message) => faults.push(message),
    ...changes,
  });
  if (!started.ok) throw new Error(`${started.code}: ${started.message}`);
  return started.value;
}

describeMediaEngine("embedded", startEngine);

describe("embedded engine", () => {
  it("[EMB-1] used-up ports are refused with a code, and a closed leg's port is used again", async () => {
    const engine = await startEngine({ ports: await freeRange(5) });
    const log = new EventLog(engine);
    const first = await engine.openRtpLeg("a");
    const second = await engine.openRtpLeg("b");
    const third = await engine.openRtpLeg("c");
    expect([first.ok, second.ok]).toEqual([true, true]);
    expect(third.ok ? "" : third.code).toBe("RTP_PORTS_EXHAUSTED");
    expect(await engine.openRtpLeg("a")).toEqual(first);
    engine.command({ kind: "closeLeg", legId: "a" });
    await log.first("quality");
    let again = await engine.openRtpLeg("d");
    // The event is told when the leg is gone; its sockets need a moment longer.
    while (!again.ok) again = await engine.openRtpLeg("d");
    expect(again).toEqual(first);
    await engine.close();
  });

  it("[EMB-2] a far end that falls silent is told once, and once more after it came back", async () => {
    const engine = await startEngine({ mediaLostAfterMs: 300 });
    const log = new EventLog(engine);
    const phone = (await TestPhone.connect(engine, "a", "alaw", 440)).speak();
    await log.first("legUp");
    phone.hush();
    await log.first("mediaLost");
    phone.speak();
    await phone.listen(400);
    phone.hush();
    while (log.events.filter((event) => event.kind === "mediaLost").length < 2) await phone.listen(20);
    await engine.close();
    await phone.close();
  });

  it("[EMB-8] a far end that is silent but reports, or answers when it is asked, is not lost", async () => {
    const engine = await startEngine({ mediaLostAfterMs: 300 });
    const log = new EventLog(engine);
    const phone = (await TestPhone.connect(engine, "a", "alaw", 440)).speak();
    await log.first("legUp");
    const items = [{ kind: "tone", tone: "beep", country: "BG" }] as const;
    engine.command({ kind: "play", playId: "p", legId: "a", items, loop: true });
    phone.hush();
    const report = Uint8Array.from([0x80, 201, 0, 1, 0, 0, 0, 9]);
    for (let round = 0; round < 30; round += 1) {
      phone.throwAt(report, phone.port + 1);
      await phone.listen(40);
    }
    const lost = () => log.events.filter((event) => event.kind === "mediaLost").length;
    expect(lost()).toBe(0);
    while (lost() < 1) await phone.listen(20);
    engine.command({ kind: "legAlive", legId: "a" });
    while (lost() < 2) await phone.listen(20);
    await engine.close();
    await phone.close();
  });

  it("[EMB-10] silence opens the way with five packets; then one a second keeps it open, alone and beside a silent party", async () => {
    const engine = await startEngine();
    const phones = await Promise.all([
      TestPhone.connect(engine, "a", "alaw", 440),
      TestPhone.connect(engine, "b", "alaw", 700),
      TestPhone.connect(engine, "c", "alaw", 900),
    ]);
    engine.command({ kind: "setRoom", roomId: "r", hears: { b: ["c"], c: ["b"] } });
    for (const phone of phones) {
      while (phone.headers.length < 7) await phone.listen(20);
      const times = phone.headers.map(({ timestamp }) => timestamp);
      const steps = times.slice(1).map((time, index) => timestampDistance(time, times[index] ?? 0));
      expect(steps.slice(4, 6).map((step) => step > 7_000)).toEqual([true, true]);
    }
    await engine.close();
    await Promise.all(phones.map((phone) => phone.close()));
  });

  it("[EMB-9] a far end that is held by the address 0.0.0.0 is found again where it was", async () => {
    const engine = await startEngine();
    const phone = (await TestPhone.connect(engine, "a", "alaw", 440)).speak();
    const items = [{ kind: "tone", tone: "beep", country: "BG" }] as const;
    engine.command({ kind: "play", playId: "p", legId: "a", items, loop: true });
    await phone.untilTone(1_000);
    engine.command({ kind: "setRemote", legId: "a", remote: phone.remote({ address: "0.0.0.0", receives: false }) });
    engine.command({ kind: "setRemote", legId: "a", remote: phone.remote() });
    await phone.untilTone(1_000);
    expect((await engine.stats()).packetsRefused).toBe(0);
    await engine.close();
    await phone.close();
  });

  it("[EMB-3] when the worker dies everything it had ends, its recording plays, and a new worker takes over", async () => {
    const folder = await mkdtemp(join(tmpdir(), "centrala-crash-"));
    const engine = await startEngine();
    const log = new EventLog(engine);
    const phone = (await TestPhone.connect(engine, "a", "alaw", 440)).speak();
    const path = join(folder, "rec.wav");
    engine.command({ kind: "record", recordingId: "rec", path, leftLegId: "a", rightLegIds: [], codec: "pcma" });
    engine.command({
      kind: "play",
      playId: "p",
      legId: "a",
      items: [{ kind: "silence", durationMs: 60_000 }],
      loop: false,
    });
    await phone.listen(1_500);
    await engine.killWorkerForTest();
    const lost = await log.first("legLost");
    const ended = await log.first("playEnded");
    const closed = await log.first("recordingClosed");
    expect([lost.reason, ended.reason]).toEqual(["MEDIA_FAILED", "failed"]);
    expect(closed.durationMs).toBeGreaterThan(400);
    while (!(await engine.openRtpLeg("b")).ok) await new Promise((again) => setImmediate(again));
    expect(engine.restarts).toBe(1);
    await engine.close();
    await phone.close();
    await rm(folder, { recursive: true });
  });

  it("[EMB-4] a half-written recording is mended, what is none is refused", async () => {
    const folder = await mkdtemp(join(tmpdir(), "centrala-repair-"));
    const sound = encodeG711("alaw", sine(440, 1_000));
    const path = join(folder, "crashed.wav");
    await writeFile(path, Buffer.concat([wavHeader("alaw", 2, 8_000, 0), sound, sound.subarray(0, 1)]));
    const mended = await repairRecording(path);
    expect(mended.ok && [mended.value.bytes, mended.value.durationMs]).toEqual([58 + 8_000, 500]);
    expect(await repairRecording(path)).toEqual(mended);
    const other = await repairRecording(join(folder, "none.wav"));
    expect(other.ok ? "" : other.code).toBe("RECORDING_UNREADABLE");
    await rm(folder, { recursive: true });
  });

  it("[EMB-5] an engine that is closed says so, and closing twice does nothing", async () => {
    const engine = await startEngine();
    await engine.close();
    await engine.close();
    const opened = await engine.openRtpLeg("a");
    expect(opened.ok ? "" : opened.code).toBe("ENGINE_CLOSED");
  });

  it("[EMB-7] sockets of both families carry IPv4 calls", async () => {
    const engine = await startEngine({ bindAddress: "::" });
    const phone = (await TestPhone.connect(engine, "a", "alaw", 440)).speak();
    const items = [{ kind: "tone", tone: "beep", country: "BG" }] as const;
    engine.command({ kind: "play", playId: "p", legId: "a", items, loop: true });
    await phone.untilTone(1_000);
    const stats = await engine.stats();
    expect([stats.packetsReceived > 0, stats.packetsRefused]).toEqual([true, 0]);
    await engine.close();
    await phone.close();
  });

  it("[EMB-6] a recording that cannot be written fails with a code and the call goes on", async () => {
    const engine = await startEngine();
    const log = new EventLog(engine);
    const phone = (await TestPhone.connect(engine, "a", "alaw", 440)).speak();
    // A folder cannot be made where a file is.
    const path = join(import.meta.filename, "rec.wav");
    engine.command({ kind: "record", recordingId: "rec", path, leftLegId: "a", rightLegIds: [], codec: "pcma" });
    expect(await log.first("recordingFailed")).toEqual({
      kind: "recordingFailed",
      recordingId: "rec",
      code: "RECORDING_WRITE_FAILED",
    });
    await phone.listen(40);
    await engine.close();
    await phone.close();
  });
});

describe("RTP ports", () => {
  it("[PORTS-1] the setting is two ports with a dash, four or more apart", () => {
    expect(parseRtpPorts("10000-10999")).toEqual({ ok: true, value: { first: 10_000, last: 10_999 } });
    for (const text of ["", "10000", "80-90", "10000-10002", "20000-10000", "1e4-2e4", "60000-70000"]) {
      expect(parseRtpPorts(text).ok).toBe(false);
    }
  });

  it("[PORTS-2] the first port is WebRTC's; even ones are handed out, the one freed last comes last", () => {
    const pool = new PortPool({ first: 10_000, last: 10_006 });
    expect([pool.take(), pool.take(), pool.take()]).toEqual([10_002, 10_004, undefined]);
    pool.release(10_004);
    pool.release(10_002);
    expect([pool.take(), pool.free]).toEqual([10_004, 1]);
    expect(new PortPool({ first: 9_999, last: 10_003 }).size).toBe(2);
  });
});
