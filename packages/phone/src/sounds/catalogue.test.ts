import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  expectedWaitSounds,
  isSoundName,
  musicFile,
  musicNames,
  promptText,
  queuePositionSounds,
  soundDurationMs,
  soundFile,
  soundLanguage,
  soundLanguages,
  soundNames,
} from "./catalogue.ts";

const RATE = 8000;
/** A-law octets that stand for the loudest code, positive and negative: a run of them is a clipped sound. */
const LOUDEST = [0xaa, 0x2a];

describe.each(soundLanguages)("prompts in %s", (language) => {
  const files = soundNames.map((name) => ({ name, wav: readWav(soundFile(language, name)) }));

  it("are A-law, 8000 Hz, mono, with a fact chunk that counts the samples", () => {
    for (const { name, wav } of files) {
      expect({ name, ...wav.format }).toEqual({ name, tag: 6, channels: 1, rate: RATE, bits: 8 });
      expect(wav.facts).toBe(wav.data.length);
    }
  });

  it("last as long as the catalogue says", () => {
    const measured = files.map(({ name, wav }) => [name, Math.round((wav.data.length * 1000) / RATE)]);
    expect(measured).toEqual(soundNames.map((name) => [name, soundDurationMs(language, name)]));
  });

  it("speak at -20 dBFS give or take 1 dB, below a peak of -3 dBFS", () => {
    const outside = files
      .map(({ name, wav }) => ({ name, ...measure(wav.data) }))
      .filter(({ rms, peak }) => Math.abs(decibels(rms) + 20) > 1 || decibels(peak) > -3);
    expect(outside).toEqual([]);
  });

  it("are never clipped", () => {
    expect(
      files.filter(({ wav }) => wav.data.some((octet) => LOUDEST.includes(octet))).map(({ name }) => name),
    ).toEqual([]);
  });

  it("begin and end with 80 ms of silence, and have no constant offset", () => {
    const edge = RATE * 0.08;
    for (const { name, wav } of files) {
      const samples = Array.from(wav.data, decodeAlaw);
      const loudest = (part: number[]) => part.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
      expect([name, loudest(samples.slice(0, edge)) < 0.001, loudest(samples.slice(-edge)) < 0.001]).toEqual([
        name,
        true,
        true,
      ]);
      expect(Math.abs(samples.reduce((sum, sample) => sum + sample, 0) / samples.length)).toBeLessThan(0.002);
    }
  });

  it("have a text of one line each, and no file without a name", () => {
    expect(soundNames.filter((name) => !/^\S.*\S$/u.test(promptText(language, name)))).toEqual([]);
    expect(readdirSync(new URL(".", soundFile(language, "greeting"))).sort()).toEqual(
      soundNames.map((name) => `${name}.wav`).sort(),
    );
  });
});

describe("music on hold", () => {
  it.each(musicNames)("%s is a loop of 60 s at -22 dBFS that joins its own beginning without a step", (name) => {
    const { data, format } = readWav(musicFile(name));
    expect(format).toEqual({ tag: 6, channels: 1, rate: RATE, bits: 8 });
    expect(data.length).toBe(60 * RATE);
    const { rms, peak } = measure(data);
    expect(Math.abs(decibels(rms) + 22)).toBeLessThan(1);
    expect(decibels(peak)).toBeLessThan(-6);
    const samples = Array.from(data, decodeAlaw);
    const step = (i: number) => Math.abs((samples.at(i) ?? 0) - (samples.at(i - 1) ?? 0));
    const around = Array.from({ length: 160 }, (_, i) => step(i < 80 ? i - 80 : i - 79));
    expect(step(0)).toBeLessThanOrEqual(Math.max(...around));
  });
});

describe("names", () => {
  it("tell a shipped prompt from anything else", () => {
    expect(["greeting", "toString", "", "n-21"].map(isSoundName)).toEqual([true, false, false, false]);
  });

  it("fall back to English for a language that is not shipped", () => {
    expect(["bg-BG", "RU", "en_GB", "de", ""].map(soundLanguage)).toEqual(["bg", "ru", "en", "en", "en"]);
  });

  it("put a place in the queue together from clips", () => {
    expect([1, 2, 20, 21].map(queuePositionSounds)).toEqual([
      ["queue-next"],
      ["queue-position-intro", "n-2"],
      ["queue-position-intro", "n-20"],
      ["queue-position-intro", "more-than-20"],
    ]);
  });

  it("put an expected wait together from clips", () => {
    expect([0, 59_999, 60_000, 150_000, 600_000, 640_000].map(expectedWaitSounds).map(([, clip]) => clip)).toEqual([
      "wait-0",
      "wait-0",
      "wait-1",
      "wait-3",
      "wait-10",
      "wait-more",
    ]);
  });
});

interface Wav {
  format: { tag: number; channels: number; rate: number; bits: number };
  facts: number;
  data: Uint8Array;
}

function readWav(file: URL): Wav {
  const bytes = readFileSync(file);
  const chunks = new Map<string, Buffer>();
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    chunks.set(bytes.toString("latin1", at, at + 4), bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length % 2);
  }
  const chunk = (id: string) => chunks.get(id) ?? Buffer.alloc(18);
  const format = chunk("fmt ");
  return {
    format: {
      tag: format.readUInt16LE(0),
      channels: format.readUInt16LE(2),
      rate: format.readUInt32LE(4),
      bits: format.readUInt16LE(14),
    },
    facts: chunk("fact").readUInt32LE(0),
    data: chunk("data"),
  };
}

/** ITU-T G.711 A-law to a sample in -1..1, written here anew so that the files are not judged by the code that made them. */
function decodeAlaw(octet: number): number {
  const code = octet ^ 0x55;
  const segment = (code >> 4) & 7;
  const mantissa = (code & 15) * 2 + 1;
  const magnitude = segment === 0 ? mantissa : (mantissa + 32) << (segment - 1);
  return ((code & 0x80 ? magnitude : -magnitude) * 8) / 32768;
}

/** RMS of the frames of 20 ms above -45 dBFS, and the peak, as amplitudes. */
function measure(data: Uint8Array): { rms: number; peak: number } {
  const samples = Array.from(data, decodeAlaw);
  const loud: number[] = [];
  for (let from = 0; from < samples.length; from += 160) {
    const power = samples.slice(from, from + 160).reduce((sum, sample) => sum + sample * sample, 0) / 160;
    if (power > 10 ** -4.5) loud.push(power);
  }
  const rms = Math.sqrt(loud.reduce((sum, power) => sum + power, 0) / loud.length);
  return { rms, peak: samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0) };
}

function decibels(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}
