import { assert, fail, ok, required } from "@centrala/kit";
import { type ExpressionBuilder, sql } from "kysely";
import type { Trx } from "../database.ts";
import type {
  CustomerInput,
  CustomerNote,
  CustomerRepository,
  CustomerRow,
  CustomerScope,
  Page,
  PageQuery,
} from "../port.ts";
import type { Database } from "../schema.ts";
import { cleanText, prefixEnd } from "../text.ts";
import { type Context, newId } from "./context.ts";
import { cleanCustomer } from "./customer-card.ts";
import { importCustomers } from "./customer-import.ts";
import { type CustomerSelect, mergeCustomer, newCustomer, toCustomer, writeCustomers } from "./customer-row.ts";
import { decodeCursor, limitOf, toPage } from "./page.ts";
import { searchTerms } from "./words.ts";

const byPhoneMax = 20;
const analyseFrom = 500;
/** No client's id: a list for SQL that would otherwise be empty. */
const noClient = "";

/** Many new rows at once: without fresh statistics the planner would take the tables for nearly empty. */
async function analyse({ db }: Context): Promise<void> {
  await db.outside((kysely) => sql`ANALYZE customer, customer_handle, customer_word`.execute(kysely));
}

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
    get: (centreId, id) => db.inCentre(centreId, async (trx) => (await readCustomers(trx, centreId, [id])).get(id)),
    getMany: (centreId, ids) => db.inCentre(centreId, (trx) => readCustomers(trx, centreId, ids)),
    delete: (centreId, id) =>
      db.inCentre(centreId, async (trx) => {
        const gone = await trx
          .deleteFrom("customer")
          .where("centre_id", "=", centreId)
          .where("id", "=", id)
          .executeTakeFirst();
        return gone.numDeletedRows > 0n;
      }),
    deleteMany: (centreId, ids, scope) => deleteMany(context, centreId, ids, scope),
    giveMany: (centreId, ids, clientId, scope) => giveMany(context, centreId, ids, clientId, scope),
    findByPhone: (centreId, e164, clientId, scope) =>
      scope?.clientIds == null
        ? findByPhone(context, centreId, e164, clientId ?? null)
        : findOwnByPhone(context, centreId, e164, scope.clientIds),
    count: (centreId, text, max, scope) => count(context, centreId, text, max, scope),
    search: (centreId, text, query) => search(context, centreId, text, query),
    importMany: async (centreId, customers) => {
      const outcome = await importCustomers(context, centreId, customers);
      if (outcome.created >= analyseFrom) await analyse(context);
      return outcome;
    },
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

async function readCustomers(
  trx: Trx,
  centreId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerRow>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom("customer")
    .selectAll()
    .where("centre_id", "=", centreId)
    .where("id", "in", [...new Set(ids)])
    .execute();
  return new Map(rows.map((row) => [row.id, toCustomer(row)]));
}

async function deleteMany(
  { db }: Context,
  centreId: string,
  ids: readonly string[],
  scope: CustomerScope | undefined,
): Promise<readonly string[]> {
  if (ids.length === 0 || scope?.clientIds?.length === 0) return [];
  const gone = await db.inCentre(centreId, (trx) => {
    const chosen = trx.deleteFrom("customer").where("centre_id", "=", centreId).where("id", "in", ids);
    const own = scope?.clientIds == null ? chosen : chosen.where("client_id", "in", scope.clientIds);
    return own.returning("id").execute();
  });
  return gone.map(({ id }) => id);
}

async function giveMany(
  { db, now }: Context,
  centreId: string,
  ids: readonly string[],
  clientId: string,
  scope: CustomerScope | undefined,
): ReturnType<CustomerRepository["giveMany"]> {
  if (ids.length === 0 || scope?.clientIds?.length === 0) return [];
  return db.inCentre(centreId, async (trx) => {
    const chosen = trx.selectFrom("customer").selectAll().where("centre_id", "=", centreId).where("id", "in", ids);
    const own = scope?.clientIds == null ? chosen : chosen.where("client_id", "in", scope.clientIds);
    const rows = await own.orderBy("id").forUpdate().execute();
    const moving = rows.map(toCustomer).filter((row) => row.clientId !== clientId);
    if (moving.length > 0)
      await trx
        .updateTable("customer")
        .set(({ eb }) => ({ client_id: clientId, version: eb("version", "+", 1), updated_at: now() }))
        .where("centre_id", "=", centreId)
        .where(
          "id",
          "in",
          moving.map(({ id }) => id),
        )
        .execute();
    return rows.map(toCustomer).map((row) => ({ id: row.id, clientId: row.clientId }));
  });
}

async function findByPhone(
  { db }: Context,
  centreId: string,
  e164: string,
  clientId: string | null,
): Promise<readonly CustomerRow[]> {
  const text = "SELECT * FROM customers_by_phone($1::uuid, $2, $3, $4)";
  const values = [cleanText(e164), clientId, byPhoneMax];
  const rows = await db.call<CustomerSelect>("customers-by-phone", text, centreId, values);
  return rows.map(toCustomer);
}

/** The same for somebody who sees some clients only: nobody else's cards take their places. */
async function findOwnByPhone(
  { db }: Context,
  centreId: string,
  e164: string,
  clientIds: readonly string[],
): Promise<readonly CustomerRow[]> {
  if (clientIds.length === 0) return [];
  const rows = await db.inCentre(centreId, (trx) =>
    trx
      .selectFrom("customer")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("client_id", "in", clientIds)
      .where("id", "in", (eb) =>
        eb
          .selectFrom("customer_handle")
          .select("customer_id")
          .where("centre_id", "=", centreId)
          .where("kind", "=", "phone")
          .where("value", "=", cleanText(e164)),
      )
      .orderBy("updated_at", "desc")
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

type SearchQuery = PageQuery & CustomerScope;

async function search(
  { db }: Context,
  centreId: string,
  text: string,
  query: SearchQuery | undefined,
): Promise<Page<CustomerRow>> {
  if (query?.clientIds?.length === 0) return { items: [], nextCursor: null };
  const terms = searchTerms(text.slice(0, 200));
  if (terms.length > 0) return db.inCentre(centreId, (trx) => searchByWords(trx, centreId, terms, query));
  if (text.trim() !== "") return { items: [], nextCursor: null };
  return db.inCentre(centreId, (trx) => listByName(trx, centreId, query));
}

async function listByName(trx: Trx, centreId: string, query: SearchQuery | undefined): Promise<Page<CustomerRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["string", "string"]);
  let found = trx.selectFrom("customer").selectAll().where("centre_id", "=", centreId);
  if (query?.clientIds != null) found = found.where("client_id", "in", query.clientIds);
  if (after !== undefined) found = found.where(sql<boolean>`(sort_name, id) > (${after[0]}, ${after[1]})`);
  const rows = await found
    .orderBy("sort_name")
    .orderBy("id")
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, toCustomer, (row) => [row.sort_name, row.id]);
}

async function searchByWords(
  trx: Trx,
  centreId: string,
  terms: readonly (readonly string[])[],
  query: SearchQuery | undefined,
): Promise<Page<CustomerRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["string", "string"]);
  const further = after === undefined ? sql`` : sql`AND (w.word, w.customer_id) > (${after[0]}, ${after[1]})`;
  const { rows } = await sql<{ word: string; customer_id: string }>`
    SELECT w.word, w.customer_id FROM customer_word w WHERE ${matching(centreId, terms, query)} ${further}
    ORDER BY w.word, w.customer_id LIMIT ${limit + 1}`.execute(trx);
  const found = await readCustomers(
    trx,
    centreId,
    rows.map((row) => row.customer_id),
  );
  return toPage(
    rows,
    limit,
    (row) => required(found.get(row.customer_id), "customer"),
    (row) => [row.word, row.customer_id],
  );
}

/**
 * Walks the longest term's words in order of the index and looks the others up, so that a page costs the same however many customers match.
 * A customer whose words match twice is met at the first of them.
 */
function matching(centreId: string, terms: readonly (readonly string[])[], scope: CustomerScope | undefined) {
  const [walked = [], ...others] = [...terms].sort((a, b) => lengthOf(b) - lengthOf(a));
  const clientIds = scope?.clientIds ?? null;
  // Scalar subqueries, because the planner turns EXISTS into joins that read all words of the centre before the first row comes out.
  const words = (table: "o" | "e", what: string, term: readonly string[]) =>
    sql`(SELECT ${sql.raw(what)} FROM customer_words c, unnest(c.words) AS ${sql.raw(table)}(word)
      WHERE c.centre_id = ${centreId} AND c.customer_id = w.customer_id AND ${inRanges(table, term)})`;
  const also = others.map((term) => sql`AND ${words("o", "count(*)", term)} > 0`);
  const ofClients = sql`AND (SELECT client_id FROM customer c WHERE c.centre_id = ${centreId} AND c.id = w.customer_id) = ANY(${clientIds})`;
  return sql<boolean>`w.centre_id = ${centreId} AND ${inRanges("w", walked)}
    AND w.word = ${words("e", "min(word)", walked)} ${sql.join(also, sql` `)} ${clientIds === null ? sql`` : ofClients}`;
}

async function count(
  { db }: Context,
  centreId: string,
  text: string,
  max: number,
  scope: CustomerScope | undefined,
): Promise<number> {
  if (scope?.clientIds?.length === 0) return 0;
  const terms = searchTerms(text.slice(0, 200));
  if (terms.length === 0 && text.trim() !== "") return 0;
  const clientIds = scope?.clientIds ?? null;
  const all =
    terms.length > 0
      ? sql`SELECT 1 FROM customer_word w WHERE ${matching(centreId, terms, scope)}`
      : sql`SELECT 1 FROM customer WHERE centre_id = ${centreId} ${clientIds === null ? sql`` : sql`AND client_id = ANY(${clientIds})`}`;
  return db.inCentre(centreId, async (trx) => {
    const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM (${all} LIMIT ${max}) f`.execute(trx);
    return Number(rows[0]?.count ?? 0);
  });
}

function lengthOf(term: readonly string[]): number {
  return Math.max(...term.map((beginning) => beginning.length));
}

function inRanges(table: "w" | "o" | "e", beginnings: readonly string[]) {
  const word = sql.ref(`${table}.word`);
  const ranges = beginnings.map((text) => sql`(${word} >= ${text} AND ${word} < ${prefixEnd(text)})`);
  return sql<boolean>`(${sql.join(ranges, sql` OR `)})`;
}

async function listAll({ db }: Context, centreId: string, query: SearchQuery | undefined): Promise<Page<CustomerRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["string"]);
  const rows = await db.inCentre(centreId, (trx) => {
    let all = trx.selectFrom("customer").selectAll().where("centre_id", "=", centreId);
    if (query?.clientIds != null) all = all.where("client_id", "in", [...query.clientIds, noClient]);
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
