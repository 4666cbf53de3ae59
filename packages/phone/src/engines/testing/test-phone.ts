import { createSocket, type Socket } from "node:dgram";
import type { MediaEngine, MediaEvent, RemoteAudio } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";
import {
  decodeTable,
  encodeG711,
  KeyReceiver,
  KeySender,
  type Law,
  parseRtp,
  RtpHeader,
  RtpSender,
  sine,
  toneLevel,
} from "@centrala/media";

const keysType = 101;
/** What comes later than this is a gap, in which a telephone plays silence. */
const gapMs = 60;

/** A telephone for tests: speaks a tone over real RTP, hears, presses keys. Closed by its test. */
export class TestPhone {
  readonly legId: string;
  readonly law: Law;
  readonly keysHeard: string[] = [];
  readonly headers: { readonly ssrc: number; readonly sequence: number; readonly timestamp: number }[] = [];
  readonly #socket: Socket;
  readonly #sender = new RtpSender(new SeededRandom(77));
  readonly #keySender = new KeySender(80, 60);
  readonly #keyReceiver = new KeyReceiver();
  readonly #header = new RtpHeader();
  readonly #tone: Uint8Array;
  readonly #waiting: { readonly samples: number; readonly done: () => void }[] = [];
  #heard = new Int16Array(8_000 * 60);
  #heardSamples = 0;
  #heardAt = performance.now();
  #gaps: NodeJS.Timeout | undefined;
  #speech: Uint8Array = new Uint8Array(0);
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;
  #target = 0;

  private constructor(legId: string, law: Law, hz: number, socket: Socket) {
    this.legId = legId;
    this.law = law;
    this.#socket = socket;
    // One second of a tone of whole hertz repeats without a click.
    this.#tone = encodeG711(law, sine(hz, 1_000, -15));
    socket.on("message", (packet) => this.#hear(packet));
  }

  /** A phone whose leg is open in the engine and knows where to send. @param hz of the tone it speaks */
  static async connect(engine: MediaEngine, legId: string, law: Law, hz: number): Promise<TestPhone> {
    const opened = await engine.openRtpLeg(legId);
    if (!opened.ok) throw new Error(`${opened.code}: ${opened.message}`);
    const socket = createSocket("udp4");
    await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
    const phone = new TestPhone(legId, law, hz, socket);
    phone.#target = opened.value.port;
    engine.command({ kind: "setRemote", legId, remote: phone.remote() });
    return phone;
  }

  get port(): number {
    return this.#target;
  }

  /** Where it hears. */
  get ownPort(): number {
    return this.#socket.address().port;
  }

  remote(changes: Partial<RemoteAudio> = {}): RemoteAudio {
    return {
      address: "127.0.0.1",
      port: this.#socket.address().port,
      codec: this.law === "alaw" ? "pcma" : "pcmu",
      payloadType: this.law === "alaw" ? 8 : 0,
      telephoneEventPayloadType: keysType,
      ptimeMs: 20,
      sends: true,
      receives: true,
      ...changes,
    };
  }

  /** Starts to speak: a packet every 20 ms, by the clock. */
  speak(): this {
    const startedAt = performance.now();
    let ticks = 0;
    this.#timer ??= setInterval(() => {
      for (; ticks * 20 <= performance.now() - startedAt; ticks += 1) this.#tick(startedAt + ticks * 20);
    }, 5);
    return this;
  }

  hush(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  press(keys: string): void {
    this.#keySender.push(keys);
  }

  /** Sends to another leg's port from now on. */
  aim(port: number): void {
    this.#target = port;
  }

  /** Sends any bytes to the leg's port, or to the one for reports beside it. */
  throwAt(bytes: Uint8Array, port = this.#target): void {
    this.#socket.send(bytes, port, "127.0.0.1");
  }

  /** Says something else than its tone, once and as loud as it is. @param samples 8 kHz */
  say(samples: Int16Array): void {
    this.#speech = encodeG711(this.law, samples);
  }

  /** What is heard from now on, when it is `ms` long. */
  async listen(ms: number): Promise<Int16Array> {
    const from = this.#heardSamples;
    this.#heardAt = performance.now();
    this.#gaps ??= setInterval(() => this.#playGap(), 20);
    await new Promise<void>((done) => this.#waiting.push({ samples: from + ms * 8, done }));
    return this.#heard.slice(from, from + ms * 8);
  }

  /** Levels of some tones in the next `ms`, in whole dBFS. */
  async levels(ms: number, ...hz: readonly number[]): Promise<number[]> {
    const samples = await this.listen(ms);
    return hz.map((one) => Math.round(toneLevel(samples, one)));
  }

  /**
   * Listens, `ms` at a time, until some tones are there and others are not, in the same stretch of sound. A machine that is
   * busy for a moment tears a hole into one stretch; what is wrong for good is wrong in all of them.
   */
  async untilHears(ms: number, there: readonly number[], absent: readonly number[] = []): Promise<void> {
    let levels: number[] = [];
    for (let heardMs = 0; heardMs < 10_000; heardMs += ms) {
      levels = await this.levels(ms, ...there, ...absent);
      if (levels.every((level, index) => (index < there.length ? level > -18 : level < -45))) return;
    }
    throw new Error(`${this.legId} hears ${[...there, ...absent].join(", ")} Hz with ${levels.join(", ")} dBFS`);
  }

  /** Listens until a tone is there (or gone), 50 ms at a time. */
  async untilTone(hz: number, isThere = true): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      const level = toneLevel(await this.listen(50), hz);
      if (isThere ? level > -25 : level < -45) return;
    }
    throw new Error(`${hz} Hz did not ${isThere ? "come" : "go"} within 10 s`);
  }

  close(): Promise<void> {
    this.hush();
    clearInterval(this.#gaps);
    return new Promise((done) => this.#socket.close(() => done()));
  }

  #tick(now: number): void {
    const packet = new Uint8Array(172);
    const step = this.#keySender.tick(packet, 12);
    if (step === "first" || step === "more") {
      this.#sender.nextKey(packet, keysType, step === "first", step === "first", now);
      this.#socket.send(packet.subarray(0, 16), this.#target, "127.0.0.1");
      return;
    }
    const said = this.#speech.subarray(0, 160);
    this.#speech = this.#speech.subarray(said.length);
    packet.set(this.#tone.subarray(this.#sent % 8_000, (this.#sent % 8_000) + 160), 12);
    packet.set(said, 12);
    this.#sent += 160;
    this.#sender.next(packet, this.law === "alaw" ? 8 : 0, 160, 160, now);
    this.#socket.send(packet, this.#target, "127.0.0.1");
  }

  #hear(packet: Uint8Array): void {
    const header = this.#header;
    if (!parseRtp(packet, packet.length, header)) return;
    const { ssrc, sequence, timestamp, payloadOffset, payloadLength } = header;
    this.headers.push({ ssrc, sequence, timestamp });
    if (header.payloadType === keysType) {
      const key = this.#keyReceiver.receive(packet, payloadOffset, payloadLength, header, performance.now());
      if (key !== undefined) this.keysHeard.push(key);
      return;
    }
    const table = decodeTable(header.payloadType === 8 ? "alaw" : "ulaw");
    for (let index = 0; index < payloadLength; index += 1) {
      this.#heard[this.#heardSamples + index] = table[packet[payloadOffset + index] as number] as number;
    }
    this.#heardAt = performance.now();
    this.#played(payloadLength);
  }

  #playGap(): void {
    const missingMs = Math.floor(performance.now() - this.#heardAt);
    if (missingMs < gapMs) return;
    this.#heardAt += missingMs;
    this.#played(missingMs * 8);
  }

  #played(samples: number): void {
    this.#heardSamples += samples;
    for (let at = this.#waiting.length - 1; at >= 0; at -= 1) {
      if ((this.#waiting[at]?.samples ?? 0) <= this.#heardSamples) this.#waiting.splice(at, 1)[0]?.done();
    }
    if (this.#waiting.length > 0) return;
    clearInterval(this.#gaps);
    this.#gaps = undefined;
  }
}

/** Remembers an engine's events and waits for those to come. */
export class EventLog {
  readonly events: MediaEvent[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(engine: MediaEngine) {
    engine.onEvent((event) => {
      this.events.push(event);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** The first event of a kind that fits, now or later. */
  async first<Kind extends MediaEvent["kind"]>(
    kind: Kind,
    fits: (event: Extract<MediaEvent, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<MediaEvent, { kind: Kind }>> {
    for (;;) {
      for (const event of this.events) {
        if (event.kind !== kind) continue;
        const candidate = event as Extract<MediaEvent, { kind: Kind }>;
        if (fits(candidate)) return candidate;
      }
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }
}
