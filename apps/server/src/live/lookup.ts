import { ownClientId } from "@centrala/contract";
import { LruMap } from "@centrala/kit";
import { type AddressRow, type CustomerRow, centreScope, type Store } from "@centrala/store";

const addressesMax = 10_000;
const customersMax = 5_000;

/**
 * Names and numbers behind the ids of the journal, kept in bounded memory so that live screens are joined without asking
 * the database each time. `load` first, then read.
 */
export class Lookup {
  readonly #store: Store;
  readonly #centreId: string;
  readonly #shown: (e164: string) => string;
  readonly #addresses = new LruMap<AddressRow | null>(addressesMax);
  readonly #customers = new LruMap<CustomerRow | null>(customersMax);

  /** @param shown how a number in international form is written for this centre's people */
  constructor(store: Store, centreId: string, shown: (e164: string) => string) {
    this.#shown = shown;
    this.#store = store;
    this.#centreId = centreId;
  }

  address(id: string | null): AddressRow | null {
    return id === null ? null : (this.#addresses.get(id) ?? null);
  }

  customer(id: string | null): CustomerRow | null {
    return id === null ? null : (this.#customers.get(id) ?? null);
  }

  /** The card as it may be shown beside something of this client: theirs, or the centre's own. A card may have gone to another since. */
  customerOf(clientId: string, id: string | null): CustomerRow | null {
    const row = this.customer(id);
    return row === null || row.clientId === clientId || row.clientId === ownClientId ? row : null;
  }

  /** Reads what is not in memory yet; ids that exist nowhere are remembered as such. */
  async load(addressIds: Iterable<string | null>, customerIds: Iterable<string | null>): Promise<void> {
    const addresses = missing(addressIds, this.#addresses);
    const customers = missing(customerIds, this.#customers);
    if (addresses.length > 0) {
      const rows = await this.#store.addresses.getMany(this.#centreId, addresses);
      for (const id of addresses) this.#addresses.set(id, this.#written(rows.get(id) ?? null));
    }
    if (customers.length > 0) {
      const rows = await this.#store.customers.getMany(centreScope(this.#centreId), customers);
      for (const id of customers) this.#customers.set(id, rows.get(id) ?? null);
    }
  }

  /** Numbers stored by an older version are written as those of today. */
  #written(row: AddressRow | null): AddressRow | null {
    return row?.e164 == null ? row : { ...row, display: this.#shown(row.e164) };
  }

  /** A card was changed: what is known of it is not true any more. */
  forgetCustomer(id: string): void {
    this.#customers.delete(id);
  }

  forgetAddress(id: string): void {
    this.#addresses.delete(id);
  }
}

function missing(ids: Iterable<string | null>, known: LruMap<unknown>): string[] {
  const wanted = new Set<string>();
  for (const id of ids) if (id !== null && id !== "" && !known.has(id)) wanted.add(id);
  return [...wanted];
}
