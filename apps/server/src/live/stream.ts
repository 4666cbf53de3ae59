import type { ServerMessage } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { Rights } from "./rights.ts";

/** The part of a WebSocket that live push uses. */
export type LiveSocket = {
  readonly bufferedAmount: number;
  send(text: string | Buffer, options: { binary: boolean }): void;
  close(code: number, reason: string): void;
  terminate(): void;
};
type Numbered = Extract<ServerMessage, { seq: number }>;
type Unnumbered<T> = T extends { seq: number } ? Omit<T, "seq"> : never;
/** A message that the stream gives its number. */
export type Push = Unnumbered<Exclude<Numbered, { kind: "welcome" }>>;

const asText = { binary: false };
const keptMax = 64;
/** Above this the browser does not keep up: views are left out until it does, because only the newest counts. */
export const bufferedBytesSoftMax = 512 * 1024;
const bufferedBytesMax = 8 * 1024 * 1024;

/**
 * What one tab is sent. What must not be missed is numbered and kept, so that a tab that comes back gets it; views are not:
 * whoever comes back gets whole ones. A stream outlives its socket for a while.
 */
export class Stream {
  readonly id: string;
  readonly operatorId: string;
  readonly sessionId: string;
  readonly tabId: string;
  seq = 0;
  socket: LiveSocket | null = null;
  levels = false;
  /** Since when no socket is there. */
  detachedAt: Instant | null = null;
  heardAt: Instant;
  readonly #rights: () => Rights;
  #wants = { desk: false, floor: false };
  readonly #kept: { readonly seq: number; readonly text: string }[] = [];

  /** @param rights of its person, asked for with everything that is sent */
  constructor(id: string, operatorId: string, sessionId: string, tabId: string, now: Instant, rights: () => Rights) {
    this.#rights = rights;
    this.id = id;
    this.operatorId = operatorId;
    this.sessionId = sessionId;
    this.tabId = tabId;
    this.heardAt = now;
  }

  get rights(): Rights {
    return this.#rights();
  }

  /** What its page shows; it gets that for as long as it may. */
  wants(what: { readonly desk?: boolean; readonly floor?: boolean }): void {
    this.#wants = { ...this.#wants, ...what };
  }

  get desk(): boolean {
    return this.#wants.desk && this.rights.desk;
  }

  get floor(): boolean {
    return this.#wants.floor && this.rights.floor;
  }

  /** Numbers, keeps and sends a message. */
  push(message: Push): void {
    this.seq += 1;
    const text = JSON.stringify({ ...message, seq: this.seq });
    this.#kept.push({ seq: this.seq, text });
    if (this.#kept.length > keptMax) this.#kept.shift();
    this.#write(text);
  }

  /** Sends what many tabs get alike: encoded once. */
  share(text: Buffer): void {
    this.#write(text);
  }

  /** Sends what has no number and is worth nothing later. */
  tell(message: Exclude<ServerMessage, Numbered> | Extract<ServerMessage, { kind: "welcome" }>): void {
    this.#write(JSON.stringify(message));
  }

  /** Sends again what came after `seq`; false when some of it is forgotten, and whole views are needed. */
  replay(seq: number): boolean {
    if (seq > this.seq) return false;
    const first = this.#kept[0]?.seq ?? this.seq + 1;
    if (seq + 1 < first) return false;
    for (const kept of this.#kept) if (kept.seq > seq) this.#write(kept.text);
    return true;
  }

  /** Nothing that was sent so far is sent again. */
  forget(): void {
    this.#kept.length = 0;
  }

  /** Whether a view sent now would wait behind others in the socket. */
  get congested(): boolean {
    return this.socket !== null && this.socket.bufferedAmount > bufferedBytesSoftMax;
  }

  #write(text: string | Buffer): void {
    if (this.socket === null) return;
    if (this.socket.bufferedAmount > bufferedBytesMax) {
      this.socket.terminate();
      return;
    }
    this.socket.send(text, asText);
  }
}

/** A message as bytes, to be sent to many. */
export function encode(message: Exclude<ServerMessage, Numbered>): Buffer {
  return Buffer.from(JSON.stringify(message));
}
