import { assert, fail, ok, required } from "@centrala/kit";
import { type ExpressionBuilder, sql } from "kysely";
import type { Trx } from "../database.ts";
import type {
  CustomerInput,
  CustomerNote,
  CustomerRepository,
  CustomerRow,
  OfClient,
  Page,
  PageQuery,
  Scope,
} from "../port.ts";
import type { Database } from "../schema.ts";
import { cleanText, prefixEnd } from "../text.ts";
import { type Context, newId } from "./context.ts";
import { cleanCustomer } from "./customer-card.ts";
import { importCustomers } from "./customer-import.ts";
import { mergeCustomer, newCustomer, toCustomer, writeCustomers } from "./customer-row.ts";
import { decodeCursor, limitOf, toPage } from "./page.ts";
import { searchTerms } from "./words.ts";

const byPhoneMax = 20;
const analyseFrom = 500;

/** Many new rows at once: without fresh statistics the planner would take the tables for nearly empty. */
async function analyse({ db }: Context): Promise<void> {
  await db.outside((kysely) => sql`ANALYZE customer, customer_handle, customer_word`.execute(kysely));
}

/** Customers of a centre, found by number while the phone rings and by word beginnings otherwise. */
export function createCustomers(context: Context): CustomerRepository {
  const { db } = context;
  return {
    create: (scope, customer) =>
      db.inScope(scope, async (trx) => {
        const row = newCustomer(context, customer);
        await writeCustomers(trx, scope, [row]);
        return row;
      }),
    update: (scope, id, customer, expected) => update(context, scope, id, customer, expected),
    get: (scope, id) => db.inScope(scope, async (trx) => (await readCustomers(trx, scope, [id])).get(id)),
    getMany: (scope, ids) => db.inScope(scope, (trx) => readCustomers(trx, scope, ids)),
    delete: (scope, id) =>
      db.inScope(scope, async (trx) => {
        const gone = await trx
          .deleteFrom("customer")
          .where("centre_id", "=", scope.centreId)
          .where("id", "=", id)
          .executeTakeFirst();
        return gone.numDeletedRows > 0n;
      }),
    deleteMany: (scope, ids) => deleteMany(context, scope, ids),
    giveMany: (scope, ids, clientId) => giveMany(context, scope, ids, clientId),
    findByPhone: (scope, e164, query) => findByPhone(context, scope, e164, query?.clientId),
    count: (scope, text, max, query) => count(context, scope, text, max, query),
    search: (scope, text, query) => search(context, scope, text, query),
    importMany: async (scope, customers) => {
      const outcome = await importCustomers(context, scope, customers);
      if (outcome.created >= analyseFrom) await analyse(context);
      return outcome;
    },
    listAll: (scope, query) => listAll(context, scope, query),
    addNote: (scope, customerId, userId, text) => addNote(context, scope, customerId, userId, text),
    listNotes: (scope, customerId, query) => listNotes(context, scope, customerId, query),
  };
}

async function update(
  { db, now }: Context,
  scope: Scope,
  id: string,
  customer: CustomerInput,
  expected: number | undefined,
): ReturnType<CustomerRepository["update"]> {
  return db.inScope(scope, async (trx) => {
    const row = await trx
      .selectFrom("customer")
      .selectAll()
      .where("centre_id", "=", scope.centreId)
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return fail("CUSTOMER_UNKNOWN", "no such customer");
    if (expected !== undefined && expected !== row.version) {
      return fail("VERSION_CONFLICT", "the customer was changed meanwhile");
    }
    const before = toCustomer(row);
    const changed = mergeCustomer(before, cleanCustomer(customer), now());
    if (changed !== before) await writeCustomers(trx, scope, [changed]);
    return ok(changed);
  });
}

async function readCustomers(
  trx: Trx,
  scope: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerRow>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom("customer")
    .selectAll()
    .where("centre_id", "=", scope.centreId)
    .where("id", "in", [...new Set(ids)])
    .execute();
  return new Map(rows.map((row) => [row.id, toCustomer(row)]));
}

async function deleteMany({ db }: Context, scope: Scope, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const gone = await db.inScope(scope, (trx) =>
    trx.deleteFrom("customer").where("centre_id", "=", scope.centreId).where("id", "in", ids).returning("id").execute(),
  );
  return gone.map(({ id }) => id);
}

async function giveMany(
  { db, now }: Context,
  scope: Scope,
  ids: readonly string[],
  clientId: string,
): ReturnType<CustomerRepository["giveMany"]> {
  if (ids.length === 0) return [];
  return db.inScope(scope, async (trx) => {
    const chosen = trx
      .selectFrom("customer")
      .selectAll()
      .where("centre_id", "=", scope.centreId)
      .where("id", "in", ids);
    const rows = await chosen.orderBy("id").forUpdate().execute();
    const moving = rows.map(toCustomer).filter((row) => row.clientId !== clientId);
    if (moving.length > 0)
      await trx
        .updateTable("customer")
        .set(({ eb }) => ({ client_id: clientId, version: eb("version", "+", 1), updated_at: now() }))
        .where("centre_id", "=", scope.centreId)
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
  scope: Scope,
  e164: string,
  clientId: string | undefined,
): Promise<readonly CustomerRow[]> {
  const clientIds = clientsOf(scope, clientId);
  if (clientIds?.length === 0) return [];
  const rows = await db.inScope(scope, (trx) => {
    const all = trx
      .selectFrom("customer")
      .selectAll()
      .where("centre_id", "=", scope.centreId)
      .where("id", "in", (eb) =>
        eb
          .selectFrom("customer_handle")
          .select("customer_id")
          .where("centre_id", "=", scope.centreId)
          .where("kind", "=", "phone")
          .where("value", "=", cleanText(e164)),
      );
    const own = clientIds === null ? all : all.where("client_id", "in", clientIds);
    return own.orderBy("updated_at", "desc").orderBy("id").limit(byPhoneMax).execute();
  });
  return rows.map(toCustomer);
}

/**
 * The clients to ask for, null for all. The database's policies would refuse the others anyway; but asked for by name they
 * are found by an index, and nobody reads the cards of all clients to leave most of them out.
 */
function clientsOf(scope: Scope, clientId: string | undefined): readonly string[] | null {
  if (scope.clients === "all") return clientId === undefined ? null : [clientId];
  return clientId === undefined ? scope.clients : scope.clients.filter((id) => id === clientId);
}

/** Whether any of a customer's words begins so: a range in a B-tree by code points, which row-level security leaves usable. */
export function customersWithWord(eb: ExpressionBuilder<Database, never>, scope: Scope, beginnings: readonly string[]) {
  return eb
    .selectFrom("customer_word")
    .select("customer_id")
    .where("centre_id", "=", scope.centreId)
    .where((word) =>
      word.or(beginnings.map((text) => word.and([word("word", ">=", text), word("word", "<", prefixEnd(text))]))),
    );
}

type SearchQuery = PageQuery & OfClient;

async function search(
  { db }: Context,
  scope: Scope,
  text: string,
  query: SearchQuery | undefined,
): Promise<Page<CustomerRow>> {
  const clientIds = clientsOf(scope, query?.clientId);
  const none = { items: [], nextCursor: null };
  if (clientIds?.length === 0) return none;
  const terms = searchTerms(text.slice(0, 200));
  if (terms.length > 0) return db.inScope(scope, (trx) => searchByWords(trx, scope, terms, query));
  if (text.trim() !== "") return none;
  return db.inScope(scope, (trx) => listByName(trx, scope, clientIds, query));
}

async function listByName(
  trx: Trx,
  scope: Scope,
  clientIds: readonly string[] | null,
  query: PageQuery | undefined,
): Promise<Page<CustomerRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["string", "string"]);
  let found = trx.selectFrom("customer").selectAll().where("centre_id", "=", scope.centreId);
  if (clientIds !== null) found = found.where("client_id", "in", clientIds);
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
  scope: Scope,
  terms: readonly (readonly string[])[],
  query: SearchQuery | undefined,
): Promise<Page<CustomerRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["string", "string"]);
  const further = after === undefined ? sql`` : sql`AND (w.word, w.customer_id) > (${after[0]}, ${after[1]})`;
  const { rows } = await sql<{ word: string; customer_id: string }>`
    SELECT w.word, w.customer_id FROM customer_word w WHERE ${matching(scope, terms, query?.clientId)} ${further}
    ORDER BY w.word, w.customer_id LIMIT ${limit + 1}`.execute(trx);
  const found = await readCustomers(
    trx,
    scope,
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
 * A customer whose words match twice is met at the first of them. Words of other clients than the scope's are not there to be walked.
 */
function matching(scope: Scope, terms: readonly (readonly string[])[], clientId: string | undefined) {
  const [walked = [], ...others] = [...terms].sort((a, b) => lengthOf(b) - lengthOf(a));
  // Scalar subqueries, because the planner turns EXISTS into joins that read all words of the centre before the first row comes out.
  const words = (table: "o" | "e", what: string, term: readonly string[]) =>
    sql`(SELECT ${sql.raw(what)} FROM customer_words c, unnest(c.words) AS ${sql.raw(table)}(word)
      WHERE c.centre_id = ${scope.centreId} AND c.customer_id = w.customer_id AND ${inRanges(table, term)})`;
  const also = others.map((term) => sql`AND ${words("o", "count(*)", term)} > 0`);
  const ofClient = sql`AND (SELECT client_id FROM customer c WHERE c.centre_id = ${scope.centreId} AND c.id = w.customer_id) = ${clientId}`;
  return sql<boolean>`w.centre_id = ${scope.centreId} AND ${inRanges("w", walked)}
    AND w.word = ${words("e", "min(word)", walked)} ${sql.join(also, sql` `)} ${clientId === undefined ? sql`` : ofClient}`;
}

async function count(
  { db }: Context,
  scope: Scope,
  text: string,
  max: number,
  query: OfClient | undefined,
): Promise<number> {
  const clientIds = clientsOf(scope, query?.clientId);
  if (clientIds?.length === 0) return 0;
  const terms = searchTerms(text.slice(0, 200));
  if (terms.length === 0 && text.trim() !== "") return 0;
  const all =
    terms.length > 0
      ? sql`SELECT 1 FROM customer_word w WHERE ${matching(scope, terms, query?.clientId)}`
      : sql`SELECT 1 FROM customer WHERE centre_id = ${scope.centreId} ${clientIds === null ? sql`` : sql`AND client_id = ANY(${clientIds})`}`;
  return db.inScope(scope, async (trx) => {
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

async function listAll({ db }: Context, scope: Scope, query: PageQuery | undefined): Promise<Page<CustomerRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["string"]);
  const rows = await db.inScope(scope, (trx) => {
    const all = trx.selectFrom("customer").selectAll().where("centre_id", "=", scope.centreId);
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
  scope: Scope,
  customerId: string,
  userId: string | null,
  text: string,
): Promise<CustomerNote> {
  const at = now();
  const note: CustomerNote = { id: newId(at), at, userId, text: cleanText(text) };
  assert(note.text.length <= 20_000, "a note's length is checked at the edge");
  const { id } = note;
  await db.inScope(scope, (trx) =>
    trx
      .insertInto("customer_note")
      .values({ centre_id: scope.centreId, id, customer_id: customerId, at, user_id: userId, text: note.text })
      .execute(),
  );
  return note;
}

async function listNotes(
  { db }: Context,
  scope: Scope,
  customerId: string,
  query: PageQuery | undefined,
): Promise<Page<CustomerNote>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["number", "string"]);
  const rows = await db.inScope(scope, (trx) => {
    const all = trx
      .selectFrom("customer_note")
      .selectAll()
      .where("centre_id", "=", scope.centreId)
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
