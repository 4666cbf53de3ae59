import { boundAddresses } from "./network.ts";
import type { Settings } from "./settings/schema.ts";

/** Where a browser may send its voice: this machine's addresses, the public one for those outside, loopback for this computer. */
export function webRtcAddresses({ publicAddress, bind }: Pick<Settings, "publicAddress" | "bind">): string[] {
  return [...new Set([...boundAddresses(bind), ...(publicAddress === null ? [] : [publicAddress]), "127.0.0.1"])];
}

const everyMs = 10_000;

/** Interfaces come and go (DHCP, Wi-Fi, VPN): tells the addresses whenever they are others than before. */
export class AddressWatch {
  readonly #read: () => readonly string[];
  readonly #tell: (addresses: readonly string[]) => void;
  readonly #timer: NodeJS.Timeout;
  #known: string;

  constructor(read: () => readonly string[], tell: (addresses: readonly string[]) => void) {
    this.#read = read;
    this.#tell = tell;
    this.#known = read().join();
    this.#timer = setInterval(() => this.look(), everyMs);
    this.#timer.unref();
  }

  look(): void {
    const addresses = this.#read();
    const text = addresses.join();
    if (text === this.#known) return;
    this.#known = text;
    this.#tell(addresses);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
