import type pg from "pg";
import { toJson } from "../text.ts";
import type { BatchChanges } from "./batch.ts";
import type { ContactProjection, OperatorPart } from "./contact.ts";

const contactColumns = [
  "id text",
  "direction text",
  "client_id text",
  "trunk_id text",
  "number_id text",
  "address_id text",
  "called_address_id text",
  "customer_id text",
  "customer_leg_id text",
  "language text",
  "queue_id text",
  "operator_id text",
  "operator_ids text[]",
  "started_at bigint",
  "answered_at bigint",
  "ended_at bigint",
  "wait_ms bigint",
  "talk_ms bigint",
  "hold_ms bigint",
  "wrap_up_ms bigint",
  "offers integer",
  "disposition_id text",
  "end_code text",
  "answered boolean",
  "voicemail boolean",
  "recorded boolean",
  "while_closed boolean",
  "missed boolean",
];
const operatorColumns = [
  "contact_id text",
  "operator_id text",
  "started_at bigint",
  "talk_ms bigint",
  "hold_ms bigint",
  "wrap_up_ms bigint",
  "wrap_up_since bigint",
  "talked boolean",
];
const recordingColumns = [
  "id text",
  "contact_id text",
  "voicemail boolean",
  "started_at bigint",
  "state text",
  "duration_ms bigint",
  "bytes bigint",
  "sha256 text",
  "fail_code text",
];

const names = (columns: readonly string[]): readonly string[] => columns.map((column) => column.split(" ")[0] ?? "");

/** One statement for any number of rows: they travel as one JSON document. */
function upsert(table: string, columns: readonly string[], key: readonly string[], update: string): string {
  const list = names(columns).join(", ");
  const fields = names(columns)
    .map((name) => `r.${name}`)
    .join(", ");
  return `INSERT INTO ${table} (centre_id, ${list})
    SELECT $1::uuid, ${fields} FROM jsonb_to_recordset($2::jsonb) AS r(${columns.join(", ")})
    ON CONFLICT (centre_id, ${key.join(", ")}) DO UPDATE SET ${update}`;
}

function replaceAll(columns: readonly string[], key: readonly string[]): string {
  const changed = names(columns).filter((name) => !key.includes(name));
  return changed.map((name) => `${name} = excluded.${name}`).join(", ");
}

const upsertContacts = upsert("contact", contactColumns, ["id"], replaceAll(contactColumns, ["id"]));
const operatorKey = ["contact_id", "operator_id"];
const upsertOperators = upsert(
  "contact_operator",
  operatorColumns,
  operatorKey,
  replaceAll(operatorColumns, operatorKey),
);
// A closing fact may come in a later batch than the start; nothing that is known is lost, and deleted stays deleted.
const upsertRecordings = upsert(
  "recording",
  recordingColumns,
  ["id"],
  `started_at = least(recording.started_at, excluded.started_at),
   voicemail = recording.voicemail OR excluded.voicemail,
   state = CASE WHEN recording.state = 'deleted' THEN 'deleted' ELSE excluded.state END,
   duration_ms = coalesce(excluded.duration_ms, recording.duration_ms),
   bytes = coalesce(excluded.bytes, recording.bytes),
   sha256 = coalesce(excluded.sha256, recording.sha256),
   fail_code = coalesce(excluded.fail_code, recording.fail_code)`,
);
const settleReached = `UPDATE contact SET reached_at = r.at
  FROM (SELECT address_id, max(at) AS at FROM jsonb_to_recordset($2::jsonb) AS r(address_id text, at bigint) GROUP BY 1) r
  WHERE contact.centre_id = $1::uuid AND contact.address_id = r.address_id AND contact.ended_at <= r.at
    AND contact.missed AND contact.reached_at IS NULL`;

/** Writes a batch's changes in the journal's own transaction: at most one statement a table. */
export async function writeChanges(client: pg.ClientBase, centreId: string, changes: BatchChanges): Promise<void> {
  if (changes.contacts.size > 0) {
    const rows = [...changes.contacts.values()];
    await client.query({ name: "contacts", text: upsertContacts, values: [centreId, toJson(rows.map(contactRow))] });
    const operators = rows.flatMap(operatorRows);
    if (operators.length > 0) {
      await client.query({ name: "operators", text: upsertOperators, values: [centreId, toJson(operators)] });
    }
  }
  if (changes.recordings.size > 0) {
    const rows = toJson([...changes.recordings.values()]);
    await client.query({ name: "recordings", text: upsertRecordings, values: [centreId, rows] });
  }
  if (changes.reached.length > 0) {
    await client.query({ name: "reached", text: settleReached, values: [centreId, toJson(changes.reached)] });
  }
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
    text: `SELECT ${names(contactColumns).join(", ")} FROM contact WHERE centre_id = $1 AND id = ANY($2)`,
    values: [centreId, contactIds],
  });
  const parts = await client.query<OperatorPart & { contact_id: string; operator_id: string }>({
    name: "operators-of",
    text: `SELECT ${names(operatorColumns).join(", ")} FROM contact_operator WHERE centre_id = $1 AND contact_id = ANY($2)`,
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
