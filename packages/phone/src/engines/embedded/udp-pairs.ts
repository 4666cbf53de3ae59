import { PortPool, type PortRange } from "./ports.ts";
import { UdpPair } from "./udp-pair.ts";

/** What is still on its way to an ended call has come after this long, and is dropped. */
const restMs = 2_000;

/** As many pairs stay open for the calls to come: opening two sockets costs more than all else a leg needs. */
const idleMax = 256;

/** How many ports that somebody else holds are tried before giving up. */
const bindAttemptsMax = 500;

type Idle = { readonly pair: UdpPair; readonly since: number };

/** Socket pairs for plain legs: those of ended calls are used again when they have rested. */
export class UdpPairs {
  readonly #ports: PortPool;
  readonly #bindAddress: string;
  readonly #now: () => number;
  /** The longest idle first. */
  readonly #idle: Idle[] = [];
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(range: PortRange, bindAddress: string, now: () => number) {
    this.#ports = new PortPool(range);
    this.#bindAddress = bindAddress;
    this.#now = now;
  }

  /** All pairs there can be. */
  get size(): number {
    return this.#ports.size;
  }

  /** Undefined when all ports are in use, by us or by somebody else. */
  async take(): Promise<UdpPair | undefined> {
    return this.#takeIdle(restMs) ?? (await this.#open()) ?? this.#takeIdle(0);
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
    if (oldest === undefined) return;
    const closing = oldest.pair.close().then(() => this.#ports.release(oldest.pair.port));
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}
