import { assertNever, type Entropy, type Instant } from "@centrala/kit";
import {
  type IceEvent,
  IceLite,
  type IceOutcome,
  isRtcp,
  newIceCredentials,
  readUint16,
  readUint32,
  SrtpReceiver,
  SrtpSender,
  type StunMessage,
  srtcpOverheadBytes,
  srtpOverheadBytes,
  type TransportAddress,
  ufragAskedFor,
  writeUint32,
} from "@centrala/media";
import type { DtlsKeys } from "./dtls-session.ts";
import type { DtlsListener, DtlsThread } from "./dtls-thread.ts";
import { type LegQuality, LegReports } from "./leg-reports.ts";
import { g711PayloadTypes, type WebRtcOffer } from "./offer.ts";

/** From an offer to audio; a browser that answers needs a second, a bad network some more. */
export const connectTimeoutMs = 30_000;
/** The longest packet that is sent: an Ethernet frame's payload without IP and UDP headers. */
export const packetBytesMax = 1_472;

/**
 * What is told about a leg. Lost may become connected again by itself; failed and closed need another offer.
 */
export type WebRtcLegState = "connected" | "lost" | "closed" | "failed";

/** What a leg does to the world around it. */
export interface LegPorts {
  readonly dtls: DtlsThread;
  readonly clock: () => Instant;
  readonly entropy: Entropy;
  /** A buffer to build a datagram in, undefined when the socket's queue is full; sent by {@link transmit}. */
  slot(): Uint8Array | undefined;
  transmit(bytes: Uint8Array, length: number, to: TransportAddress): void;
  onRtp(legId: string, packet: Uint8Array, length: number): void;
  onState(legId: string, state: WebRtcLegState, reason: string): void;
}

/** What a leg's life was so far. */
type Progress =
  /** Between an offer and the first audio. */
  | { readonly step: "opening"; readonly until: Instant }
  | { readonly step: "keyed" }
  | { readonly step: "ended"; readonly state: "failed" | "closed" };

/** One browser's leg: its agents, keys and reports. It knows no sockets; datagrams come from the mux by address or name. */
export class WebRtcLeg implements DtlsListener {
  readonly id: string;
  readonly ssrc: number;
  readonly #ports: LegPorts;
  readonly #reports: LegReports;
  #offer: WebRtcOffer;
  #ice: IceLite;
  /** During an ICE restart: the way that works until the new one does (RFC 8445 section 9). */
  #previousIce: IceLite | undefined;
  #session: number | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #progress: Progress;
  #told: WebRtcLegState | undefined;
  #destination: TransportAddress | undefined;
  #sequenceOffset = 0;
  #highestSequence = -1;
  #answers = 0;
  #generation = 0;
  #closed = false;
  refusedPackets = 0;
  droppedPackets = 0;

  constructor(id: string, ssrc: number, cname: string, offer: WebRtcOffer, ports: LegPorts) {
    this.id = id;
    this.ssrc = ssrc;
    this.#ports = ports;
    this.#offer = offer;
    this.#ice = new IceLite(newIceCredentials(ports.entropy), offer.iceUfrag);
    const now = ports.clock();
    this.#reports = new LegReports(cname, ports.entropy, now);
    this.#progress = { step: "opening", until: now + connectTimeoutMs };
  }

  get ice(): IceLite {
    return this.#ice;
  }

  /** The names under which the browser may ask for this leg at present. */
  get ufrags(): readonly string[] {
    return [this.#ice, this.#previousIce].flatMap((agent) => (agent === undefined ? [] : [agent.local.ufrag]));
  }

  get state(): WebRtcLegState | "opening" {
    if (this.#progress.step === "ended") return this.#progress.state;
    if (this.#progress.step === "keyed" && this.#destination !== undefined) return "connected";
    return this.#told === undefined ? "opening" : "lost";
  }

  get destination(): TransportAddress | undefined {
    return this.#destination;
  }

  get quality(): LegQuality {
    return this.#reports.quality();
  }

  /**
   * For the o= line of answers. It changes when everything begins anew, so that a page that restarts ICE sees that the server
   * has no keys any more and that it must connect anew as well.
   */
  get sessionId(): number {
    return this.ssrc * 1_024 + (this.#generation % 1_024);
  }

  /** How often this leg was answered, this time included. */
  nextAnswer(): number {
    this.#answers += 1;
    return this.#answers;
  }

  /**
   * Takes another offer: of the same peer connection it may restart ICE and keeps the keys (RFC 8829 section 5.1); a reloaded page
   * has a new peer connection, and everything begins anew.
   */
  reoffer(offer: WebRtcOffer): void {
    const before = this.#offer;
    this.#offer = offer;
    const continues = before.sessionId === offer.sessionId && before.fingerprint === offer.fingerprint;
    if (!continues || this.#progress.step === "ended") this.#beginAnew(offer);
    else if (before.iceUfrag !== offer.iceUfrag) this.#restartIce(offer);
  }

  takeStun(now: Instant, bytes: Uint8Array, message: StunMessage, from: TransportAddress): IceOutcome | undefined {
    const asked = ufragAskedFor(message);
    const agent = asked === this.#ice.local.ufrag ? this.#ice : this.#previousIce;
    if (agent === undefined || asked !== agent.local.ufrag) return undefined;
    const outcome = agent.handle(now, bytes, message, from);
    if (outcome.event !== undefined) this.#followIce(agent, outcome.event);
    return outcome;
  }

  /** A DTLS datagram; the first one begins a handshake. */
  takeDtls(datagram: Uint8Array, from: TransportAddress): void {
    if (this.#progress.step === "ended" || !this.#knows(from)) return;
    this.#session ??= this.#ports.dtls.open(this.#offer.fingerprint, this);
    if (this.#session === undefined) this.droppedPackets += 1;
    else this.#ports.dtls.receive(this.#session, datagram);
  }

  /** SRTP or SRTCP, decrypted in place. */
  takeMedia(packet: Uint8Array, length: number, now: Instant): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    const report = isRtcp(packet, length);
    const plain = report ? receiver.unprotectRtcp(packet, length) : receiver.unprotect(packet, length);
    if (plain < 0) this.refusedPackets += 1;
    else if (report) this.#reports.takeRtcp(packet, plain, this.ssrc, now);
    else if (!this.#isAgreed((packet[1] ?? 0) & 127)) this.refusedPackets += 1;
    else {
      this.#reports.arrived(readUint32(packet, 8), readUint16(packet, 2), readUint32(packet, 4), now);
      this.#ports.onRtp(this.id, packet, plain);
    }
  }

  /** Protects and sends a plain RTP packet; `packet` stays as it is. False when there is no way or no room. */
  send(packet: Uint8Array, length: number): boolean {
    const to = this.#destination;
    const sender = this.#sender;
    const slot = to === undefined || sender === undefined ? undefined : this.#ports.slot();
    if (to === undefined || sender === undefined || slot === undefined || !fits(length)) return this.#drop();
    slot.set(length === packet.length ? packet : packet.subarray(0, length));
    writeUint32(slot, 8, this.ssrc);
    this.#continueSequence(slot);
    const timestamp = readUint32(slot, 4);
    const bytes = sender.protect(slot, length);
    if (bytes < 0) return this.#drop();
    this.#reports.sent(timestamp, length - 12, this.#ports.clock());
    this.#ports.transmit(slot, bytes, to);
    return true;
  }

  /** Call twice a second or so. */
  poll(now: Instant): void {
    for (const agent of [this.#ice, this.#previousIce]) {
      const event = agent?.poll(now);
      if (agent !== undefined && event !== undefined) this.#followIce(agent, event);
    }
    if (this.#progress.step === "opening" && now >= this.#progress.until) {
      this.#end("failed", this.#ice.state.state === "waiting" ? "ICE_TIMEOUT" : "DTLS_TIMEOUT");
    }
    if (this.#destination !== undefined && this.#sender !== undefined) this.#sendReport(now, this.#destination);
  }

  /** Idempotent; nothing is told afterwards. */
  close(): void {
    this.#closed = true;
    this.#forgetKeys();
    this.#destination = undefined;
  }

  dtlsSend(datagram: Uint8Array): void {
    const to = this.#pathOf(this.#ice) ?? this.#pathOf(this.#previousIce);
    if (to !== undefined) this.#ports.transmit(datagram, datagram.length, to);
  }

  dtlsConnected(keys: DtlsKeys): void {
    this.#sender = new SrtpSender(keys.local);
    this.#receiver = new SrtpReceiver(keys.remote);
    this.#progress = { step: "keyed" };
    this.#followPath("DTLS_CONNECTED");
  }

  dtlsFailed(code: string): void {
    this.#end("failed", code);
  }

  dtlsClosed(): void {
    this.#end("closed", "DTLS_CLOSED");
  }

  #beginAnew(offer: WebRtcOffer): void {
    this.#forgetKeys();
    this.#generation += 1;
    this.#previousIce = undefined;
    this.#ice = new IceLite(newIceCredentials(this.#ports.entropy), offer.iceUfrag);
    // A leg that had ended opens again; one that was up is lost until it is up again.
    if (this.#progress.step === "ended") this.#told = undefined;
    this.#progress = { step: "opening", until: this.#ports.clock() + connectTimeoutMs };
    this.#followPath("REOFFERED");
  }

  #restartIce(offer: WebRtcOffer): void {
    if (this.#ice.state.state === "connected") this.#previousIce = this.#ice;
    this.#ice = new IceLite(newIceCredentials(this.#ports.entropy), offer.iceUfrag);
    this.#followPath("ICE_RESTARTED");
  }

  #followIce(agent: IceLite, event: IceEvent): void {
    switch (event.kind) {
      case "connected":
        if (agent === this.#ice) this.#previousIce = undefined;
        this.#followPath("ICE_CONNECTED");
        return;
      case "moved":
        this.#followPath("ICE_MOVED");
        return;
      case "lost":
        this.#followPath("CONSENT_EXPIRED");
        return;
      default:
        assertNever(event);
    }
  }

  /** Sets where media goes to, and tells when that changes the leg's state. */
  #followPath(reason: string): void {
    this.#destination = this.#pathOf(this.#ice) ?? this.#pathOf(this.#previousIce);
    const state = this.state;
    if (state !== "opening") this.#tell(state, reason);
  }

  #pathOf(agent: IceLite | undefined): TransportAddress | undefined {
    return agent?.state.state === "connected" ? agent.state.peer : undefined;
  }

  #end(state: "failed" | "closed", reason: string): void {
    this.#forgetKeys();
    this.#progress = { step: "ended", state };
    this.#tell(state, reason);
  }

  #tell(state: WebRtcLegState, reason: string): void {
    if (state === this.#told || this.#closed) return;
    this.#told = state;
    this.#ports.onState(this.id, state, reason);
  }

  #forgetKeys(): void {
    if (this.#session !== undefined) this.#ports.dtls.end(this.#session);
    this.#session = undefined;
    this.#sender = undefined;
    this.#receiver = undefined;
  }

  #knows(from: TransportAddress): boolean {
    return this.#ice.knows(from) || this.#previousIce?.knows(from) === true;
  }

  #isAgreed(payloadType: number): boolean {
    const { codecs, keysPayloadType } = this.#offer;
    return payloadType === keysPayloadType || codecs.some((codec) => g711PayloadTypes[codec] === payloadType);
  }

  /**
   * A stream that jumps back would use key stream twice and be refused for minutes; it goes on behind the highest number
   * instead. Whoever splices streams renumbers them himself, so this is the second net.
   */
  #continueSequence(slot: Uint8Array): void {
    let sequence = (readUint16(slot, 2) + this.#sequenceOffset) & 0xffff;
    const ahead = ((sequence - this.#highestSequence) << 16) >> 16;
    if (this.#highestSequence >= 0 && ahead <= -64) {
      this.#sequenceOffset = (this.#sequenceOffset + this.#highestSequence + 1 - sequence) & 0xffff;
      sequence = (this.#highestSequence + 1) & 0xffff;
    }
    if (this.#highestSequence < 0 || ahead > 0 || ahead <= -64) this.#highestSequence = sequence;
    slot[2] = sequence >> 8;
    slot[3] = sequence & 255;
  }

  #sendReport(now: Instant, to: TransportAddress): void {
    const report = this.#reports.due(this.ssrc, now);
    const slot = report === undefined ? undefined : this.#ports.slot();
    if (report === undefined || slot === undefined) return;
    slot.set(report);
    const bytes = this.#sender?.protectRtcp(slot, report.length) ?? 0;
    if (bytes > 0) this.#ports.transmit(slot, bytes, to);
  }

  #drop(): false {
    this.droppedPackets += 1;
    return false;
  }
}

function fits(length: number): boolean {
  return length >= 12 && length <= packetBytesMax - Math.max(srtpOverheadBytes, srtcpOverheadBytes);
}
