import type { Language } from "@centrala/contract";
import type { Instant, Result } from "@centrala/kit";
import type { Page, PageQuery } from "./page.ts";
import type { Scope } from "./scope.ts";

/** A phone number as it came, as it is shown, and normalised where that is possible. */
export type AddressInput = { readonly raw: string; readonly display: string; readonly e164: string | null };
export type AddressRow = AddressInput & { readonly id: string };

export type Identified = { readonly addressId: string; readonly customers: readonly CustomerRow[] };

export interface AddressRepository {
  /** The same E.164 (else the same raw text) always gives the same id. */
  findOrCreate(centreId: string, address: AddressInput): Promise<string>;
  findOrCreateMany(centreId: string, addresses: readonly AddressInput[]): Promise<readonly string[]>;
  /** Who calls a client: the address as by `findOrCreate`, and the client's customers with its number, the most recently changed first, at most 20. */
  identify(centreId: string, address: AddressInput, clientId: string): Promise<Identified>;
  /** The same as far as memory knows it: of who called lately, while no customer's card was changed. */
  identified(centreId: string, address: AddressInput, clientId: string): Identified | undefined;
  /** The address' id, when memory knows it. */
  remembered(centreId: string, address: AddressInput): string | undefined;
  /** Whether this number called before, or was called. */
  isKnown(centreId: string, address: AddressInput): Promise<boolean>;
  get(centreId: string, id: string): Promise<AddressRow | undefined>;
  getMany(centreId: string, ids: readonly string[]): Promise<ReadonlyMap<string, AddressRow>>;
  /** Forgets the number itself; contacts keep the empty address. */
  erase(centreId: string, id: string): Promise<void>;
}

export type CustomerHandle = {
  readonly kind: "phone" | "email" /** E.164 where possible, e-mail in lower case. */;
  readonly value: string;
  readonly label: string;
};
export type CustomerInput = {
  /** Null: the centre's own. */
  readonly clientId: string | null;
  readonly name: string;
  readonly company: string;
  readonly language: Language | null;
  readonly handles: readonly CustomerHandle[];
  /** Free fields of the centre's choosing, at most 50. */
  readonly fields: Readonly<Record<string, string>>;
};
export type CustomerRow = Omit<CustomerInput, "clientId"> & {
  readonly clientId: string;
  readonly id: string;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
export type CustomerNote = {
  readonly id: string;
  readonly at: Instant;
  readonly userId: string | null;
  readonly text: string;
};

/** Of one of the clients that the scope sees only. */
export type OfClient = { readonly clientId?: string | undefined };

export interface CustomerRepository {
  create(scope: Scope, customer: CustomerInput): Promise<CustomerRow>;
  update(
    scope: Scope,
    id: string,
    customer: CustomerInput,
    expectedVersion?: number,
  ): Promise<Result<CustomerRow, "CUSTOMER_UNKNOWN" | "VERSION_CONFLICT">>;
  get(scope: Scope, id: string): Promise<CustomerRow | undefined>;
  getMany(scope: Scope, ids: readonly string[]): Promise<ReadonlyMap<string, CustomerRow>>;
  delete(scope: Scope, id: string): Promise<boolean>;
  /** All of these that are there. Gives the ids of those that went. */
  deleteMany(scope: Scope, ids: readonly string[]): Promise<readonly string[]>;
  /** Makes them a client's, as far as they are there. Gives them as they were. */
  giveMany(
    scope: Scope,
    ids: readonly string[],
    clientId: string,
  ): Promise<readonly { readonly id: string; readonly clientId: string }[]>;
  /** Those with this E.164 number, the most recently changed first. At most 20. */
  findByPhone(scope: Scope, e164: string, query?: OfClient): Promise<readonly CustomerRow[]>;
  /** Beginnings of words of name, company and e-mail (all must be there), or 3 and more digits from either end of a number. Empty text: all, by name. */
  search(scope: Scope, text: string, query?: PageQuery & OfClient): Promise<Page<CustomerRow>>;
  /** Creates or updates by first phone within the client; at most `importRowsMax` rows at once. Empty new values keep the old. */
  importMany(
    scope: Scope,
    customers: readonly CustomerInput[],
  ): Promise<{ readonly created: number; readonly updated: number; readonly unchanged: number }>;
  /** All, in order of id, for export. */
  listAll(scope: Scope, query?: PageQuery): Promise<Page<CustomerRow>>;
  /** How many `search` would find, counted to `max`. */
  count(scope: Scope, text: string, max: number, query?: OfClient): Promise<number>;
  addNote(scope: Scope, customerId: string, userId: string | null, text: string): Promise<CustomerNote>;
  listNotes(scope: Scope, customerId: string, query?: PageQuery): Promise<Page<CustomerNote>>;
}
export const importRowsMax = 5_000;
