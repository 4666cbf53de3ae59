import { sequenceDistance } from "./packet.ts";

/** How many packets in sequence another source must send before it is believed. */
const packetsToLatch = 3;

/** How long the latched source must have been silent before another port of its host can take its place. */
const silenceToRelatchMs = 1_000;

/** How long packets of before a move may still be on their way. */
const lateAfterMoveMs = 1_000;

/** How much a source is believed: not at all, for want of a better one, by its host, or as signalling named it. */
const ranks = { none: 0, possible: 1, host: 2, signalled: 3 } as const;
type Rank = (typeof ranks)[keyof typeof ranks];

/** What signalling said of a far end's sound. */
export interface SignalledSource {
  readonly address: string;
  readonly port: number;
  /** Where the far end's signalling comes from: behind a router its sound does, too. Empty when unknown. */
  readonly peer: string;
}

/**
 * Decides whose packets a leg takes and where its own go (symmetric RTP), so that nobody who sprays the ports can listen or
 * speak:
 * - The signalled address is believed always and at once, whoever was believed before.
 * - Another source is believed after {@link packetsToLatch} packets in sequence, once per description: from the host of the
 *   signalled address or of the far end's signalling (on this machine by any of its addresses), or, where the signalled address is a private one that cannot be
 *   reached as it stands, from elsewhere; whoever signals from inside sends from inside.
 * - Later only another port of the same host is, after {@link silenceToRelatchMs} of silence.
 * - After a move the source of before may still be heard until the new one is, but is sent nothing more.
 */
export class SourceLatch {
  /** Where to send now; empty and 0 while unknown. */
  address = "";
  port = 0;
  latched = false;
  readonly #isPrivate: (address: string) => boolean;
  #signalled: SignalledSource = { address: "", port: 0, peer: "" };
  #signalledAtMs = 0;
  #rank: Rank = ranks.none;
  #formerAddress = "";
  #formerPort = 0;
  #lastHeardMs = Number.NEGATIVE_INFINITY;
  #candidateAddress = "";
  #candidatePort = 0;
  #candidateSsrc = 0;
  #candidateSequence = 0;
  #candidateCount = 0;

  /** @param isPrivate whether an address belongs to a local network */
  constructor(isPrivate: (address: string) => boolean) {
    this.#isPrivate = isPrivate;
  }

  /**
   * What signalling gave; a new address (re-INVITE) opens the latch again, the same once more changes nothing.
   * @returns true for a new one
   */
  signal(source: SignalledSource, nowMs: number): boolean {
    const before = this.#signalled;
    this.#signalled = source;
    if (before.address === source.address && before.port === source.port) return false;
    if (this.latched) {
      this.#formerAddress = this.address;
      this.#formerPort = this.port;
    }
    this.#signalledAtMs = nowMs;
    this.address = source.address;
    this.port = source.port;
    this.latched = false;
    this.#rank = ranks.none;
    this.#lastHeardMs = Number.NEGATIVE_INFINITY;
    this.#candidateCount = 0;
    return true;
  }

  /** True when the packet belongs to the leg; false means: count it and throw it away. Allocates nothing. */
  accept(address: string, port: number, ssrc: number, sequence: number, nowMs: number): boolean {
    if (port === this.port && address === this.address) {
      if (!this.latched) this.#latch(address, port, ranks.signalled);
      this.#lastHeardMs = nowMs;
      return true;
    }
    const signalled = this.#signalled;
    if (port === signalled.port && address === signalled.address) {
      this.#latch(address, port, ranks.signalled);
      this.#lastHeardMs = nowMs;
      return true;
    }
    if (port === this.#formerPort && address === this.#formerAddress && this.#isStillHeard(nowMs)) return true;
    const rank = this.#rankOf(address);
    if (!this.#mayTakeOver(address, rank, nowMs) || !this.#prove(address, port, ssrc, sequence)) return false;
    this.#latch(address, port, rank);
    this.#lastHeardMs = nowMs;
    return true;
  }

  /** Whether a host may speak for the far end: the one that is believed, or one that still could be. */
  allows(address: string): boolean {
    return address === this.address || this.#rankOf(address) > this.#rank;
  }

  /**
   * The source of before a move: heard until the new one is. Behind a router it may be the new one itself, told under a
   * private address; then it may prove itself like any other when what was under way has come.
   */
  #isStillHeard(nowMs: number): boolean {
    if (this.latched) return false;
    const routed = this.#isPrivate(this.#signalled.address) && !this.#isPrivate(this.#formerAddress);
    return !routed || nowMs - this.#signalledAtMs < lateAfterMoveMs;
  }

  #mayTakeOver(address: string, rank: Rank, nowMs: number): boolean {
    if (rank === ranks.none) return false;
    if (rank > this.#rank) return true;
    return address === this.address && nowMs - this.#lastHeardMs >= silenceToRelatchMs;
  }

  #rankOf(address: string): Rank {
    const { address: signalled, peer } = this.#signalled;
    if (address === "" || signalled === "") return ranks.none;
    if (address === signalled || address === peer || isOneMachine(address, peer)) return ranks.host;
    if (!this.#isPrivate(signalled)) return ranks.none;
    const inside = peer !== "" && this.#isPrivate(peer);
    return !inside || this.#isPrivate(address) ? ranks.possible : ranks.none;
  }

  #latch(address: string, port: number, rank: Rank): void {
    this.address = address;
    this.port = port;
    this.latched = true;
    this.#rank = rank;
    this.#formerAddress = "";
    this.#formerPort = 0;
    this.#candidateCount = 0;
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

/** Whoever signals over loopback is on this machine, and so is what comes over loopback, by whichever of its addresses. */
function isOneMachine(address: string, peer: string): boolean {
  return address.startsWith("127.") && peer.startsWith("127.");
}
