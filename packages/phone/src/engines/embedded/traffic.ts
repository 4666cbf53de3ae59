import {
  decodeInto,
  encodeInto,
  encodeTable,
  frameSamples,
  isRtcp,
  type KeyWay,
  type Law,
  Mixer,
  parseRtp,
  payloadKinds,
  RtpHeader,
  rtpHeaderBytes,
  transcodeInPlace,
  transcodeTable,
} from "@centrala/media";
import { nextTones } from "./key-tones.ts";
import type { MediaLeg } from "./leg.ts";

/** A relayed party that sent nothing for this long is silent: muted, comfort noise, not there yet. */
const silentAfterMs = 40;

/** In silence a leg gets one packet a second: enough to keep its way open and to show that we are there, and next to no work. */
const keepOpenEveryMs = 1_000;

const payloadSamplesMax = 1_440;

/** What the traffic tells the host about. */
export interface TrafficListener {
  up(leg: MediaLeg): void;
  key(leg: MediaLeg, key: string, way: KeyWay, now: number): void;
  playFinished(leg: MediaLeg, now: number): void;
  /** A bug was met while a packet or frame of this leg was handled. */
  fault(leg: MediaLeg, error: unknown): void;
}

/**
 * The hot path of a worker: takes packets in, forwards or buffers them, and makes the frames that are due. Nothing here
 * waits, and nothing allocates per packet but a copy for each further listener of a party.
 */
export class Traffic {
  packetsReceived = 0;
  packetsSent = 0;
  packetsRefused = 0;
  readonly #listener: TrafficListener;
  readonly #header = new RtpHeader();
  readonly #mixer = new Mixer();
  readonly #frame = new Int16Array(frameSamples);
  readonly #decoded = new Int16Array(payloadSamplesMax);

  constructor(listener: TrafficListener) {
    this.#listener = listener;
  }

  /** A packet on a plain leg's RTP port, from wherever. */
  receivePlain(leg: MediaLeg, packet: Uint8Array, address: string, port: number, now: number): void {
    if (isRtcp(packet, packet.length)) {
      this.receiveRtcp(leg, packet, packet.length, address, port, now);
      return;
    }
    const header = this.#header;
    const valid = leg.payload !== undefined && parseRtp(packet, packet.length, header);
    if (!valid || !leg.latch.accept(address, port, header.ssrc, header.sequence, now)) {
      this.#refused(leg);
      return;
    }
    this.#takeGuarded(leg, packet, packet.length, now);
  }

  /** A packet of a browser, already authenticated and decrypted. */
  receiveWebRtc(leg: MediaLeg, packet: Uint8Array, length: number, now: number): void {
    if (leg.payload === undefined || !parseRtp(packet, length, this.#header)) {
      this.#refused(leg);
      return;
    }
    this.#takeGuarded(leg, packet, length, now);
  }

  /** A report: a sign of life of a far end that is silent. Answered only where the sound comes from. */
  receiveRtcp(leg: MediaLeg, packet: Uint8Array, length: number, address: string, port: number, now: number): void {
    if (!isRtcp(packet, length) || !leg.latch.allows(address)) {
      this.#refused(leg);
      return;
    }
    leg.heardAt = now;
    leg.lost = false;
    if (address !== leg.latch.address) return;
    leg.rtcpAddress = address;
    leg.rtcpPort = port;
    leg.rtcp.receive(packet, length, leg.sender.ssrc, now);
  }

  /** Takes the current frame of each leg that is mixed; comes before {@link sendFrame} of any of its listeners. */
  takeFrame(leg: MediaLeg): void {
    if (leg.isMixed) leg.frameHeard = leg.jitter.take(leg.frame, frameSamples) && !leg.muted;
  }

  /** Sends what is due to a leg in this 20 ms. */
  sendFrame(leg: MediaLeg, now: number): void {
    try {
      if (leg.maySend) this.#sendDue(leg, now);
    } catch (error) {
      this.#listener.fault(leg, error);
    }
  }

  #sendDue(leg: MediaLeg, now: number): void {
    if (leg.keySender.busy || leg.keyTones !== undefined) {
      this.#sendKeys(leg, now);
      return;
    }
    switch (leg.mode) {
      case "silence":
      case "relay":
        this.sendStill(leg, now);
        return;
      case "play":
      case "mix":
        this.#sendSum(leg, now);
        return;
    }
  }

  #refused(leg: MediaLeg): void {
    this.packetsRefused += 1;
    leg.packetsRefused += 1;
  }

  /** Whatever a packet does, only its own leg may suffer. */
  #takeGuarded(leg: MediaLeg, packet: Uint8Array, length: number, now: number): void {
    try {
      this.#take(leg, packet, length, now);
    } catch (error) {
      this.#listener.fault(leg, error);
    }
  }

  #take(leg: MediaLeg, packet: Uint8Array, length: number, now: number): void {
    const header = this.#header;
    const arrival = leg.statistics.arrive(header.ssrc, header.sequence, header.timestamp, now);
    if (arrival === "duplicate" || arrival === "refused") {
      this.#refused(leg);
      return;
    }
    this.packetsReceived += 1;
    leg.heardAt = now;
    leg.lost = false;
    if (!leg.up) {
      leg.up = true;
      this.#listener.up(leg);
    }
    const kind = leg.payload?.kindOf(header.payloadType);
    if (kind === payloadKinds.ulaw) this.#takeAudio(leg, packet, length, "ulaw", now);
    else if (kind === payloadKinds.alaw) this.#takeAudio(leg, packet, length, "alaw", now);
    else if (kind === payloadKinds.keys) this.#takeKey(leg, packet, length, now);
    else if (leg.payload?.looksLikeKey(header.payloadType, packet, header.payloadOffset, header.payloadLength) === true)
      this.#takeKey(leg, packet, length, now);
  }

  #takeAudio(leg: MediaLeg, packet: Uint8Array, length: number, law: Law, now: number): void {
    const { payloadOffset: offset, payloadLength: count, ssrc, timestamp } = this.#header;
    if (count === 0 || count > payloadSamplesMax) return;
    leg.levels?.addIn(law, packet, offset, count);
    if (leg.collector !== undefined && leg.keyWays.listensForTones) this.#detectKeys(leg, packet, law, now);
    if (leg.muted) return;
    const isSecret = leg.collector?.isSensitive === true || leg.spill?.lasts(now) === true;
    if (!isSecret)
      for (const { recorder, channel } of leg.recorded) {
        recorder.accept(channel, leg.number, ssrc, timestamp, law, packet, offset, count, now);
      }
    if (leg.isMixed) leg.jitter.put(ssrc, timestamp, law, packet, offset, count);
    this.#relayToAll(leg, packet, length, law, now);
  }

  #takeKey(leg: MediaLeg, packet: Uint8Array, length: number, now: number): void {
    const { payloadOffset, payloadLength } = this.#header;
    const key = leg.keyReceiver.receive(packet, payloadOffset, payloadLength, this.#header, now);
    // Keys that answer a question of ours are nobody else's business.
    const isOurs = leg.collector !== undefined || leg.spill?.lasts(now) === true;
    if (!isOurs && !leg.muted) this.#relayToAll(leg, packet, length, "keys", now);
    if (key !== undefined) this.#listener.key(leg, key, "events", now);
  }

  #detectKeys(leg: MediaLeg, packet: Uint8Array, law: Law, now: number): void {
    const { payloadOffset, payloadLength } = this.#header;
    decodeInto(law, packet, payloadOffset, payloadLength, this.#decoded, 0);
    for (const key of leg.inBand.push(this.#decoded, 0, payloadLength)) this.#listener.key(leg, key, "tone", now);
  }

  /** The last listener gets the packet itself, those before it a copy. */
  #relayToAll(leg: MediaLeg, packet: Uint8Array, length: number, law: Law | "keys", now: number): void {
    let last: MediaLeg | undefined;
    for (const listener of leg.listeners) {
      if (listener.mode !== "relay" || !listener.maySend || listener.keySender.busy || listener.keyTones) continue;
      if (last !== undefined) this.#relay(leg, last, packet.slice(0, length), length, law, now);
      last = listener;
    }
    if (last !== undefined) this.#relay(leg, last, packet, length, law, now);
  }

  #relay(leg: MediaLeg, to: MediaLeg, packet: Uint8Array, length: number, law: Law | "keys", now: number): void {
    const payload = to.payload;
    if (payload === undefined) return;
    const header = this.#header;
    const type = law === "keys" ? payload.keysType : payload.audioType;
    if (type < 0) return;
    if (law !== "keys" && law !== payload.law) {
      transcodeInPlace(transcodeTable(law, payload.law), packet, header.payloadOffset, header.payloadLength);
    }
    if (!to.sender.forward(packet, header, leg.number, type, now)) return;
    if (law !== "keys") to.levels?.addOut(payload.law, packet, header.payloadOffset, header.payloadLength);
    this.#send(to, packet, length);
  }

  /** Nothing of ours is due to this leg: a few packets open the way, then one keeps it open when nothing was sent for a second. */
  sendStill(leg: MediaLeg, now: number): void {
    if (!leg.maySend) return;
    const silentMs = now - leg.sender.sentAtMs;
    if (leg.opening > 0) {
      leg.opening -= 1;
      const relays = leg.mode === "relay" && leg.sender.packetsSent > 0;
      if (!relays || silentMs >= silentAfterMs) return this.#sendSilence(leg, now);
    }
    if (silentMs >= keepOpenEveryMs) this.#sendSilence(leg, now);
  }

  #sendSilence(leg: MediaLeg, now: number): void {
    leg.fillSilence();
    this.#sendOwn(leg, now);
  }

  #sendSum(leg: MediaLeg, now: number): void {
    const payload = leg.payload;
    if (payload === undefined) return;
    const player = leg.play?.player;
    player?.fill(this.#frame);
    if (leg.mode === "play") {
      encodeInto(payload.law, this.#frame, 0, frameSamples, leg.packet, rtpHeaderBytes);
    } else {
      this.#mixer.clear();
      if (player !== undefined) this.#mixer.add(this.#frame);
      for (const source of leg.sources) if (source.frameHeard) this.#mixer.add(source.frame);
      this.#mixer.encodeTo(encodeTable(payload.law), leg.packet, rtpHeaderBytes);
    }
    this.#sendOwn(leg, now);
    if (player?.finished === true) this.#listener.playFinished(leg, now);
  }

  #sendKeys(leg: MediaLeg, now: number): void {
    const payload = leg.payload;
    if (payload === undefined) return;
    if (leg.keyTones !== undefined) {
      leg.keyTones.fill(this.#frame);
      encodeInto(payload.law, this.#frame, 0, frameSamples, leg.packet, rtpHeaderBytes);
      this.#sendOwn(leg, now);
      if (leg.keyTones.finished) nextTones(leg);
      return;
    }
    const step = leg.keySender.tick(leg.packet, rtpHeaderBytes);
    if (step === "first" || step === "more") {
      leg.sender.nextKey(leg.packet, payload.keysType, step === "first", step === "first", now);
      this.#send(leg, leg.packet, rtpHeaderBytes + 4);
    } else {
      this.#sendSilence(leg, now);
    }
  }

  #sendOwn(leg: MediaLeg, now: number): void {
    const payload = leg.payload;
    if (payload === undefined) return;
    leg.levels?.addOut(payload.law, leg.packet, rtpHeaderBytes, frameSamples);
    leg.sender.next(leg.packet, payload.audioType, frameSamples, frameSamples, now);
    this.#send(leg, leg.packet, rtpHeaderBytes + frameSamples);
  }

  #send(leg: MediaLeg, packet: Uint8Array, length: number): void {
    this.packetsSent += 1;
    leg.port.sendRtp(leg, packet, length);
  }
}
