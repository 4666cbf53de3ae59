import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { encodeG711, encodeTable } from "../codec/g711.ts";
import { JitterBuffer } from "../jitter/buffer.ts";
import { renderTone, sine } from "../tone/generator.ts";
import { toneLevel } from "../tone/goertzel.ts";
import { tonePlan } from "../tone/plan.ts";
import { frameSamples, Mixer, mixRoom } from "./mixer.ts";

describe("mixer", () => {
  it("[MIX-1] each party hears exactly whom the matrix says", () => {
    const frames = [100, 20, 3].map((value) => new Int16Array(frameSamples).fill(value));
    const out = frames.map(() => new Int16Array(frameSamples));
    // A customer, an operator, and a supervisor who hears both and is heard by the operator alone.
    mixRoom(
      new Mixer(),
      frames,
      [
        [false, true, false],
        [true, false, true],
        [true, true, false],
      ],
      out,
    );
    expect(out.map((frame) => [frame[0], frame[159]])).toEqual([
      [20, 20],
      [103, 103],
      [120, 120],
    ]);
  });

  it("[MIX-2] what is too loud saturates and does not wrap, in samples and in bytes", () => {
    const mixer = new Mixer();
    const out = new Int16Array(frameSamples);
    const bytes = new Uint8Array(frameSamples + 3);
    mixer.clear();
    for (let index = 0; index < 3; index += 1) mixer.add(new Int16Array(frameSamples).fill(-30_000));
    mixer.writeTo(out);
    mixer.encodeTo(encodeTable("ulaw"), bytes, 3);
    expect([out[0], bytes[2], bytes[3]]).toEqual([-32_768, 0, 0]);
  });
});

describe("jitter buffer", () => {
  const tone = encodeG711("ulaw", sine(440, 4_000, -12));

  function play(arrivals: readonly { readonly index: number; readonly at: number }[], untilMs: number) {
    const buffer = new JitterBuffer(40, 120);
    const sorted = arrivals.toSorted((a, b) => a.at - b.at);
    const out = new Int16Array(untilMs * 8);
    const frame = new Int16Array(160);
    let next = 0;
    for (let now = 0; now < untilMs; now += 20) {
      for (let arrival = sorted[next]; arrival !== undefined && arrival.at <= now; arrival = sorted[next]) {
        buffer.put(1, 0xffffff00 + arrival.index * 160, "ulaw", tone, (arrival.index * 160) % 32_000, 160);
        next += 1;
      }
      buffer.take(frame, 160);
      out.set(frame, now * 8);
    }
    return { buffer, out };
  }

  it("[JITTER-1] arrivals spread over 30 ms and out of order play without a gap after the delay", () => {
    const random = new SeededRandom(3);
    const arrivals = Array.from({ length: 190 }, (_, index) => ({ index, at: index * 20 + random.below(30) }));
    const { buffer, out } = play(arrivals, 3_600);
    expect([buffer.underruns, buffer.skips, buffer.late]).toEqual([0, 0, 0]);
    expect(toneLevel(out.subarray(800, 28_000), 440)).toBeCloseTo(-12, 0);
  });

  it("[JITTER-2] a burst after a stall is cut to the target delay", () => {
    const arrivals = Array.from({ length: 100 }, (_, index) => ({
      index,
      at: index < 20 || index > 40 ? index * 20 : 820,
    }));
    const { buffer } = play(arrivals, 2_000);
    expect(buffer.underruns).toBe(1);
    expect(buffer.skips).toBeGreaterThanOrEqual(1);
    expect(buffer.depthSamples).toBeLessThanOrEqual(960);
  });

  it("[JITTER-3] a new source, a jump and a payload of absurd length do no harm", () => {
    const buffer = new JitterBuffer();
    const frame = new Int16Array(160);
    buffer.put(1, 0, "ulaw", tone, 0, 160);
    buffer.put(1, 160, "ulaw", tone, 160, 5_000);
    buffer.put(2, 900_000, "ulaw", tone, 0, 160);
    buffer.put(2, 900_160, "ulaw", tone, 160, 160);
    expect(buffer.depthSamples).toBe(320);
    expect(buffer.take(frame, 160)).toBe(true);
    buffer.put(2, 77, "ulaw", tone, 0, 160);
    expect(buffer.depthSamples).toBe(160);
  });
});

describe("tones", () => {
  it("[E180-BG] Bulgarian ringback is 425 Hz for one second in five", () => {
    const samples = renderTone(tonePlan("ringback", "bg"));
    expect(samples.length).toBe(40_000);
    expect(toneLevel(samples.subarray(0, 8_000), 425)).toBeCloseTo(-19, 0);
    expect(samples.subarray(8_000).every((sample) => sample === 0)).toBe(true);
  });

  it("[E180-US] North American ringback is 440 and 480 Hz together", () => {
    const samples = renderTone(tonePlan("ringback", "US"));
    expect(toneLevel(samples.subarray(0, 16_000), 440)).toBeCloseTo(-22, 0);
    expect(toneLevel(samples.subarray(0, 16_000), 480)).toBeCloseTo(-22, 0);
  });

  it("[E180-all] every country and kind has whole milliseconds and both sound and silence where it repeats", () => {
    for (const country of ["BG", "RU", "US", "GB", "DE", "FR", "RO", "ZZ"]) {
      for (const kind of ["ringback", "busy", "congestion", "beep", "comfort"] as const) {
        const plan = tonePlan(kind, country);
        expect(plan.segments.every((segment) => segment.ms > 0)).toBe(true);
        if (plan.repeats) expect(plan.segments.some((segment) => segment.hz.length === 0)).toBe(true);
      }
    }
  });
});
