import type { JournalEntry } from "@centrala/contract";

/** Where a committed batch goes; rejects when its outcome is unknown, and is then called with the same entries again. */
export type AppendBatch = (entries: readonly JournalEntry[]) => Promise<void>;

export type JournalWriterOptions = {
  readonly append: AppendBatch;
  /** Errors that end this core: another owner took the lease, or the journal holds something else. */
  readonly isFatal: (error: unknown) => boolean;
  readonly onFatal: (error: unknown) => void;
  /** Errors that the same entries will meet again however often they are tried: a bug of ours in what they hold. */
  readonly isPermanent: (error: unknown) => boolean;
  readonly onCommitFailed: (error: unknown, attempt: number) => void;
  /** Milliseconds of a clock that nobody sets; the process' own by default. */
  readonly elapsed?: () => number;
};

/** `refused`: these entries can't be stored as long as the bad one is among them. `fenced`: this core goes on no more. */
export type Stored =
  | { readonly kind: "stored" }
  | { readonly kind: "refused"; readonly error: unknown }
  | { readonly kind: "fenced" };

const retryMsMax = 2_000;
/** So often the same entries are tried before a permanent error is believed. */
const permanentAttempts = 3;

/** Brings entries into the journal, one batch at a time, for as long as it takes. */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  readonly #elapsed: () => number;
  /** When the batch that is being written was first tried. */
  #since: number | undefined;
  /** Figures for /metrics. */
  readonly counters = { entries: 0, batches: 0, commitMsTotal: 0, commitMsMax: 0 };

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#elapsed = options.elapsed ?? (() => performance.now());
  }

  /** For how long the running write has not succeeded, in milliseconds; 0 when nothing is being written. */
  get stuckMs(): number {
    return this.#since === undefined ? 0 : this.#elapsed() - this.#since;
  }

  /** Keeps trying the very same entries: after an unknown outcome the store compares and skips what it has. */
  async write(entries: readonly JournalEntry[]): Promise<Stored> {
    this.#since = this.#elapsed();
    try {
      for (let attempt = 1; ; attempt += 1) {
        const stored = await this.#try(entries, attempt);
        if (stored !== undefined) return stored;
        await new Promise((resolve) => setTimeout(resolve, Math.min(retryMsMax, 50 * 2 ** Math.min(attempt, 6))));
      }
    } finally {
      this.#since = undefined;
    }
  }

  /** One try; undefined when another one is worth it. */
  async #try(entries: readonly JournalEntry[], attempt: number): Promise<Stored | undefined> {
    const started = performance.now();
    try {
      await this.#options.append(entries);
      this.#count(entries.length, performance.now() - started);
      return { kind: "stored" };
    } catch (error) {
      if (this.#options.isFatal(error)) {
        this.#options.onFatal(error);
        return { kind: "fenced" };
      }
      // Several entries are tried in smaller parts next; only of a single one it must be certain.
      const attempts = entries.length > 1 ? 1 : permanentAttempts;
      if (attempt >= attempts && this.#options.isPermanent(error)) return { kind: "refused", error };
      this.#options.onCommitFailed(error, attempt);
      return undefined;
    }
  }

  #count(entries: number, tookMs: number): void {
    this.counters.batches += 1;
    this.counters.entries += entries;
    this.counters.commitMsTotal += tookMs;
    this.counters.commitMsMax = Math.max(this.counters.commitMsMax, tookMs);
  }
}
