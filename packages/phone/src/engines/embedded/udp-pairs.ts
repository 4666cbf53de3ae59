import { PortPool, type PortRange } from "./ports.ts";
import { UdpPair } from "./udp-pair.ts";

/** What is still on its way to an ended call has come after this long, and is dropped. */
const restMs = 2_000;

/** As many pairs stay open for the calls to come, those of two busy seconds: opening two sockets costs more than all else a leg needs. */
const idleMax = 512;

/** How many ports that somebody else holds are tried before giving up. */
const bindAttemptsMax = 500;

/** So many pairs are bound ahead of the next legs, fewer where the range is small, and none where it is tiny. */
export const readyMax = 32;
const readyShare = 1 / 16;

type Idle = { readonly pair: UdpPair; readonly since: number };

/** Socket pairs for plain legs: those of ended calls are used again when they have rested. */
export class UdpPairs {
  readonly #ports: PortPool;
  readonly #bindAddress: string;
  readonly #now: () => number;
  /** The longest idle first. */
  readonly #idle: Idle[] = [];
  /** Told to be ready, by port. */
  readonly #ready = new Map<number, UdpPair>();
  readonly #readyWanted: number;
  readonly #closing = new Set<Promise<void>>();
  #preparing = false;
  #closed = false;

  constructor(range: PortRange, bindAddress: string, now: () => number) {
    this.#ports = new PortPool(range);
    this.#bindAddress = bindAddress;
    this.#now = now;
    this.#readyWanted = Math.min(readyMax, Math.floor(this.#ports.size * readyShare));
  }

  /** All pairs there can be. */
  get size(): number {
    return this.#ports.size;
  }

  /** Undefined when all ports are in use, by us or by somebody else. */
  async take(): Promise<UdpPair | undefined> {
    return this.#takeIdle(restMs) ?? (await this.#open()) ?? this.#takeIdle(0);
  }

  /** A pair that was told to be ready; undefined when there is none on this port. */
  takeReady(port: number): UdpPair | undefined {
    const pair = this.#ready.get(port);
    this.#ready.delete(port);
    return pair;
  }

  /** Binds pairs ahead when half of those that should be ready are gone. @returns their ports */
  async prepare(): Promise<readonly number[]> {
    const ports: number[] = [];
    if (this.#preparing || this.#ready.size * 2 > this.#readyWanted) return ports;
    this.#preparing = true;
    while (this.#ready.size < this.#readyWanted && !this.#closed) {
      const pair = this.#takeIdle(restMs) ?? (await this.#open());
      if (pair === undefined) break;
      this.#ready.set(pair.port, pair);
      ports.push(pair.port);
    }
    this.#preparing = false;
    if (this.#closed) this.#closeReady();
    return ports;
  }

  /** The leg is over. */
  give(pair: UdpPair): void {
    pair.listener = undefined;
    this.#idle.push({ pair, since: this.#now() });
    if (this.#idle.length > idleMax || this.#closed) this.#closeOldest();
  }

  /** Resolves when all ports are free. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closeReady();
    while (this.#idle.length > 0) this.#closeOldest();
    await Promise.all(this.#closing);
  }

  #takeIdle(restedMs: number): UdpPair | undefined {
    const oldest = this.#idle[0];
    if (oldest === undefined || this.#now() - oldest.since < restedMs) return undefined;
    this.#idle.shift();
    return oldest.pair;
  }

  async #open(): Promise<UdpPair | undefined> {
    for (let attempt = 0; attempt < bindAttemptsMax; attempt += 1) {
      const port = this.#ports.take();
      if (port === undefined) return undefined;
      const pair = await UdpPair.open(port, this.#bindAddress);
      if (pair !== undefined) return pair;
      // Somebody else has it now; later it may be free again.
      this.#ports.release(port);
    }
    return undefined;
  }

  #closeOldest(): void {
    const oldest = this.#idle.shift();
    if (oldest !== undefined) this.#closePair(oldest.pair);
  }

  #closeReady(): void {
    for (const pair of this.#ready.values()) this.#closePair(pair);
    this.#ready.clear();
  }

  #closePair(pair: UdpPair): void {
    const closing = pair.close().then(() => this.#ports.release(pair.port));
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
