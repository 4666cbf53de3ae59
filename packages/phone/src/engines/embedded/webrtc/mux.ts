import type { Codec } from "@centrala/contract";
import { assert, type Entropy, fail, type Instant, ok, type Result } from "@centrala/kit";
import { parseStun, type TransportAddress, ufragAskedFor } from "@centrala/media";
import { AddressTable } from "./address-table.ts";
import { writeAnswer } from "./answer.ts";
import type { DtlsCertificate } from "./dtls-session.ts";
import { DtlsThread } from "./dtls-thread.ts";
import { type LegPorts, packetBytesMax, WebRtcLeg, type WebRtcLegState } from "./leg.ts";
import type { LegQuality } from "./leg-reports.ts";
import { MuxSockets } from "./mux-sockets.ts";
import { type OfferRefusal, readOffer, type WebRtcOffer } from "./offer.ts";
import { SourceLimiter } from "./source-limiter.ts";

export interface WebRtcMuxOptions {
  /** UDP port, the first of the RTP range; 0 takes any free one. */
  readonly port: number;
  /** Where the sockets listen, one a family; all IPv4 addresses unless said otherwise. */
  readonly bindAddresses?: readonly string[];
  /** Addresses under which browsers may reach this port, the best first; 127.0.0.1 only when it is given. */
  readonly addresses: readonly string[];
  readonly entropy: Entropy;
  readonly clock: () => Instant;
  /** A new one is made when absent; one that is kept lets browsers recognise the server. */
  readonly certificate?: DtlsCertificate;
  /** Browsers at a time, 500 unless said otherwise. */
  readonly legsMax?: number;
  /** A plain RTP packet from a browser; `packet` is valid during the call only. */
  readonly onRtp: (legId: string, packet: Uint8Array, length: number) => void;
  readonly onState: (legId: string, state: WebRtcLegState, reason: string) => void;
  /** A bug was caught; the datagram or timer that met it had no further effect. */
  readonly onFault?: (error: unknown) => void;
}

export type WebRtcStartRefusal = "RTP_PORT_IN_USE" | "DTLS_UNUSABLE";
export type WebRtcOpenRefusal = OfferRefusal | "WEBRTC_LEGS_EXHAUSTED" | "WEBRTC_CLOSED";

export interface OpenedWebRtcLeg {
  readonly sdpAnswer: string;
  /** The codecs that were agreed, the preferred one first; the browser may send any of them. */
  readonly codecs: readonly Codec[];
  /** Payload type of keys (RFC 4733) in both directions. */
  readonly keysPayloadType: number | undefined;
}

export interface WebRtcLegStats extends LegQuality {
  readonly legId: string;
  readonly state: WebRtcLegState | "opening";
  readonly peer: TransportAddress | undefined;
  /** Packets of the browser that were forged, repeated or of a codec that was not agreed. */
  readonly refused: number;
  /** Packets that found no way to the browser. */
  readonly dropped: number;
}

export interface WebRtcStats {
  readonly legs: readonly WebRtcLegStats[];
  readonly handshaking: number;
  readonly dtlsRestarts: number;
  readonly datagramsUnknown: number;
  readonly checksRefused: number;
  readonly sendFailures: number;
  readonly faults: number;
}

const pollMs = 500;
/** Wrong checks of one address in a second; a browser makes none. */
const refusedPerSecondMax = 100;
const slots = 512;
/** Below the number of slots, so that no slot is written again while the socket still holds it. */
const sendQueueMax = 256;
const addressesPerLegMax = 16;

/**
 * All browsers' audio over one UDP socket (RFC 7983): STUN finds its leg by the name in it and proves the sender's address,
 * DTLS and SRTP find theirs by that address.
 */
export class WebRtcMux {
  readonly #options: WebRtcMuxOptions;
  readonly #sockets: MuxSockets;
  readonly #dtls: DtlsThread;
  readonly #legs = new Map<string, WebRtcLeg>();
  readonly #byUfrag = new Map<string, WebRtcLeg>();
  readonly #byAddress = new AddressTable<WebRtcLeg>();
  readonly #addressesOf = new Map<WebRtcLeg, TransportAddress[]>();
  readonly #limiter = new SourceLimiter(refusedPerSecondMax);
  readonly #slots = Array.from({ length: slots }, () => new Uint8Array(packetBytesMax + 28));
  readonly #ports: LegPorts;
  #nextSlot = 0;
  #addresses: readonly string[];
  #timer: NodeJS.Timeout | undefined;
  #fingerprint: string | undefined;
  #closing = false;
  #datagramsUnknown = 0;
  #checksRefused = 0;
  #faults = 0;

  constructor(options: WebRtcMuxOptions) {
    this.#options = options;
    this.#addresses = options.addresses;
    this.#dtls = new DtlsThread(options.clock, options.certificate, (work) => this.#guard(work));
    this.#sockets = new MuxSockets({
      port: options.port,
      addresses: options.bindAddresses ?? ["0.0.0.0"],
      onDatagram: (datagram, from) => this.#guard(() => this.#receive(datagram, from)),
    });
    this.#ports = this.#makePorts();
  }

  /** Binds the socket and starts the DTLS worker; gives the port. */
  async start(): Promise<Result<{ readonly port: number }, WebRtcStartRefusal>> {
    const bound = await this.#sockets.open();
    if (!bound.ok) return bound;
    const started = await this.#dtls.start();
    if (!started.ok) {
      await this.close();
      return started;
    }
    this.#fingerprint = started.value;
    this.#sockets.listen();
    this.#timer = setInterval(() => this.#guard(() => this.#poll()), pollMs);
    return ok({ port: this.#sockets.port });
  }

  /** The addresses for answers from now on. */
  setAddresses(addresses: readonly string[]): void {
    this.#addresses = addresses;
  }

  /**
   * Answers a browser's offer. An open leg takes further offers: of the same page to restart ICE, of a reloaded one to begin
   * anew under the same id.
   * @param preferred the codec that the far party speaks: the browser then sends it too and nothing is converted
   */
  open(
    legId: string,
    sdpOffer: string,
    preferred: Codec = "pcma",
  ): Promise<Result<OpenedWebRtcLeg, WebRtcOpenRefusal>> {
    return Promise.resolve(this.#open(legId, sdpOffer, preferred));
  }

  /** Idempotent; nothing is told about the leg afterwards. */
  close(legId: string): void;
  /** Ends all legs, the worker and the socket. Idempotent. */
  close(): Promise<void>;
  close(legId?: string): Promise<void> | void {
    if (legId === undefined) return this.#closeAll();
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    leg.close();
    this.#legs.delete(legId);
    for (const ufrag of leg.ufrags) this.#byUfrag.delete(ufrag);
    for (const address of this.#addressesOf.get(leg) ?? []) this.#byAddress.delete(address, leg);
    this.#addressesOf.delete(leg);
  }

  /** Sends a plain RTP packet, protected, with the leg's own SSRC. False when it could not be sent. */
  send(legId: string, packet: Uint8Array, length: number): boolean {
    return this.#legs.get(legId)?.send(packet, length) ?? false;
  }

  stats(): WebRtcStats {
    return {
      legs: [...this.#legs.values()].map(legStats),
      handshaking: this.#dtls.handshaking,
      dtlsRestarts: this.#dtls.restarts,
      datagramsUnknown: this.#datagramsUnknown,
      checksRefused: this.#checksRefused,
      sendFailures: this.#sockets.failures,
      faults: this.#faults,
    };
  }

  #open(legId: string, sdpOffer: string, preferred: Codec): Result<OpenedWebRtcLeg, WebRtcOpenRefusal> {
    const fingerprint = this.#fingerprint;
    if (fingerprint === undefined || this.#closing) return fail("WEBRTC_CLOSED", "browsers are not served now");
    const offer = readOffer(sdpOffer);
    if (!offer.ok) return offer;
    const leg = this.#legFor(legId, offer.value);
    if (leg === undefined) return fail("WEBRTC_LEGS_EXHAUSTED", "all places for browsers are taken");
    const codecs = [...offer.value.codecs].sort((a, b) => Number(b === preferred) - Number(a === preferred));
    const sdpAnswer = writeAnswer(offer.value, {
      sessionId: leg.sessionId,
      version: leg.nextAnswer(),
      addresses: this.#addresses,
      port: this.#sockets.port,
      ice: leg.ice.local,
      fingerprint,
      codecs,
      ssrc: leg.ssrc,
      cname: cnameOf(leg.ssrc),
    });
    return ok({ sdpAnswer, codecs, keysPayloadType: offer.value.keysPayloadType });
  }

  #legFor(legId: string, offer: WebRtcOffer): WebRtcLeg | undefined {
    const known = this.#legs.get(legId);
    if (known === undefined && this.#legs.size >= (this.#options.legsMax ?? 500)) return undefined;
    const leg = known ?? this.#newLeg(legId, offer);
    for (const ufrag of leg.ufrags) this.#byUfrag.delete(ufrag);
    if (known !== undefined) leg.reoffer(offer);
    for (const ufrag of leg.ufrags) this.#byUfrag.set(ufrag, leg);
    return leg;
  }

  #newLeg(legId: string, offer: WebRtcOffer): WebRtcLeg {
    const random = new Uint8Array(4);
    this.#options.entropy.fill(random);
    const ssrc = new DataView(random.buffer).getUint32(0) || 1;
    const leg = new WebRtcLeg(legId, ssrc, cnameOf(ssrc), offer, this.#ports);
    this.#legs.set(legId, leg);
    this.#addressesOf.set(leg, []);
    return leg;
  }

  /** RFC 7983 section 7: the first byte tells the protocol. */
  #receive(datagram: Buffer, from: TransportAddress): void {
    const first = datagram[0] ?? 255;
    if (first < 4) this.#receiveStun(datagram, from);
    else {
      const leg = this.#byAddress.find(from);
      if (leg === undefined) this.#datagramsUnknown += 1;
      else if (first >= 128 && first <= 191) leg.takeMedia(datagram, datagram.length, this.#options.clock());
      else if (first >= 20 && first <= 63) leg.takeDtls(datagram, from);
      else this.#datagramsUnknown += 1;
    }
  }

  #receiveStun(datagram: Buffer, from: TransportAddress): void {
    const now = this.#options.clock();
    const proven = this.#byAddress.find(from) !== undefined;
    if (!proven && this.#limiter.blocks(from.address, now)) {
      this.#checksRefused += 1;
      return;
    }
    const message = parseStun(datagram, datagram.length);
    const leg = message.ok ? this.#byUfrag.get(ufragAskedFor(message.value) ?? "") : undefined;
    const outcome = message.ok ? leg?.takeStun(now, datagram, message.value, from) : undefined;
    if (leg !== undefined && outcome?.verdict === "valid") this.#prove(from, leg);
    else if (outcome?.verdict !== "ignored") {
      this.#checksRefused += 1;
      this.#limiter.count(from.address, now);
    }
    if (outcome?.response !== undefined) this.#transmit(outcome.response, outcome.response.length, from);
  }

  /** The browser proved that it is behind this address; the one proven longest ago gives way to more than a few. */
  #prove(from: TransportAddress, leg: WebRtcLeg): void {
    const addresses = this.#addressesOf.get(leg);
    assert(addresses !== undefined, "an open leg has a list of addresses");
    if (this.#byAddress.find(from) === leg) return;
    this.#byAddress.set(from, leg);
    addresses.push({ address: from.address, port: from.port });
    const oldest = addresses.length > addressesPerLegMax ? addresses.shift() : undefined;
    if (oldest !== undefined) this.#byAddress.delete(oldest, leg);
  }

  #poll(): void {
    const now = this.#options.clock();
    this.#dtls.poll(now);
    for (const leg of this.#legs.values()) leg.poll(now);
  }

  #makePorts(): LegPorts {
    const { clock, entropy, onRtp, onState } = this.#options;
    return {
      dtls: this.#dtls,
      clock,
      entropy,
      onRtp,
      onState,
      slot: () => this.#slot(),
      transmit: (bytes, length, to) => this.#transmit(bytes, length, to),
    };
  }

  #slot(): Uint8Array | undefined {
    if (this.#closing || this.#sockets.queued >= sendQueueMax) return undefined;
    this.#nextSlot = (this.#nextSlot + 1) % slots;
    return this.#slots[this.#nextSlot];
  }

  #transmit(bytes: Uint8Array, length: number, to: TransportAddress): void {
    if (!this.#closing) this.#sockets.send(bytes, length, to);
  }

  /** Whatever arrives, the media worker lives on. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#faults += 1;
      this.#options.onFault?.(error);
    }
  }

  async #closeAll(): Promise<void> {
    if (this.#closing) return;
    for (const legId of this.#legs.keys()) this.close(legId);
    this.#closing = true;
    clearInterval(this.#timer);
    await this.#dtls.close();
    await this.#sockets.close();
  }
}

/** Names a source without naming a person or a machine (RFC 7022). */
function cnameOf(ssrc: number): string {
  return `c${ssrc.toString(36)}`;
}

function legStats(leg: WebRtcLeg): WebRtcLegStats {
  return {
    legId: leg.id,
    state: leg.state,
    peer: leg.destination,
    refused: leg.refusedPackets,
    dropped: leg.droppedPackets,
    ...leg.quality,
  };
}
