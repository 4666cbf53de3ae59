import { createSocket, type Socket } from "node:dgram";

const packetBytes = 172;
const stampAt = 12;

export type VoiceFigures = { readonly sent: number; readonly received: number; readonly delaysMs: readonly number[] };

/** Sockets that speak a 20 ms packet of G.711 fifty times a second to where each was told, and time what comes. */
export class Voice {
  readonly #sockets: Socket[] = [];
  readonly #targets: number[] = [];
  readonly #packets: Buffer[] = [];
  readonly #address: string;
  readonly #byPort = new Map<number, number>();
  #delays: number[] = [];
  #sent = 0;
  #received = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  static async open(address: string, count: number): Promise<Voice> {
    const voice = new Voice(address);
    for (let index = 0; index < count; index += 1) await voice.#add();
    return voice;
  }

  private constructor(address: string) {
    this.#address = address;
  }

  get ports(): number[] {
    return [...this.#byPort.keys()];
  }

  async #add(): Promise<void> {
    const socket = createSocket({ type: "udp4", lookup: (host, _options, done) => done(null, host, 4) });
    await new Promise<void>((resolve) => socket.bind(0, this.#address, resolve));
    const index = this.#sockets.length;
    const packet = Buffer.alloc(packetBytes, 0xd5);
    packet[0] = 0x80;
    packet[1] = 8;
    packet.writeUInt32BE(index + 1, 8);
    socket.on("message", (bytes) => this.#heard(bytes));
    this.#byPort.set(socket.address().port, index);
    this.#sockets.push(socket);
    this.#packets.push(packet);
    this.#targets.push(0);
  }

  /** The socket at `ours` speaks to the server's port from now on. */
  connect(ours: number, theirs: number): void {
    const index = this.#byPort.get(ours);
    if (index !== undefined) this.#targets[index] = theirs;
  }

  speak(serverAddress: string): void {
    const startedAt = performance.now();
    const { length } = this.#sockets;
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 20) * length);
      for (; sent < due; sent += 1) this.#send(sent % length, Math.floor(sent / length), serverAddress);
    }, 1);
  }

  #send(index: number, round: number, serverAddress: string): void {
    const packet = this.#packets[index];
    const target = this.#targets[index] ?? 0;
    if (packet === undefined || target === 0) return;
    packet.writeUInt16BE(round & 0xffff, 2);
    packet.writeUInt32BE((round * 160) >>> 0, 4);
    // The time of sending travels as the first eight samples: what is forwarded untouched comes back with it.
    packet.writeDoubleBE(performance.now(), stampAt);
    this.#sent += 1;
    this.#sockets[index]?.send(packet, 0, packetBytes, target, serverAddress);
  }

  #heard(bytes: Buffer): void {
    if (bytes.length !== packetBytes) return;
    this.#received += 1;
    const delayMs = performance.now() - bytes.readDoubleBE(stampAt);
    if (delayMs >= 0 && delayMs < 10_000) this.#delays.push(delayMs);
  }

  reset(): void {
    this.#sent = 0;
    this.#received = 0;
    this.#delays = [];
  }

  figures(): VoiceFigures {
    return { sent: this.#sent, received: this.#received, delaysMs: this.#delays };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.close();
  }
}
