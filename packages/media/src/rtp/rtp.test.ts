import { SeededRandom } from "@centrala/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SourceLatch } from "./latch.ts";
import { isRtcp, parseRtp, RtpHeader, sequenceDistance, timestampDistance, writeRtpHeader } from "./packet.ts";
import { PayloadMap, payloadKinds } from "./payload-map.ts";
import { RtpSender } from "./sender.ts";
import { ReceiveStatistics } from "./statistics.ts";

function packetOf(sequence: number, timestamp: number, ssrc = 7, payloadType = 0): Uint8Array {
  const packet = new Uint8Array(172);
  writeRtpHeader(packet, payloadType, false, sequence & 0xffff, timestamp >>> 0, ssrc);
  return packet;
}

function headerOf(packet: Uint8Array): RtpHeader {
  const header = new RtpHeader();
  expect(parseRtp(packet, packet.length, header)).toBe(true);
  return header;
}

describe("RTP packets", () => {
  it("[RFC3550-5.1] what is written is parsed again", () => {
    fc.assert(
      fc.property(
        fc.nat(127).filter((type) => type < 64 || type > 95),
        fc.boolean(),
        fc.nat(0xffff),
        fc.nat(0xffffffff),
        fc.nat(0xffffffff),
        (payloadType, marker, sequence, timestamp, ssrc) => {
          const packet = new Uint8Array(20);
          writeRtpHeader(packet, payloadType, marker, sequence, timestamp, ssrc);
          expect({ ...headerOf(packet) }).toEqual({
            payloadType,
            marker,
            sequence,
            timestamp,
            ssrc,
            payloadOffset: 12,
            payloadLength: 8,
          });
        },
      ),
    );
  });

  it("[RFC3550-5.1] contributing sources, extension and padding are left out of the payload", () => {
    const packet = new Uint8Array(12 + 8 + 8 + 10 + 4);
    writeRtpHeader(packet, 8, false, 1, 2, 3);
    packet[0] = 0x80 | 0x20 | 0x10 | 2;
    packet[20 + 3] = 1;
    packet[packet.length - 1] = 4;
    const header = headerOf(packet);
    expect([header.payloadOffset, header.payloadLength]).toEqual([28, 10]);
  });

  it("[RFC3550-A.1] lengths that do not fit, other versions and RTCP are refused, and nothing throws", () => {
    const header = new RtpHeader();
    const good = packetOf(1, 2);
    expect(parseRtp(good, 11, header)).toBe(false);
    expect(parseRtp(Uint8Array.from(good).fill(0x40, 0, 1), 172, header)).toBe(false);
    expect(parseRtp(Uint8Array.from(good).fill(200, 1, 2), 172, header)).toBe(false);
    expect(isRtcp(Uint8Array.from(good).fill(200, 1, 2), 172)).toBe(true);
    const padded = Uint8Array.from(good);
    padded[0] = 0xa0;
    expect(parseRtp(padded, 172, header)).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        if (!parseRtp(bytes, bytes.length, header)) return;
        expect(header.payloadOffset + header.payloadLength).toBeLessThanOrEqual(bytes.length);
        expect(header.payloadLength).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 3_000 },
    );
  });

  it("[RFC3550-5.1] distances are taken on the circle", () => {
    expect([sequenceDistance(2, 65_535), sequenceDistance(65_535, 2)]).toEqual([3, -3]);
    expect([timestampDistance(10, 0xfffffff0), timestampDistance(0xfffffff0, 10)]).toEqual([26, -26]);
  });

  it("[RFC3551-6] static and negotiated payload types are told apart", () => {
    const map = new PayloadMap("alaw", 8, 101);
    expect([0, 8, 13, 101, 96].map((type) => map.kindOf(type))).toEqual([
      payloadKinds.ulaw,
      payloadKinds.alaw,
      payloadKinds.comfortNoise,
      payloadKinds.keys,
      payloadKinds.unknown,
    ]);
  });
});

describe("receive statistics", () => {
  it("[RFC3550-A.1] the sequence is extended over its wrap", () => {
    const statistics = new ReceiveStatistics();
    for (let index = 0; index < 10; index += 1) {
      statistics.arrive(1, (65_530 + index) & 0xffff, index * 160, index * 20);
    }
    expect([statistics.highestExtended, statistics.lost, statistics.received]).toEqual([65_539, 0, 10]);
  });

  it("[RFC3550-A.3] loss is what was expected and did not come; late ones are no loss, duplicates do not count", () => {
    const statistics = new ReceiveStatistics();
    const arrivals = [1, 2, 5, 4, 4, 8].map((sequence) =>
      statistics.arrive(1, sequence, sequence * 160, sequence * 20),
    );
    expect(arrivals).toEqual(["next", "next", "next", "late", "duplicate", "next"]);
    expect([statistics.expected, statistics.received, statistics.lost, statistics.duplicates]).toEqual([8, 5, 3, 1]);
    expect(statistics.takeFractionLost()).toBe(Math.floor((3 * 256) / 8));
    expect(statistics.takeFractionLost()).toBe(0);
  });

  it("[RFC3550-A.1] a jump is refused once and believed when it goes on; totals are kept", () => {
    const statistics = new ReceiveStatistics();
    for (let index = 0; index < 5; index += 1) statistics.arrive(1, index, index * 160, index * 20);
    expect(statistics.arrive(1, 30_000, 900, 100)).toBe("refused");
    expect(statistics.arrive(1, 30_001, 1_060, 120)).toBe("restarted");
    expect([statistics.received, statistics.lost]).toEqual([6, 0]);
    expect(statistics.arrive(9, 17, 55, 140)).toBe("restarted");
    expect([statistics.received, statistics.lost, statistics.ssrc]).toEqual([7, 0, 9]);
  });

  it("[RFC3550-A.8] even arrival has no jitter; alternating by 10 ms tends to 10 ms", () => {
    const even = new ReceiveStatistics();
    const uneven = new ReceiveStatistics();
    for (let index = 0; index < 200; index += 1) {
      even.arrive(1, index, index * 160, index * 20);
      uneven.arrive(1, index, index * 160, index * 20 + (index % 2) * 10);
    }
    expect(even.jitterMs).toBe(0);
    expect(uneven.jitterMs).toBeCloseTo(10, 0);
  });
});

describe("source latch", () => {
  const isPrivate = (address: string) => /^(10|127|192\.168)\./.test(address);
  const carrier = { address: "192.0.2.1", port: 4_000, peer: "192.0.2.2" };
  const behindRouter = { address: "10.0.0.5", port: 4_000, peer: "203.0.113.7" };

  function latchTo(source: typeof carrier): SourceLatch {
    const latch = new SourceLatch(isPrivate);
    latch.signal(source, 0);
    return latch;
  }

  /** Packets in sequence of one source, 20 ms apart, and which of them were taken. */
  function send(latch: SourceLatch, address: string, port: number, count = 3, from = 0, ssrc = port): boolean[] {
    return Array.from({ length: count }, (_, n) => latch.accept(address, port, ssrc, n, from + n * 20));
  }

  it("[LATCH-1] the signalled address is believed at once, others not while it sends", () => {
    const latch = latchTo(carrier);
    expect(latch.accept("192.0.2.1", 4_000, 1, 1, 0)).toBe(true);
    for (let index = 0; index < 20; index += 1) {
      expect(latch.accept("198.51.100.9", 5_000, 2, index, index * 20)).toBe(false);
      expect(latch.accept("192.0.2.1", 6_000, 3, index, index * 20)).toBe(false);
      expect(latch.accept("192.0.2.1", 4_000, 1, index + 2, index * 20)).toBe(true);
    }
    expect([latch.address, latch.port]).toEqual(["192.0.2.1", 4_000]);
  });

  it("[LATCH-2] behind a router the third packet in sequence of one source is believed", () => {
    for (const peer of ["203.0.113.7", "203.0.113.8", ""]) {
      const latch = latchTo({ ...behindRouter, peer });
      expect(send(latch, "203.0.113.7", 61_000, 4)).toEqual([false, false, true, true]);
      expect([latch.address, latch.port, latch.latched]).toEqual(["203.0.113.7", 61_000, true]);
    }
  });

  it("[LATCH-3] packets out of sequence, or of several sources in turn, prove nothing", () => {
    const latch = latchTo(behindRouter);
    for (let index = 0; index < 30; index += 1) {
      expect(latch.accept(`198.51.100.${index % 2}`, 5_000, 5, index, index * 20)).toBe(false);
      expect(latch.accept("198.51.100.9", 5_000, 5, index * 7, index * 20)).toBe(false);
    }
  });

  it("[LATCH-4] another port of the same host takes over only after a second of silence", () => {
    const latch = latchTo(carrier);
    latch.accept("192.0.2.1", 4_000, 1, 1, 0);
    expect([send(latch, "192.0.2.1", 9, 3, 900), send(latch, "192.0.2.1", 9, 3, 1_000)]).toEqual([
      [false, false, false],
      [false, false, true],
    ]);
  });

  it("[LATCH-5] signalling that repeats itself leaves a latched source alone, a new address opens the latch", () => {
    const latch = latchTo(behindRouter);
    send(latch, "203.0.113.7", 61_000);
    latch.signal(behindRouter, 100);
    expect([latch.address, latch.latched]).toEqual(["203.0.113.7", true]);
    latch.signal({ ...carrier, address: "192.0.2.8", port: 6_000 }, 200);
    expect([latch.address, latch.port, latch.latched]).toEqual(["192.0.2.8", 6_000, false]);
    expect(latch.accept("192.0.2.8", 6_000, 9, 1, 201)).toBe(true);
  });

  it("[LATCH-6] a stranger who sprays the port takes nothing: never heard, silent for minutes, or behind a router", () => {
    const never = latchTo(carrier);
    expect(send(never, "198.51.100.9", 5_000, 500)).not.toContain(true);
    const silent = latchTo(carrier);
    silent.accept("192.0.2.1", 4_000, 1, 1, 0);
    expect(send(silent, "198.51.100.9", 5_000, 500, 60_000)).not.toContain(true);
    expect(send(silent, "192.0.2.2", 5_000, 500, 90_000)).not.toContain(true);
    const routed = latchTo(behindRouter);
    send(routed, "203.0.113.7", 61_000);
    expect(send(routed, "198.51.100.9", 5_000, 500, 60_000)).not.toContain(true);
    // A far end inside our own network sends from inside it.
    const inside = latchTo({ address: "192.168.1.20", port: 4_000, peer: "192.168.1.20" });
    expect(send(inside, "198.51.100.9", 5_000, 500)).not.toContain(true);
    expect([never, silent, routed, inside].map(({ address }) => address)).toEqual([
      "192.0.2.1",
      "192.0.2.1",
      "203.0.113.7",
      "192.168.1.20",
    ]);
  });

  it("[LATCH-7] who came first behind a router gives way to the host of the signalling, and anybody to the signalled address", () => {
    const latch = latchTo(behindRouter);
    expect(send(latch, "198.51.100.9", 5_000)).toEqual([false, false, true]);
    expect(send(latch, "203.0.113.7", 61_000, 3, 60)).toEqual([false, false, true]);
    expect(send(latch, "198.51.100.9", 5_000, 100, 120)).not.toContain(true);
    expect(latch.accept("10.0.0.5", 4_000, 7, 1, 4_000)).toBe(true);
    expect([latch.address, latch.port]).toEqual(["10.0.0.5", 4_000]);
  });

  it("[LATCH-8] the signalling's host is believed for a far end that was never heard (its sound passes the proxy)", () => {
    const latch = latchTo(carrier);
    expect(send(latch, "192.0.2.2", 30_000)).toEqual([false, false, true]);
  });

  it("[LATCH-11] a program of this machine is believed by whichever loopback address it sends from, a stranger is not", () => {
    const here = { address: "192.0.2.2", port: 4_000, peer: "127.0.0.3" };
    expect(send(latchTo(here), "127.0.0.1", 30_000)).toEqual([false, false, true]);
    expect(send(latchTo(here), "198.51.100.9", 30_000)).toEqual([false, false, false]);
    expect(send(latchTo(carrier), "127.0.0.1", 30_000)).toEqual([false, false, false]);
  });

  it("[LATCH-9] after a move the old source is heard until the new one is, and is sent nothing more", () => {
    for (const [from, to] of [
      ["192.0.2.1", "192.0.2.1"],
      ["127.0.0.1", "127.0.0.1"],
      ["192.168.1.10", "192.168.1.20"],
    ] as const) {
      const latch = latchTo({ address: from, port: 4_000, peer: from });
      send(latch, from, 4_000, 50);
      latch.signal({ address: to, port: 7_000, peer: from }, 1_000);
      expect(send(latch, from, 4_000, 200, 1_000)).not.toContain(false);
      expect([latch.address, latch.port]).toEqual([to, 7_000]);
      expect(latch.accept(to, 7_000, 3, 1, 6_000)).toBe(true);
      expect(latch.accept(from, 4_000, 1, 1, 6_001)).toBe(false);
      expect([latch.address, latch.port]).toEqual([to, 7_000]);
    }
  });

  it("[LATCH-10] a router's far end that tells another private address goes on where it was after a second", () => {
    const latch = latchTo(behindRouter);
    send(latch, "203.0.113.7", 61_000);
    latch.signal({ ...behindRouter, port: 4_002 }, 1_000);
    send(latch, "203.0.113.7", 61_000, 48, 1_000);
    expect([latch.address, latch.port]).toEqual(["10.0.0.5", 4_002]);
    send(latch, "203.0.113.7", 61_000, 4, 2_000);
    expect([latch.address, latch.port]).toEqual(["203.0.113.7", 61_000]);
  });
});

describe("outgoing stream", () => {
  it("[SPLICE-1] forwarded, own and again forwarded packets leave as one stream without gaps", () => {
    const sender = new RtpSender(new SeededRandom(1));
    const out: RtpHeader[] = [];
    let now = 0;
    const forward = (source: number, sequence: number, timestamp: number, ssrc: number) => {
      const packet = packetOf(sequence, timestamp, ssrc);
      expect(sender.forward(packet, headerOf(packet), source, 8, now)).toBe(true);
      out.push(headerOf(packet));
      now += 20;
    };
    for (let index = 0; index < 5; index += 1) forward(1, 65_533 + index, 0xffffff00 + index * 160, 11);
    for (let index = 0; index < 5; index += 1) {
      const packet = new Uint8Array(172);
      sender.next(packet, 8, 160, 160, now);
      out.push(headerOf(packet));
      now += 20;
    }
    for (let index = 0; index < 5; index += 1) forward(2, 100 + index, 5_000 + index * 160, 22);
    const first = out[0] as RtpHeader;
    expect(out.map((h) => sequenceDistance(h.sequence, first.sequence))).toEqual(out.map((_, index) => index));
    expect(out.map((h) => timestampDistance(h.timestamp, first.timestamp))).toEqual(out.map((_, index) => index * 160));
    expect(new Set(out.map((h) => h.ssrc))).toEqual(new Set([sender.ssrc]));
    expect(out.flatMap((h, index) => (h.marker ? [index] : []))).toEqual([0, 10]);
    expect(out.every((h) => h.payloadType === 8)).toBe(true);
  });

  it("[SPLICE-2] loss and order inside a forwarded stream are passed on; what is from before the splice is dropped", () => {
    const sender = new RtpSender(new SeededRandom(2));
    const send = (sequence: number, now: number) => {
      const packet = packetOf(sequence, sequence * 160);
      return sender.forward(packet, headerOf(packet), 1, 0, now) ? headerOf(packet).sequence : undefined;
    };
    const start = send(10, 0) as number;
    const rest = [12, 11, 9, 15].map((sequence, index) => send(sequence, 20 + index * 20));
    expect(rest).toEqual([start + 2, start + 1, undefined, start + 5]);
  });

  it("[SPLICE-3] a far end that restarts its numbering goes on without a jump", () => {
    const sender = new RtpSender(new SeededRandom(3));
    const sequences: number[] = [];
    for (const sequence of [500, 501, 20, 21, 30_000, 30_001]) {
      const packet = packetOf(sequence, sequence * 160);
      expect(sender.forward(packet, headerOf(packet), 1, 0, sequences.length * 20)).toBe(true);
      sequences.push(headerOf(packet).sequence);
    }
    expect(sequences.map((sequence) => sequence - (sequences[0] as number))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("[SPLICE-4] after a pause the timestamp stands where the clock does", () => {
    const sender = new RtpSender(new SeededRandom(4));
    const packet = new Uint8Array(172);
    sender.next(packet, 0, 160, 160, 1_000);
    const before = headerOf(packet).timestamp;
    sender.next(packet, 0, 160, 160, 1_023);
    expect(timestampDistance(headerOf(packet).timestamp, before)).toBe(160);
    sender.next(packet, 0, 160, 160, 3_023);
    expect(timestampDistance(headerOf(packet).timestamp, before)).toBe(160 + 16_000);
  });
});
