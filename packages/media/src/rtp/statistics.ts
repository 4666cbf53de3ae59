import type { Instant } from "@centrala/kit";
import { sequenceDistance } from "./packet.ts";

const dropoutMax = 3_000;
const misorderMax = 100;

/** What became of a packet that was counted. */
export type Arrival = "next" | "late" | "duplicate" | "restarted" | "refused";

/**
 * Counts what one source sends: sequence extension, loss and interarrival jitter (RFC 3550 sections 6.4.1 and
 * appendices A.1, A.3 and A.8). A change of SSRC or a jump that repeats starts the sequence anew and keeps the totals.
 */
export class ReceiveStatistics {
  #started = false;
  #ssrc = 0;
  #baseExtended = 0;
  #highestExtended = 0;
  #badSequence = -1;
  #lostBefore = 0;
  #expectedBefore = 0;
  #receivedHere = 0;
  #transit = 0;
  #jitterTicks = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  readonly #clockHz: number;
  /** Bit n tells whether the packet n below the highest came. */
  #seen = 0;
  /** Packets counted in all, duplicates left out. */
  received = 0;
  duplicates = 0;

  /** @param clockHz ticks of the RTP timestamp in a second, 8,000 for G.711 */
  constructor(clockHz = 8_000) {
    this.#clockHz = clockHz;
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  /** Highest sequence number with the count of its wraps in the upper 16 bits (as a report block carries it). */
  get highestExtended(): number {
    return this.#highestExtended >>> 0;
  }

  /** Packets expected and not received so far; late ones are taken off again, never below 0. */
  get lost(): number {
    return Math.max(0, this.#expectedBefore + this.#expectedHere() - this.received);
  }

  /** Packets that should have come so far. */
  get expected(): number {
    return this.#expectedBefore + this.#expectedHere();
  }

  get jitterTicks(): number {
    return this.#jitterTicks;
  }

  get jitterMs(): number {
    return (this.#jitterTicks * 1_000) / this.#clockHz;
  }

  /** Counts a packet that arrived `now`. Allocates nothing. */
  arrive(ssrc: number, sequence: number, timestamp: number, now: Instant): Arrival {
    if (!this.#started || ssrc !== this.#ssrc) return this.#restart(ssrc, sequence, timestamp, now);
    const distance = sequenceDistance(sequence, this.#highestExtended & 0xffff);
    if (distance > 0 && distance < dropoutMax) {
      this.#advance(distance);
      this.#measureJitter(timestamp, now);
      return "next";
    }
    if (distance <= 0 && distance > -misorderMax) return this.#arriveLate(-distance);
    // A.1: two packets in a row after a jump mean that the sender restarted without a word.
    if (sequence === this.#badSequence) return this.#restart(ssrc, sequence, timestamp, now);
    this.#badSequence = (sequence + 1) & 0xffff;
    return "refused";
  }

  /** The share lost since the last call in 256ths, as a report block carries it (appendix A.3). */
  takeFractionLost(): number {
    const expected = this.expected;
    const expectedInterval = expected - this.#expectedPrior;
    const lostInterval = expectedInterval - (this.received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.received;
    if (expectedInterval <= 0 || lostInterval <= 0) return 0;
    return Math.min(255, Math.floor((lostInterval * 256) / expectedInterval));
  }

  #restart(ssrc: number, sequence: number, timestamp: number, now: Instant): Arrival {
    const first = !this.#started;
    this.#lostBefore += Math.max(0, this.#expectedHere() - this.#receivedHere);
    this.#expectedBefore = this.received + this.#lostBefore;
    this.#started = true;
    this.#ssrc = ssrc;
    this.#baseExtended = sequence;
    this.#highestExtended = sequence;
    this.#badSequence = -1;
    this.#receivedHere = 1;
    this.#seen = 1;
    this.received += 1;
    this.#transit = this.#transitOf(timestamp, now);
    return first ? "next" : "restarted";
  }

  #advance(distance: number): void {
    this.#highestExtended += distance;
    this.#badSequence = -1;
    this.#seen = distance > 31 ? 1 : ((this.#seen << distance) | 1) >>> 0;
    this.#receivedHere += 1;
    this.received += 1;
  }

  #arriveLate(age: number): Arrival {
    const bit = age > 31 ? 0 : (1 << age) >>> 0;
    if (age > 31 || (this.#seen & bit) !== 0) {
      this.duplicates += 1;
      return "duplicate";
    }
    this.#seen = (this.#seen | bit) >>> 0;
    // What is older than the first packet was never expected.
    if (this.#highestExtended - age < this.#baseExtended) return "late";
    this.#receivedHere += 1;
    this.received += 1;
    return "late";
  }

  #measureJitter(timestamp: number, now: Instant): void {
    const transit = this.#transitOf(timestamp, now);
    const difference = Math.abs((transit - this.#transit) | 0);
    this.#transit = transit;
    // A pause in the stream is not jitter: what differs by more than a second is left out.
    if (difference < this.#clockHz) this.#jitterTicks += (difference - this.#jitterTicks) / 16;
  }

  #transitOf(timestamp: number, now: Instant): number {
    return (Math.round((now * this.#clockHz) / 1_000) - timestamp) | 0;
  }

  #expectedHere(): number {
    return this.#started ? this.#highestExtended - this.#baseExtended + 1 : 0;
  }
}
