import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { decodeG711, encodeG711 } from "../codec/g711.ts";
import { sine } from "../tone/generator.ts";
import { InBandDetector } from "./detector.ts";
import { eventOfKey, onlyKeys } from "./keys.ts";
import { KeyReceiver } from "./receiver.ts";
import { KeySender } from "./sender.ts";

interface Sent {
  readonly timestamp: number;
  readonly payload: Uint8Array;
  readonly at: number;
}

function sendAll(keys: string, keyMs = 120): Sent[] {
  const sender = new KeySender(keyMs);
  expect(sender.push(keys)).toBe(true);
  const packets: Sent[] = [];
  let timestamp = 0;
  for (let at = 0; sender.busy; at += 20) {
    const payload = new Uint8Array(4);
    const step = sender.tick(payload, 0);
    if (step === "first") timestamp = at * 8;
    if (step === "first" || step === "more") packets.push({ timestamp, payload, at });
  }
  return packets;
}

function receiveAll(packets: readonly Sent[], receiver = new KeyReceiver()): string {
  return packets.map(({ payload, timestamp, at }) => receiver.receive(payload, 0, 4, timestamp, at) ?? "").join("");
}

describe("RFC 4733 keys", () => {
  it("[RFC4733-2.5.1.4] a key grows by 20 ms a packet and ends three times", () => {
    expect(sendAll("5").map(({ payload }) => [...payload])).toEqual([
      [5, 10, 0, 160],
      [5, 10, 1, 64],
      [5, 10, 1, 224],
      [5, 10, 2, 128],
      [5, 10, 3, 32],
      [5, 0x8a, 3, 192],
      [5, 0x8a, 3, 192],
      [5, 0x8a, 3, 192],
    ]);
  });

  it("[RFC4733-2.5.2] all keys come out once each, equal ones too", () => {
    expect(receiveAll(sendAll("1123456789*0#AABCD"))).toBe("1123456789*0#AABCD");
  });

  it("[RFC4733-2.5.2] loss, repetition and disorder neither lose nor double a key, while one packet of each arrives", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = new SeededRandom(seed);
      const packets = sendAll("4711");
      const kept = packets.filter((packet, index) => {
        const lastOfKey = packets[index + 1]?.timestamp !== packet.timestamp;
        return lastOfKey || random.below(3) > 0;
      });
      const noisy = kept.flatMap((packet) => (random.below(4) === 0 ? [packet, packet] : [packet]));
      for (let index = 1; index < noisy.length; index += 1) {
        if (random.below(3) > 0) continue;
        const [a, b] = [noisy[index - 1] as Sent, noisy[index] as Sent];
        if (a.timestamp === b.timestamp) [noisy[index - 1], noisy[index]] = [b, a];
      }
      expect(receiveAll(noisy)).toBe("4711");
    }
  });

  it("[RFC4733-2.5.1.4] a late copy of an earlier key does not count", () => {
    const packets = sendAll("12");
    expect(receiveAll([...packets, packets[7] as Sent, packets[0] as Sent])).toBe("12");
  });

  it("[RFC4733-2.5.1.3] a press longer than 8 s comes in segments and counts once", () => {
    const receiver = new KeyReceiver();
    let keys = "";
    for (let ticks = 160; ticks <= 160_000; ticks += 160) {
      const segment = Math.floor((ticks - 1) / 0xffff);
      const duration = ticks - segment * 0xffff;
      const payload = Uint8Array.of(9, ticks === 160_000 ? 0x8a : 10, duration >> 8, duration & 255);
      keys += receiver.receive(payload, 0, 4, segment * 0xffff, ticks / 8) ?? "";
    }
    expect([keys, receiver.down, Math.round(receiver.durationMs / 100)]).toEqual(["9", undefined, 200]);
  });

  it("[KEYS-1] a key whose end was lost is let go after 200 ms, and the next counts", () => {
    const receiver = new KeyReceiver();
    const [first] = sendAll("7");
    receiveAll([first as Sent], receiver);
    expect([receiver.poll(100), receiver.down, receiver.poll(300), receiver.down]).toEqual([
      false,
      "7",
      true,
      undefined,
    ]);
    expect(receiver.receive(Uint8Array.of(7, 10, 0, 160), 0, 4, 8_000, 1_000)).toBe("7");
  });

  it("[KEYS-2] short payloads and codes that are no keys give nothing", () => {
    const receiver = new KeyReceiver();
    expect(receiver.receive(Uint8Array.of(1, 2, 3), 0, 3, 1, 1)).toBeUndefined();
    expect(receiver.receive(Uint8Array.of(16, 10, 0, 160), 0, 4, 1, 1)).toBeUndefined();
    expect([eventOfKey("a"), eventOfKey("#"), eventOfKey("x"), eventOfKey("12")]).toEqual([12, 11, -1, -1]);
    expect(onlyKeys("12-34 x#")).toBe("1234#");
  });

  it("[KEYS-3] more keys than the limit are refused whole", () => {
    const sender = new KeySender();
    expect([sender.push("1".repeat(128)), sender.push("2")]).toEqual([true, false]);
  });
});

describe("keys as tones inside the sound", () => {
  const rows = [697, 770, 852, 941];
  const columns = [1209, 1336, 1477, 1633];

  function tones(keys: string): Int16Array {
    const out = new Int16Array(keys.length * 960);
    [...keys].forEach((key, position) => {
      const index = "123A456B789C*0#D".indexOf(key);
      const low = sine(rows[Math.floor(index / 4)] as number, 60, -13);
      const high = sine(columns[index % 4] as number, 60, -12);
      for (let at = 0; at < low.length; at += 1) {
        out[position * 960 + at] = (low[at] as number) + (high[at] as number);
      }
    });
    return out;
  }

  it("[Q24-1] all sixteen keys of 60 ms are found through G.711, however the sound is cut", () => {
    for (const law of ["ulaw", "alaw"] as const) {
      const sound = decodeG711(law, encodeG711(law, tones("0123456789*#ABCDD11")));
      const detector = new InBandDetector();
      let keys = "";
      for (let at = 0; at < sound.length; at += 160) keys += detector.push(sound, at, 160);
      expect(keys).toBe("0123456789*#ABCDD11");
    }
  });

  it("[Q24-2] noise and single tones are no keys", () => {
    const random = new SeededRandom(9);
    const noise = Int16Array.from({ length: 80_000 }, () => random.below(16_000) - 8_000);
    expect(new InBandDetector().push(noise, 0, noise.length)).toBe("");
    const single = sine(770, 2_000, -12);
    expect(new InBandDetector().push(single, 0, single.length)).toBe("");
  });
});
