import { concatBytes } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { encodeG711, type Law } from "../codec/g711.ts";
import { readWav } from "../codec/wav.ts";
import { sine } from "../tone/generator.ts";
import { toneLevel } from "../tone/goertzel.ts";
import { recoverWavHeader, waveformPeaks } from "./reader.ts";
import { RecordingWriter } from "./writer.ts";

interface Feed {
  readonly channel: 0 | 1;
  readonly track: number;
  readonly hz: number;
  readonly law: Law;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly jitterMs?: (index: number) => number;
  readonly timestampOf?: (index: number) => number;
}

/** Runs a recording in virtual time; a packet of 20 ms arrives when its sound has been spoken. */
function record(
  law: Law,
  feeds: readonly Feed[],
  untilMs: number,
  pauses: readonly [number, boolean][] = [],
): Uint8Array {
  const writer = new RecordingWriter(law, 1_000);
  const arrivals = feeds.flatMap((feed) => {
    const tone = encodeG711(feed.law, sine(feed.hz, untilMs, -15));
    const packets = [];
    for (let at = feed.fromMs ?? 0; at + 20 <= (feed.toMs ?? untilMs); at += 20) {
      const index = at / 20;
      packets.push({ feed, index, tone, at: 1_000 + at + 20 + (feed.jitterMs?.(index) ?? 0) });
    }
    return packets;
  });
  const parts = [writer.headerOf(0)];
  let next = 0;
  arrivals.sort((a, b) => a.at - b.at);
  for (let now = 1_000; now <= 1_000 + untilMs; now += 10) {
    for (const [at, paused] of pauses) if (at + 1_000 === now) writer.pause(paused);
    for (let packet = arrivals[next]; packet !== undefined && packet.at <= now; packet = arrivals[next]) {
      const { feed, index, tone } = packet;
      const timestamp = feed.timestampOf?.(index) ?? (0xfffff000 + index * 160) >>> 0;
      writer.accept(feed.channel, feed.track, feed.track, timestamp, feed.law, tone, index * 160, 160, packet.at);
      next += 1;
    }
    if (now % 700 === 0) parts.push(writer.takeBlock(now) ?? new Uint8Array(0));
  }
  parts.push(writer.takeLast(1_000 + untilMs) ?? new Uint8Array(0));
  const file = concatBytes(...parts);
  file.set(writer.headerOf(writer.frames));
  expect(writer.durationMs).toBe(untilMs);
  return file;
}

function channelsOf(file: Uint8Array): readonly Int16Array[] {
  const read = readWav(file);
  if (!read.ok) throw new Error(read.code);
  return read.value.channels;
}

function levelIn(samples: Int16Array | undefined, hz: number, fromMs: number, toMs: number): number {
  return toneLevel((samples as Int16Array).subarray(fromMs * 8, toMs * 8), hz);
}

describe("recording", () => {
  it("[REC-1] the two sides are two channels, the other law is converted, jitter leaves no trace", () => {
    const file = record(
      "alaw",
      [
        { channel: 0, track: 1, hz: 440, law: "alaw", jitterMs: (index) => (index % 5) * 9 },
        { channel: 1, track: 2, hz: 700, law: "ulaw", jitterMs: (index) => (index % 3) * 15 },
      ],
      4_000,
    );
    const [left, right] = channelsOf(file);
    expect(levelIn(left, 440, 100, 3_800)).toBeCloseTo(-15, 0);
    expect(levelIn(left, 700, 100, 3_800)).toBeLessThan(-60);
    expect(levelIn(right, 700, 100, 3_800)).toBeCloseTo(-15, 0);
    expect(levelIn(right, 440, 100, 3_800)).toBeLessThan(-60);
  });

  it("[REC-2] gaps are silence of their length, and a jump of the timestamps goes back to the time of arrival", () => {
    const file = record(
      "ulaw",
      [
        { channel: 0, track: 1, hz: 440, law: "ulaw", toMs: 1_000 },
        { channel: 0, track: 1, hz: 440, law: "ulaw", fromMs: 2_000, timestampOf: (index) => index * 160 + 77_777_777 },
      ],
      3_000,
    );
    const [left, right] = channelsOf(file);
    expect(levelIn(left, 440, 0, 1_000)).toBeCloseTo(-15, 0);
    expect(left?.subarray(8_000, 16_000).every((sample) => sample === 0)).toBe(true);
    expect(levelIn(left, 440, 2_000, 3_000)).toBeCloseTo(-15, 0);
    expect(right?.every((sample) => sample === 0)).toBe(true);
  });

  it("[REC-3] a pause is silence on both sides and does not shorten the file", () => {
    const feeds = [
      { channel: 0, track: 1, hz: 440, law: "ulaw" },
      { channel: 1, track: 2, hz: 700, law: "ulaw" },
    ] as const;
    const [left, right] = channelsOf(
      record("ulaw", feeds, 3_000, [
        [1_000, true],
        [2_000, false],
      ]),
    );
    for (const channel of [left, right]) {
      expect(channel?.subarray(8_000, 15_840).every((sample) => sample === 0)).toBe(true);
      expect(channel?.subarray(16_500, 23_000).some((sample) => sample !== 0)).toBe(true);
    }
  });

  it("[REC-4] two operators who speak at once are both heard on the right channel", () => {
    const [, right] = channelsOf(
      record(
        "alaw",
        [
          { channel: 1, track: 2, hz: 700, law: "alaw" },
          { channel: 1, track: 3, hz: 1_100, law: "ulaw" },
        ],
        2_000,
      ),
    );
    expect([700, 1_100].map((hz) => Math.round(levelIn(right, hz, 100, 1_900)))).toEqual([-15, -15]);
  });

  it("[REC-5] a crash at any byte leaves a file that recovery makes playable to its last whole frame", () => {
    const file = record("alaw", [{ channel: 0, track: 1, hz: 440, law: "alaw" }], 1_000);
    const crashed = file.slice(0, 10_001);
    crashed.set(new RecordingWriter("alaw", 0).headerOf(0));
    const recovered = recoverWavHeader(crashed.subarray(0, 58), crashed.length);
    if (!recovered.ok) throw new Error(recovered.code);
    const mended = crashed.slice(0, recovered.value.fileBytes);
    mended.set(recovered.value.header);
    expect(channelsOf(mended).map((channel) => channel.length)).toEqual([4_971, 4_971]);
    expect(recovered.value.durationMs).toBe(4_971 / 8);
    expect(recoverWavHeader(new Uint8Array(58), 58).ok).toBe(false);
    expect(recoverWavHeader(new Uint8Array(3), 3).ok).toBe(false);
  });

  it("[REC-6] what comes too late or from far ahead is counted and changes nothing", () => {
    const writer = new RecordingWriter("ulaw", 0);
    const payload = new Uint8Array(160);
    writer.takeBlock(2_000);
    writer.accept(0, 1, 1, 0, "ulaw", payload, 0, 160, 1_000);
    writer.accept(0, 2, 2, 0, "ulaw", payload, 0, 160, 60_000);
    expect(writer.refused).toBe(2);
    expect(writer.takeBlock(3_000)?.every((byte) => byte === 0xff)).toBe(true);
  });

  it("[REC-8] a sender whose clock is half a percent slow or fast loses nothing but the corrections", () => {
    for (const stretch of [1.005, 0.995]) {
      const writer = new RecordingWriter("ulaw", 0);
      const tone = new Uint8Array(160).fill(0x20);
      let loud = 0;
      let frames = 0;
      const count = (block: Uint8Array | undefined) => {
        for (let at = 0; at < (block?.length ?? 0); at += 20) if (block?.[at] !== 0xff) loud += 1;
        frames += (block?.length ?? 0) / 20;
      };
      for (let index = 0; index < 6_000; index += 1) {
        const at = (index + 1) * 20 * stretch;
        writer.accept(0, 1, 1, index * 160, "ulaw", tone, 0, 160, at);
        if (index % 35 === 0) count(writer.takeBlock(at));
      }
      expect(writer.refused).toBeLessThan(30);
      expect(loud / frames).toBeGreaterThan(0.98);
    }
  });

  it("[REC-7] waveform peaks show who spoke when", () => {
    const file = record(
      "alaw",
      [
        { channel: 0, track: 1, hz: 440, law: "alaw", toMs: 1_000 },
        { channel: 1, track: 2, hz: 700, law: "alaw", fromMs: 1_000 },
      ],
      2_000,
    );
    const peaks = waveformPeaks(file, 4);
    if (!peaks.ok) throw new Error(peaks.code);
    expect(peaks.value.durationMs).toBe(2_000);
    const loud = peaks.value.channels.map((channel) => [...channel].map((peak) => peak > 40));
    expect(loud).toEqual([
      [true, true, false, false],
      [false, false, true, true],
    ]);
  });
});
