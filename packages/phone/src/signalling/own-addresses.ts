import { isIPv4 } from "node:net";
import { isPrivateAddress, type Peer } from "@centrala/sip";
import type { LocalAddresses } from "./local-addresses.ts";

export interface Ports {
  readonly sip: number;
  readonly sips: number;
}

const peersMax = 1_000;

/**
 * Which address of ours stands in Via, Contact and SDP: toward a peer inside local networks the routing interface's,
 * toward others the public address that was set, or the one a registrar saw us come from.
 */
export class OwnAddresses {
  readonly #bind: string;
  readonly #set: string | null;
  readonly #local: LocalAddresses;
  readonly #ports: () => Ports;
  #learnt: string | null = null;
  /** The UDP port a router shows for us to one peer. */
  readonly #mappedPorts = new Map<string, number>();

  constructor(options: {
    readonly bind: string;
    readonly publicAddress: string | null;
    readonly local: LocalAddresses;
    readonly ports: () => Ports;
  }) {
    this.#bind = options.bind;
    this.#set = options.publicAddress;
    this.#local = options.local;
    this.#ports = options.ports;
  }

  get learnt(): string | null {
    return this.#learnt;
  }

  toward(peer: Peer): { readonly host: string; readonly port: number } {
    const host = this.#hostToward(peer.address);
    const ports = this.#ports();
    if (peer.transport === "TLS" || peer.transport === "WSS") return { host, port: ports.sips };
    const outside = host === this.#learnt && peer.transport === "UDP";
    return { host, port: (outside ? this.#mappedPorts.get(peer.address) : undefined) ?? ports.sip };
  }

  /** True for an address of ours, seen from inside or outside. */
  isOurs(host: string): boolean {
    return host === this.#set || host === this.#learnt || host === this.#bind || this.#local.has(host);
  }

  /** Takes what a registrar saw, unless an address is set or one of the two is inside the network. */
  learn(peer: Peer, seen: { readonly host: string; readonly port: number }): void {
    if (this.#set !== null || isPrivateAddress(seen.host) || isPrivateAddress(peer.address)) return;
    this.#learnt = seen.host;
    if (peer.transport === "UDP" && this.#mappedPorts.size < peersMax) this.#mappedPorts.set(peer.address, seen.port);
  }

  #hostToward(address: string): string {
    const specific = this.#bind !== "0.0.0.0" && this.#bind !== "::";
    const inside = isPrivateAddress(address);
    const outside = this.#set ?? this.#learnt;
    if (!inside && outside !== null && isIPv4(address) === isIPv4(outside)) return outside;
    return specific ? this.#bind : this.#local.toward(address);
  }
}
