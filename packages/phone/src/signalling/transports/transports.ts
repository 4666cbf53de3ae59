import { randomUUID } from "node:crypto";
import { connect as connectTcp, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { fail, ok, type Result } from "@centrala/kit";
import type { OutgoingPacket, ParseResult, Peer } from "@centrala/sip";
import { Connection } from "./connection.ts";
import { type Trust, trustOptions } from "./trust.ts";
import { plainAddress, UdpTransport } from "./udp.ts";

export interface TransportsOptions {
  readonly bind: string;
  readonly sipPort: number;
  readonly sipsPort: number | null;
  readonly tls: { readonly certPem: string; readonly keyPem: string } | null;
  /** What the carrier at a place must prove; undefined for a place that is no carrier's. */
  readonly trustOf: (peer: Peer) => Trust | undefined;
  readonly onDatagram: (bytes: Uint8Array, source: Peer) => void;
  readonly onResult: (result: ParseResult, source: Peer) => void;
  /** The request with this key could not be sent, or its connection broke. */
  readonly onFailed: (transactionKey: string) => void;
  /** A connection is gone, whoever opened and closed it; the peer has its id. */
  readonly onClosed: (peer: Peer) => void;
  readonly log: (level: "debug" | "info" | "warn" | "error", message: string, details: Record<string, unknown>) => void;
}

const connectionsMax = 4_000;
const complaintsMax = 1_000;
const connectionsPerSourceMax = 200;
const portTries = 10;
const closeMs = 500;

export type TransportsCode = "SIP_PORT_TAKEN" | "SIP_ADDRESS_UNUSABLE";

/** All sockets of signalling: UDP, TCP and TLS, with connections reused both ways. */
export class Transports {
  readonly #options: TransportsOptions;
  #udp: UdpTransport | undefined;
  readonly #servers: Server[] = [];
  readonly #byId = new Map<string, Connection>();
  /** The newest connection to an address and port. */
  readonly #byPeer = new Map<string, Connection>();
  readonly #perSource = new Map<string, number>();
  /** Bindings outlive the process: an id of an earlier run must not name a connection of this one. */
  readonly #run = randomUUID();
  /** What was said last of a place that could not be connected to. */
  readonly #complaints = new Map<string, string>();
  #lastId = 0;
  #sipsPort: number | null = null;
  #closing = false;

  private constructor(options: TransportsOptions) {
    this.#options = options;
  }

  /** Opens every socket or none. */
  static async open(options: TransportsOptions): Promise<Result<Transports, TransportsCode>> {
    const transports = new Transports(options);
    try {
      await transports.#openAll();
      return ok(transports);
    } catch (error) {
      await transports.close();
      const code = (error as NodeJS.ErrnoException).code;
      const message = error instanceof Error ? error.message : String(error);
      return fail(code === "EADDRINUSE" ? "SIP_PORT_TAKEN" : "SIP_ADDRESS_UNUSABLE", message);
    }
  }

  get sipPort(): number {
    return this.#udp?.port ?? 0;
  }

  get sipsPort(): number | null {
    return this.#sipsPort;
  }

  get connections(): number {
    return this.#byId.size;
  }

  send(packet: OutgoingPacket): void {
    const { bytes, peer, transactionKey } = packet;
    const failed = () => {
      if (transactionKey !== undefined && !this.#closing) this.#options.onFailed(transactionKey);
    };
    if (this.#closing) return;
    if (peer.transport === "UDP") {
      this.#udp?.send(bytes, peer.address, peer.port, failed);
      return;
    }
    const connection = this.#connectionTo(peer);
    if (connection === undefined || !connection.send(bytes, transactionKey)) setImmediate(failed);
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const connection of this.#byId.values()) connection.close();
    // A handshake that hangs must not keep the server from closing.
    const closed = Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, closeMs))]);
    await this.#udp?.close();
    this.#udp = undefined;
  }

  async #openAll(): Promise<void> {
    const { sipPort } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#openPlain();
        break;
      } catch (error) {
        // With port 0 the system chose a UDP port whose TCP twin is taken: another try.
        if (sipPort !== 0 || attempt >= portTries) throw error;
        await this.#udp?.close();
      }
    }
    if (this.#options.sipsPort !== null && this.#options.tls !== null) await this.#openTls(this.#options.sipsPort);
  }

  async #openPlain(): Promise<void> {
    const { bind, sipPort, onDatagram, log } = this.#options;
    this.#udp = await UdpTransport.open({
      bind,
      port: sipPort,
      onDatagram,
      onError: (error) => log("warn", "SIP over UDP reported an error", { error: error.message }),
    });
    const server = createTcpServer((socket) => this.#accept(socket, "TCP"));
    await listen(server, bind, this.#udp.port);
    this.#servers.push(server);
  }

  async #openTls(port: number): Promise<void> {
    const { tls, bind } = this.#options;
    const server = createTlsServer(
      { cert: tls?.certPem, key: tls?.keyPem, minVersion: "TLSv1.2", handshakeTimeout: 10_000 },
      (socket) => this.#accept(socket, "TLS"),
    );
    server.on("tlsClientError", () => {});
    await listen(server, bind, port);
    this.#servers.push(server);
    const address = server.address();
    this.#sipsPort = typeof address === "object" ? (address?.port ?? null) : null;
  }

  #accept(socket: Socket, transport: "TCP" | "TLS"): void {
    const address = plainAddress(socket.remoteAddress ?? "");
    const fromSource = this.#perSource.get(address) ?? 0;
    if (this.#closing || this.#byId.size >= connectionsMax || fromSource >= connectionsPerSourceMax) {
      socket.destroy();
      return;
    }
    this.#keep(socket, { transport, address, port: socket.remotePort ?? 0 }, "by-them");
  }

  #keep(socket: Socket, peer: Peer, opened: "by-us" | "by-them"): Connection {
    this.#lastId += 1;
    const id = `${this.#run}-${this.#lastId}`;
    const named: Peer = { ...peer, connectionId: id };
    const connection = new Connection(socket, named, opened, {
      onResult: this.#options.onResult,
      onClosed: (closed, keys) => this.#closed(closed, keys),
    });
    this.#byId.set(id, connection);
    this.#byPeer.set(peerKey(peer), connection);
    this.#perSource.set(peer.address, (this.#perSource.get(peer.address) ?? 0) + 1);
    return connection;
  }

  #closed(connection: Connection, keys: readonly string[]): void {
    const { peer } = connection;
    this.#byId.delete(peer.connectionId ?? "");
    if (this.#byPeer.get(peerKey(peer)) === connection) this.#byPeer.delete(peerKey(peer));
    const left = (this.#perSource.get(peer.address) ?? 1) - 1;
    if (left > 0) this.#perSource.set(peer.address, left);
    else this.#perSource.delete(peer.address);
    if (this.#closing) return;
    for (const key of keys) this.#options.onFailed(key);
    this.#options.onClosed(peer);
  }

  /**
   * The connection a packet goes by: its own, one to the same place, or a new one (RFC 3261 18.1.1 and 18.2.2). Where the
   * far end had opened its own and closed it, the port it came from listens to nobody: a new one goes where it listens.
   */
  #connectionTo(peer: Peer): Connection | undefined {
    const own = this.#byId.get(peer.connectionId ?? "");
    if (own !== undefined && !own.closed) return own;
    const { transport, elsewhere, serverName } = peer;
    const gone = peer.connectionId !== undefined && elsewhere !== undefined;
    const place: Peer = gone ? { transport, ...elsewhere, ...(serverName && { serverName }) } : peer;
    const known = this.#byPeer.get(peerKey(place));
    if (known !== undefined && !known.closed) return known;
    // Who had opened the connection that is gone, and listens nowhere, can't be reached.
    if (place.connectionId !== undefined) return undefined;
    if (this.#byId.size >= connectionsMax || place.port === 0) return undefined;
    if (gone && (this.#perSource.get(place.address) ?? 0) >= connectionsPerSourceMax) return undefined;
    if (transport !== "TCP" && transport !== "TLS") return undefined;
    return this.#keep(this.#connect(place), place, "by-us");
  }

  #connect(peer: Peer): Socket {
    const { address: host, port } = peer;
    if (peer.transport === "TCP") return connectTcp({ host, port });
    const { tls } = this.#options;
    // A carrier proves its name or address. Telephones have no certificate anybody could vouch for.
    const trust = this.#options.trustOf(peer);
    const socket = connectTls({
      host,
      port,
      cert: tls?.certPem,
      key: tls?.keyPem,
      minVersion: "TLSv1.2",
      ...(trust === undefined ? { rejectUnauthorized: false } : trustOptions(trust, host)),
    });
    socket.on("error", (error) => this.#complain(peer, error.message));
    socket.on("secureConnect", () => this.#complaints.delete(peerKey(peer)));
    return socket;
  }

  /** Says once what is wrong with a carrier that is asked again and again. */
  #complain(peer: Peer, error: string): void {
    const key = peerKey(peer);
    const level = this.#complaints.get(key) === error ? "debug" : "warn";
    if (this.#complaints.size >= complaintsMax) this.#complaints.clear();
    this.#complaints.set(key, error);
    const { address: host, port } = peer;
    this.#options.log(level, "SIP over TLS could not connect", { host, port, error });
  }
}

function peerKey(peer: Peer): string {
  return `${peer.transport}|${peer.address}|${peer.port}`;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    });
  });
}
