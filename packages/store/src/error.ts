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
