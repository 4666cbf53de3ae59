import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toneLevel } from "../tone/goertzel.ts";
import { readFlac } from "./flac.ts";
import { oggPackets } from "./ogg.ts";
import { promptLimits } from "./prompt.ts";

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`./testing/${name}`, import.meta.url)));
const stereo = fixture("stereo.flac");
const wide = fixture("wide.flac");

function samplesOf(file: Uint8Array): Int16Array {
  const read = readFlac(file, promptLimits);
  if (!read.ok) throw new Error(`${read.code}: ${read.message}`);
  return read.value.channels[0] as Int16Array;
}

function crc(bytes: readonly number[], width: number, polynomial: number): number {
  const top = 1 << (width - 1);
  return bytes.reduce((before, byte) => {
    let sum = before ^ (byte << (width - 8));
    for (let bit = 0; bit < 8; bit += 1) sum = sum & top ? ((sum << 1) ^ polynomial) & (2 ** width - 1) : sum << 1;
    return sum;
  }, 0);
}

/** So many frames of 65,535 samples in 34 bytes each: eight channels that say one number for ever. */
function bomb(frames: number): Uint8Array {
  const head = [0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34, ...Array<number>(10).fill(0), 0x0b, 0xb8, 0x0e, 0xf0];
  while (head.length < 42) head.push(0);
  const frame = [0xff, 0xf8, 0x7a, 0x78, 0, 0xff, 0xfe];
  frame.push(crc(frame, 8, 0x07));
  for (let channel = 0; channel < 8; channel += 1) frame.push(0, 0x10, 0);
  const sum = crc(frame, 16, 0x8005);
  frame.push(sum >> 8, sum & 255);
  return Uint8Array.from([...head, ...Array.from({ length: frames }, () => frame).flat()]);
}

describe("FLAC", () => {
  it("of two channels told by their difference is one channel of the same sound", () => {
    const samples = samplesOf(stereo);
    expect(samples.length).toBe(5_292);
    expect(toneLevel(samples, 441, 44_100)).toBeGreaterThan(-12);
    expect(toneLevel(samples, 2_000, 44_100)).toBeLessThan(-50);
  });

  it("of 24 bits is brought to 16", () => {
    const samples = samplesOf(wide);
    // Half of full scale at the peaks.
    expect([samples.length, Math.round(toneLevel(samples, 440, 48_000))]).toEqual([2_880, -9]);
  });

  it("that ends in the middle gives what is whole, and one that is damaged is refused", () => {
    expect(readFlac(stereo.subarray(0, stereo.length - 10), promptLimits)).toMatchObject({ ok: true });
    const damaged = Uint8Array.from(stereo);
    damaged[200] = (damaged[200] ?? 0) ^ 16;
    expect(readFlac(damaged, promptLimits)).toMatchObject({ ok: false, code: "WAV_NOT_WAV" });
    for (const bytes of [0, 3, 4, 30, 50])
      expect(readFlac(stereo.subarray(0, bytes), promptLimits)).toMatchObject({ ok: false });
  });

  it("that unpacks to more than a prompt may be is left in time", () => {
    expect(readFlac(bomb(20), { durationMaxMs: 10_000, samplesMax: 1e9 })).toMatchObject({ code: "PROMPT_TOO_LONG" });
    expect(readFlac(bomb(20), { durationMaxMs: 1e9, samplesMax: 500_000 })).toMatchObject({ code: "PROMPT_TOO_LONG" });
    expect(readFlac(bomb(3), promptLimits)).toMatchObject({ ok: true });
  });

  it("never throws, whatever bytes come", () => {
    const places = fc.array(fc.tuple(fc.nat(stereo.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(places, fc.nat(stereo.length), (changes, length) => {
        const file = Uint8Array.from(stereo);
        for (const [at, value] of changes) file[at] = value;
        readFlac(file, promptLimits);
        readFlac(file.subarray(0, length), promptLimits);
      }),
      { numRuns: 50 },
    );
  });
});

describe("Ogg", () => {
  const page = (flags: number, lacing: readonly number[], body: readonly number[]): number[] => [
    ...[0x4f, 0x67, 0x67, 0x53, 0, flags],
    ...Array<number>(20).fill(0),
    lacing.length,
    ...lacing,
    ...body,
  ];

  it("gives packets whole that go over pages, and stops where it is cut", () => {
    const long = Array.from({ length: 300 }, (_, index) => index % 256);
    const file = Uint8Array.from([
      ...page(2, [3], [1, 2, 3]),
      ...page(0, [255], long.slice(0, 255)),
      ...page(1, [45, 2], [...long.slice(255), 9, 9]),
      ...page(4, [0], []),
    ]);
    expect([...oggPackets(file)].map((packet) => [...packet])).toEqual([[1, 2, 3], long, [9, 9], []]);
    for (let length = 0; length <= file.length; length += 1) {
      const packets = [...oggPackets(file.subarray(0, length))];
      expect(packets.length).toBeLessThanOrEqual(4);
    }
  });
});
