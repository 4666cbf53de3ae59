import { lookup, resolveSrv } from "node:dns/promises";
import { isIP } from "node:net";
import type { Entropy, Instant } from "@centrala/kit";
import { defaultPort, type Peer, type Transport } from "@centrala/sip";
import type { NameResolver } from "./types.ts";

const freshMs = 60_000;
/** An answer that can't be renewed is used on for a day: a carrier's name server may fail while its switch works. */
const staleMs = 86_400_000;
const cacheMax = 1_000;
const targetsMax = 16;

type Cached<T> = { readonly value: T; readonly at: Instant };

/** The system's resolver: hosts file and DNS for addresses, DNS for services. */
export const systemResolver: NameResolver = {
  async addresses(host) {
    return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
  },
  async services(name) {
    try {
      return (await resolveSrv(name)).map(({ name: host, port, priority, weight }) => ({
        host,
        port,
        priority,
        weight,
      }));
    } catch {
      // No SRV records, or a name server that knows nothing of them: the address records are next (RFC 3263 4.2).
      return [];
    }
  },
};

/**
 * Targets of a carrier's name by RFC 3263. The transport is part of a trunk's settings, so NAPTR, which would choose
 * one, is not asked (section 4.1).
 */
export class Targets {
  readonly #resolver: NameResolver;
  readonly #clock: () => Instant;
  readonly #entropy: Entropy;
  readonly #cache = new Map<string, Cached<readonly Peer[]>>();

  constructor(options: {
    readonly resolver?: NameResolver;
    readonly clock: () => Instant;
    readonly entropy: Entropy;
  }) {
    this.#resolver = options.resolver ?? systemResolver;
    this.#clock = options.clock;
    this.#entropy = options.entropy;
  }

  /** Where to send, the preferred first; empty when the name has no addresses. */
  async resolve(host: string, port: number | null, transport: Transport): Promise<readonly Peer[]> {
    if (isIP(host) !== 0) return [{ transport, address: host, port: port ?? defaultPort(transport) }];
    const key = `${transport}|${host}|${port ?? ""}`;
    const known = this.#cache.get(key);
    const now = this.#clock();
    if (known !== undefined && now - known.at < freshMs) return known.value;
    const found = await this.#ask(host, port, transport).catch(() => []);
    if (found.length > 0) {
      this.#keep(key, { value: found, at: now });
      return found;
    }
    return known !== undefined && now - known.at < staleMs ? known.value : [];
  }

  async #ask(host: string, port: number | null, transport: Transport): Promise<readonly Peer[]> {
    if (port !== null) return this.#peers(host, host, port, transport);
    const services = await this.#resolver.services(`${servicePrefix(transport)}.${host}`);
    if (services.length === 0) return this.#peers(host, host, defaultPort(transport), transport);
    const peers: Peer[] = [];
    for (const service of this.#order(services)) {
      if (peers.length >= targetsMax) break;
      peers.push(...(await this.#peers(host, service.host, service.port, transport).catch(() => [])));
    }
    return peers.slice(0, targetsMax);
  }

  async #peers(name: string, host: string, port: number, transport: Transport): Promise<Peer[]> {
    const addresses = isIP(host) !== 0 ? [host] : await this.#resolver.addresses(host);
    return addresses.slice(0, targetsMax).map((address) => ({ transport, address, port, serverName: name }));
  }

  /** RFC 2782: by priority, inside of one by weighted chance. */
  #order<T extends { readonly priority: number; readonly weight: number }>(services: readonly T[]): T[] {
    const draw = new Uint8Array(4);
    return services
      .map((service) => {
        this.#entropy.fill(draw);
        const chance = (new DataView(draw.buffer).getUint32(0) + 1) / 2 ** 32;
        return { service, rank: -Math.log(chance) / (service.weight + 0.01) };
      })
      .sort((a, b) => a.service.priority - b.service.priority || a.rank - b.rank)
      .map(({ service }) => service);
  }

  #keep(key: string, entry: Cached<readonly Peer[]>): void {
    this.#cache.delete(key);
    this.#cache.set(key, entry);
    if (this.#cache.size <= cacheMax) return;
    const oldest = this.#cache.keys().next().value;
    if (oldest !== undefined) this.#cache.delete(oldest);
  }
}

function servicePrefix(transport: Transport): string {
  if (transport === "TLS") return "_sips._tcp";
  return transport === "TCP" ? "_sip._tcp" : "_sip._udp";
}
