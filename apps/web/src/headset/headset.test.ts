import { describe, expect, it } from "vitest";
import { headsetFailureOf } from "./headsetFailure.ts";
import { levelDbfs } from "./levelMeter.ts";
import { sessionOf } from "./peer.ts";
import { retryPauseMs } from "./retryPause.ts";
import { ringSamples } from "./ringer.ts";

describe("headset", () => {
  it("names what a browser says about a microphone by the desk's codes", () => {
    const named = (name: string) => headsetFailureOf(new DOMException("in any words", name));
    expect(
      ["NotAllowedError", "SecurityError", "NotFoundError", "OverconstrainedError", "NotReadableError", "x"].map(named),
    ).toEqual(["DENIED", "DENIED", "NO_MICROPHONE", "NO_MICROPHONE", "MICROPHONE_BUSY", "UNKNOWN"]);
    expect(headsetFailureOf(new Error("DESCRIPTION_REFUSED"))).toBe("DESCRIPTION_REFUSED");
    expect(headsetFailureOf(new Error("something broke"))).toBe("UNKNOWN");
    expect(headsetFailureOf("text")).toBe("UNKNOWN");
  });

  it("tries again at once, then less and less often, never all at the same time", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 99].map((attempt) => retryPauseMs(attempt, 1))).toEqual([
      0, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
    ]);
    expect(retryPauseMs(5, 0)).toBe(12_000);
  });

  it("measures root mean square: a full sine has -3 dB, silence -90", () => {
    const sine = Float32Array.from({ length: 1_024 }, (_, index) => Math.sin((2 * Math.PI * index) / 32));
    expect(levelDbfs(sine)).toBeCloseTo(-3.01, 2);
    expect(levelDbfs(new Float32Array(1_024))).toBe(-90);
  });

  it("[RFC8866-5.2] knows a server that began anew by its session id", () => {
    expect(sessionOf("v=0\r\no=- 4711 2 IN IP4 192.0.2.1\r\ns=-\r\n")).toBe("4711");
    expect(sessionOf("v=0\r\n")).toBeNull();
  });

  it("the ring never clips and ends in silence, so that it loops without a click", () => {
    const samples = ringSamples(8_000);
    expect(samples.length).toBe(24_000);
    expect(Math.max(...samples)).toBeLessThanOrEqual(0.8);
    expect(Math.max(...samples)).toBeGreaterThan(0.3);
    expect(samples[0]).toBe(0);
    expect(samples.subarray(9_600).every((sample) => sample === 0)).toBe(true);
  });
});
