import type { Figures, KnownCard, PlannedRow, Verdict } from "@centrala/domain/import";
import type { Instant } from "@centrala/kit";
import type { Scope } from "./scope.ts";

export type ImportState = "reading" | "checking" | "checked" | "running" | "done" | "undoing" | "undone" | "failed";
export type ImportDecision = "two" | "one" | "out";

/** What an import has done so far, beside its state. */
export type ImportReport = {
  readonly figures: Figures | null;
  readonly remarks: number;
  /** Names of the list's columns; none in reports of older versions. */
  readonly columns?: readonly string[];
  readonly made: number;
  readonly changed: number;
  /** Cards that somebody changed between the check and the import; they stayed as they were. */
  readonly conflicts: number;
  readonly undoUntil: Instant | null;
  /** After an undo: cards that stayed, because they were changed since or have notes. */
  readonly kept: number;
  readonly failure: { readonly code: string; readonly params: Readonly<Record<string, string | number>> } | null;
};
export type CustomerImport = {
  readonly id: string;
  readonly fileName: string;
  readonly madeBy: string;
  readonly clientId: string;
  readonly createdAt: Instant;
  readonly state: ImportState;
  readonly total: number;
  readonly done: number;
  readonly report: ImportReport;
};
/** A planned row with the text of the file, for people. */
export type ImportRow = PlannedRow & { readonly cells: readonly string[] };
export type StoredImportRow = ImportRow & { readonly decision: ImportDecision | null };
export type BatchOutcome = {
  readonly rows: number;
  readonly made: number;
  readonly changed: number;
  readonly conflicts: number;
};

export interface CustomerImportRepository {
  create(scope: Scope, made: Pick<CustomerImport, "id" | "fileName" | "madeBy">): Promise<CustomerImport>;
  get(scope: Scope, id: string): Promise<CustomerImport | undefined>;
  /** The newest first, at most 100, without those that were never checked. */
  list(scope: Scope): Promise<readonly CustomerImport[]>;
  change(
    scope: Scope,
    id: string,
    to: Partial<Pick<CustomerImport, "state" | "total" | "done" | "clientId" | "report">>,
  ): Promise<void>;
  /** Cards of the client's customers that have one of the numbers or addresses; at most 5,000. */
  known(scope: Scope, clientId: string, handles: readonly string[]): Promise<readonly KnownCard[]>;
  clearRows(scope: Scope, id: string): Promise<void>;
  /** @param rows by {@link importRowsText} */
  addRows(scope: Scope, id: string, rows: string): Promise<void>;
  /** Rows of a verdict, or all with remarks or left out, behind a line. */
  rows(
    scope: Scope,
    id: string,
    which: Verdict | "problems",
    after: number,
    limit: number,
  ): Promise<readonly StoredImportRow[]>;
  decide(scope: Scope, id: string, lines: readonly number[] | null, decision: ImportDecision): Promise<void>;
  /** Stores the next rows that are not stored yet, and the progress with them; `rows` is 0 when all are. */
  applyNext(scope: Scope, id: string, limit: number): Promise<BatchOutcome>;
  /** Fresh statistics after many new rows. */
  analyse(): Promise<unknown>;
  /** Takes the next changes back, and writes the progress with them; `kept` are cards that were changed since, or have notes. `cards` is 0 when all are back. */
  undoNext(scope: Scope, id: string, limit: number): Promise<{ readonly cards: number; readonly kept: number }>;
  /** Forgets rows of imports that were never run and what could be undone, before a moment. */
  forget(scope: Scope, before: Instant): Promise<void>;
}
