import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { decodeG711, encodeG711 } from "../codec/g711.ts";
import { sine } from "../tone/generator.ts";
import { InBandDetector } from "./detector.ts";
import { eventOfKey, onlyKeys } from "./keys.ts";
import { KeyReceiver } from "./receiver.ts";
import { KeySender } from "./sender.ts";
import { type KeyWay, KeyWays } from "./ways.ts";

interface Sent {
  readonly ssrc: number;
  readonly sequence: number;
  readonly marker: boolean;
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
    const marker = step === "first";
    if (marker || step === "more") packets.push({ ssrc: 1, sequence: at / 20, marker, timestamp, payload, at });
  }
  return packets;
}

function receiveAll(packets: readonly Sent[], receiver = new KeyReceiver()): string {
  return packets.map((packet) => receiver.receive(packet.payload, 0, 4, packet, packet.at) ?? "").join("");
}

/** A device's packets of some keys, held for 120 ms with 80 ms between, as it writes their headers. */
function device(
  keys: string,
  write: (packet: { key: number; index: number; ended: boolean; start: number; ticks: number }) => Partial<Sent>,
): Sent[] {
  const packets: Sent[] = [];
  for (const [key, name] of [...keys].entries()) {
    const start = 8_000 + key * 1_600;
    for (let index = 0; index < 9; index += 1) {
      const ended = index >= 6;
      const ticks = Math.min(6, index + 1) * 160;
      packets.push({
        ssrc: 1,
        sequence: (65_530 + packets.length) & 0xffff,
        marker: index === 0,
        timestamp: start,
        payload: Uint8Array.of(eventOfKey(name), (ended ? 0x80 : 0) | 10, ticks >> 8, ticks & 255),
        at: key * 200 + Math.min(6, index) * 20,
        ...write({ key, index, ended, start, ticks }),
      });
    }
  }
  return packets;
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
      const header = { ssrc: 1, sequence: (ticks / 160) & 0xffff, timestamp: segment * 0xffff, marker: ticks === 160 };
      keys += receiver.receive(payload, 0, 4, header, ticks / 8) ?? "";
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
    const next = { ssrc: 1, sequence: 50, timestamp: 8_000, marker: true };
    expect(receiver.receive(Uint8Array.of(7, 10, 0, 160), 0, 4, next, 1_000)).toBe("7");
  });

  it("[KEYS-2] short payloads and codes that are no keys give nothing", () => {
    const receiver = new KeyReceiver();
    const header = { ssrc: 1, sequence: 1, timestamp: 1, marker: true };
    expect(receiver.receive(Uint8Array.of(1, 2, 3), 0, 3, header, 1)).toBeUndefined();
    expect(receiver.receive(Uint8Array.of(16, 10, 0, 160), 0, 4, header, 1)).toBeUndefined();
    expect([eventOfKey("a"), eventOfKey("#"), eventOfKey("x"), eventOfKey("12")]).toEqual([12, 11, -1, -1]);
    expect(onlyKeys("12-34 x#")).toBe("1234#");
  });

  it("[KEYS-3] more keys than the limit are refused whole", () => {
    const sender = new KeySender();
    expect([sender.push("1".repeat(128)), sender.push("2")]).toEqual([true, false]);
  });
});

describe("RFC 4733 keys of devices that number them otherwise", () => {
  const keys = "12233#5";

  it("[KEYS-4] end packets with new times belong to their key", () => {
    const relay = device(keys, ({ index, start }) => ({ timestamp: start + Math.max(0, index - 6) * 160 }));
    const atTheEnd = device(keys, ({ ended, index, start }) => ({
      timestamp: ended ? start + 960 + (index - 6) * 160 : start,
    }));
    expect([receiveAll(relay), receiveAll(atTheEnd)]).toEqual([keys, keys]);
  });

  it("[KEYS-5] keys that all share one time are told apart by marker, event and duration", () => {
    const once = { timestamp: 8_160 };
    expect(receiveAll(device(keys, () => once))).toBe(keys);
    expect(receiveAll(device(keys, () => ({ ...once, marker: false })))).toBe(keys);
    expect(receiveAll(device(keys, () => ({ ...once, marker: true })).filter(({ marker }) => marker))).toBe(keys);
  });

  it("[KEYS-6] a time of its own in every packet makes no key of each", () => {
    expect(receiveAll(device(keys, ({ start, index }) => ({ timestamp: start + index * 160 })))).toBe(keys);
    expect(receiveAll(device(keys, ({ start, ticks }) => ({ timestamp: start + ticks, marker: false })))).toBe(keys);
  });

  it("[KEYS-7] what was overtaken counts no more, whatever its time", () => {
    const packets = device("123", () => ({ timestamp: 8_160 }));
    const disordered = packets.flatMap((packet, index) =>
      index % 9 === 5 ? [] : index % 9 === 6 ? [packet, packets[index - 1] as Sent] : [packet],
    );
    expect(receiveAll(disordered)).toBe("123");
  });

  it("[KEYS-8] a duration that wraps while the key stays down goes on, and a new stream begins anew", () => {
    const receiver = new KeyReceiver();
    let pressed = "";
    for (let ticks = 160; ticks <= 140_000; ticks += 160) {
      const payload = Uint8Array.of(3, 10, (ticks >> 8) & 255, ticks & 255);
      const header = { ssrc: 1, sequence: (ticks / 160) & 0xffff, timestamp: 500, marker: ticks === 160 };
      pressed += receiver.receive(payload, 0, 4, header, ticks / 8) ?? "";
    }
    expect([pressed, receiver.down]).toEqual(["3", "3"]);
    const moved = device("33", () => ({ ssrc: 2 })).map((packet) => ({ ...packet, at: packet.at + 20_000 }));
    expect(receiveAll(moved, receiver)).toBe("33");
  });
});

describe("keys by several ways", () => {
  const admitted = (presses: readonly (readonly [string, KeyWay, number])[], ways = new KeyWays()) =>
    presses
      .filter(([key, way, at]) => ways.admit(key, way, at))
      .map(([key]) => key)
      .join("");

  it("[KEYS-9] a key by INFO and by RFC 4733 counts once, whichever comes first", () => {
    const info = [..."2345"].flatMap((key, index) => [
      [key, "signalling", index * 200] as const,
      [key, "events", index * 200 + 90] as const,
    ]);
    const rtp = [..."2233"].flatMap((key, index) => [
      [key, "events", index * 200] as const,
      [key, "signalling", index * 200 + 150] as const,
    ]);
    expect([admitted(info), admitted(rtp)]).toEqual(["2345", "2233"]);
  });

  it("[KEYS-10] two equal keys by INFO ahead of both by RFC 4733 stay two", () => {
    expect(
      admitted([
        ["7", "signalling", 0],
        ["7", "signalling", 300],
        ["7", "events", 400],
        ["7", "events", 700],
        ["7", "events", 1_200],
      ]),
    ).toBe("777");
  });

  it("[KEYS-11] tones are listened to until a better way was used, and again when somebody else may be there", () => {
    const ways = new KeyWays();
    expect([
      admitted(
        [
          ["1", "tone", 0],
          ["2", "tone", 200],
        ],
        ways,
      ),
      ways.listensForTones,
    ]).toEqual(["12", true]);
    expect([
      admitted(
        [
          ["2", "events", 260],
          ["3", "events", 500],
          ["3", "tone", 505],
        ],
        ways,
      ),
      ways.listensForTones,
    ]).toEqual(["3", false]);
    ways.reset();
    expect([admitted([["4", "signalling", 9_000]], ways), ways.listensForTones]).toEqual(["4", false]);
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
