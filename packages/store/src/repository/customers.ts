import { assert, fail, ok } from "@centrala/kit";
import { type ExpressionBuilder, sql } from "kysely";
import type { CustomerInput, CustomerNote, CustomerRepository, CustomerRow, Page, PageQuery } from "../port.ts";
import type { Database } from "../schema.ts";
import { cleanText, prefixEnd } from "../text.ts";
import { type Context, newId } from "./context.ts";
import { importCustomers } from "./customer-import.ts";
import { cleanCustomer, mergeCustomer, newCustomer, toCustomer, writeCustomers } from "./customer-row.ts";
import { decodeCursor, limitOf, toPage } from "./page.ts";
import { searchTerms } from "./words.ts";

const byPhoneMax = 20;

/** Customers of a centre, found by number while the phone rings and by word beginnings otherwise. */
export function createCustomers(context: Context): CustomerRepository {
  const { db } = context;
  return {
    create: (centreId, customer) =>
      db.inCentre(centreId, async (trx) => {
        const row = newCustomer(context, customer);
        await writeCustomers(trx, centreId, [row]);
        return row;
      }),
    update: (centreId, id, customer, expected) => update(context, centreId, id, customer, expected),
    get: async (centreId, id) => (await getMany(context, centreId, [id])).get(id),
    getMany: (centreId, ids) => getMany(context, centreId, ids),
    delete: (centreId, id) =>
      db.inCentre(centreId, async (trx) => {
        const gone = await trx
          .deleteFrom("customer")
          .where("centre_id", "=", centreId)
          .where("id", "=", id)
          .executeTakeFirst();
        return gone.numDeletedRows > 0n;
      }),
    findByPhone: (centreId, e164, clientId) => findByPhone(context, centreId, e164, clientId ?? null),
    search: (centreId, text, query) => search(context, centreId, text, query),
    importMany: (centreId, customers) => importCustomers(context, centreId, customers),
    listAll: (centreId, query) => listAll(context, centreId, query),
    addNote: (centreId, customerId, userId, text) => addNote(context, centreId, customerId, userId, text),
    listNotes: (centreId, customerId, query) => listNotes(context, centreId, customerId, query),
  };
}

async function update(
  { db, now }: Context,
  centreId: string,
  id: string,
  customer: CustomerInput,
  expected: number | undefined,
): ReturnType<CustomerRepository["update"]> {
  return db.inCentre(centreId, async (trx) => {
    const row = await trx
      .selectFrom("customer")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return fail("CUSTOMER_UNKNOWN", "no such customer");
    if (expected !== undefined && expected !== row.version) {
      return fail("VERSION_CONFLICT", "the customer was changed meanwhile");
    }
    const before = toCustomer(row);
    const changed = mergeCustomer(before, cleanCustomer(customer), now());
    if (changed !== before) await writeCustomers(trx, centreId, [changed]);
    return ok(changed);
  });
}

async function getMany(
  { db }: Context,
  centreId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.inCentre(centreId, (trx) =>
    trx
      .selectFrom("customer")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("id", "in", [...new Set(ids)])
      .execute(),
  );
  return new Map(rows.map((row) => [row.id, toCustomer(row)]));
}

async function findByPhone(
  { db }: Context,
  centreId: string,
  e164: string,
  clientId: string | null,
): Promise<readonly CustomerRow[]> {
  const rows = await db.inCentre(centreId, (trx) =>
    trx
      .selectFrom("customer_handle as h")
      .innerJoin("customer as c", (join) =>
        join.onRef("c.centre_id", "=", "h.centre_id").onRef("c.id", "=", "h.customer_id"),
      )
      .selectAll("c")
      .where("h.centre_id", "=", centreId)
      .where("h.kind", "=", "phone")
      .where("h.value", "=", cleanText(e164))
      .orderBy(sql`c.client_id IS NOT DISTINCT FROM ${clientId}::text`, "desc")
      .orderBy("c.updated_at", "desc")
      .orderBy("c.id")
      .limit(byPhoneMax)
      .execute(),
  );
  return rows.map(toCustomer);
}

/** Whether any of a customer's words begins so: a range in a B-tree by code points, which row-level security leaves usable. */
export function customersWithWord(
  eb: ExpressionBuilder<Database, never>,
  centreId: string,
  beginnings: readonly string[],
) {
  return eb
    .selectFrom("customer_word")
    .select("customer_id")
    .where("centre_id", "=", centreId)
    .where((word) =>
      word.or(beginnings.map((text) => word.and([word("word", ">=", text), word("word", "<", prefixEnd(text))]))),
    );
}

async function search(
  { db }: Context,
  centreId: string,
  text: string,
  query: (PageQuery & { readonly clientId?: string }) | undefined,
): Promise<Page<CustomerRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["string", "string"]);
  const clientId = query?.clientId;
  const terms = searchTerms(text.slice(0, 200));
  if (terms.length === 0 && text.trim() !== "") return { items: [], nextCursor: null };
  const rows = await db.inCentre(centreId, (trx) => {
    let found = trx.selectFrom("customer").selectAll().where("centre_id", "=", centreId);
    for (const term of terms) {
      found = found.where("id", "in", (eb) =>
        customersWithWord(eb as unknown as ExpressionBuilder<Database, never>, centreId, term),
      );
    }
    if (clientId !== undefined) found = found.where("client_id", "=", clientId);
    if (after !== undefined) found = found.where(sql<boolean>`(sort_name, id) > (${after[0]}, ${after[1]})`);
    return found
      .orderBy("sort_name")
      .orderBy("id")
      .limit(limit + 1)
      .execute();
  });
  return toPage(rows, limit, toCustomer, (row) => [row.sort_name, row.id]);
}

async function listAll({ db }: Context, centreId: string, query: PageQuery | undefined): Promise<Page<CustomerRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["string"]);
  const rows = await db.inCentre(centreId, (trx) => {
    const all = trx.selectFrom("customer").selectAll().where("centre_id", "=", centreId);
    const rest = after === undefined ? all : all.where("id", ">", after[0]);
    return rest
      .orderBy("id")
      .limit(limit + 1)
      .execute();
  });
  return toPage(rows, limit, toCustomer, (row) => [row.id]);
}

async function addNote(
  { db, now }: Context,
  centreId: string,
  customerId: string,
  userId: string | null,
  text: string,
): Promise<CustomerNote> {
  const at = now();
  const note: CustomerNote = { id: newId(at), at, userId, text: cleanText(text) };
  assert(note.text.length <= 20_000, "a note's length is checked at the edge");
  const { id } = note;
  await db.inCentre(centreId, (trx) =>
    trx
      .insertInto("customer_note")
      .values({ centre_id: centreId, id, customer_id: customerId, at, user_id: userId, text: note.text })
      .execute(),
  );
  return note;
}

async function listNotes(
  { db }: Context,
  centreId: string,
  customerId: string,
  query: PageQuery | undefined,
): Promise<Page<CustomerNote>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["number", "string"]);
  const rows = await db.inCentre(centreId, (trx) => {
    const all = trx
      .selectFrom("customer_note")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("customer_id", "=", customerId);
    const rest = after === undefined ? all : all.where(sql<boolean>`(at, id) < (${after[0]}::bigint, ${after[1]})`);
    return rest
      .orderBy("at", "desc")
      .orderBy("id", "desc")
      .limit(limit + 1)
      .execute();
  });
  return toPage(
    rows,
    limit,
    ({ id, at, user_id, text }) => ({ id, at, userId: user_id, text }),
    (row) => [row.at, row.id],
  );
}
