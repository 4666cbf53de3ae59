import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sine } from "../tone/generator.ts";
import { toneLevel } from "../tone/goertzel.ts";
import {
  alawToLinear,
  alawToUlaw,
  decodeG711,
  encodeG711,
  linearToAlaw,
  linearToUlaw,
  silenceByte,
  transcodeTable,
  ulawToAlaw,
  ulawToLinear,
} from "./g711.ts";
import { activeLevelDbfs, measureLevel, normaliseLevel } from "./level.ts";
import { preparePrompt } from "./prompt.ts";
import { resample } from "./resample.ts";
import { parseWavHeader, readWav, toMono, wavHeader, writeWav } from "./wav.ts";

// ITU-T G.711 tables 5 and 6: one period of 1 kHz at 0 dBm0.
const referenceAlaw = Uint8Array.of(0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4);
const referenceUlaw = Uint8Array.of(0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e);

describe("G.711", () => {
  it("[G711-tables] the ends of both scales decode to the recommendation's values", () => {
    expect([0x00, 0x7f, 0x80, 0xff].map((byte) => ulawToLinear[byte])).toEqual([-32_124, 0, 32_124, 0]);
    expect([0x2a, 0x55, 0xaa, 0xd5].map((byte) => alawToLinear[byte])).toEqual([-32_256, -8, 32_256, 8]);
  });

  it("[G711-tables] the reference sequence of 1 kHz at 0 dBm0 has the level the laws define", () => {
    const level = (samples: Int16Array) => Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length);
    // A full-scale sine is +3.14 dBm0 in A-law (4096 of 13 bits) and +3.17 in mu-law (8159 of 14 bits).
    const fullScaleAlaw = 20 * Math.log10(32_768 / Math.SQRT2 / level(decodeG711("alaw", referenceAlaw)));
    const fullScaleUlaw = 20 * Math.log10(32_636 / Math.SQRT2 / level(decodeG711("ulaw", referenceUlaw)));
    expect(Math.abs(fullScaleAlaw - 3.14)).toBeLessThan(0.03);
    expect(Math.abs(fullScaleUlaw - 3.17)).toBeLessThan(0.03);
  });

  it("[G711-roundtrip] encoding a decoded byte gives the byte again, but for mu-law's negative zero", () => {
    for (let byte = 0; byte < 256; byte += 1) {
      expect(linearToAlaw[(alawToLinear[byte] as number) & 0xffff]).toBe(byte);
      expect(linearToUlaw[(ulawToLinear[byte] as number) & 0xffff]).toBe(byte === 0x7f ? 0xff : byte);
    }
  });

  it("[G711-error] the error of a sample is at most half a step of its segment", () => {
    fc.assert(
      fc.property(fc.integer({ min: -32_768, max: 32_767 }), (sample) => {
        const alaw = alawToLinear[linearToAlaw[sample & 0xffff] as number] as number;
        const ulaw = ulawToLinear[linearToUlaw[sample & 0xffff] as number] as number;
        expect(Math.abs(alaw - sample)).toBeLessThanOrEqual(Math.max(8, Math.abs(sample) / 31));
        expect(Math.abs(ulaw - sample)).toBeLessThanOrEqual(Math.max(4, Math.abs(sample) / 31 + 4.2));
      }),
      { numRuns: 2_000 },
    );
  });

  it("[G711-monotone] a louder sample never encodes to a quieter one", () => {
    for (const [encode, decode] of [
      [linearToAlaw, alawToLinear],
      [linearToUlaw, ulawToLinear],
    ] as const) {
      let last = -40_000;
      for (let sample = -32_768; sample < 32_768; sample += 1) {
        const value = decode[encode[sample & 0xffff] as number] as number;
        if (value < last) throw new Error(`not monotone at ${sample}`);
        last = value;
      }
    }
  });

  it("[G711-transcode] direct transcoding keeps sign and is within a step, and is the identity for equal laws", () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const linear = ulawToLinear[byte] as number;
      const other = alawToLinear[ulawToAlaw[byte] as number] as number;
      expect(Math.abs(other - linear)).toBeLessThanOrEqual(Math.max(16, Math.abs(linear) / 25));
      expect(transcodeTable("alaw", "alaw")[byte]).toBe(byte);
      expect(transcodeTable("alaw", "ulaw")[byte]).toBe(alawToUlaw[byte]);
    }
    expect(ulawToAlaw[silenceByte("ulaw")]).toBe(silenceByte("alaw"));
    expect(alawToUlaw[silenceByte("alaw")]).toBeGreaterThanOrEqual(0xfe);
  });
});

describe("levels", () => {
  it("[LEVEL-1] a sine's RMS and peak are measured in dBFS, silence is -Infinity", () => {
    const level = measureLevel(sine(400, 1_000, -12));
    expect(level.rmsDbfs).toBeCloseTo(-12, 1);
    expect(level.peakDbfs).toBeCloseTo(-12 + 3.01, 1);
    expect(measureLevel(new Int16Array(100)).rmsDbfs).toBe(Number.NEGATIVE_INFINITY);
  });

  it("[LEVEL-2] pauses do not make a prompt seem quiet", () => {
    const halfSilent = new Int16Array(16_000);
    halfSilent.set(sine(400, 1_000, -15));
    expect(activeLevelDbfs(halfSilent)).toBeCloseTo(-15, 1);
  });

  it("[LEVEL-3] normalising reaches the target unless the peak would pass its limit", () => {
    expect(activeLevelDbfs(normaliseLevel(sine(400, 500, -40)))).toBeCloseTo(-20, 1);
    const click = sine(400, 500, -40);
    click[100] = 20_000;
    expect(measureLevel(normaliseLevel(click)).peakDbfs).toBeLessThanOrEqual(-0.99);
  });
});

describe("resampler", () => {
  it("[RESAMPLE-1] a tone below the new edge keeps its level, one above it disappears", () => {
    for (const fromHz of [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000]) {
      const low = resample(sine(1_000, 1_000, -12, fromHz), fromHz, 8_000);
      expect(low.length).toBe(8_000);
      expect(toneLevel(low, 1_000)).toBeCloseTo(-12, 0);
      if (fromHz < 16_000) continue;
      const high = resample(sine(5_000, 1_000, -12, fromHz), fromHz, 8_000);
      expect(measureLevel(high.subarray(200, 7_800)).rmsDbfs).toBeLessThan(-70);
    }
  });

  it("[RESAMPLE-2] upwards no image of the tone appears", () => {
    const up = resample(sine(1_000, 500, -12), 8_000, 48_000);
    expect(toneLevel(up, 1_000, 48_000)).toBeCloseTo(-12, 0);
    expect(toneLevel(up, 7_000, 48_000)).toBeLessThan(-75);
  });
});

describe("WAV", () => {
  it("[WAV-1] what is written is read again, for one and two channels", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 1, maxLength: 50 }),
        fc.constantFrom(8_000, 16_000, 44_100, 48_000),
        fc.boolean(),
        (values, sampleRateHz, stereo) => {
          const left = Int16Array.from(values);
          const sound = { sampleRateHz, channels: stereo ? [left, left.map((v) => ~v)] : [left] };
          expect(readWav(writeWav(sound))).toEqual({ ok: true, value: sound });
        },
      ),
    );
  });

  it("[WAV-2] G.711 files are read, and a size that lies is cut to the file", () => {
    const header = wavHeader("alaw", 1, 8_000, 4_000_000);
    const bytes = new Uint8Array(header.length + 8);
    bytes.set(header);
    bytes.set(referenceAlaw, header.length);
    const read = readWav(bytes);
    expect(read).toEqual({
      ok: true,
      value: { sampleRateHz: 8_000, channels: [decodeG711("alaw", referenceAlaw)] },
    });
  });

  it("[WAV-3] other files are refused with a code", () => {
    const code = (bytes: Uint8Array) => {
      const read = readWav(bytes);
      return read.ok ? "ok" : read.code;
    };
    expect(code(new Uint8Array(0))).toBe("WAV_NOT_WAV");
    expect(code(new TextEncoder().encode("ID3 this is an mp3 file, not a wav"))).toBe("WAV_NOT_WAV");
    expect(code(wavHeader("pcm16", 1, 8_000, 0))).toBe("WAV_EMPTY");
    expect(code(wavHeader("pcm16", 9, 8_000, 0))).toBe("WAV_UNSUPPORTED");
    expect(code(wavHeader("pcm16", 1, 384_000, 0))).toBe("WAV_UNSUPPORTED");
    const odd = wavHeader("pcm16", 1, 8_000, 0);
    odd[34] = 20;
    expect(code(odd)).toBe("WAV_UNSUPPORTED");
  });

  it("[WAV-6] PCM of 8 to 32 bits and floating point of a studio are read at any usual rate, in up to eight channels", () => {
    const forms = [
      { tag: 1, bits: 8, write: (view: DataView, at: number, value: number) => view.setUint8(at, (value >> 8) + 128) },
      {
        tag: 1,
        bits: 24,
        write: (view: DataView, at: number, value: number) => {
          view.setUint8(at, 0x5a);
          view.setInt16(at + 1, value, true);
        },
      },
      { tag: 1, bits: 32, write: (view: DataView, at: number, value: number) => view.setInt32(at, value << 16, true) },
      {
        tag: 3,
        bits: 32,
        write: (view: DataView, at: number, value: number) => view.setFloat32(at, value / 32_767, true),
      },
      {
        tag: 3,
        bits: 64,
        write: (view: DataView, at: number, value: number) => view.setFloat64(at, value / 32_767, true),
      },
    ];
    for (const { tag, bits, write } of forms) {
      for (const [sampleRateHz, channels] of [
        [96_000, 1],
        [48_000, 2],
        [44_100, 6],
        [192_000, 2],
      ] as const) {
        const tone = sine(440, 200, -12, sampleRateHz);
        const bytes = new Uint8Array(44 + (tone.length * channels * bits) / 8);
        bytes.set(wavHeader("pcm16", channels, sampleRateHz, bytes.length - 44));
        const view = new DataView(bytes.buffer);
        view.setUint16(20, tag, true);
        view.setUint16(34, bits, true);
        tone.forEach((value, frame) => {
          for (let channel = 0; channel < channels; channel += 1)
            write(view, 44 + ((frame * channels + channel) * bits) / 8, value);
        });
        const read = readWav(bytes);
        if (!read.ok) throw new Error(`${bits} bits: ${read.code}`);
        expect([read.value.sampleRateHz, read.value.channels.length]).toEqual([sampleRateHz, channels]);
        const worst = Math.max(...tone.map((value, at) => Math.abs(value - (read.value.channels.at(-1)?.[at] ?? 0))));
        expect(worst).toBeLessThanOrEqual(bits === 8 ? 255 : 1);
        expect(preparePrompt(bytes).ok).toBe(true);
        expect(parseWavHeader(bytes, bytes.length).ok).toBe(false);
      }
    }
  });

  it("[WAV-4] no bytes whatever make the reader throw", () => {
    const valid = writeWav({ sampleRateHz: 8_000, channels: [sine(400, 5)] });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 12 }),
        fc.nat(valid.length),
        (edits, length) => {
          const bytes = valid.slice(0, length);
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
          readWav(bytes);
          parseWavHeader(bytes, length);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("[WAV-5] two channels become one by their mean", () => {
    expect(toMono([Int16Array.of(100, -7), Int16Array.of(300, 9)])).toEqual(Int16Array.of(200, 1));
  });
});

describe("prompts", () => {
  it("[PROMPT-1] an upload becomes 8 kHz, even in level, in both laws", () => {
    const channels = [sine(500, 1_000, -35, 44_100), sine(500, 1_000, -35, 44_100)];
    const prompt = preparePrompt(writeWav({ sampleRateHz: 44_100, channels }));
    if (!prompt.ok) throw new Error(prompt.code);
    expect(prompt.value.durationMs).toBe(1_000);
    expect(prompt.value.sourceActiveDbfs).toBeCloseTo(-35, 0);
    expect(toneLevel(decodeG711("ulaw", prompt.value.ulaw), 500)).toBeCloseTo(-20, 0);
    expect(toneLevel(decodeG711("alaw", prompt.value.alaw), 500)).toBeCloseTo(-20, 0);
    expect(encodeG711("alaw", prompt.value.samples)).toEqual(prompt.value.alaw);
  });

  it("[PROMPT-2] a silent upload and one that is too long are refused", () => {
    const silent = preparePrompt(writeWav({ sampleRateHz: 8_000, channels: [new Int16Array(8_000)] }));
    const long = preparePrompt(writeWav({ sampleRateHz: 8_000, channels: [new Int16Array(8_000 * 901)] }));
    expect([silent.ok ? "" : silent.code, long.ok ? "" : long.code]).toEqual(["PROMPT_SILENT", "PROMPT_TOO_LONG"]);
  });
});
