import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { loadSpeech, shippedSpeech, toWav } from "./sound.ts";
import { callerBehaviour } from "./visit.ts";

/** What a behaviour does, with speech told by its length. */
function told(seed: number) {
  const { steps, patienceMs } = callerBehaviour(new SeededRandom(seed), "bg", ["1", "2"]);
  const shown = steps.map((step) => (step.kind === "say" ? { kind: "say", length: step.samples.length } : step));
  return { steps: shown, patienceMs };
}

describe("a caller's behaviour", () => {
  it("is the same for the same seed, and another for others", () => {
    expect(told(7)).toEqual(told(7));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => JSON.stringify(told(seed)))).size).toBeGreaterThan(15);
  });

  it("always has patience, starts with listening, and presses only keys that it was given", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const { steps, patienceMs } = callerBehaviour(new SeededRandom(seed), "en", ["1", "2"]);
      expect([30_000, 60_000]).toContain(patienceMs);
      expect(steps[0]?.kind).toBe("wait");
      for (const step of steps) {
        if (step.kind === "press") expect(["1", "2"]).toContain(step.keys);
        if (step.kind === "wait") expect(step.durationMs).toBeGreaterThan(0);
        if (step.kind === "say") expect(step.samples.length).toBeGreaterThan(1_000);
      }
    }
  });

  it("presses nothing where there is nothing to press", () => {
    for (let seed = 0; seed < 50; seed += 1)
      expect(callerBehaviour(new SeededRandom(seed), "ru", []).steps.map((step) => step.kind)).not.toContain("press");
  });
});

describe("sounds", () => {
  it("are there in every language for what simulated people say", () => {
    const names = ["sim-order", "sim-support", "sim-complaint", "sim-thanks", "sim-goodbye", "greeting-client"];
    for (const language of ["en", "ru", "bg"] as const)
      for (const name of names)
        expect(shippedSpeech(language, name).length, `${language}/${name}`).toBeGreaterThan(4_000);
  });

  it("that are not shipped are silence, and a file that is none is told", () => {
    expect(shippedSpeech("en", "no-such-sound").length).toBe(0);
    expect(loadSpeech("/nowhere.wav")).toMatchObject({ ok: false, code: "FILE_UNREADABLE" });
  });

  it("come back from the WAV file they were written into", () => {
    const samples = Int16Array.from([0, 1, -1, 32_767, -32_768]);
    const folder = mkdtempSync(join(tmpdir(), "centrala-sim-"));
    writeFileSync(join(folder, "heard.wav"), toWav(samples));
    expect(loadSpeech(join(folder, "heard.wav"))).toEqual({ ok: true, value: samples });
    rmSync(folder, { recursive: true, force: true });
  });
});
