import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { required, utf8Encode } from "@centrala/kit";
import { HmacSha1, SrtpReceiver, SrtpSender, StunWriter, stunAttribute, stunType } from "@centrala/media";
import { DtlsClient } from "werift";
import { type DtlsCertificate, newDtlsCertificate } from "./dtls-session.ts";

/** Packets that came, as hexadecimal, and a way to wait for what has not come yet. */
type Check = () => boolean;

/** A browser for tests: one peer connection with one socket, driven step by step. */
export class TestBrowser {
  readonly received: { readonly kind: "rtp" | "rtcp"; readonly bytes: Buffer }[] = [];
  /** Error codes of refused checks; 0 for an answered one. */
  readonly checkAnswers: number[] = [];
  readonly #socket: Socket;
  readonly #address: string;
  readonly #waiters: { readonly check: Check; readonly resolve: () => void }[] = [];
  readonly #certificate: DtlsCertificate;
  readonly #sessionId = randomBytes(4).readUInt32BE(0);
  #ufrag = randomBytes(4).toString("hex");
  #version = 0;
  #server = { ufrag: "", password: "", port: 0 };
  #dtls: DtlsClient | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #deliverDtls: (datagram: Buffer, from: readonly [string, number]) => void = () => {};
  #sequence = 1;

  private constructor(certificate: DtlsCertificate, address: string) {
    this.#certificate = certificate;
    this.#address = address;
    this.#socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    this.#socket.on("message", (datagram) => this.#take(datagram));
  }

  /** @param address a loopback address, of the browser and of the server */
  static async start(address = "127.0.0.1"): Promise<TestBrowser> {
    const browser = new TestBrowser(await newDtlsCertificate(), address);
    await new Promise<void>((resolve) => browser.#socket.bind(0, address, resolve));
    return browser;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** @param fingerprintOf whose certificate the offer claims */
  offer(fingerprintOf: DtlsCertificate = this.#certificate): string {
    const digest = createHash("sha256").update(new X509Certificate(fingerprintOf.certPem).raw).digest("hex");
    this.#version += 1;
    return [
      "v=0",
      `o=- ${this.#sessionId} ${this.#version} IN IP4 127.0.0.1`,
      "s=-",
      "t=0 0",
      "a=group:BUNDLE 0",
      "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126",
      "c=IN IP4 0.0.0.0",
      "a=mid:0",
      "a=rtcp-mux",
      `a=ice-ufrag:${this.#ufrag}`,
      `a=ice-pwd:${"p".repeat(24)}`,
      `a=fingerprint:sha-256 ${digest.replace(/..(?=.)/g, "$&:")}`,
      "a=setup:actpass",
      "a=sendrecv",
      "a=rtpmap:111 opus/48000/2",
      "a=rtpmap:126 telephone-event/8000",
      "",
    ].join("\r\n");
  }

  /** The next offer restarts ICE. */
  restartIce(): void {
    this.#ufrag = randomBytes(4).toString("hex");
  }

  accept(sdpAnswer: string): void {
    const find = (pattern: RegExp) => required(pattern.exec(sdpAnswer)?.[1], String(pattern));
    this.#server = {
      ufrag: find(/a=ice-ufrag:(\S+)/),
      password: find(/a=ice-pwd:(\S+)/),
      port: Number(find(/m=audio (\d+)/)),
    };
  }

  /** One connectivity check. */
  check(password = this.#server.password): void {
    const check = new StunWriter()
      .begin(stunType.bindingRequest, randomBytes(12))
      .text(stunAttribute.username, `${this.#server.ufrag}:${this.#ufrag}`)
      .attribute(stunAttribute.iceControlling, new Uint8Array(8))
      .attribute(stunAttribute.useCandidate, new Uint8Array(0))
      .integrity(new HmacSha1(utf8Encode(password)))
      .finish();
    this.raw(check);
  }

  raw(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#server.port, this.#address);
  }

  /** Checks, then the handshake; resolves when this side has keys. */
  async connect(): Promise<void> {
    const answered = this.checkAnswers.length;
    this.check();
    await this.until(() => this.checkAnswers.length > answered);
    await this.handshake();
  }

  handshake(): Promise<void> {
    const transport = {
      type: "test",
      address: { address: "", port: 0, family: "IPv4" },
      closed: false,
      onData: (_datagram: Buffer, _from: readonly [string, number]) => {},
      send: async (datagram: Buffer) => this.raw(datagram),
      close: async () => {},
    };
    const dtls = new DtlsClient({
      transport,
      cert: this.#certificate.certPem,
      key: this.#certificate.keyPem,
      signatureHash: { signature: 3, hash: 4 },
      srtpProfiles: [1],
      extendedMasterSecret: true,
    });
    this.#dtls = dtls;
    this.#deliverDtls = (datagram, from) => transport.onData(datagram, from);
    return new Promise((resolve) => {
      dtls.onConnect.once(() => {
        const keys = dtls.extractSessionKeys(16, 14);
        this.#sender = new SrtpSender({ key: keys.localKey, salt: keys.localSalt });
        this.#receiver = new SrtpReceiver({ key: keys.remoteKey, salt: keys.remoteSalt });
        resolve();
      });
      void dtls.connect();
    });
  }

  /** Sends one RTP packet with `payload`; gives its plain bytes. */
  speak(payload: Uint8Array, payloadType = 8): Buffer {
    const plain = Buffer.concat([Buffer.from("8008000000000000b00b1e55", "hex"), payload]);
    plain[1] = payloadType;
    plain.writeUInt16BE(this.#sequence, 2);
    plain.writeUInt32BE(this.#sequence * 160, 4);
    this.#sequence += 1;
    const room = Buffer.concat([plain, Buffer.alloc(10)]);
    required(this.#sender, "keys").protect(room, plain.length);
    this.raw(room);
    return plain;
  }

  report(compound: Uint8Array): void {
    const room = Buffer.concat([compound, Buffer.alloc(14)]);
    required(this.#sender, "keys").protectRtcp(room, compound.length);
    this.raw(room);
  }

  /** Resolves as soon as `check` is true after a datagram. */
  until(check: Check): Promise<void> {
    if (check()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ check, resolve }));
  }

  /** As a closed page: the session's end is told. */
  hangUp(): void {
    const dtls = required(this.#dtls, "a DTLS session");
    const header = { type: 21, version: 0xfefd, epoch: 1, sequenceNumber: 9 };
    const secret = dtls.cipher.cipher.encrypt(dtls.sessionType, Buffer.from("0100", "hex"), header);
    const record = Buffer.concat([Buffer.from("15fefd00010000000000090000", "hex"), secret]);
    record.writeUInt16BE(secret.length, 11);
    this.raw(record);
  }

  close(): void {
    this.#socket.close();
  }

  #take(datagram: Buffer): void {
    const first = datagram[0] ?? 0;
    if (first < 4) this.checkAnswers.push(datagram.readUInt16BE(0) === stunType.bindingSuccess ? 0 : 1);
    else if (first < 64) this.#deliverDtls(datagram, [this.#address, this.#server.port]);
    else this.#takeMedia(datagram);
    const waiting = this.#waiters.splice(0);
    for (const waiter of waiting) {
      if (waiter.check()) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }

  #takeMedia(datagram: Buffer): void {
    const isRtcp = (datagram[1] ?? 0) >= 192 && (datagram[1] ?? 0) <= 223;
    const length = isRtcp
      ? this.#receiver?.unprotectRtcp(datagram, datagram.length)
      : this.#receiver?.unprotect(datagram, datagram.length);
    if (length === undefined || length < 0) return;
    this.received.push({ kind: isRtcp ? "rtcp" : "rtp", bytes: Buffer.from(datagram.subarray(0, length)) });
  }
}
