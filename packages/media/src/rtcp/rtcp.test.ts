import { SeededRandom } from "@centrala/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RtpSender } from "../rtp/sender.ts";
import { ReceiveStatistics } from "../rtp/statistics.ts";
import { estimateMos, mosOfRating } from "./mos.ts";
import { buildRtcp, ntpMiddle, ntpOf, parseRtcp } from "./packet.ts";
import { RtcpSession } from "./session.ts";

const block = {
  ssrc: 0xdeadbeef,
  fractionLost: 17,
  packetsLost: -3,
  highestSequence: 0x12345678,
  jitterTicks: 99,
  lastReport: 0xaabbccdd,
  delaySinceLastReport: 65_536,
};

describe("RTCP packets", () => {
  it("[RFC3550-6.4.1] a sender report with a block, name and BYE is built and parsed again", () => {
    const info = {
      ntpSeconds: 0xe0000001,
      ntpFraction: 0x80000000,
      rtpTimestamp: 0xfffffff0,
      packets: 50,
      bytes: 8_000,
    };
    const packet = buildRtcp(77, info, block, "c1@centrala", true);
    expect(packet.length % 4).toBe(0);
    expect(parseRtcp(packet, packet.length)).toEqual([
      { kind: "senderReport", ssrc: 77, ...info, blocks: [block] },
      { kind: "bye", ssrcs: [77] },
    ]);
  });

  it("[RFC3550-6.4.2] without anything sent a receiver report is built", () => {
    const packet = buildRtcp(77, undefined, block, "x", false);
    expect(parseRtcp(packet, packet.length)).toEqual([{ kind: "receiverReport", ssrc: 77, blocks: [block] }]);
  });

  it("[RFC3550-A.2] cut off and random packets give what stood before the damage, and nothing throws", () => {
    const packet = buildRtcp(77, undefined, block, "x", true);
    expect(parseRtcp(packet, packet.length - 4).map((message) => message.kind)).toEqual(["receiverReport"]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void parseRtcp(bytes, bytes.length)),
      { numRuns: 3_000 },
    );
  });

  it("[RFC3550-4] NTP time counts from 1900 and its middle is in 65,536ths of a second", () => {
    const ntp = ntpOf(500);
    expect(ntp).toEqual({ seconds: 2_208_988_800, fraction: 2 ** 31 });
    expect(ntpMiddle(0x12345678, 0x9abc0000)).toBe(0x56789abc);
  });
});

describe("RTCP session", () => {
  it("[RFC3550-6.4.1] the round trip comes out of the far end's report block", () => {
    const ours = { session: new RtcpSession("a", new SeededRandom(1), 0), sender: new RtpSender(new SeededRandom(2)) };
    const theirs = {
      session: new RtcpSession("b", new SeededRandom(3), 0),
      sender: new RtpSender(new SeededRandom(4)),
    };
    const heard = new ReceiveStatistics();
    const scratch = new Uint8Array(172);
    for (let index = 0; index < 10; index += 1) {
      ours.sender.next(scratch, 0, 160, 160, index * 20);
      if (index !== 5) heard.arrive(ours.sender.ssrc, index, index * 160, index * 20);
    }
    const sent = ours.session.report(ours.sender, new ReceiveStatistics(), 10_000);
    theirs.session.receive(sent, sent.length, theirs.sender.ssrc, 10_030);
    const answer = theirs.session.report(theirs.sender, heard, 12_030);
    ours.session.receive(answer, answer.length, ours.sender.ssrc, 12_060);
    expect(ours.session.roundTripMs).toBeCloseTo(60, 0);
    expect(ours.session.remoteFractionLost).toBeCloseTo(0.1, 1);
  });

  it("[RFC3550-6.2] reports come 2.5 to 7.5 s apart, and BYE is noticed", () => {
    const session = new RtcpSession("a", new SeededRandom(5), 0);
    const sender = new RtpSender(new SeededRandom(6));
    let now = session.nextAt;
    expect(now).toBeLessThanOrEqual(3_750);
    for (let index = 0; index < 50; index += 1) {
      session.report(sender, new ReceiveStatistics(), now);
      expect(session.nextAt - now).toBeGreaterThanOrEqual(2_500);
      expect(session.nextAt - now).toBeLessThanOrEqual(7_500);
      now = session.nextAt;
    }
    const bye = session.bye(sender, new ReceiveStatistics(), now);
    session.receive(bye, bye.length, 1, now);
    expect(session.byeReceived).toBe(true);
  });
});

describe("mean opinion score", () => {
  it("[G107-B] ratings have the scores of the recommendation's table", () => {
    expect([50, 60, 70, 80, 90, 93.2].map((rating) => Number(mosOfRating(rating).toFixed(2)))).toEqual([
      2.58, 3.1, 3.6, 4.02, 4.34, 4.41,
    ]);
    expect([mosOfRating(-5), mosOfRating(120)]).toEqual([1, 4.5]);
  });

  it("[G107-1] more loss or delay never sounds better", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1_000), fc.nat(200), (loss, delay, more) => {
        expect(estimateMos(loss, delay + more)).toBeLessThanOrEqual(estimateMos(loss, delay));
        expect(estimateMos(Math.min(1, loss + 0.1), delay)).toBeLessThanOrEqual(estimateMos(loss, delay));
      }),
    );
    expect(estimateMos(0, 20)).toBeCloseTo(4.4, 1);
  });
});
