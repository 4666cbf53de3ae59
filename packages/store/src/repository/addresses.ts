import { LruMap, required } from "@centrala/kit";
import type { Trx } from "../database.ts";
import type { AddressInput, AddressRepository, AddressRow } from "../port.ts";
import { cleanText, digitsOf, reversed, toJson } from "../text.ts";
import { type Context, newId } from "./context.ts";
import { type CustomerSelect, toCustomer } from "./customer-row.ts";
import type { AddressDocument } from "./unsettled.ts";

const rawMax = 256;
const customersMax = 20;

/** Phone numbers by id: the only place, beside customers' handles, where they stand. */
export function createAddresses(context: Context): AddressRepository {
  const { db } = context;
  const known = new KnownAddresses();
  const findOrCreateMany = (centreId: string, addresses: readonly AddressInput[]) =>
    findOrCreate(context, known, centreId, addresses);
  return {
    findOrCreate: async (centreId, address) => required((await findOrCreateMany(centreId, [address]))[0], "address"),
    findOrCreateMany,
    identify: (centreId, address, clientId) => identify(context, known, centreId, address, clientId),
    identified: (centreId, address, clientId) => context.callers.get(centreId, clientId, keyOf(address)),
    remembered: (centreId, address) => known.get(centreId, keyOf(address)),
    isKnown: async (centreId, address) => {
      const key = keyOf(address);
      if (known.get(centreId, key) !== undefined) return true;
      const row = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("address")
          .select("id")
          .where("centre_id", "=", centreId)
          .where("key", "=", key)
          .executeTakeFirst(),
      );
      return row !== undefined;
    },
    get: async (centreId, id) => {
      const row = known.row(centreId, id) ?? (await getMany(context, centreId, [id])).get(id);
      if (row !== undefined) known.rememberRow(centreId, id, row);
      return row;
    },
    getMany: (centreId, ids) => getMany(context, centreId, ids),
    erase: async (centreId, id) => {
      const blank = { raw: "", display: "", e164: null, digits: "", digits_reversed: "", key: `erased:${id}` };
      await db.inCentre(centreId, (trx) =>
        trx.updateTable("address").set(blank).where("centre_id", "=", centreId).where("id", "=", id).execute(),
      );
      known.forget(centreId, id);
      context.callers.forget(centreId);
    },
  };
}

function keyOf(address: AddressInput): string {
  return address.e164 ?? cleanText(address.raw.trim()).slice(0, rawMax);
}

type NewAddress = AddressDocument & AddressRow;

const idsMax = 20_000;
const rowsMax = 5_000;

/** Ids of the numbers met last: most calls meet the centre's own numbers and callers who called before. */
class KnownAddresses {
  readonly #ids = new LruMap<string>(idsMax);
  /** Addresses that were made here or asked for by id: callers of now, and the few that call flows dial. */
  readonly #rows = new LruMap<AddressRow>(rowsMax);

  get(centreId: string, key: string): string | undefined {
    return this.#ids.get(centreId + key);
  }

  remember(centreId: string, key: string, id: string): void {
    this.#ids.set(centreId + key, id);
  }

  row(centreId: string, id: string): AddressRow | undefined {
    return this.#rows.get(centreId + id);
  }

  rememberRow(centreId: string, id: string, row: AddressRow): void {
    this.#rows.set(centreId + id, row);
  }

  /** An erased number that comes again is a new one. */
  forget(centreId: string, id: string): void {
    this.#rows.delete(centreId + id);
    for (const [key, known] of this.#ids) if (known === id && key.startsWith(centreId)) this.#ids.delete(key);
  }
}

async function findOrCreate(
  { db, now }: Context,
  known: KnownAddresses,
  centreId: string,
  addresses: readonly AddressInput[],
): Promise<readonly string[]> {
  const ids = new Map<string, string>();
  const wanted = new Map<string, NewAddress>();
  for (const address of addresses) {
    const key = keyOf(address);
    const id = known.get(centreId, key);
    if (id === undefined) wanted.set(key, toRow(newId(now()), key, address));
    else ids.set(key, id);
  }
  if (wanted.size > 0) {
    const text = "SELECT found_key, found_id FROM find_addresses($1::uuid, $2::jsonb)";
    const found = await db.call<{ found_key: string; found_id: string }>("find-addresses", text, centreId, [
      toJson([...wanted.values()]),
    ]);
    for (const row of found) {
      const document = wanted.get(row.found_key);
      if (document?.id === row.found_id) made(db, known, centreId, document);
      ids.set(row.found_key, row.found_id);
      known.remember(centreId, row.found_key, row.found_id);
    }
  }
  return addresses.map((address) => required(ids.get(keyOf(address)), "address"));
}

async function identify(
  { db, now, callers }: Context,
  known: KnownAddresses,
  centreId: string,
  address: AddressInput,
  clientId: string,
): ReturnType<AddressRepository["identify"]> {
  const key = keyOf(address);
  const age = callers.age(centreId);
  const row = toRow(newId(now()), key, address);
  const text = "SELECT address_id, customer FROM identify_caller($1::uuid, $2::jsonb, $3, $4, $5)";
  const rows = await db.call<{ address_id: string; customer: CustomerSelect | null }>(
    "identify-caller",
    text,
    centreId,
    [toJson([row]), address.e164, clientId, customersMax],
  );
  const addressId = required(rows[0], "address").address_id;
  if (addressId === row.id) made(db, known, centreId, row);
  known.remember(centreId, key, addressId);
  const customers = rows.flatMap(({ customer }) => (customer === null ? [] : [toCustomer(customer)]));
  callers.remember(centreId, clientId, key, age, { addressId, customers });
  return { addressId, customers };
}

/** A new address is asked for by its id next, when the call goes on to somebody outside: it need not be read back. */
function made(db: Context["db"], known: KnownAddresses, centreId: string, document: NewAddress): void {
  const { id, raw, display, e164 } = document;
  db.unsettledAddresses.add(centreId, document);
  known.rememberRow(centreId, id, { id, raw, display, e164 });
}

function toRow(id: string, key: string, address: AddressInput): NewAddress {
  const digits = digitsOf(address.e164 ?? address.raw).slice(0, 64);
  return {
    id,
    key,
    raw: cleanText(address.raw).slice(0, rawMax),
    display: cleanText(address.display).slice(0, rawMax),
    e164: address.e164,
    digits,
    digits_reversed: reversed(digits),
  };
}

async function getMany(
  { db }: Context,
  centreId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AddressRow>> {
  return ids.length === 0 ? new Map() : db.inCentre(centreId, (trx) => readAddresses(trx, centreId, [...new Set(ids)]));
}

export async function readAddresses(
  trx: Trx,
  centreId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AddressRow>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom("address")
    .select(["id", "raw", "display", "e164"])
    .where("centre_id", "=", centreId)
    .where("id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}
