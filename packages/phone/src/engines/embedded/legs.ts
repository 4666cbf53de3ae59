import type { LegId, MediaErrorCode } from "@centrala/contract";
import { type Entropy, fail, ok, type Result } from "@centrala/kit";
import { PayloadMap } from "@centrala/media";
import { type LegPort, MediaLeg } from "./leg.ts";
import type { PortRange } from "./ports.ts";
import type { Traffic } from "./traffic.ts";
import type { UdpPair } from "./udp-pair.ts";
import { readyMax, UdpPairs } from "./udp-pairs.ts";

/** What the worker needs of the WebRTC side; `send` takes plain RTP and protects it, `onRtp` gives it back unprotected. */
export interface WebRtcTransport {
  open(legId: LegId, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }>>;
  close(legId: LegId): void;
  send(legId: LegId, packet: Uint8Array, length: number): void;
}

/** The most legs in a worker, whatever the ports. */
const legsMax = 4_000;

/** Opens and closes legs: ports and sockets of plain ones, the shared transport of browsers. */
export class Legs {
  readonly byId = new Map<LegId, MediaLeg>();
  readonly #pairs: UdpPairs;
  readonly #entropy: Entropy;
  readonly #traffic: Traffic;
  readonly #now: () => number;
  readonly #opening = new Map<LegId, Promise<Result<{ readonly port: number }, MediaErrorCode>>>();
  /** Legs that were closed again before their ports were bound. */
  readonly #unwanted = new Set<LegId>();
  #lastNumber = 0;
  webRtc: WebRtcTransport | undefined;

  constructor(ports: PortRange, bindAddress: string, entropy: Entropy, traffic: Traffic, now: () => number) {
    this.#pairs = new UdpPairs(ports, bindAddress, now);
    this.#entropy = entropy;
    this.#traffic = traffic;
    this.#now = now;
  }

  /** Opens a plain leg; the same leg asked for twice gets the same port. */
  openPlain(legId: LegId): Promise<Result<{ readonly port: number }, MediaErrorCode>> {
    const known = this.byId.get(legId)?.port;
    if (known instanceof PlainPort) return Promise.resolve(ok({ port: known.pair.port }));
    const opening = this.#opening.get(legId) ?? this.#openNew(legId);
    this.#opening.set(legId, opening);
    return opening;
  }

  /** Opens a plain leg on a port that was told to be ready; false when it is not. */
  takePlain(legId: LegId, port: number): boolean {
    const pair = this.byId.has(legId) ? undefined : this.#pairs.takeReady(port);
    if (pair !== undefined) this.#addPlain(legId, pair);
    return pair !== undefined;
  }

  /** Binds ports ahead of legs to come; tells which. */
  async preparePorts(): Promise<readonly number[]> {
    return this.byId.size + this.#opening.size + readyMax > legsMax ? [] : this.#pairs.prepare();
  }

  /** A leg that is still being opened will not be. False when there is none. */
  closeWhileOpening(legId: LegId): boolean {
    if (!this.#opening.has(legId)) return false;
    this.#unwanted.add(legId);
    return true;
  }

  /** Answers a browser; the same leg may offer again, and keeps its place and what plays to it. */
  async openWebRtc(legId: LegId, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }, MediaErrorCode>> {
    const transport = this.webRtc;
    if (transport === undefined) return fail("NOT_SUPPORTED", "browser headsets are switched off");
    if (this.byId.size >= legsMax) return fail("MEDIA_FAILED", "the media worker is full");
    const answered = await transport.open(legId, sdpOffer);
    if (!answered.ok) return fail("DESCRIPTION_REFUSED", `${answered.code}: ${answered.message}`);
    const leg = this.byId.get(legId) ?? this.#add(legId, webRtcPort(transport));
    leg.payload = payloadOfAnswer(answered.value.sdpAnswer);
    leg.heardAt = this.#now();
    leg.up = false;
    return ok(answered.value);
  }

  /** Takes a leg out; its port is free for another when the promise resolves. */
  async remove(leg: MediaLeg): Promise<void> {
    leg.closed = true;
    this.byId.delete(leg.legId);
    await leg.port.close(leg);
  }

  /** Resolves when all ports are free; no leg may be open any more. */
  close(): Promise<void> {
    return this.#pairs.close();
  }

  async #openNew(legId: LegId): Promise<Result<{ readonly port: number }, MediaErrorCode>> {
    const opened = await this.#bindPlain(legId);
    this.#opening.delete(legId);
    const leg = this.byId.get(legId);
    if (!this.#unwanted.delete(legId) || leg === undefined) return opened;
    await this.remove(leg);
    return fail("MEDIA_FAILED", "the leg was closed while it was opened");
  }

  async #bindPlain(legId: LegId): Promise<Result<{ readonly port: number }, MediaErrorCode>> {
    if (this.byId.size + this.#opening.size >= legsMax) return fail("MEDIA_FAILED", "the media worker is full");
    const pair = await this.#pairs.take();
    if (pair === undefined) return fail("RTP_PORTS_EXHAUSTED", `all ${this.#pairs.size} RTP port pairs are in use`);
    this.#addPlain(legId, pair);
    return ok({ port: pair.port });
  }

  #addPlain(legId: LegId, pair: UdpPair): void {
    const leg = this.#add(legId, new PlainPort(pair, this.#pairs));
    pair.listener = {
      rtp: (packet, address, port) => this.#traffic.receivePlain(leg, packet, address, port, this.#now()),
      rtcp: (packet, address, port) =>
        this.#traffic.receiveRtcp(leg, packet, packet.length, address, port, this.#now()),
    };
  }

  #add(legId: LegId, port: LegPort): MediaLeg {
    this.#lastNumber += 1;
    const leg = new MediaLeg(legId, this.#lastNumber, port, this.#entropy, this.#now());
    this.byId.set(legId, leg);
    return leg;
  }
}

/** The sockets of one plain leg; packets go where the latch says. */
class PlainPort implements LegPort {
  readonly kind = "plain";
  readonly pair: UdpPair;
  readonly #pairs: UdpPairs;

  constructor(pair: UdpPair, pairs: UdpPairs) {
    this.pair = pair;
    this.#pairs = pairs;
  }

  sendRtp(leg: MediaLeg, packet: Uint8Array, length: number): void {
    const { address, port } = leg.latch;
    if (port > 0 && !leg.closed) this.pair.sendRtp(packet, length, address, port);
  }

  sendRtcp(leg: MediaLeg, packet: Uint8Array): void {
    if (leg.rtcpPort > 0 && leg.rtcpPort < 65_536) this.pair.sendRtcp(packet, leg.rtcpAddress, leg.rtcpPort);
  }

  close(): Promise<void> {
    this.#pairs.give(this.pair);
    return Promise.resolve();
  }
}

/** How a plain leg's socket writes addresses that signalling gave. */
export function socketAddresses(leg: MediaLeg): (address: string) => string {
  const { port } = leg;
  return (address) => (port instanceof PlainPort ? port.pair.addressOf(address) : address);
}

function webRtcPort(transport: WebRtcTransport): LegPort {
  return {
    kind: "webrtc",
    sendRtp: (leg, packet, length) => transport.send(leg.legId, packet, length),
    // The transport writes its own encrypted reports.
    sendRtcp: () => {},
    close: (leg) => {
      transport.close(leg.legId);
      return Promise.resolve();
    },
  };
}

/** What our own answer settled: its first format is the one that is sent. */
function payloadOfAnswer(sdpAnswer: string): PayloadMap {
  const first = /^m=audio [1-9]\d* \S+ (\d+)/m.exec(sdpAnswer)?.[1];
  const keys = /^a=rtpmap:(\d+) telephone-event\/8000/m.exec(sdpAnswer)?.[1];
  const law = first === "8" ? "alaw" : "ulaw";
  return new PayloadMap(law, law === "alaw" ? 8 : 0, keys === undefined ? null : Number(keys));
}
