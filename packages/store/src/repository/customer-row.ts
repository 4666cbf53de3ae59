import { isDeepStrictEqual } from "node:util";
import { type Language, ownClientId } from "@centrala/contract";
import type { Card } from "@centrala/domain/import";
import { sql } from "kysely";
import type { Trx } from "../database.ts";
import type { CustomerHandle, CustomerInput, CustomerRow, Scope } from "../port.ts";
import type { Database } from "../schema.ts";
import { toJson } from "../text.ts";
import { type Context, newId } from "./context.ts";
import { cleanCustomer, noteField, sortName } from "./customer-card.ts";
import { customerWords } from "./words.ts";

/** A first version of a customer, with its id. */
export function newCustomer({ now }: Context, customer: CustomerInput): CustomerRow {
  const at = now();
  const { clientId, ...card } = cleanCustomer(customer);
  return { ...card, clientId: clientId ?? ownClientId, id: newId(at), version: 1, createdAt: at, updatedAt: at };
}

/** Inserts or replaces customers with their handles and search words; a few statements for any number. */
export async function writeCustomers(trx: Trx, scope: Scope, customers: readonly CustomerRow[]): Promise<void> {
  if (customers.length === 0) return;
  await sql`
    INSERT INTO customer (centre_id, id, client_id, name, sort_name, company, language, fields, handles, version, created_at, updated_at)
    SELECT ${scope.centreId}::uuid, r.id, r.client_id, r.name, r.sort_name, r.company, r.language, r.fields, r.handles, r.version, r.created_at, r.updated_at
    FROM jsonb_to_recordset(${toJson(customers.map(toColumns))}::jsonb) AS r(id text, client_id text, name text, sort_name text,
      company text, language text, fields jsonb, handles jsonb, version integer, created_at bigint, updated_at bigint)
    ON CONFLICT (centre_id, id) DO UPDATE SET client_id = excluded.client_id, name = excluded.name, sort_name = excluded.sort_name,
      company = excluded.company, language = excluded.language, fields = excluded.fields, handles = excluded.handles,
      version = excluded.version, updated_at = excluded.updated_at`.execute(trx);
  await removeParts(trx, scope, customers);
  const handles = customers.flatMap(({ id, handles }) =>
    handles.map(({ kind, value }) => ({ customer_id: id, kind, value })),
  );
  await sql`INSERT INTO customer_handle (centre_id, customer_id, kind, value)
    SELECT ${scope.centreId}::uuid, r.* FROM jsonb_to_recordset(${toJson(handles)}::jsonb) AS r(customer_id text, kind text, value text)`.execute(
    trx,
  );
  const words = customers.map((customer) => ({ customer_id: customer.id, words: customerWords(customer) }));
  await sql`WITH fresh AS (SELECT * FROM jsonb_to_recordset(${toJson(words)}::jsonb) AS r(customer_id text, words text[])),
    parts AS (INSERT INTO customer_words (centre_id, customer_id, words) SELECT ${scope.centreId}::uuid, f.* FROM fresh f)
    INSERT INTO customer_word (centre_id, word, customer_id)
    SELECT ${scope.centreId}::uuid, u.word, f.customer_id FROM fresh f, unnest(f.words) AS u(word)`.execute(trx);
}

/** A card of the first version has no numbers and words yet. */
async function removeParts(trx: Trx, scope: Scope, customers: readonly CustomerRow[]): Promise<void> {
  const ids = customers.filter((customer) => customer.version > 1).map((customer) => customer.id);
  if (ids.length > 0) await sql`SELECT remove_customer_parts(${scope.centreId}::uuid, ${ids}::text[])`.execute(trx);
}

function toColumns(customer: CustomerRow): object {
  const { id, name, company, language, fields, handles, version } = customer;
  const times = { created_at: customer.createdAt, updated_at: customer.updatedAt };
  const sort_name = sortName(customer);
  return { id, client_id: customer.clientId, name, sort_name, company, language, fields, handles, version, ...times };
}

export function toCustomer(row: Database["customer"] | CustomerSelect): CustomerRow {
  return {
    id: row.id,
    clientId: row.client_id,
    name: row.name,
    company: row.company,
    language: row.language as Language | null,
    handles: row.handles as unknown as readonly CustomerHandle[],
    fields: row.fields as unknown as Readonly<Record<string, string>>,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
/** As read: jsonb comes parsed. */
export type CustomerSelect = Omit<Database["customer"], "fields" | "handles"> & { fields: object; handles: object };

/** The customer with new content, the next version; the same object when nothing changes. */
export function mergeCustomer(before: CustomerRow, content: CustomerInput, at: number): CustomerRow {
  const next = { ...before, ...content, clientId: content.clientId ?? before.clientId };
  return isDeepStrictEqual(next, before) ? before : { ...next, version: before.version + 1, updatedAt: at };
}

/** What lists know of a customer. */
export function cardOf(row: CustomerRow): Card {
  const values = (kind: "phone" | "email") =>
    row.handles.filter((handle) => handle.kind === kind).map((handle) => handle.value);
  return {
    name: row.name,
    company: row.company,
    language: row.language,
    phones: values("phone"),
    emails: values("email"),
    note: row.fields[noteField] ?? "",
  };
}
