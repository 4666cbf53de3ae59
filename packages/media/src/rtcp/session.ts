import type { Entropy, Instant } from "@centrala/kit";
import type { RtpSender } from "../rtp/sender.ts";
import type { ReceiveStatistics } from "../rtp/statistics.ts";
import { buildRtcp, ntpMiddle, ntpOf, parseRtcp, type ReportBlock, type RtcpMessage } from "./packet.ts";

/** RFC 3550 section 6.2 recommends 5 s as the smallest interval, and half of it before the first report. */
const intervalMs = 5_000;

/** Reports of one leg: when to send the next, what to say in it, and what the far end's reports tell about the way. */
export class RtcpSession {
  readonly #cname: string;
  readonly #entropy: Entropy;
  readonly #random = new Uint8Array(2);
  #lastReport = 0;
  #lastReportAt: Instant = 0;
  /** When the next report is due. */
  nextAt: Instant;
  /** From the far end's report blocks; undefined until one answered a report of ours. */
  roundTripMs: number | undefined;
  /** Share of our packets that the far end lost, 0 to 1, as last reported. */
  remoteFractionLost = 0;
  remoteJitterMs = 0;
  byeReceived = false;
  /** Whether any report was made. */
  reported = false;

  constructor(cname: string, entropy: Entropy, now: Instant) {
    this.#cname = cname;
    this.#entropy = entropy;
    this.nextAt = now + this.#interval() / 2;
  }

  /** Takes a compound packet in; whatever in it is malformed is skipped. */
  receive(packet: Uint8Array, length: number, ownSsrc: number, now: Instant): void {
    for (const message of parseRtcp(packet, length)) this.#take(message, ownSsrc, now);
  }

  /** The report that is due `now`; the next one is due after a random interval of 2.5 to 7.5 s. */
  report(sender: RtpSender, statistics: ReceiveStatistics, now: Instant): Uint8Array {
    this.nextAt = now + this.#interval();
    this.reported = true;
    return this.#build(sender, statistics, now, false);
  }

  /** The last report, with BYE. */
  bye(sender: RtpSender, statistics: ReceiveStatistics, now: Instant): Uint8Array {
    return this.#build(sender, statistics, now, true);
  }

  #build(sender: RtpSender, statistics: ReceiveStatistics, now: Instant, bye: boolean): Uint8Array {
    const ntp = ntpOf(now);
    const info =
      sender.packetsSent === 0
        ? undefined
        : {
            ntpSeconds: ntp.seconds,
            ntpFraction: ntp.fraction,
            rtpTimestamp: (sender.timestamp + Math.round((now - sender.sentAtMs) * 8)) >>> 0,
            packets: sender.packetsSent,
            bytes: sender.payloadBytesSent,
          };
    const block = statistics.received === 0 ? undefined : this.#block(statistics, now);
    return buildRtcp(sender.ssrc, info, block, this.#cname, bye);
  }

  #block(statistics: ReceiveStatistics, now: Instant): ReportBlock {
    const delay = this.#lastReport === 0 ? 0 : Math.round(((now - this.#lastReportAt) * 65_536) / 1_000);
    return {
      ssrc: statistics.ssrc,
      fractionLost: statistics.takeFractionLost(),
      packetsLost: statistics.lost,
      highestSequence: statistics.highestExtended,
      jitterTicks: statistics.jitterTicks,
      lastReport: this.#lastReport,
      delaySinceLastReport: delay,
    };
  }

  #take(message: RtcpMessage, ownSsrc: number, now: Instant): void {
    if (message.kind === "bye") {
      this.byeReceived = true;
      return;
    }
    if (message.kind === "senderReport") {
      this.#lastReport = ntpMiddle(message.ntpSeconds, message.ntpFraction);
      this.#lastReportAt = now;
    }
    for (const block of message.blocks) if (block.ssrc === ownSsrc) this.#takeBlock(block, now);
  }

  #takeBlock(block: ReportBlock, now: Instant): void {
    this.remoteFractionLost = block.fractionLost / 256;
    this.remoteJitterMs = block.jitterTicks / 8;
    if (block.lastReport === 0) return;
    const ntp = ntpOf(now);
    const ticks = (ntpMiddle(ntp.seconds, ntp.fraction) - block.lastReport - block.delaySinceLastReport) | 0;
    // A clock that jumped, or a far end that lies, gives nonsense; nothing on a telephone line takes 10 s.
    if (ticks >= 0 && ticks < 10 * 65_536) this.roundTripMs = (ticks * 1_000) / 65_536;
  }

  #interval(): number {
    this.#entropy.fill(this.#random);
    const share = (((this.#random[0] as number) << 8) | (this.#random[1] as number)) / 65_535;
    return intervalMs * (0.5 + share);
  }
}
