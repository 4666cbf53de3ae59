import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import { readNetwork } from "./networks.ts";

type Plain = Pick<IncomingMessage, "headers" | "socket">;

/** How a request reached us: from whom, over what, and under which name its browser knows us. */
export type Arrival = {
  /** The other end of the connection: the browser, or the last proxy before us. */
  readonly peer: string;
  /** The browser's own address: the proxy's word for it when the proxy is trusted, else the connection's. */
  readonly address: string;
  /** Whether the browser's connection is encrypted; null: a trusted proxy passes it on and does not say. */
  readonly secure: boolean | null;
  readonly host: string | undefined;
  /** Somebody passed it on, trusted or not. */
  readonly forwarded: boolean;
  /** A trusted proxy passed it on. */
  readonly trusted: boolean;
};

const hopsMax = 20;
const markers = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded", "via"] as const;

/** Reads how requests arrive; X-Forwarded-* count only from the addresses of the setting (CENTRALA_TRUSTED_PROXIES). */
export class Proxies {
  readonly #trusted: BlockList;

  /** @param trusted addresses and networks ("10.0.0.0/8"), as {@link readNetwork} takes them */
  constructor(trusted: readonly string[]) {
    this.#trusted = blockList(trusted);
  }

  arrival(request: Plain): Arrival {
    const peer = plainAddress(request.socket.remoteAddress ?? "");
    const forwarded = markers.some((name) => request.headers[name] !== undefined);
    const encrypted = (request.socket as Partial<TLSSocket>).encrypted === true;
    const own = { peer, address: peer, secure: encrypted, host: request.headers.host, forwarded, trusted: false };
    if (!forwarded || !this.trusts(peer)) return own;
    const scheme = lastOf(request.headers["x-forwarded-proto"])?.toLowerCase();
    return {
      peer,
      address: this.#browser(peer, request.headers["x-forwarded-for"]),
      secure: encrypted || (scheme === undefined ? null : scheme === "https" || scheme === "wss"),
      host: lastOf(request.headers["x-forwarded-host"]) ?? request.headers.host,
      forwarded,
      trusted: true,
    };
  }

  trusts(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#trusted.check(address, family === 6 ? "ipv6" : "ipv4");
  }

  /** From the right each hop was written by the one before; the first that we do not trust is the browser's. */
  #browser(peer: string, header: string | string[] | undefined): string {
    const hops = listOf(header).slice(-hopsMax).reverse().map(plainAddress);
    let address = peer;
    for (const hop of hops) {
      if (isIP(hop) === 0) break;
      address = hop;
      if (!this.trusts(hop)) break;
    }
    return address;
  }
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks.map(readNetwork)) {
    if (network === undefined) continue;
    list.addSubnet(network.address, network.prefix, network.address.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

/** As an address alone: without the port that some proxies add, without the brackets and the mapping of IPv4 into IPv6. */
export function plainAddress(text: string): string {
  const bare = text.trim().replace(/^"|"$/g, "");
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(bare)?.[1];
  const address = bracketed ?? (/^[\d.]+:\d+$/.test(bare) ? bare.split(":", 1)[0] : bare) ?? "";
  return address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
}

function listOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return listOf(header).at(-1);
}
