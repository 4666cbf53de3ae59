import type { Socket } from "node:net";
import { networkOf } from "./hosts.ts";
import { plainAddress } from "./proxies.ts";

const perNetworkMax = 300;
const inAllMax = 4_000;

type Connection = { readonly network: string; readonly socket: Socket };

/**
 * Connections on which nobody has said yet who they are. Each network has so many, all together so many: above that the
 * oldest has to go, which one that is being served never is for long. So nobody shuts the others out by holding doors open.
 */
export class Strangers {
  readonly #connections = new Map<string, Connection>();
  readonly #exempt: (address: string) => boolean;
  readonly #byNetwork = new Map<string, Set<string>>();

  get size(): number {
    return this.#connections.size;
  }

  /** @param exempt addresses of proxies, whose connections carry many people */
  constructor(exempt: (address: string) => boolean = () => false) {
    this.#exempt = exempt;
  }

  /** A connection of any of our servers, before its first byte. */
  add(socket: Socket): void {
    const key = keyOf(socket);
    const address = plainAddress(socket.remoteAddress ?? "");
    if (this.#exempt(address)) return;
    const network = networkOf(address);
    const own = this.#byNetwork.get(network) ?? new Set();
    this.#byNetwork.set(network, own.add(key));
    this.#connections.set(key, { network, socket });
    socket.once("close", () => this.#remove(key));
    if (own.size > perNetworkMax) this.#end(own.values().next().value);
    if (this.#connections.size > inAllMax) this.#end(this.#connections.keys().next().value);
  }

  /** Somebody signed in uses it. */
  known(socket: Pick<Socket, "remoteAddress" | "remotePort" | "localPort">): void {
    this.#remove(keyOf(socket));
  }

  #end(key: string | undefined): void {
    const connection = key === undefined ? undefined : this.#connections.get(key);
    if (key === undefined || connection === undefined) return;
    this.#remove(key);
    connection.socket.destroy();
  }

  #remove(key: string): void {
    const connection = this.#connections.get(key);
    if (connection === undefined) return;
    this.#connections.delete(key);
    const own = this.#byNetwork.get(connection.network);
    own?.delete(key);
    if (own?.size === 0) this.#byNetwork.delete(connection.network);
  }
}

/** The same for a connection and for the encrypted one inside it. */
function keyOf({
  remoteAddress,
  remotePort,
  localPort,
}: Pick<Socket, "remoteAddress" | "remotePort" | "localPort">): string {
  return `${remoteAddress ?? ""} ${remotePort ?? ""} ${localPort ?? ""}`;
}
