import { randomFillSync } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { utf8Encode } from "@centrala/kit";
import {
  decodeTable,
  encodeG711,
  KeyReceiver,
  KeySender,
  type Law,
  PayloadMap,
  parseRtp,
  payloadKinds,
  RtpHeader,
  RtpSender,
  rtpHeaderBytes,
  silenceByte,
} from "@centrala/media";
import { type AudioCodec, createAudioOffer, formatSdp, type NegotiatedAudio } from "@centrala/sip";

const frameSamples = 160;
const frameMs = 20;
const keysPayloadType = 101;
/** Heard sound kept per call at most: ten minutes. */
const heardSamplesMax = 8_000 * 600;

type Speech = { readonly law: Law; readonly samples: Int16Array; position: number; readonly done: () => void };

/**
 * The sound of one simulated telephone: speaks, presses keys by RFC 4733, keeps what it hears. One RTP socket, a packet
 * every 20 ms from the moment it is connected, silence included, as a real telephone does.
 */
export class PhoneAudio {
  readonly #socket: Socket;
  readonly #address: string;
  #sender = new RtpSender({ fill: (out) => void randomFillSync(out) });
  #keys = new KeySender(120, 100);
  readonly #received = new KeyReceiver();
  readonly #header = new RtpHeader();
  readonly #packet = new Uint8Array(rtpHeaderBytes + frameSamples);
  #remote: NegotiatedAudio | undefined;
  #map: PayloadMap | undefined;
  #speech: Speech | undefined;
  #tick: ReturnType<typeof setTimeout> | undefined;
  #nextAt = 0;
  #closed = false;
  #heard: Int16Array = new Int16Array(8_000 * 10);
  #heardLength = 0;
  #firstTimestamp: number | undefined;
  /** Keys heard, in order. */
  keysHeard = "";
  packetsReceived = 0;
  packetsSent = 0;

  static async open(address: string): Promise<PhoneAudio> {
    const audio = new PhoneAudio(address);
    await new Promise<void>((resolve, reject) => {
      audio.#socket.once("error", reject);
      audio.#socket.bind(0, address, () => {
        audio.#socket.off("error", reject);
        audio.#socket.on("error", () => {});
        resolve();
      });
    });
    return audio;
  }

  private constructor(address: string) {
    this.#address = address;
    this.#socket = createSocket({ type: "udp4", lookup: (host, _options, done) => done(null, host, 4) });
    this.#socket.on("message", (bytes) => this.#receive(bytes));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Our side for an offer or answer. */
  local(codecs: readonly AudioCodec[], version = 1): Parameters<typeof createAudioOffer>[0] {
    return {
      address: this.#address,
      port: this.port,
      codecs,
      telephoneEvent: keysPayloadType,
      sessionId: "1",
      sessionVersion: version,
    };
  }

  offer(codecs: readonly AudioCodec[]): Uint8Array {
    return utf8Encode(formatSdp(createAudioOffer(this.local(codecs))));
  }

  /** Sends from now on to where the far end said. */
  connect(remote: NegotiatedAudio): void {
    this.#remote = remote;
    const law: Law = remote.codec === "pcma" ? "alaw" : "ulaw";
    this.#map = new PayloadMap(law, remote.payloadType, remote.telephoneEventPayloadType ?? null);
    if (this.#tick === undefined && !this.#closed) {
      this.#nextAt = performance.now();
      this.#step();
    }
  }

  /** Speaks 8 kHz samples; resolves when they are said, or cut off by the next speech or the end. */
  say(samples: Int16Array): Promise<void> {
    this.#speech?.done();
    return new Promise((resolve) => {
      this.#speech = { law: "alaw", samples, position: 0, done: resolve };
      if (this.#closed) resolve();
    });
  }

  press(keys: string): void {
    this.#keys.push(keys);
  }

  /** What was heard so far, 8 kHz. */
  heard(): Int16Array {
    return this.#heard.subarray(0, this.#heardLength);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#tick);
    this.#speech?.done();
    this.#socket.close();
  }

  #step(): void {
    // Several packets are due when the event loop was busy; a telephone's clock does not stop for that.
    const now = performance.now();
    for (let sent = 0; this.#nextAt <= now && sent < 50; sent += 1) {
      this.#sendFrame(now);
      this.#nextAt += frameMs;
    }
    this.#tick = setTimeout(() => this.#step(), Math.max(1, this.#nextAt - performance.now()));
  }

  #sendFrame(now: number): void {
    const remote = this.#remote;
    const map = this.#map;
    if (remote === undefined || map === undefined || this.#closed) return;
    const key = map.keysType >= 0 ? this.#keys.tick(this.#packet, rtpHeaderBytes) : "idle";
    if (key === "first" || key === "more") {
      this.#sender.nextKey(this.#packet, map.keysType, key === "first", key === "first", now);
      this.#send(rtpHeaderBytes + 4);
      return;
    }
    this.#fill(map.law);
    this.#sender.next(this.#packet, map.audioType, frameSamples, frameSamples, now);
    this.#send(rtpHeaderBytes + frameSamples);
  }

  #fill(law: Law): void {
    const speech = this.#speech;
    this.#packet.fill(silenceByte(law), rtpHeaderBytes);
    if (speech === undefined) return;
    const part = speech.samples.subarray(speech.position, speech.position + frameSamples);
    this.#packet.set(encodeG711(law, part), rtpHeaderBytes);
    speech.position += frameSamples;
    if (speech.position >= speech.samples.length) {
      this.#speech = undefined;
      speech.done();
    }
  }

  #send(length: number): void {
    const remote = this.#remote as NegotiatedAudio;
    this.packetsSent += 1;
    // dgram copies nothing: the packet is overwritten only 20 ms later, when it has long left.
    this.#socket.send(this.#packet, 0, length, remote.remotePort, remote.remoteAddress, () => {});
  }

  #receive(bytes: Uint8Array): void {
    const map = this.#map;
    const header = this.#header;
    if (map === undefined || !parseRtp(bytes, bytes.length, header)) return;
    this.packetsReceived += 1;
    const kind = map.kindOf(header.payloadType);
    if (kind === payloadKinds.keys) {
      this.keysHeard +=
        this.#received.receive(bytes, header.payloadOffset, header.payloadLength, header, performance.now()) ?? "";
    } else if (kind === payloadKinds.alaw || kind === payloadKinds.ulaw)
      this.#keep(bytes, kind === payloadKinds.alaw ? "alaw" : "ulaw");
  }

  #keep(bytes: Uint8Array, law: Law): void {
    const { timestamp, payloadOffset, payloadLength } = this.#header;
    this.#firstTimestamp ??= timestamp;
    const at = (timestamp - this.#firstTimestamp) >>> 0;
    if (at + payloadLength > heardSamplesMax) return;
    if (at + payloadLength > this.#heard.length) {
      const larger = new Int16Array(Math.max(this.#heard.length * 2, at + payloadLength));
      larger.set(this.#heard.subarray(0, this.#heardLength));
      this.#heard = larger;
    }
    const table = decodeTable(law);
    for (let index = 0; index < payloadLength; index += 1)
      this.#heard[at + index] = table[bytes[payloadOffset + index] ?? 0] ?? 0;
    this.#heardLength = Math.max(this.#heardLength, at + payloadLength);
  }
}
