import { sequenceDistance } from "./packet.ts";

/** How many packets in sequence another source must send before it is believed. */
const packetsToLatch = 3;

/** How long the latched source must have been silent before another can take its place. */
const silenceToRelatchMs = 1_000;

/**
 * Decides whose packets a leg takes and where its own go (symmetric RTP): the signalled address first, then the first
 * source that sends {@link packetsToLatch} packets in sequence. Once the signalled address has been heard, or a source is
 * latched, another one is believed only after {@link silenceToRelatchMs} of silence, so that a stranger who guesses the
 * port can neither listen nor speak.
 */
export class SourceLatch {
  /** Where to send now; empty and 0 while unknown. */
  address = "";
  port = 0;
  latched = false;
  #signalledAddress = "";
  #signalledPort = 0;
  #lastHeardMs = Number.NEGATIVE_INFINITY;
  #candidateAddress = "";
  #candidatePort = 0;
  #candidateSsrc = 0;
  #candidateSequence = 0;
  #candidateCount = 0;

  /** The address that signalling gave; a new one (re-INVITE) opens the latch again, the same once more changes nothing. */
  signal(address: string, port: number): void {
    if (this.#signalledAddress === address && this.#signalledPort === port) return;
    this.#signalledAddress = address;
    this.#signalledPort = port;
    this.address = address;
    this.port = port;
    this.latched = false;
    this.#lastHeardMs = Number.NEGATIVE_INFINITY;
    this.#candidateCount = 0;
  }

  /** True when the packet belongs to the leg; false means: count it and throw it away. Allocates nothing. */
  accept(address: string, port: number, ssrc: number, sequence: number, nowMs: number): boolean {
    if (port === this.port && address === this.address) {
      this.latched = true;
      this.#lastHeardMs = nowMs;
      return true;
    }
    if (nowMs - this.#lastHeardMs < silenceToRelatchMs) return false;
    if (!this.#prove(address, port, ssrc, sequence)) return false;
    this.address = address;
    this.port = port;
    this.latched = true;
    this.#lastHeardMs = nowMs;
    this.#candidateCount = 0;
    return true;
  }

  #prove(address: string, port: number, ssrc: number, sequence: number): boolean {
    const same = address === this.#candidateAddress && port === this.#candidatePort && ssrc === this.#candidateSsrc;
    const next = sequenceDistance(sequence, this.#candidateSequence) === 1;
    if (same && this.#candidateCount > 0 && next) {
      this.#candidateCount += 1;
    } else {
      this.#candidateAddress = address;
      this.#candidatePort = port;
      this.#candidateSsrc = ssrc;
      this.#candidateCount = 1;
    }
    this.#candidateSequence = sequence;
    return this.#candidateCount >= packetsToLatch;
  }
}
