import type { ContactEndCode, Direction, Language } from "@centrala/contract";
import { type ExpressionBuilder, sql } from "kysely";
import type { Trx } from "../database.ts";
import type { AddressRow, ContactFilter, ContactRepository, ContactRow, Page, PageQuery, Scope } from "../port.ts";
import type { Database } from "../schema.ts";
import { cleanText, digitsOf, prefixEnd, reversed } from "../text.ts";
import { readAddresses } from "./addresses.ts";
import type { Context } from "./context.ts";
import { customersWithWord } from "./customers.ts";
import { decodeCursor, limitOf, toPage } from "./page.ts";
import { searchTerms } from "./words.ts";

const countMaxUsual = 10_000;

/** Contacts as the projections hold them, joined with the number and the customer's name. */
export function createContacts(context: Context): ContactRepository {
  const { db } = context;
  const page = (scope: Scope, query: PageQuery | undefined, narrow: Narrow) => list(context, scope, query, narrow);
  return {
    get: (scope, contactId) =>
      db.inScope(scope, async (trx) => {
        const rows = await contactQuery(trx, scope).where("c.id", "=", cleanText(contactId)).execute();
        return (await toContacts(trx, scope, rows))[0];
      }),
    getMany: (scope, contactIds) =>
      db.inScope(scope, async (trx) => {
        if (contactIds.length === 0) return [];
        const rows = await contactQuery(trx, scope).where("c.id", "in", contactIds.map(cleanText)).execute();
        return toContacts(trx, scope, rows);
      }),
    list: (scope, filter, query) => page(scope, query, (all) => applyFilter(all, scope, filter)),
    count: (scope, filter, max) => count(context, scope, filter, max ?? countMaxUsual),
    historyOfCustomer: (scope, customerId, query) =>
      page(scope, query, (all) => ofClients(ofCustomer(all, scope, customerId), scope)),
    historyOfAddress: (scope, addressId, query) =>
      page(scope, query, (all) => all.where("c.address_id", "=", addressId)),
  };
}

type ContactQuery = ReturnType<typeof contactQuery>;
type Narrow = (query: ContactQuery) => ContactQuery;

/** A centre's contacts, to be narrowed. */
export function contactQuery(trx: Trx, scope: Scope) {
  return trx.selectFrom("contact as c").where("c.centre_id", "=", scope.centreId).selectAll("c");
}
type SelectedContact = Awaited<ReturnType<ContactQuery["execute"]>>[number];

/** The rows with numbers and customers' names, which are looked up by id: a join goes wrong where statistics are still missing. */
export async function toContacts(
  trx: Trx,
  scope: Scope,
  rows: readonly SelectedContact[],
): Promise<readonly ContactRow[]> {
  const addresses = await readAddresses(trx, scope.centreId, presentIds(rows.map((row) => row.address_id)));
  const names = await readNames(trx, scope, presentIds(rows.map((row) => row.customer_id)));
  return rows.map((row) => toContact(row, addresses, names));
}

function presentIds(ids: readonly (string | null)[]): readonly string[] {
  return [...new Set(ids.filter((id) => id !== null))];
}

async function readNames(trx: Trx, scope: Scope, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom("customer")
    .select(["id", "name"])
    .where("centre_id", "=", scope.centreId)
    .where("id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

function toContact(
  row: SelectedContact,
  addresses: ReadonlyMap<string, AddressRow>,
  names: ReadonlyMap<string, string>,
): ContactRow {
  const { id, address_id } = row;
  const empty = { raw: "", display: "", e164: null };
  const address = address_id === null ? null : (addresses.get(address_id) ?? { id: address_id, ...empty });
  return {
    id,
    direction: row.direction as Direction,
    clientId: row.client_id,
    trunkId: row.trunk_id,
    numberId: row.number_id,
    address,
    calledAddressId: row.called_address_id,
    customerId: row.customer_id,
    customerName: names.get(row.customer_id ?? "") ?? null,
    language: row.language as Language,
    queueId: row.queue_id,
    operatorId: row.operator_id,
    operatorIds: row.operator_ids,
    startedAt: row.started_at,
    answeredAt: row.answered_at,
    endedAt: row.ended_at,
    waitMs: row.wait_ms,
    talkMs: row.talk_ms,
    holdMs: row.hold_ms,
    wrapUpMs: row.wrap_up_ms,
    offers: row.offers,
    dispositionId: row.disposition_id,
    endCode: row.end_code as ContactEndCode | null,
    answered: row.answered,
    voicemail: row.voicemail,
    recorded: row.recorded,
    missed: row.missed,
    reachedAt: row.reached_at,
    missedClosedAt: row.missed_closed_at,
    missedClosedBy: row.missed_closed_by,
    missedCloseReason: row.missed_close_reason,
  };
}

async function list(
  { db }: Context,
  scope: Scope,
  query: PageQuery | undefined,
  narrow: Narrow,
): Promise<Page<ContactRow>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["number", "string"]);
  return db.inScope(scope, async (trx) => {
    const all = narrow(contactQuery(trx, scope));
    const rest =
      after === undefined ? all : all.where(sql<boolean>`(c.started_at, c.id) < (${after[0]}::bigint, ${after[1]})`);
    const rows = await rest
      .orderBy("c.started_at", "desc")
      .orderBy("c.id", "desc")
      .limit(limit + 1)
      .execute();
    const page = toPage(
      rows,
      limit,
      (row) => row,
      (row) => [row.started_at, row.id],
    );
    return { items: await toContacts(trx, scope, page.items), nextCursor: page.nextCursor };
  });
}

async function count({ db }: Context, scope: Scope, filter: ContactFilter, max: number): Promise<number> {
  return db.inScope(scope, async (trx) => {
    const matching = applyFilter(contactQuery(trx, scope), scope, filter)
      .clearSelect()
      .select("c.id")
      .limit(Math.max(1, max));
    const row = await trx
      .selectFrom(matching.as("m"))
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  });
}

const equalities = [
  ["direction", "c.direction"],
  ["clientId", "c.client_id"],
  ["numberId", "c.number_id"],
  ["queueId", "c.queue_id"],
  ["dispositionId", "c.disposition_id"],
  ["customerId", "c.customer_id"],
  ["answered", "c.answered"],
  ["endCode", "c.end_code"],
] as const;

function applyFilter(all: ContactQuery, scope: Scope, filter: ContactFilter): ContactQuery {
  let found = all;
  if (filter.from !== undefined) found = found.where("c.started_at", ">=", filter.from);
  if (filter.to !== undefined) found = found.where("c.started_at", "<", filter.to);
  for (const [key, column] of equalities) {
    const wanted = filter[key];
    if (wanted !== undefined) found = found.where(column, "=", typeof wanted === "string" ? cleanText(wanted) : wanted);
  }
  const { operatorId, digits, text } = filter;
  if (operatorId !== undefined) {
    found = found.where("c.id", "in", (eb) =>
      eb
        .selectFrom("contact_operator")
        .select("contact_id")
        .where("centre_id", "=", scope.centreId)
        .where("operator_id", "=", cleanText(operatorId)),
    );
  }
  if (digits !== undefined) found = withDigits(found, scope, digits);
  return text === undefined || text.trim() === "" ? found : withText(found, scope, text.slice(0, 200));
}

/** By the beginning or the end of the number; fewer than three digits find nothing. */
function withDigits(all: ContactQuery, scope: Scope, text: string): ContactQuery {
  const digits = digitsOf(text);
  // 0888 stands for +359 888: what is left without the zeros is the end of the international number.
  const bare = reversed(digits.replace(/^0+/, ""));
  if (digits.length < 3 || bare.length < 3) return all.where(sql<boolean>`false`);
  return all.where("c.address_id", "in", (eb) =>
    eb
      .selectFrom("address")
      .select("id")
      .where("centre_id", "=", scope.centreId)
      .where((address) =>
        address.or([
          address.and([address("digits", ">=", digits), address("digits", "<", prefixEnd(digits))]),
          address.and([address("digits_reversed", ">=", bare), address("digits_reversed", "<", prefixEnd(bare))]),
        ]),
      ),
  );
}

function withText(all: ContactQuery, scope: Scope, text: string): ContactQuery {
  const part = `%${cleanText(text.trim())
    .toLowerCase()
    .replace(/[\\%_]/g, "\\$&")}%`;
  const terms = searchTerms(text);
  return all.where((eb) => {
    const noted = eb(
      "c.id",
      "in",
      eb
        .selectFrom("contact_note")
        .select("contact_id")
        .where("centre_id", "=", scope.centreId)
        .where(sql<boolean>`lower(text) LIKE ${part}`),
    );
    if (terms.length === 0) return noted;
    const words = eb as unknown as ExpressionBuilder<Database, never>;
    const named = terms.map((term) => eb("c.customer_id", "in", customersWithWord(words, scope, term)));
    return eb.or([noted, eb.and(named)]);
  });
}

/** A customer's history is that with the clients one works for, also where one took part in another's contact. */
function ofClients(all: ContactQuery, scope: Scope): ContactQuery {
  if (scope.clients === "all") return all;
  return scope.clients.length === 0 ? all.where(sql<boolean>`false`) : all.where("c.client_id", "in", scope.clients);
}

/** Linked to the customer, or from one of their numbers and linked to nobody else. */
function ofCustomer(all: ContactQuery, scope: Scope, customerId: string): ContactQuery {
  const id = cleanText(customerId);
  return all.where((eb) =>
    eb.or([
      eb("c.customer_id", "=", id),
      eb.and([
        eb("c.customer_id", "is", null),
        eb(
          "c.address_id",
          "in",
          sql<string>`(SELECT a.id FROM customer_handle h JOIN address a ON a.centre_id = h.centre_id AND a.key = h.value
            WHERE h.centre_id = ${scope.centreId} AND h.customer_id = ${id} AND h.kind = 'phone')`,
        ),
      ]),
    ]),
  );
}
