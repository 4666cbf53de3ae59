import type { JournalEntry } from "@centrala/contract";
import type { Instant, Result } from "@centrala/kit";

export interface JournalStore {
  /**
   * Commits the entries; a projector of the centre that runs in this process writes what they tell of a moment later.
   * `entries` have consecutive seqs. After an unknown outcome append the very same entries again: those already stored are
   * compared and skipped.
   * Rejects with FENCED when `epoch` is not the lease's, SEQ_CONFLICT when another entry stands at a seq (both: stop this core).
   * At most `appendEntriesMax` entries at once.
   */
  append(centreId: string, epoch: number, entries: readonly JournalEntry[]): Promise<void>;
  /** Entries with seq >= `seq` in order, in today's shape, read in portions; ends at the journal's end as it was met. */
  readFrom(centreId: string, seq: number): AsyncIterable<JournalEntry>;
  /** The newest `limit` (1000 unless told) entries that concern a contact, in order. */
  readContact(centreId: string, contactId: string, limit?: number): Promise<readonly JournalEntry[]>;
  /** The last seq, 0 for an empty journal. */
  lastSeq(centreId: string): Promise<number>;
  /** The newest snapshot of that state version. */
  loadSnapshot(centreId: string, stateVersion: number): Promise<{ seq: number; state: unknown } | undefined>;
  /** Keeps the last three snapshots. */
  saveSnapshot(centreId: string, stateVersion: number, seq: number, state: unknown): Promise<void>;
  /**
   * Takes the centre's lease: epoch + 1. LEASE_HELD when another owner's has not run out by the database's clock, unless
   * `force` (the embedded database: its folder lock already proves that no other server lives). `renewedAt`: when an owner
   * before prolonged it for the last time, had it done so for the same `ttlMs`; null without one.
   */
  acquireLease(
    centreId: string,
    owner: string,
    ttlMs: number,
    force?: boolean,
  ): Promise<Result<{ readonly epoch: number; readonly renewedAt: Instant | null }, "LEASE_HELD">>;
  /** Prolongs the lease; false when it is no longer ours. */
  renewLease(centreId: string, epoch: number, ttlMs: number): Promise<boolean>;
  releaseLease(centreId: string, epoch: number): Promise<void>;
}
export const appendEntriesMax = 1_000;
