import type { Entropy, Instant } from "@centrala/kit";
import { buildRtcp, ntpMiddle, ntpOf, parseRtcp, ReceiveStatistics, type ReportBlock } from "@centrala/media";

/** RFC 3550 section 6.2: the smallest interval, spread over half to one and a half of it. */
const intervalMs = 5_000;
/** Without a packet for so long we are no sender any more (RFC 3550 section 6.3.5). */
const senderTimeoutMs = 2 * intervalMs;

/** What the two ends know of the way between them. */
export interface LegQuality {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  /** Undefined until the browser reported. */
  readonly roundTripMs: number | undefined;
  /** Share of our packets that the browser missed lately, 0 to 1. */
  readonly remoteFractionLost: number;
  readonly remoteJitterMs: number;
}

/** RTCP of a browser's leg (RFC 3550 section 6): keeps the browser's statistics alive and learns ours from it. */
export class LegReports {
  readonly #statistics = new ReceiveStatistics();
  readonly #cname: string;
  readonly #entropy: Entropy;
  readonly #random = new Uint8Array(1);
  #packetsSent = 0;
  #bytesSent = 0;
  #lastTimestamp = 0;
  #lastSentAt: Instant = 0;
  #theirReport = 0;
  #theirReportAt: Instant = 0;
  #roundTripMs: number | undefined;
  #remoteFractionLost = 0;
  #remoteJitterMs = 0;
  #nextAt: Instant;

  constructor(cname: string, entropy: Entropy, now: Instant) {
    this.#cname = cname;
    this.#entropy = entropy;
    this.#nextAt = now + intervalMs / 2;
  }

  /** Counts an RTP packet that was sent; `packet` is as it was before protection. */
  sent(timestamp: number, payloadBytes: number, now: Instant): void {
    this.#packetsSent += 1;
    this.#bytesSent += payloadBytes;
    this.#lastTimestamp = timestamp;
    this.#lastSentAt = now;
  }

  /** Counts an RTP packet that came. */
  arrived(ssrc: number, sequence: number, timestamp: number, now: Instant): void {
    this.#statistics.arrive(ssrc, sequence, timestamp, now);
  }

  /** Takes a compound RTCP packet; what is malformed in it is skipped. */
  takeRtcp(packet: Uint8Array, length: number, ownSsrc: number, now: Instant): void {
    for (const message of parseRtcp(packet, length)) {
      if (message.kind === "bye") continue;
      if (message.kind === "senderReport") {
        this.#theirReport = ntpMiddle(message.ntpSeconds, message.ntpFraction);
        this.#theirReportAt = now;
      }
      for (const block of message.blocks) if (block.ssrc === ownSsrc) this.#takeBlock(block, now);
    }
  }

  /** The compound packet that is due, undefined when none is. */
  due(ssrc: number, now: Instant): Uint8Array | undefined {
    if (now < this.#nextAt) return undefined;
    this.#entropy.fill(this.#random);
    this.#nextAt = now + intervalMs * (0.5 + (this.#random[0] ?? 0) / 255);
    return buildRtcp(ssrc, this.#senderInfo(now), this.#block(now), this.#cname, false);
  }

  quality(): LegQuality {
    return {
      packetsSent: this.#packetsSent,
      packetsReceived: this.#statistics.received,
      packetsLost: this.#statistics.lost,
      jitterMs: this.#statistics.jitterMs,
      roundTripMs: this.#roundTripMs,
      remoteFractionLost: this.#remoteFractionLost,
      remoteJitterMs: this.#remoteJitterMs,
    };
  }

  #senderInfo(now: Instant) {
    if (this.#packetsSent === 0 || now - this.#lastSentAt > senderTimeoutMs) return undefined;
    const ntp = ntpOf(now);
    return {
      ntpSeconds: ntp.seconds,
      ntpFraction: ntp.fraction,
      // The report names the timestamp of this instant, not of the last packet (RFC 3550 section 6.4.1).
      rtpTimestamp: (this.#lastTimestamp + Math.round((now - this.#lastSentAt) * 8)) >>> 0,
      packets: this.#packetsSent >>> 0,
      bytes: this.#bytesSent >>> 0,
    };
  }

  #block(now: Instant): ReportBlock | undefined {
    if (this.#statistics.received === 0) return undefined;
    const waited = this.#theirReport === 0 ? 0 : Math.round(((now - this.#theirReportAt) * 65_536) / 1_000);
    return {
      ssrc: this.#statistics.ssrc,
      fractionLost: this.#statistics.takeFractionLost(),
      packetsLost: this.#statistics.lost,
      highestSequence: this.#statistics.highestExtended,
      jitterTicks: this.#statistics.jitterTicks,
      lastReport: this.#theirReport,
      delaySinceLastReport: waited,
    };
  }

  #takeBlock(block: ReportBlock, now: Instant): void {
    this.#remoteFractionLost = block.fractionLost / 256;
    this.#remoteJitterMs = block.jitterTicks / 8;
    if (block.lastReport === 0) return;
    const ntp = ntpOf(now);
    const ticks = (ntpMiddle(ntp.seconds, ntp.fraction) - block.lastReport - block.delaySinceLastReport) | 0;
    // A clock that was set, or a browser that lies, gives nonsense; no way to a browser takes 10 s.
    if (ticks >= 0 && ticks < 10 * 65_536) this.#roundTripMs = (ticks * 1_000) / 65_536;
  }
}
