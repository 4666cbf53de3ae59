import type pg from "pg";
import type { Db } from "../database.ts";
import { toJson } from "../text.ts";
import type { BatchChanges } from "./batch.ts";
import type { ContactProjection, OperatorPart } from "./contact.ts";
import type { ReportChanges } from "./report.ts";

const contactColumns = [
  "id",
  "direction",
  "client_id",
  "trunk_id",
  "number_id",
  "address_id",
  "called_address_id",
  "customer_id",
  "customer_leg_id",
  "language",
  "queue_id",
  "operator_id",
  "operator_ids",
  "started_at",
  "answered_at",
  "ended_at",
  "wait_ms",
  "talk_ms",
  "hold_ms",
  "wrap_up_ms",
  "offers",
  "disposition_id",
  "end_code",
  "answered",
  "voicemail",
  "recorded",
  "while_closed",
  "missed",
  "folded",
];
const operatorColumns = [
  "contact_id",
  "operator_id",
  "started_at",
  "talk_ms",
  "hold_ms",
  "wrap_up_ms",
  "wrap_up_since",
  "talked",
];

/** How a batch moves the live projector. */
export type LiveMove = {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly generation: number;
};

/** Moves the live projector and writes a batch's changes, in one round trip. False, and nothing is written, when it stands elsewhere. */
export async function projectLive(
  db: Db,
  centreId: string,
  { epoch, from, to, generation }: LiveMove,
  changes: BatchChanges,
): Promise<boolean> {
  const { segments, spans, rollups } = changes.report;
  const documents = documentsOf([...contactTables(changes), segments, spans, rollups]);
  const text =
    "SELECT project_live($1::uuid, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8::jsonb, $9::jsonb, $10::jsonb, $11::jsonb, $12::jsonb) AS done";
  const values = [epoch, from, to, generation, ...documents];
  const rows = await db.call<{ done: boolean }>("project-live", text, centreId, values);
  return rows[0]?.done === true;
}

/** Which rows are written, where there are others already. */
export type Into = {
  readonly generation: number;
  /** Not in the order of time with what is live. */
  readonly rebuilt: boolean;
  /** Nothing that is there is newer. */
  readonly newest?: boolean;
};

/** Writes contacts, recordings and who was reached in the caller's transaction; gives the contacts that no newer fold stood in the way of. */
export async function writeContacts(
  client: pg.ClientBase,
  centreId: string,
  changes: BatchChanges,
  { generation, rebuilt, newest = false }: Into,
): Promise<readonly string[]> {
  const options = [generation, rebuilt, newest];
  const written = await call(client, "write_projections", centreId, options, contactTables(changes));
  return Array.isArray(written) ? (written as readonly string[]) : [];
}

/** Writes segments and spans, and adds to the sums, in the caller's transaction. */
export async function writeReport(
  client: pg.ClientBase,
  centreId: string,
  generation: number,
  { segments, spans, rollups }: ReportChanges,
): Promise<void> {
  await call(client, "write_report", centreId, [generation], [segments, spans, rollups]);
}

function contactTables({ contacts, recordings, reached }: BatchChanges): readonly (readonly unknown[])[] {
  const rows = [...contacts.values()];
  return [rows.map(contactRow), rows.flatMap(operatorRows), [...recordings.values()], reached];
}

/** Rows travel as JSON documents; null where there are none. */
function documentsOf(tables: readonly (readonly unknown[])[]): readonly (string | null)[] {
  return tables.map((rows) => (rows.length === 0 ? null : toJson(rows)));
}

async function call(
  client: pg.ClientBase,
  name: "write_projections" | "write_report",
  centreId: string,
  options: readonly (number | boolean)[],
  tables: readonly (readonly unknown[])[],
): Promise<unknown> {
  const documents = documentsOf(tables);
  if (documents.every((document) => document === null)) return undefined;
  const places = [...options.map(() => ""), ...documents.map(() => "::jsonb")];
  const text = `SELECT ${name}($1::uuid, ${places.map((type, index) => `$${index + 2}${type}`).join(", ")}) AS result`;
  const { rows } = await client.query<{ result: unknown }>({
    name,
    text,
    values: [centreId, ...options, ...documents],
  });
  return rows[0]?.result;
}

function contactRow({ operators: _, ...row }: ContactProjection): object {
  return row;
}

function operatorRows(contact: ContactProjection): readonly object[] {
  return Object.entries(contact.operators).map(([operator_id, part]) => ({
    contact_id: contact.id,
    operator_id,
    ...part,
  }));
}

/** The present rows of some contacts, as far as there are any. */
export async function readProjections(
  client: pg.ClientBase,
  centreId: string,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, ContactProjection>> {
  const found = new Map<string, ContactProjection>();
  if (contactIds.length === 0) return found;
  const contacts = await client.query<Omit<ContactProjection, "operators">>({
    name: "contacts-of",
    text: `SELECT ${contactColumns.join(", ")} FROM contact WHERE centre_id = $1 AND id = ANY($2)`,
    values: [centreId, contactIds],
  });
  const parts = await client.query<OperatorPart & { contact_id: string; operator_id: string }>({
    name: "operators-of",
    text: `SELECT ${operatorColumns.join(", ")} FROM contact_operator WHERE centre_id = $1 AND contact_id = ANY($2)`,
    values: [centreId, contactIds],
  });
  for (const row of contacts.rows) found.set(row.id, { ...row, operators: {} });
  for (const { contact_id, operator_id, ...part } of parts.rows) {
    const contact = found.get(contact_id);
    if (contact !== undefined) {
      found.set(contact_id, { ...contact, operators: { ...contact.operators, [operator_id]: part } });
    }
  }
  return found;
}
