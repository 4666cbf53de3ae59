import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeTable, encodeG711, wavHeader } from "@centrala/media";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rangeOf, sendWav, wavPeaks } from "./audio.ts";

const frames = 100_001;
const alaw = encodeG711(
  "alaw",
  Int16Array.from({ length: frames * 2 }, (_, index) => ((index * 7_919) % 60_000) - 30_000),
);
let folder: string;
let path: string;
let http: FastifyInstance;
/** The whole file as PCM, made another way than the code under test. */
let whole: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "centrala-audio-"));
  path = join(folder, "recording.wav");
  await writeFile(path, Buffer.concat([wavHeader("alaw", 2, 8_000, alaw.length), alaw]));
  const table = decodeTable("alaw");
  const pcm = Buffer.alloc(alaw.length * 2);
  alaw.forEach((code, index) => pcm.writeInt16LE(table[code] ?? 0, index * 2));
  whole = Buffer.concat([wavHeader("pcm16", 2, 8_000, pcm.length), pcm]);
  http = Fastify();
  http.get("/audio", (request, reply) => sendWav(path, request, reply));
  await http.ready();
});
afterAll(async () => {
  await http.close();
  await rm(folder, { recursive: true });
});

const get = (range?: string) =>
  http.inject({ method: "GET", url: "/audio", headers: range === undefined ? {} : { range } });

it("plays an A-law recording as 16-bit PCM of known length", async () => {
  const response = await get();
  expect([response.statusCode, response.headers["content-length"], response.headers["accept-ranges"]]).toEqual([
    200,
    String(whole.length),
    "bytes",
  ]);
  expect(response.rawPayload.equals(whole)).toBe(true);
});

it("answers any byte range of the PCM file exactly", async () => {
  const last = whole.length - 1;
  const ranges: [string, number, number][] = [
    ["bytes=0-0", 0, 0],
    ["bytes=10-43", 10, 43],
    ["bytes=40-50", 40, 50],
    ["bytes=45-45", 45, 45],
    ["bytes=131115-262191", 131_115, 262_191],
    [`bytes=${last}-`, last, last],
    ["bytes=-5", last - 4, last],
    ["bytes=100-9999999999", 100, last],
  ];
  for (const [range, from, to] of ranges) {
    const response = await get(range);
    expect([range, response.statusCode, response.headers["content-range"]]).toEqual([
      range,
      206,
      `bytes ${from}-${to}/${whole.length}`,
    ]);
    expect(response.rawPayload.equals(whole.subarray(from, to + 1))).toBe(true);
  }
});

it("answers what is no range with the whole, and what lies behind the end with 416", async () => {
  expect([
    rangeOf("bytes=5-1", 10),
    rangeOf("lines=1-2", 10),
    rangeOf("bytes=-", 10),
    rangeOf("bytes=1-2,4-5", 10),
  ]).toEqual([undefined, undefined, undefined, undefined]);
  const response = await get("bytes=99999999-");
  expect([response.statusCode, response.headers["content-range"]]).toEqual([416, `bytes */${whole.length}`]);
});

it("draws the waveform without reading the file into memory at once", async () => {
  const peaks = await wavPeaks(path, 100);
  expect([Math.round(peaks.durationMs), peaks.channels.map((channel) => channel.length)]).toEqual([12_500, [100, 100]]);
  expect(Math.max(...(peaks.channels[0] ?? []))).toBeGreaterThan(200);
});
