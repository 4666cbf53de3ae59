import type { RollupDelta, SegmentBook } from "@centrala/domain";
import type { Instant } from "@centrala/kit";

/** Contacts, recordings, segments and sums, written from the journal's entries a moment after their commit. */
export interface Projections {
  /**
   * Begins to project a centre whose lease is held under `epoch`: from the place where the rows stand, and on with every
   * entry that is appended by this store. Whoever reads contacts, missed callers or recordings through this store meanwhile
   * waits for what was committed before (a moment; never longer than two seconds).
   * Rows of an older fold are built again meanwhile. Rejects with FENCED when the lease is another's.
   */
  open(centreId: string, epoch: number, faults?: ProjectorFaults): Promise<Projector>;
  /** Asks for all rows to be built again of the journal, by whoever runs the centre, while calls go on; another one begins anew. */
  requestRebuild(centreId: string): Promise<void>;
  /** What was built so far is dropped; false when there was nothing to cancel. */
  cancelRebuild(centreId: string): Promise<boolean>;
  /** Null when none is asked for or all is done. */
  rebuildProgress(centreId: string): Promise<RebuildProgress | null>;
}

/** Entry `seq` of `of`. */
export type RebuildProgress = { readonly seq: number; readonly of: number };

export interface Projector {
  readonly figures: ProjectorFigures;
  /** True once the rows hold everything up to `seq`; false when that took longer than `withinMs` (2 s unless told). */
  reached(seq: number, withinMs?: number): Promise<boolean>;
  /**
   * What a live view begins with: sums of the quarters of an hour from `from` on, and what is open, both after entry `seq`.
   * Rejects when the database is away or the projector was closed.
   */
  report(from: Instant): Promise<Report>;
  /** Called when all was built again, so that reports are others than before. Gives a function that ends it. */
  onRebuilt(listener: () => void): () => void;
  /** Writes what waits, if it can be written in a few seconds; the next one goes on from there. Idempotent. */
  close(): Promise<void>;
  /** Stops without a word to the database: the centre is another server's. */
  abandon(): void;
}

export type Report = {
  readonly seq: number;
  /** The caller's own. */
  readonly book: SegmentBook;
  readonly rollups: readonly RollupDelta[];
};

export type ProjectorFigures = {
  /** The rows hold everything up to this entry. */
  readonly seq: number;
  /** So many committed entries are not in the rows yet. */
  readonly behind: number;
  /** So many entries a rebuild has before it; null when none goes on. */
  readonly toRebuild: number | null;
  readonly batches: number;
  readonly failures: number;
  /** Entries whose changes could never be written. */
  readonly leftOut: number;
};

export type ProjectorFaults = {
  /** A batch was not written; it is tried again. */
  readonly failed?: (error: unknown, attempt: number) => void;
  /** What this entry changes can't be written: the rows go on without it. */
  readonly leftOut?: (error: unknown, seq: number) => void;
};
