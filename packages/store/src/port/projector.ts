/** Contacts, recordings and who was reached, written from the journal's entries a moment after their commit. */
export interface Projections {
  /**
   * Begins to project a centre whose lease is held under `epoch`: from the place where the rows stand, and on with every
   * entry that is appended by this store. Whoever reads contacts, missed callers or recordings through this store meanwhile
   * waits for what was committed before (a moment; never longer than two seconds).
   * Rejects with FENCED when the lease is another's.
   */
  open(centreId: string, epoch: number, faults?: ProjectorFaults): Promise<Projector>;
}

export interface Projector {
  readonly figures: ProjectorFigures;
  /** True once the rows hold everything up to `seq`; false when that took longer than `withinMs` (2 s unless told). */
  reached(seq: number, withinMs?: number): Promise<boolean>;
  /** Writes what waits, if it can be written in a few seconds; the next one goes on from there. Idempotent. */
  close(): Promise<void>;
  /** Stops without a word to the database: the centre is another server's. */
  abandon(): void;
}

export type ProjectorFigures = {
  /** The rows hold everything up to this entry. */
  readonly seq: number;
  /** So many committed entries are not in the rows yet. */
  readonly behind: number;
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
