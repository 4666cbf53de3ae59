import type { Instant, Result } from "@centrala/kit";
import type { Page, PageQuery } from "./page.ts";

/** Who did what to what; append-only. `detail` must hold no secrets. */
export type AuditInput = {
  /** User id, "token:<id>", "cli" or "system". */
  readonly who: string;
  /** A verb and a noun: "entity.put", "session.create", "recording.play". */
  readonly what: string;
  /** What it was done to: "queue/sales". */
  readonly target: string;
  readonly detail?: Readonly<Record<string, unknown>>;
};
export type AuditRow = AuditInput & { readonly id: number; readonly at: Instant };
export type AuditFilter = {
  readonly target?: string | undefined;
  readonly who?: string | undefined;
  readonly what?: string | undefined;
  /** Not before, and before. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
};
export interface AuditRepository {
  add(centreId: string, record: AuditInput): Promise<void>;
  /** Newest first. */
  list(centreId: string, query?: PageQuery & AuditFilter): Promise<Page<AuditRow>>;
}

/** SIP dialogs of answered legs, so that their peers get BYE after a crash. `dialog` is plain JSON of the phone's making. */
export type DialogRow = {
  readonly legId: string;
  readonly contactId: string | null;
  readonly dialog: unknown;
  readonly savedAt: Instant;
};
export interface DialogRepository {
  save(centreId: string, legId: string, contactId: string | null, dialog: unknown): Promise<void>;
  /** Stores the dialogs of different legs and removes those of others, at once. */
  change(
    centreId: string,
    answered: readonly Omit<DialogRow, "savedAt">[],
    endedLegIds: readonly string[],
  ): Promise<void>;
  remove(centreId: string, legIds: readonly string[]): Promise<void>;
  list(centreId: string): Promise<readonly DialogRow[]>;
}

/** Registrar bindings of devices; `binding` is plain JSON of the phone's making. */
export type BindingRow = {
  readonly deviceId: string;
  readonly uri: string;
  readonly binding: unknown;
  readonly expiresAt: Instant;
};
export interface BindingRepository {
  /** Replaces all bindings of a device (at most 10). */
  save(centreId: string, deviceId: string, bindings: readonly Omit<BindingRow, "deviceId">[]): Promise<void>;
  /** Unexpired ones. */
  list(centreId: string): Promise<readonly BindingRow[]>;
}

export type TraceInput = {
  readonly contactId: string;
  readonly legId: string | null;
  readonly at: Instant;
  readonly direction: "in" | "out";
  readonly peer: string;
  /** The message as on the wire, credentials already removed, cut at 8 KiB. */
  readonly text: string;
};
/** SIP messages of contacts for the ladder. */
export interface TraceRepository {
  /** The caller keeps to `tracesPerContactMax` for a contact. */
  append(centreId: string, messages: readonly TraceInput[]): Promise<void>;
  ofContact(centreId: string, contactId: string): Promise<readonly TraceInput[]>;
  /** Returns how many rows went; one holds a few messages. */
  deleteBefore(centreId: string, at: Instant): Promise<number>;
}
/** As many of a contact's messages are kept and read: a peer that repeats itself can't fill the disk. */
export const tracesPerContactMax = 1_000;

/** Key and JSON value of the whole installation (no centre). */
export interface SettingRepository {
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface Archive {
  /** All tables of all centres in one consistent snapshot, as lines of JSON without line feeds, while calls run. */
  exportTables(write: (line: string) => Promise<void>): Promise<{ readonly rows: number }>;
  /** Into an empty database of the same or an older schema version. NOT_EMPTY, SCHEMA_NEWER or ARCHIVE_BROKEN otherwise; all or nothing. */
  importTables(
    lines: AsyncIterable<string>,
  ): Promise<Result<{ readonly rows: number }, "NOT_EMPTY" | "SCHEMA_NEWER" | "ARCHIVE_BROKEN">>;
}
