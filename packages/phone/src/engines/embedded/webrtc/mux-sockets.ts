import { createSocket, type Socket } from "node:dgram";
import { fail, ok, type Result } from "@centrala/kit";
import type { TransportAddress } from "@centrala/media";

export interface MuxSocketsOptions {
  /** 0 takes any free one, the same for both families. */
  readonly port: number;
  /** One address a family at most. */
  readonly addresses: readonly string[];
  readonly onDatagram: (datagram: Buffer, from: TransportAddress) => void;
}

/** A machine without IPv6 serves browsers over IPv4. */
const noSuchFamily: ReadonlySet<string | undefined> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

/** One UDP port in both families: a socket for each, so that addresses look the same on every machine. */
export class MuxSockets {
  readonly #options: MuxSocketsOptions;
  #four: Socket | undefined;
  #six: Socket | undefined;
  #port = 0;
  failures = 0;

  constructor(options: MuxSocketsOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  /** Datagrams that the system has not taken yet. */
  get queued(): number {
    return Math.max(this.#four?.getSendQueueCount() ?? 0, this.#six?.getSendQueueCount() ?? 0);
  }

  async open(): Promise<Result<void, "RTP_PORT_IN_USE">> {
    // IPv4 first: what IPv6 lacks on this machine must not stop it.
    const ordered = [...this.#options.addresses].sort((a, b) => Number(isSix(a)) - Number(isSix(b)));
    for (const address of ordered) {
      const bound = await this.#bind(address);
      if (!bound.ok && !(bound.code === "NO_SUCH_FAMILY" && this.#four !== undefined)) {
        await this.close();
        return fail("RTP_PORT_IN_USE", bound.message);
      }
    }
    return ok(undefined);
  }

  /** From now on datagrams are given on. */
  listen(): void {
    const { onDatagram } = this.#options;
    for (const socket of this.#all()) socket.on("message", onDatagram);
  }

  send(bytes: Uint8Array, length: number, to: TransportAddress): void {
    (isSix(to.address) ? this.#six : this.#four)?.send(bytes, 0, length, to.port, to.address);
  }

  async close(): Promise<void> {
    const open = this.#all();
    this.#four = undefined;
    this.#six = undefined;
    await Promise.all(open.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  #all(): Socket[] {
    return [this.#four, this.#six].filter((socket) => socket !== undefined);
  }

  #bind(address: string): Promise<Result<void, "RTP_PORT_IN_USE" | "NO_SUCH_FAMILY">> {
    const six = isSix(address);
    const socket = createSocket({
      type: six ? "udp6" : "udp4",
      ipv6Only: six,
      recvBufferSize: 1 << 20,
      // Addresses are never names: nothing to look up, and nothing to wait for.
      lookup: (hostname, _options, callback) => callback(null, hostname, six ? 6 : 4),
    });
    return new Promise((resolve) => {
      socket.once("error", (error: NodeJS.ErrnoException) => {
        socket.close();
        resolve(fail(noSuchFamily.has(error.code) ? "NO_SUCH_FAMILY" : "RTP_PORT_IN_USE", error.message));
      });
      socket.bind({ port: this.#port, address }, () => {
        socket.removeAllListeners("error");
        // An unreachable network makes a send fail; the next check shows whether there is another way.
        socket.on("error", () => {
          this.failures += 1;
        });
        this.#port = socket.address().port;
        if (six) this.#six = socket;
        else this.#four = socket;
        resolve(ok(undefined));
      });
    });
  }
}

function isSix(address: string): boolean {
  return address.includes(":");
}
