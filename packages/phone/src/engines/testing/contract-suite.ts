import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MediaCommand, MediaEngine } from "@centrala/contract";
import { readWav, sequenceDistance, sine, timestampDistance, toneLevel, writeWav } from "@centrala/media";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EventLog, TestPhone } from "./test-phone.ts";

/** Below this a tone counts as not there. */
const nothing = -45;

const collectKeys: Extract<MediaCommand, { kind: "collectKeys" }> = {
  kind: "collectKeys",
  collectId: "collect-1",
  legId: "a",
  keysMax: 4,
  terminator: "#",
  firstKeyTimeoutMs: 10_000,
  nextKeyTimeoutMs: 10_000,
  bargeIn: true,
  afterPlayId: null,
};

/** The rules every media engine obeys, shown over real RTP on loopback with tones. */
export function describeMediaEngine(name: string, start: () => Promise<MediaEngine>): void {
  describe(`media engine ${name}`, () => {
    let engine: MediaEngine;
    let log: EventLog;
    let folder: string;
    let phones: TestPhone[] = [];
    const promptOf = (hz: number) => join(folder, `${hz}.wav`);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "centrala-media-"));
      for (const [hz, ms] of [
        [1_000, 400],
        [1_300, 10_000],
        [500, 1_000],
      ] as const) {
        await writeFile(promptOf(hz), writeWav({ sampleRateHz: 8_000, channels: [sine(hz, ms, -15)] }));
      }
    });
    afterAll(() => rm(folder, { recursive: true }));
    beforeEach(async () => {
      engine = await start();
      log = new EventLog(engine);
      phones = [];
    });
    afterEach(async () => {
      await engine.close();
      await Promise.all(phones.map((phone) => phone.close()));
    });

    async function phone(legId: string, law: "ulaw" | "alaw", hz: number): Promise<TestPhone> {
      const connected = await TestPhone.connect(engine, legId, law, hz);
      phones.push(connected);
      return connected.speak();
    }

    function play(playId: string, legId: string, hz: number, loop = false): void {
      engine.command({ kind: "play", playId, legId, items: [{ kind: "file", path: promptOf(hz) }], loop });
    }

    it("[ENGINE-1] two legs of one law hear each other, as one stream without gaps", async () => {
      const [a, b] = [await phone("a", "alaw", 440), await phone("b", "alaw", 700)];
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await Promise.all([a.untilHears(500, [700], [440]), b.untilHears(500, [440], [700])]);
      const first = a.headers[0];
      const last = a.headers.at(-1);
      expect(new Set(a.headers.map((header) => header.ssrc)).size).toBe(1);
      expect(sequenceDistance(last?.sequence ?? 0, first?.sequence ?? 0)).toBe(a.headers.length - 1);
      await Promise.all([
        log.first("legUp", (event) => event.legId === "a"),
        log.first("legUp", (e) => e.legId === "b"),
      ]);
    });

    it("[ENGINE-2] two legs of different laws hear each other", async () => {
      const [a, b] = [await phone("a", "ulaw", 440), await phone("b", "alaw", 700)];
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await Promise.all([a.untilHears(400, [700]), b.untilHears(400, [440])]);
    });

    it("[ENGINE-3] the matrix rules: a supervisor hears both and is heard by the operator alone, then by all", async () => {
      const customer = await phone("customer", "alaw", 440);
      const operator = await phone("operator", "ulaw", 700);
      const supervisor = await phone("supervisor", "alaw", 1_100);
      const whisper = {
        customer: ["operator"],
        operator: ["customer", "supervisor"],
        supervisor: ["customer", "operator"],
      };
      engine.command({ kind: "setRoom", roomId: "r", hears: whisper });
      await Promise.all([
        customer.untilHears(500, [700], [440, 1_100]),
        operator.untilHears(500, [440, 1_100], [700]),
        supervisor.untilHears(500, [440, 700], [1_100]),
      ]);
      engine.command({ kind: "setRoom", roomId: "r", hears: { ...whisper, customer: ["operator", "supervisor"] } });
      await customer.untilTone(1_100);
    });

    it("[ENGINE-4] a prompt plays once and to its end, then the bridge goes on in the same stream", async () => {
      const [a, b] = [await phone("a", "alaw", 440), await phone("b", "alaw", 700)];
      play("p1", "a", 1_000);
      await a.untilTone(1_000);
      expect(await log.first("playEnded")).toEqual({ kind: "playEnded", playId: "p1", reason: "finished" });
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await Promise.all([a.untilHears(300, [700], [1_000]), b.untilTone(440)]);
      expect(new Set(a.headers.map((header) => header.ssrc)).size).toBe(1);
      const steps = a.headers
        .slice(1)
        .map((header, index) => timestampDistance(header.timestamp, a.headers[index]?.timestamp ?? 0));
      expect(steps.every((step) => step > 0 && step < 8_000)).toBe(true);
    });

    it("[ENGINE-5] what plays to a leg that hears somebody is mixed in, and for that leg alone", async () => {
      const [a, b] = [await phone("a", "alaw", 440), await phone("b", "alaw", 700)];
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      play("p1", "a", 1_300, true);
      await Promise.all([a.untilHears(400, [700, 1_300]), b.untilHears(400, [440], [1_300])]);
      engine.command({ kind: "stopPlay", playId: "p1" });
      expect(await log.first("playEnded")).toEqual({ kind: "playEnded", playId: "p1", reason: "stopped" });
      await a.untilTone(1_300, false);
    });

    it("[ENGINE-6] hold: music for the customer alone, then the conversation again", async () => {
      const [a, b] = [await phone("a", "alaw", 440), await phone("b", "ulaw", 700)];
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await b.untilTone(440);
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: [], b: [] } });
      play("music", "a", 500, true);
      await Promise.all([a.untilTone(500), b.untilTone(440, false)]);
      // The piece is one second long: two seconds of it show that it repeats.
      expect((await a.levels(2_000, 500))[0]).toBeGreaterThan(-18);
      engine.command({ kind: "stopPlay", playId: "music" });
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await Promise.all([a.untilTone(700), b.untilTone(440)]);
    });

    // Keys come by the network and commands by a message: an answer shows that a command has been read before keys are pressed.
    it("[ENGINE-7] keys: terminator, the most, barge-in, and keys that nobody asked for", async () => {
      const a = await phone("a", "alaw", 440);
      play("p1", "a", 1_300);
      await a.untilTone(1_300);
      engine.command({ ...collectKeys, afterPlayId: "p1" });
      await engine.stats();
      a.press("12#");
      expect(await log.first("playEnded")).toEqual({ kind: "playEnded", playId: "p1", reason: "stopped" });
      expect(await log.first("keysCollected")).toEqual({
        kind: "keysCollected",
        collectId: "collect-1",
        outcome: "keys",
        keys: "12",
      });
      engine.command({ ...collectKeys, collectId: "collect-2", keysMax: 2 });
      await engine.stats();
      a.press("34");
      expect((await log.first("keysCollected", (event) => event.collectId === "collect-2")).keys).toBe("34");
      a.press("9");
      expect(await log.first("key")).toEqual({ kind: "key", legId: "a", key: "9" });
    });

    it("[ENGINE-8] keys: a time-out without any, keys by signalling, and a cancelled collection", async () => {
      await phone("a", "alaw", 440);
      engine.command({ ...collectKeys, firstKeyTimeoutMs: 60 });
      const timedOut = await log.first("keysCollected");
      engine.command({ ...collectKeys, collectId: "collect-2", nextKeyTimeoutMs: 60 });
      engine.command({ kind: "injectKey", legId: "a", key: "7" });
      const partial = await log.first("keysCollected", (event) => event.collectId === "collect-2");
      engine.command({ ...collectKeys, collectId: "collect-3" });
      engine.command({ kind: "stopCollect", collectId: "collect-3" });
      const cancelled = await log.first("keysCollected", (event) => event.collectId === "collect-3");
      expect([timedOut, partial, cancelled].map(({ outcome, keys }) => [outcome, keys])).toEqual([
        ["timeout", ""],
        ["keys", "7"],
        ["cancelled", ""],
      ]);
    });

    it("[ENGINE-9] keys are sent to the far end, each once", async () => {
      const a = await phone("a", "alaw", 440);
      engine.command({ kind: "sendKeys", legId: "a", keys: "15#" });
      while (a.keysHeard.length < 3) await a.listen(20);
      expect(a.keysHeard).toEqual(["1", "5", "#"]);
    });

    it("[ENGINE-10] a recording has the two sides in its two channels, and is sealed", async () => {
      const path = join(folder, "calls", "recording-1.wav");
      const a = await phone("a", "alaw", 440);
      await phone("b", "ulaw", 700);
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      engine.command({ kind: "record", recordingId: "rec", path, leftLegId: "a", rightLegIds: ["b"], codec: "pcma" });
      await a.listen(2_000);
      engine.command({ kind: "stopRecording", recordingId: "rec" });
      const closed = await log.first("recordingClosed");
      const file = await readFile(path);
      expect(closed).toEqual({
        kind: "recordingClosed",
        recordingId: "rec",
        bytes: file.length,
        durationMs: Math.round((file.length - 58) / 16),
        sha256: createHash("sha256").update(file).digest("hex"),
      });
      const wav = readWav(file);
      if (!wav.ok) throw new Error(wav.code);
      // A busy machine may tear a hole into one stretch of 400 ms; sides that are mixed or exchanged are so in all.
      const stretches = [0, 1, 2, 3].map((at) =>
        wav.value.channels.map((channel) => {
          const levels = [440, 700].map((hz) => toneLevel(channel.subarray(at * 3_200, (at + 1) * 3_200), hz));
          return levels.map((level) => (level > -18 ? "there" : level < nothing ? "absent" : "torn"));
        }),
      );
      expect(stretches).toContainEqual([
        ["there", "absent"],
        ["absent", "there"],
      ]);
    });

    it("[ENGINE-11] a muted leg is neither heard nor recorded, and its keys still count", async () => {
      const [a, b] = [await phone("a", "alaw", 440), await phone("b", "alaw", 700)];
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await b.untilTone(440);
      engine.command({ kind: "muteLeg", legId: "a", muted: true });
      await b.untilTone(440, false);
      a.press("5");
      expect((await log.first("key")).key).toBe("5");
      engine.command({ kind: "muteLeg", legId: "a", muted: false });
      await b.untilTone(440);
    });

    it("[ENGINE-12] levels are told while they are watched", async () => {
      const a = await phone("a", "alaw", 440);
      play("p", "a", 1_300, true);
      engine.command({ kind: "watchLevel", legId: "a", on: true });
      // The first may hold a moment before the sound began.
      await log.first("level", (event) => Math.round(event.inDbfs) === -15 && Math.round(event.outDbfs) === -15);
      await a.listen(20);
    });

    it("[ENGINE-13] a closed leg reports its quality, frees its port and is forgotten", async () => {
      const a = await phone("a", "alaw", 440);
      await log.first("legUp");
      await a.listen(200);
      engine.command({ kind: "closeLeg", legId: "a" });
      const quality = await log.first("quality");
      expect(quality.packetsReceived).toBeGreaterThan(5);
      expect([quality.packetsLost, quality.mos > 4]).toEqual([0, true]);
      expect((await engine.stats()).legs).toBe(0);
    });

    it("[ENGINE-14] commands for what is not there do no harm, and what was waited for ends", async () => {
      play("p-lost", "nobody", 1_000);
      engine.command({ kind: "closeLeg", legId: "nobody" });
      engine.command({ kind: "closeRoom", roomId: "nowhere" });
      engine.command({ kind: "stopRecording", recordingId: "none" });
      expect(await log.first("playEnded")).toEqual({ kind: "playEnded", playId: "p-lost", reason: "failed" });
      await phone("a", "alaw", 440);
      engine.command({
        kind: "play",
        playId: "p",
        legId: "a",
        items: [{ kind: "file", path: "/nowhere.wav" }],
        loop: false,
      });
      expect((await log.first("playEnded", (event) => event.playId === "p")).reason).toBe("failed");
    });

    it("[ENGINE-15] broken packets and strangers are refused and disturb nobody", async () => {
      const [a, b] = [await phone("a", "alaw", 440), await phone("b", "alaw", 700)];
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await a.untilTone(700);
      for (let length = 0; length < 40; length += 1) a.throwAt(new Uint8Array(length).fill(0x80 + length));
      // A third telephone sends good packets to the first one's port, from its own address.
      const stranger = await phone("other", "alaw", 1_700);
      stranger.aim(a.port);
      await a.listen(200);
      await Promise.all([a.untilHears(400, [700], [1_700]), b.untilHears(400, [440], [1_700])]);
      expect((await engine.stats()).packetsRefused).toBeGreaterThanOrEqual(30);
    });

    it("[ENGINE-16] music on hold goes on where it was when it plays to the same leg again", async () => {
      const a = await phone("a", "alaw", 440);
      const path = join(folder, "two-parts.wav");
      const parts = new Int16Array(8_000 * 30);
      parts.set(sine(500, 200, -15));
      parts.set(sine(900, 29_800, -15), 1_600);
      await writeFile(path, writeWav({ sampleRateHz: 8_000, channels: [parts] }));
      const music = { kind: "play", legId: "a", items: [{ kind: "file", path }], loop: true } as const;
      engine.command({ ...music, playId: "m1" });
      await a.untilTone(900);
      play("announcement", "a", 1_000);
      await a.untilTone(1_000);
      await log.first("playEnded", (event) => event.playId === "announcement");
      // Two seconds, of which the beginning of the piece would be a tenth.
      const fromHere = a.listen(2_000);
      engine.command({ ...music, playId: "m2" });
      const heard = await fromHere;
      expect([toneLevel(heard, 900) > -25, toneLevel(heard, 500) > nothing]).toEqual([true, false]);
    });

    it("[ENGINE-18] sound that moves goes to the new place at once, though the old one goes on sending", async () => {
      const [old, moved] = [await phone("a", "alaw", 440), await TestPhone.connect(engine, "unused", "alaw", 700)];
      phones.push(moved);
      const listener = await phone("b", "alaw", 900);
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await old.untilTone(900);
      engine.command({ kind: "setRemote", legId: "a", remote: moved.remote({ sends: false }) });
      await moved.untilTone(900);
      // The old place sends all the time: it is still heard, and hears nothing any more.
      await Promise.all([listener.untilHears(300, [440]), moved.listen(1_000)]);
      const heardThere = old.headers.length;
      await moved.listen(400);
      expect(old.headers.length).toBe(heardThere);
    });

    it("[ENGINE-19] a key counts once, by RFC 4733 and by signalling, and by tones where events were only announced", async () => {
      const a = await phone("a", "alaw", 440);
      const tones = new Int16Array(8_000);
      for (const [at, low, high] of [
        [0, 697, 1_209],
        [2_400, 852, 1_336],
      ] as const) {
        const sound = sine(low, 120, -13).map((sample, index) => sample + (sine(high, 120, -11)[index] ?? 0));
        tones.set(sound, at);
      }
      engine.command({ ...collectKeys, keysMax: 2 });
      await engine.stats();
      a.say(tones);
      expect((await log.first("keysCollected")).keys).toBe("18");
      engine.command({ ...collectKeys, collectId: "collect-2", keysMax: 3 });
      engine.command({ kind: "injectKey", legId: "a", key: "2" });
      a.press("255");
      while (!log.events.some((event) => event.kind === "keysCollected" && event.collectId === "collect-2")) {
        await a.listen(20);
        engine.command({ kind: "injectKey", legId: "a", key: "5" });
      }
      expect((await log.first("keysCollected", (event) => event.collectId === "collect-2")).keys).toBe("255");
    });

    it("[ENGINE-20] keys of a number that was never agreed on are heard, and keys go as the far end takes them", async () => {
      const [a, b] = [await phone("a", "alaw", 440), await phone("b", "alaw", 700)];
      engine.command({
        kind: "setRemote",
        legId: "a",
        remote: a.remote({ telephoneEventPayloadType: null, keysBySignalling: true }),
      });
      engine.command({ kind: "setRemote", legId: "b", remote: b.remote({ telephoneEventPayloadType: null }) });
      engine.command({ kind: "setRoom", roomId: "r", hears: { a: ["b"], b: ["a"] } });
      await Promise.all([a.untilTone(700), b.untilTone(440)]);
      b.press("6");
      expect(await log.first("keysToSignal")).toEqual({ kind: "keysToSignal", legId: "a", keys: "6" });
      a.press("1");
      await b.untilHears(60, [697, 1_209]);
      expect((await log.first("key", (event) => event.legId === "a")).key).toBe("1");
    });

    it("[ENGINE-21] what is said while a sensitive step gathers keys is not recorded", async () => {
      const path = join(folder, "calls", "sensitive.wav");
      const a = await phone("a", "alaw", 440);
      engine.command({ kind: "record", recordingId: "rec", path, leftLegId: "a", rightLegIds: [], codec: "pcma" });
      engine.command({ ...collectKeys, sensitive: true });
      await a.listen(1_000);
      engine.command({ kind: "stopRecording", recordingId: "rec" });
      await log.first("recordingClosed");
      const wav = readWav(await readFile(path));
      expect(wav.ok && wav.value.channels.map((channel) => toneLevel(channel, 440) < nothing)).toEqual([true, true]);
    });

    it("[ENGINE-17] a leg that is closed while it is opened leaves nothing behind", async () => {
      const opening = engine.openRtpLeg("a");
      engine.command({ kind: "closeLeg", legId: "a" });
      // Whether it was open for a moment is a matter of timing; that it is gone is not.
      await opening;
      expect((await engine.stats()).legs).toBe(0);
    });
  });
}
