import { describe, expect, it } from "vitest";
import { KeyCollector, KeySpill } from "./collector.ts";

const command = {
  kind: "collectKeys",
  collectId: "c",
  legId: "a",
  keysMax: 3,
  terminator: "#",
  firstKeyTimeoutMs: 5_000,
  nextKeyTimeoutMs: 2_000,
  bargeIn: true,
  afterPlayId: "p",
} as const;

function collected(outcome: "keys" | "timeout" | "cancelled", keys: string) {
  return { kind: "keysCollected", collectId: "c", outcome, keys };
}

describe("collecting keys", () => {
  it("[COLLECT-1] the first key's clock starts when the prompt ends, however long that takes", () => {
    const collector = new KeyCollector(command, true, 0);
    expect(collector.poll(60_000)).toBeUndefined();
    collector.playEnded("another", 60_000);
    collector.playEnded("p", 61_000);
    expect([collector.poll(65_999), collector.poll(66_000)]).toEqual([undefined, collected("timeout", "")]);
  });

  it("[COLLECT-2] when nothing plays the clock starts at once", () => {
    const collector = new KeyCollector(command, false, 1_000);
    expect(collector.poll(6_000)).toEqual(collected("timeout", ""));
  });

  it("[COLLECT-3] only the first key stops the prompt; the clock between keys then rules", () => {
    const collector = new KeyCollector(command, true, 0);
    expect(collector.press("1", 100)).toEqual({ kind: "taken", stopsPlay: true, collected: undefined });
    collector.playEnded("p", 101);
    expect(collector.press("2", 1_000)).toEqual({ kind: "taken", stopsPlay: false, collected: undefined });
    expect([collector.poll(2_999), collector.poll(3_000)]).toEqual([undefined, collected("keys", "12")]);
  });

  it("[COLLECT-4] without barge-in, keys during the prompt are no answer", () => {
    const collector = new KeyCollector({ ...command, bargeIn: false }, true, 0);
    expect(collector.press("1", 100)).toEqual({ kind: "ignored" });
    collector.playEnded("p", 200);
    expect(collector.press("2", 300)).toEqual({ kind: "taken", stopsPlay: false, collected: undefined });
  });

  it("[COLLECT-5] the terminator ends it and is not among the keys, alone it means none; the most ends it too", () => {
    const press = (keys: string) => {
      const collector = new KeyCollector(command, false, 0);
      let last: unknown;
      for (const key of keys) {
        const outcome = collector.press(key, 1);
        last = outcome.kind === "taken" ? outcome.collected : undefined;
      }
      return last;
    };
    expect([press("12#"), press("#"), press("123")]).toEqual([
      collected("keys", "12"),
      collected("keys", ""),
      collected("keys", "123"),
    ]);
  });
});

describe("secret keys beyond what was asked for", () => {
  it("are nobody's until a pause of a second, or the terminator", () => {
    const spill = new KeySpill("#", 0);
    expect(["4", "2"].map((key, at) => spill.takes(key, 900 * (at + 1)))).toEqual([true, true]);
    expect([spill.lasts(2_799), spill.takes("1", 2_800)]).toEqual([true, false]);
    const ended = new KeySpill("#", 0);
    expect([ended.takes("#", 300), ended.takes("1", 301)]).toEqual([true, false]);
  });

  it("follow only a full collection of secret keys", () => {
    const secret = new KeyCollector({ ...command, sensitive: true }, false, 0);
    expect([secret.spillAfter("7", 0)?.takes("8", 500), secret.spillAfter("#", 0)]).toEqual([true, undefined]);
    expect(new KeyCollector(command, false, 0).spillAfter("7", 0)).toBeUndefined();
  });
});
