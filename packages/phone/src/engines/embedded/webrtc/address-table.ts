import { sameAddress, type TransportAddress } from "@centrala/media";

/**
 * Who sends from where. Looked up for every packet without making a text of address and port: ports differ nearly
 * always, so an entry is one step away.
 */
export class AddressTable<Owner> {
  readonly #byPort = new Map<number, { readonly at: TransportAddress; owner: Owner }[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(from: TransportAddress): Owner | undefined {
    const entries = this.#byPort.get(from.port);
    if (entries === undefined) return undefined;
    for (const entry of entries) if (entry.at.address === from.address) return entry.owner;
    return undefined;
  }

  /** The last owner of an address counts. */
  set(at: TransportAddress, owner: Owner): void {
    const entries = this.#byPort.get(at.port) ?? [];
    const known = entries.find((entry) => sameAddress(entry.at, at));
    if (known !== undefined) {
      known.owner = owner;
      return;
    }
    entries.push({ at: { address: at.address, port: at.port }, owner });
    this.#byPort.set(at.port, entries);
    this.#size += 1;
  }

  /** Removes the address when it is `owner`'s. */
  delete(at: TransportAddress, owner: Owner): void {
    const entries = this.#byPort.get(at.port);
    const index = entries?.findIndex((entry) => entry.owner === owner && sameAddress(entry.at, at)) ?? -1;
    if (entries === undefined || index < 0) return;
    entries.splice(index, 1);
    this.#size -= 1;
    if (entries.length === 0) this.#byPort.delete(at.port);
  }
}
