import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Instant } from "@centrala/kit";

export interface InterfaceAddress {
  readonly address: string;
  readonly netmaskBits: number;
  readonly internal: boolean;
}

const refreshMs = 10_000;
const chosenMax = 4_096;

/** Which of the machine's addresses a peer inside local networks reaches us by. */
export class LocalAddresses {
  readonly #read: () => readonly InterfaceAddress[];
  readonly #clock: () => Instant;
  #interfaces: readonly { readonly entry: InterfaceAddress; readonly net: BlockList }[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  readonly #chosen = new Map<string, string>();

  constructor(clock: () => Instant, read: () => readonly InterfaceAddress[] = readInterfaces) {
    this.#clock = clock;
    this.#read = read;
  }

  /**
   * The address of the interface whose network holds `peer`, the narrowest first; else the first that is no loopback.
   */
  toward(peer: string): string {
    this.#refresh();
    const known = this.#chosen.get(peer);
    if (known !== undefined) return known;
    const address = this.#choose(peer);
    if (this.#chosen.size < chosenMax) this.#chosen.set(peer, address);
    return address;
  }

  /** True when the address is one of the machine's. */
  has(address: string): boolean {
    this.#refresh();
    return this.#interfaces.some(({ entry }) => entry.address === address);
  }

  #choose(peer: string): string {
    const family = isIP(peer);
    const same = this.#interfaces.filter(({ entry }) => isIP(entry.address) === family);
    const holding = same.filter(({ net }) => net.check(peer, family === 6 ? "ipv6" : "ipv4"));
    holding.sort((a, b) => b.entry.netmaskBits - a.entry.netmaskBits);
    const outward = same.find(({ entry }) => !entry.internal) ?? same[0];
    return (holding[0] ?? outward)?.entry.address ?? "127.0.0.1";
  }

  #refresh(): void {
    const now = this.#clock();
    if (now - this.#readAt < refreshMs) return;
    this.#readAt = now;
    this.#chosen.clear();
    this.#interfaces = this.#read().map((entry) => {
      const net = new BlockList();
      net.addSubnet(entry.address, entry.netmaskBits, isIP(entry.address) === 6 ? "ipv6" : "ipv4");
      return { entry, net };
    });
  }
}

function readInterfaces(): InterfaceAddress[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => !entry.address.toLowerCase().startsWith("fe80:"))
    .map(({ address, cidr, internal }) => ({ address, internal, netmaskBits: Number(cidr?.split("/")[1] ?? 32) }));
}
