import { describe, expect, it } from "vitest";
import { wavOf, withoutSilence } from "./wav.ts";

describe("a recording made in the browser", () => {
  it("becomes a mono WAV file of 16-bit PCM, and what is too loud is cut", () => {
    const bytes = wavOf(Float32Array.of(0, 1, -2), 16_000);
    const view = new DataView(bytes.buffer);
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe("RIFF");
    expect([view.getUint16(22, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([1, 16_000, 6]);
    expect([44, 46, 48].map((at) => view.getInt16(at, true))).toEqual([0, 32_767, -32_767]);
  });

  it("loses the silence before and after the words, and keeps a margin", () => {
    const samples = new Float32Array(3_000);
    samples[1_500] = 0.5;
    expect(withoutSilence(samples, 1_000).length).toBe(300);
    expect(withoutSilence(new Float32Array(10), 1_000).length).toBe(10);
  });
});
