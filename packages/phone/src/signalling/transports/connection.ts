import type { Socket } from "node:net";
import { type ParseResult, type Peer, StreamParser } from "@centrala/sip";

export interface ConnectionEvents {
  readonly onResult: (result: ParseResult, source: Peer) => void;
  readonly onClosed: (connection: Connection, transactionKeys: readonly string[]) => void;
}

const keysMax = 64;
const sendQueueBytesMax = 1024 * 1024;
const ping = new Uint8Array([13, 10]);
/** A stranger has this long for its first whole message. */
const firstMessageMs = 30_000;
/** Phones register at least once an hour; a connection that was silent for longer is dead. */
const idleMs = 4_000_000;
const connectMs = 10_000;

/** One TCP or TLS connection, whoever opened it (RFC 3261 section 18). */
export class Connection {
  readonly peer: Peer;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #parser = new StreamParser();
  /** Requests that were sent by it, so that its end can be told to their transactions. */
  readonly #keys = new Set<string>();
  #closed = false;

  /** @param peer with the connection's own id */
  constructor(socket: Socket, peer: Peer, opened: "by-us" | "by-them", events: ConnectionEvents) {
    this.#socket = socket;
    this.peer = peer;
    this.#events = events;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.setTimeout(opened === "by-us" ? connectMs : firstMessageMs, () => socket.destroy());
    socket.on(opened === "by-us" && peer.transport === "TLS" ? "secureConnect" : "connect", () => {
      socket.setTimeout(idleMs);
    });
    socket.on("data", (bytes: Uint8Array) => this.#data(bytes));
    // The error itself is in the closing: whoever waits is told there.
    socket.on("error", () => {});
    socket.on("close", () => this.#end());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** False when the connection is gone or its queue is full; then it is closed. */
  send(bytes: Uint8Array, transactionKey: string | undefined): boolean {
    if (this.#closed || this.#socket.destroyed) return false;
    if (this.#socket.writableLength > sendQueueBytesMax) {
      this.#socket.destroy();
      return false;
    }
    if (transactionKey !== undefined) this.#remember(transactionKey);
    this.#socket.write(bytes);
    return true;
  }

  close(): void {
    this.#socket.destroy();
  }

  #remember(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= keysMax) return;
    const oldest = this.#keys.values().next().value;
    if (oldest !== undefined) this.#keys.delete(oldest);
  }

  #data(bytes: Uint8Array): void {
    this.#parser.push(bytes);
    for (let result = this.#parser.next(); result !== undefined; result = this.#parser.next()) {
      if (result.ok) this.#socket.setTimeout(idleMs);
      this.#events.onResult(result, this.peer);
    }
    for (let pings = this.#parser.takePings(); pings > 0; pings -= 1) this.#socket.write(ping);
    // Answers to what broke the framing are still written before the end.
    if (this.#parser.failed) this.#socket.end();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.onClosed(this, [...this.#keys]);
  }
}
