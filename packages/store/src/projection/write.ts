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

/** A batch's changes as the documents that `write_projections` takes (migration 2); null where there are none. */
export function changeDocuments(changes: BatchChanges): (string | null)[] {
  const contacts = [...changes.contacts.values()];
  const operators = contacts.flatMap(operatorRows);
  const json = (rows: readonly unknown[]): string | null => (rows.length === 0 ? null : toJson(rows));
  return [
    json(contacts.map(contactRow)),
    json(operators),
    json([...changes.recordings.values()]),
    json(changes.reached),
  ];
}

/** Writes a batch's changes in the caller's transaction. */
export async function writeChanges(client: pg.ClientBase, centreId: string, changes: BatchChanges): Promise<void> {
  const text = "SELECT write_projections($1::uuid, $2::jsonb, $3::jsonb, $4::jsonb, $5::jsonb)";
  await client.query({ name: "projections", text, values: [centreId, ...changeDocuments(changes)] });
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
