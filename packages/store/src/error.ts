import { AssertionError } from "@centrala/kit";

/** What can go wrong below the store. Each code has a page in the error reference. */
export type StoreErrorCode =
  | "FENCED"
  | "SEQ_CONFLICT"
  | "DATABASE_AWAY"
  | "DATABASE_ERROR"
  | "DATABASE_TOO_OLD"
  | "DATABASE_ENCODING"
  | "DATABASE_SUPERUSER"
  | "MIGRATION_CHANGED"
  | "MIGRATION_NEWER"
  | "MIGRATION_FAILED"
  | "DATA_FOLDER_IN_USE"
  | "FOLDER_NOT_WRITABLE"
  | "DISK_FULL"
  | "OVERLOADED"
  | "POSTGRES_MISSING"
  | "POSTGRES_FAILED"
  | "NO_SYSTEM_USER"
  | "KEY_WRONG"
  | "ENTITY_BROKEN"
  | "CENTRE_UNKNOWN";

/** The one error that leaves this package. `message` is one line that a person can act on. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Whether `error` is a StoreError with this code. */
export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && (code === undefined || error.code === code);
}

/** SQLSTATE classes that judge what is to be stored (data, integrity, the limits of a row), not how the database is. */
const aboutTheRow = /^(22|23|54)/;

/**
 * Whether the same rows will fail again however often they are tried: the database judged them, or a mistake of ours stood
 * in the way. Deadlocks, a missing table, a broken disk, a database that is away are none of these: there waiting helps.
 */
export function failsForGood(error: unknown): boolean {
  if (!(error instanceof StoreError)) return error instanceof AssertionError || error instanceof TypeError;
  const state: unknown = error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;
  return error.code === "DATABASE_ERROR" && typeof state === "string" && aboutTheRow.test(state);
}
