import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { say } from "@centrala/contract";
import { decodeTable, PeakMeter, parseWavHeader, type WaveformPeaks, type WavFormat, wavHeader } from "@centrala/media";
import type { FastifyReply, FastifyRequest } from "fastify";
import { HttpProblem } from "./errors.ts";

const headBytes = 4_096;
const blockBytes = 64 * 1024;
const pcmHeaderBytes = 44;

/**
 * Sends a WAV file as 16-bit PCM, which every browser plays (A-law and mu-law are decoded on the way out), whole or the
 * byte range that was asked for. Ranges count in the PCM file, whose length is known beforehand.
 * @throws NOT_FOUND when the file is gone or no WAV
 */
export async function sendWav(
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
  name?: string,
): Promise<FastifyReply> {
  const format = await readFormat(path);
  const frames = framesOf(format);
  const bytes = pcmHeaderBytes + frames * format.channels * 2;
  const range = rangeOf(request.headers.range, bytes);
  void reply.header("accept-ranges", "bytes").header("cache-control", "private, no-cache").type("audio/wav");
  if (name !== undefined)
    void reply.header("content-disposition", `inline; filename="${name.replaceAll(/[^A-Za-z0-9._-]/g, "_")}"`);
  if (range === "unsatisfiable") return reply.code(416).header("content-range", `bytes */${bytes}`).send();
  const { first, last } = range ?? { first: 0, last: bytes - 1 };
  if (range !== undefined) void reply.code(206).header("content-range", `bytes ${first}-${last}/${bytes}`);
  void reply.header("content-length", String(last - first + 1));
  if (request.method === "HEAD") return reply.send();
  return reply.send(Readable.from(pcmBytes(path, format, frames, first, last), { objectMode: false }));
}

/** The waveform of a WAV file, read block by block. */
export async function wavPeaks(path: string, buckets: number): Promise<WaveformPeaks> {
  const format = await readFormat(path);
  const meter = new PeakMeter(format, buckets);
  if (format.dataBytes > 0) {
    const end = format.dataOffset + format.dataBytes - 1;
    for await (const block of createReadStream(path, { start: format.dataOffset, end }))
      meter.push(block as Uint8Array);
  }
  return meter.finish();
}

async function readFormat(path: string): Promise<WavFormat> {
  try {
    const file = await open(path, "r");
    try {
      const head = new Uint8Array(headBytes);
      const { bytesRead } = await file.read(head, 0, headBytes, 0);
      const { size } = await file.stat();
      const parsed = parseWavHeader(head.subarray(0, bytesRead), size);
      if (parsed.ok) return parsed.value;
    } finally {
      await file.close();
    }
  } catch {
    // The file was deleted when its time was over.
  }
  throw new HttpProblem("NOT_FOUND", { said: say("RECORDING_GONE") });
}

function framesOf(format: WavFormat): number {
  return Math.floor(format.dataBytes / (format.channels * (format.encoding === "pcm16" ? 2 : 1)));
}

type Range = { readonly first: number; readonly last: number };

/** One byte range (RFC 9110 section 14.1.2); undefined when there is none or several, which are answered whole. */
export function rangeOf(header: string | undefined, bytes: number): Range | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const length = Math.min(Number(to), bytes);
    return length === 0 ? "unsatisfiable" : { first: bytes - length, last: bytes - 1 };
  }
  const first = Number(from);
  const last = to === "" ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (to !== "" && Number(to) < first) return undefined;
  return first >= bytes ? "unsatisfiable" : { first, last };
}

/** Bytes `first` to `last` of the file as it would be in PCM. */
async function* pcmBytes(
  path: string,
  format: WavFormat,
  frames: number,
  first: number,
  last: number,
): AsyncGenerator<Uint8Array> {
  const dataBytes = frames * format.channels * 2;
  if (first < pcmHeaderBytes) {
    const header = wavHeader("pcm16", format.channels, format.sampleRateHz, dataBytes);
    yield header.subarray(first, Math.min(pcmHeaderBytes, last + 1));
  }
  if (last < pcmHeaderBytes) return;
  const from = Math.max(0, first - pcmHeaderBytes);
  const to = last - pcmHeaderBytes;
  if (format.encoding === "pcm16") {
    yield* createReadStream(path, {
      start: format.dataOffset + from,
      end: format.dataOffset + to,
      highWaterMark: blockBytes,
    }) as AsyncIterable<Uint8Array>;
    return;
  }
  const table = decodeTable(format.encoding);
  // Two bytes of PCM stand for one of G.711; a range may begin or end in the middle of a sample.
  let skip = from % 2;
  let left = to - from + 1;
  const start = format.dataOffset + Math.floor(from / 2);
  const end = format.dataOffset + Math.floor(to / 2);
  for await (const block of createReadStream(path, {
    start,
    end,
    highWaterMark: blockBytes,
  }) as AsyncIterable<Uint8Array>) {
    const pcm = toPcm(table, block).subarray(skip, skip + left);
    skip = 0;
    left -= pcm.length;
    yield pcm;
  }
}

function toPcm(table: Int16Array, block: Uint8Array): Uint8Array {
  const pcm = new Uint8Array(block.length * 2);
  for (let index = 0; index < block.length; index += 1) {
    const sample = table[block[index] as number] as number;
    pcm[index * 2] = sample & 255;
    pcm[index * 2 + 1] = (sample >> 8) & 255;
  }
  return pcm;
}
