import type { ClientMessage, ServerMessage } from "@centrala/contract";

/** The part of a WebSocket that is used, so that tests can give their own. */
export type SocketLike = {
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event?: { readonly code: number }) => void) | null;
};
export type ConnectionStatus = "connecting" | "open" | "away";

type ConnectionOptions = {
  readonly open: () => SocketLike;
  readonly now: () => number;
  readonly random: () => number;
  readonly hello: () => Extract<ClientMessage, { kind: "hello" }>;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onStatus: (status: ConnectionStatus) => void;
};

export const silenceMsMax = 30_000;
const backoffMsMin = 500;
const backoffMsMax = 15_000;
/** Close code of a server with which this person has too many tabs; returning at once would push the next tab out. */
const tooManyTabs = 4003;
const crowdedMs = 60_000;

/** How long to wait before the n-th try in a row (0 first): doubling, at most 15 s, half of it jitter. */
export function backoffMs(tries: number, random: number): number {
  const full = Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(tries, 10));
  return full / 2 + (full / 2) * random;
}

/** One WebSocket that comes back by itself: hello with resume, pongs, and a watch over silence. */
export class Connection {
  readonly #options: ConnectionOptions;
  #socket: SocketLike | null = null;
  #tries = 0;
  #heardAt = 0;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #watch: ReturnType<typeof setInterval> | null = null;
  #closed = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  start(): void {
    if (!this.#closed) return;
    this.#closed = false;
    this.#watch = setInterval(() => this.#checkSilence(), 5_000);
    this.#connect();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#retry = null;
    this.#watch = null;
    this.#drop();
  }

  /** Tries again at once, for example when the browser says it is online. */
  retryNow(): void {
    if (this.#closed || this.#retry === null) return;
    clearTimeout(this.#retry);
    this.#retry = null;
    this.#connect();
  }

  /** False when there is no connection: nothing is queued, because what was meant may be stale by then. */
  send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #connect(): void {
    const socket = this.#options.open();
    this.#socket = socket;
    this.#heardAt = this.#options.now();
    socket.onopen = () => this.send(this.#options.hello());
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#lost(socket, event?.code ?? 0);
  }

  #receive(socket: SocketLike, data: unknown): void {
    if (socket !== this.#socket || typeof data !== "string") return;
    this.#heardAt = this.#options.now();
    const message = parse(data);
    if (!message) return;
    if (message.kind === "welcome") {
      this.#tries = 0;
      this.#options.onStatus("open");
    }
    if (message.kind === "ping") this.send({ kind: "pong" });
    this.#options.onMessage(message);
  }

  #lost(socket: SocketLike, code: number): void {
    if (socket !== this.#socket || this.#closed) return;
    this.#socket = null;
    this.#options.onStatus("away");
    const wait = code === tooManyTabs ? crowdedMs : backoffMs(this.#tries, this.#options.random());
    this.#tries += 1;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#connect();
    }, wait);
  }

  #checkSilence(): void {
    const socket = this.#socket;
    if (!socket || this.#options.now() - this.#heardAt < silenceMsMax) return;
    // A half-open connection never fires its close event in time; the last truth is marked stale now.
    this.#drop();
    this.#socket = socket;
    this.#lost(socket, 0);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}

function parse(data: string): ServerMessage | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && "kind" in value ? (value as ServerMessage) : null;
  } catch {
    return null;
  }
}
