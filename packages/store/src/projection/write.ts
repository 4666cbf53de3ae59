import type pg from "pg";
import { toJson } from "../text.ts";
import type { BatchChanges } from "./batch.ts";
import type { ContactProjection, OperatorPart } from "./contact.ts";

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

/**
 * Writes a batch's changes in the caller's transaction. Rows that were folded up to `replaced` or less are written anew (a
 * rebuild's), others only by a newer fold.
 */
export async function writeChanges(
  client: pg.ClientBase,
  centreId: string,
  changes: BatchChanges,
  replaced = 0,
): Promise<void> {
  const contacts = [...changes.contacts.values()];
  const documents = [contacts.map(contactRow), contacts.flatMap(operatorRows), [...changes.recordings.values()]];
  const values = [...documents, changes.reached].map((rows) => (rows.length === 0 ? null : toJson(rows)));
  if (values.every((value) => value === null)) return;
  const text = "SELECT write_projections($1::uuid, $2, $3::jsonb, $4::jsonb, $5::jsonb, $6::jsonb)";
  await client.query({ name: "projections", text, values: [centreId, replaced, ...values] });
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
