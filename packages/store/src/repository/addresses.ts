import { required } from "@centrala/kit";
import type { Trx } from "../database.ts";
import type { AddressInput, AddressRepository, AddressRow } from "../port.ts";
import { cleanText, digitsOf, reversed } from "../text.ts";
import { type Context, newId } from "./context.ts";

const rawMax = 256;

/** Phone numbers by id: the only place, beside customers' handles, where they stand. */
export function createAddresses(context: Context): AddressRepository {
  const { db } = context;
  const findOrCreateMany = (centreId: string, addresses: readonly AddressInput[]) =>
    db.inCentre(centreId, (trx) => findOrCreate(context, trx, centreId, addresses));
  return {
    findOrCreate: async (centreId, address) => required((await findOrCreateMany(centreId, [address]))[0], "address"),
    findOrCreateMany,
    get: async (centreId, id) => (await getMany(context, centreId, [id])).get(id),
    getMany: (centreId, ids) => getMany(context, centreId, ids),
    erase: async (centreId, id) => {
      const blank = { raw: "", display: "", e164: null, digits: "", digits_reversed: "", key: `erased:${id}` };
      await db.inCentre(centreId, (trx) =>
        trx.updateTable("address").set(blank).where("centre_id", "=", centreId).where("id", "=", id).execute(),
      );
    },
  };
}

function keyOf(address: AddressInput): string {
  return address.e164 ?? cleanText(address.raw.trim()).slice(0, rawMax);
}

async function findOrCreate(
  { now }: Context,
  trx: Trx,
  centreId: string,
  addresses: readonly AddressInput[],
): Promise<readonly string[]> {
  const byKey = new Map(addresses.map((address) => [keyOf(address), address]));
  const known = await idsOf(trx, centreId, [...byKey.keys()]);
  const missing = [...byKey].filter(([key]) => !known.has(key));
  if (missing.length > 0) {
    const rows = missing.map(([key, address]) => toRow(centreId, newId(now()), key, address));
    await trx
      .insertInto("address")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    // Another transaction may have been faster with one of them, so the ids are read, not assumed.
    for (const [key, id] of await idsOf(
      trx,
      centreId,
      missing.map(([key]) => key),
    ))
      known.set(key, id);
  }
  return addresses.map((address) => required(known.get(keyOf(address)), "address"));
}

async function idsOf(trx: Trx, centreId: string, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await trx
    .selectFrom("address")
    .select(["key", "id"])
    .where("centre_id", "=", centreId)
    .where("key", "in", keys)
    .execute();
  return new Map(rows.map((row) => [row.key, row.id]));
}

function toRow(centreId: string, id: string, key: string, address: AddressInput) {
  const digits = digitsOf(address.e164 ?? address.raw).slice(0, 64);
  return {
    centre_id: centreId,
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
