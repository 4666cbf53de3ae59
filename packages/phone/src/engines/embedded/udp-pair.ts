import { createSocket, type Socket } from "node:dgram";
import { isIPv6, SocketAddress } from "node:net";

/** 256 KB hold more than a second of one leg's packets, should the thread ever stall. */
const receiveBufferBytes = 256 * 1024;

/** Whoever has the pair for now. */
export interface PairListener {
  rtp(packet: Uint8Array, address: string, port: number): void;
  rtcp(packet: Uint8Array, address: string, port: number): void;
}

/** Two UDP sockets of one leg after another: RTP on an even port, RTCP on the next one. */
export class UdpPair {
  readonly port: number;
  /** What comes while nobody listens is dropped. */
  listener: PairListener | undefined;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #mapsIpv4: boolean;
  #closed = false;
  /** Sends that the system refused (no route, buffer full). */
  sendErrors = 0;

  private constructor(rtp: Socket, rtcp: Socket, port: number, mapsIpv4: boolean) {
    this.port = port;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#mapsIpv4 = mapsIpv4;
  }

  /** Binds both ports; undefined when either is taken by somebody else. */
  static async open(port: number, bindAddress: string): Promise<UdpPair | undefined> {
    const rtp = await bind(port, bindAddress);
    const rtcp = rtp === undefined ? undefined : await bind(port + 1, bindAddress);
    if (rtp === undefined || rtcp === undefined) {
      rtp?.close();
      return undefined;
    }
    const pair = new UdpPair(rtp, rtcp, port, bindAddress.includes(":"));
    for (const socket of [rtp, rtcp]) {
      socket.on("error", () => {
        pair.sendErrors += 1;
      });
    }
    rtp.on("message", (packet, from) => pair.listener?.rtp(packet, from.address, from.port));
    rtcp.on("message", (packet, from) => pair.listener?.rtcp(packet, from.address, from.port));
    return pair;
  }

  /** How the sockets write an address: IPv6 in its short form, and an IPv4 one mapped where the sockets are IPv6. */
  addressOf(address: string): string {
    if (address.includes(":") && isIPv6(address)) return new SocketAddress({ address, family: "ipv6" }).address;
    return this.#mapsIpv4 && !address.includes(":") ? `::ffff:${address}` : address;
  }

  sendRtp(packet: Uint8Array, length: number, address: string, port: number): void {
    if (!this.#closed) this.#rtp.send(packet, 0, length, port, address);
  }

  sendRtcp(packet: Uint8Array, address: string, port: number): void {
    if (!this.#closed) this.#rtcp.send(packet, 0, packet.length, port, address);
  }

  /** Resolves when both ports are free again. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([this.#rtp, this.#rtcp].map((socket) => new Promise<void>((done) => socket.close(() => done()))));
  }
}

function bind(port: number, address: string): Promise<Socket | undefined> {
  const ipv6 = address.includes(":");
  const socket = createSocket({
    type: ipv6 ? "udp6" : "udp4",
    recvBufferSize: receiveBufferBytes,
    // Addresses are numbers always; the default look-up would cost a trip through the thread pool a packet.
    lookup: (host, _options, done) => done(null, host, ipv6 ? 6 : 4),
  });
  return new Promise((resolve) => {
    socket.once("error", () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ port, address, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}
