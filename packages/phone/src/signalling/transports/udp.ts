import { createSocket, type Socket } from "node:dgram";
import { isIPv4 } from "node:net";
import type { Peer } from "@centrala/sip";

export interface UdpOptions {
  readonly bind: string;
  readonly port: number;
  readonly onDatagram: (bytes: Uint8Array, source: Peer) => void;
  readonly onError: (error: Error) => void;
}

const receiveBufferBytes = 2 * 1024 * 1024;

/** One UDP socket. Addresses are numbers already, so the socket's own name lookup is left out. */
export class UdpTransport {
  /** Asked of the system once: every message of ours names it. */
  readonly port: number;
  readonly #socket: Socket;
  readonly #mapsIpv4: boolean;

  private constructor(socket: Socket, mapsIpv4: boolean) {
    this.#socket = socket;
    this.#mapsIpv4 = mapsIpv4;
    this.port = socket.address().port;
  }

  /** Rejects with the system's error when the address or port can't be had. */
  static open(options: UdpOptions): Promise<UdpTransport> {
    const six = options.bind.includes(":");
    const socket = createSocket({
      type: six ? "udp6" : "udp4",
      lookup: (host, _options, callback) => callback(null, host, six ? 6 : 4),
    });
    socket.on("message", (bytes, { address, port }) => {
      options.onDatagram(bytes, { transport: "UDP", address: plainAddress(address), port });
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address: options.bind, port: options.port, exclusive: true }, () => {
        socket.off("error", reject);
        socket.on("error", options.onError);
        enlargeBuffer(socket);
        resolve(new UdpTransport(socket, six));
      });
    });
  }

  /** @param onFailure called when the system refuses the datagram (no route, too large) */
  send(bytes: Uint8Array, address: string, port: number, onFailure: () => void): void {
    const target = this.#mapsIpv4 && isIPv4(address) ? `::ffff:${address}` : address;
    try {
      this.#socket.send(bytes, port, target, (error) => {
        if (error !== null) onFailure();
      });
    } catch {
      onFailure();
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

function enlargeBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // The system gives less than asked for; a burst is then met by retransmissions.
  }
}

/** IPv4 addresses as such, even when they came by an IPv6 socket. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
