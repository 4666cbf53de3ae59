import type { Generated, JSONColumnType } from "kysely";

/** The tables as Kysely sees them. bigint reads as number: times and sizes stay far below 2^53. */
type Json = JSONColumnType<object, string, string>;
type Own = { centre_id: string };

export type Database = {
  centre_directory: Own & { slug: string; created_at: number };
  directory: Own & { kind: DirectoryKind; key_hash: Buffer };
  setting: { key: string; value: Json };
  schema_migration: { version: number; name: string; checksum: string };
  centre: Own & { data: Json; version: number; config_version: number; updated_at: number };
  entity: Own & { kind: string; id: string; data: Json; version: number; updated_at: number };
  secret: Own & { kind: string; id: string; sealed: Buffer };
  credential: Own & {
    user_id: string;
    hash: string;
    failed_attempts: number;
    locked_until: number | null;
    changed_at: number;
    seen_at: number | null;
  };
  session: Own & {
    id: string;
    token_hash: Buffer;
    user_id: string;
    created_at: number;
    seen_at: number;
    expires_at: number;
    ip: string;
    agent: string;
  };
  invitation: Own & {
    id: string;
    token_hash: Buffer;
    user_id: string | null;
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
  token: Own & {
    id: string;
    token_hash: Buffer;
    name: string;
    roles: string[];
    created_by: string | null;
    created_at: number;
    seen_at: number | null;
    expires_at: number | null;
  };
  address: Own & {
    id: string;
    key: string;
    raw: string;
    display: string;
    e164: string | null;
    digits: string;
    digits_reversed: string;
  };
  customer: Own & CustomerColumns;
  customer_handle: Own & { customer_id: string; kind: string; value: string };
  customer_word: Own & { word: string; customer_id: string };
  customer_words: Own & { customer_id: string; words: string[] };
  customer_import: Own & {
    id: string;
    file_name: string;
    made_by: string;
    client_id: string;
    created_at: number;
    state: string;
    total: number;
    done: number;
    report: string;
    stored_line: Generated<number>;
  };
  customer_import_row: Own & {
    import_id: string;
    line: number;
    verdict: string;
    remarks: number;
    body: string;
    decision: string | null;
    customer_id: string | null;
    made: string | null;
  };
  customer_import_change: Own & {
    import_id: string;
    customer_id: string;
    before: string | null;
    version: number;
    line: number | null;
  };
  customer_note: Own & { id: string; customer_id: string; at: number; user_id: string | null; text: string };
  contact: Own & ContactColumns;
  contact_operator: Own & ContactOperatorColumns;
  recording: Own & RecordingColumns;
  contact_note: Own & { contact_id: string; operator_id: string; text: string; updated_at: number };
  sip_dialog: Own & { leg_id: string; contact_id: string | null; dialog: Json; saved_at: number };
  registrar_binding: Own & { device_id: string; uri: string; binding: Json; expires_at: number };
  sip_trace: Own & {
    id: Generated<number>;
    contact_id: string;
    at: number;
    messages: string | null;
    chunk_id: number | null;
  };
  sip_trace_chunk: Own & { id: Generated<number>; at: number; packed: Buffer };
  audit: Own & { id: Generated<number>; at: number; who: string; what: string; target: string; detail: Json };
};

export type DirectoryKind = "session" | "invitation" | "token" | "login" | "host" | "phone";

export type CustomerColumns = {
  id: string;
  client_id: string;
  name: string;
  sort_name: string;
  company: string;
  language: string | null;
  fields: Json;
  handles: Json;
  version: number;
  created_at: number;
  updated_at: number;
};

export type ContactColumns = {
  id: string;
  direction: string;
  client_id: string;
  trunk_id: string | null;
  number_id: string | null;
  address_id: string | null;
  called_address_id: string | null;
  customer_id: string | null;
  customer_leg_id: string | null;
  language: string;
  queue_id: string | null;
  operator_id: string | null;
  operator_ids: string[];
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  wait_ms: number;
  talk_ms: number;
  hold_ms: number;
  wrap_up_ms: number;
  offers: number;
  disposition_id: string | null;
  end_code: string | null;
  answered: boolean;
  voicemail: boolean;
  recorded: boolean;
  while_closed: boolean;
  missed: boolean;
  reached_at: number | null;
  missed_closed_at: number | null;
  missed_closed_by: string | null;
  missed_close_reason: string | null;
  /** The last entry that changed it. */
  folded: number;
  generation: Generated<number>;
};

export type ContactOperatorColumns = {
  contact_id: string;
  operator_id: string;
  started_at: number;
  talk_ms: number;
  hold_ms: number;
  wrap_up_ms: number;
  wrap_up_since: number | null;
  talked: boolean;
};

export type RecordingColumns = {
  id: string;
  contact_id: string;
  voicemail: boolean;
  started_at: number;
  state: "running" | "closed" | "failed" | "deleted";
  duration_ms: number | null;
  bytes: number | null;
  sha256: string | null;
  fail_code: string | null;
  path: string | null;
  deleted_at: number | null;
  restored_at: number | null;
  purged_at: number | null;
};

/** Tables that are read before the centre is known and have no row-level security. A test keeps this list equal to the database. */
export const directoryTables = ["centre_directory", "directory", "schema_migration", "setting"] as const;

/** Tables whose rows belong to a client, themselves or by what they are a part of. A test keeps this list equal to the database. */
export const clientTables = [
  "contact",
  "contact_note",
  "contact_operator",
  "customer",
  "customer_handle",
  "customer_import",
  "customer_import_change",
  "customer_import_row",
  "customer_note",
  "customer_word",
  "customer_words",
  "recording",
  "rollup",
  "segment",
] as const;

/** Tables of a centre, in an order in which rows can be inserted again. */
export const centreTables = [
  "centre",
  "entity",
  "secret",
  "credential",
  "session",
  "invitation",
  "token",
  "address",
  "customer",
  "customer_handle",
  "customer_word",
  "customer_words",
  "customer_note",
  "customer_import",
  "customer_import_row",
  "customer_import_change",
  "lease",
  "journal",
  "journal_contact",
  "snapshot",
  "projection",
  "contact",
  "contact_operator",
  "recording",
  "segment",
  "operator_span",
  "rollup",
  "contact_note",
  "sip_dialog",
  "registrar_binding",
  "sip_trace",
  "sip_trace_chunk",
  "audit",
] as const;
