import type { Effect, Fact, Input, JournalEntry } from "@centrala/contract";
import { journalVersion } from "@centrala/contract";
import { type CentreState, nextDeadline, step } from "@centrala/domain";
import { BoundedQueue, fail, type Instant, ok, type Result } from "@centrala/kit";
import type { CentreCore, SubmitCode } from "../app.ts";

/** Where a committed batch goes; rejects when its outcome is unknown, and is then called with the same entries again. */
export type AppendBatch = (entries: readonly JournalEntry[]) => Promise<void>;

export type LoopOptions = {
  readonly state: CentreState;
  /** The last seq that the journal holds. */
  readonly seq: number;
  readonly clock: () => Instant;
  readonly append: AppendBatch;
  readonly perform: (effect: Effect) => void;
  /** Errors that end this core: another owner took the lease, or the journal holds something else. */
  readonly isFatal: (error: unknown) => boolean;
  readonly onFatal: (error: unknown) => void;
  /** Errors that the same entries will meet again however often they are tried: a bug of ours in what they hold. */
  readonly isPermanent: (error: unknown) => boolean;
  /** A bug in the core while it decided `input`: the one call it happened in was ended, or the input was left out. */
  readonly onBug: (error: unknown, input: Input) => void;
  /** Folds the journal again: the state after everything committed. Asked for when a bug may have left it half changed. */
  readonly refold: () => Promise<{ readonly state: CentreState; readonly seq: number }>;
  readonly onCommitFailed: (error: unknown, attempt: number) => void;
  readonly inboxMax?: number;
  readonly batchMax?: number;
  /**
   * The longest time between the beginnings of two commits. Under load commits are spaced so that more inputs share one, and
   * with it its fixed cost and its fsync; an input that comes alone is committed at once. Default 0.
   */
  readonly commitEveryMsMax?: number;
};

type Outcome = Result<{ readonly facts: readonly Fact[] }, SubmitCode>;
type Pending = { readonly input: Input; readonly resolve: (outcome: Outcome) => void };
type Decided = {
  readonly entry: JournalEntry | undefined;
  readonly effects: readonly Effect[];
  readonly outcome: Outcome;
  readonly resolve: (outcome: Outcome) => void;
};

const inboxMaxDefault = 20_000;
const batchMaxDefault = 1_000;
const retryMsMax = 2_000;
const rateWindowMs = 500;
const entriesPerSecondAndMs = 60;
/** So often the same entries are tried before a permanent error is believed. */
const permanentAttempts = 3;
/** New work from outside waits while this much is decided but not stored; what running calls report is always taken. */
const undecidedMaxForNewWork = 5_000;

/**
 * One single-writer loop: inputs are decided in order and in memory at once, their facts join one batch, one commit is in
 * flight at a time, and what is seen from outside (effects, answers, live pushes) waits for its batch.
 */
export class CoreLoop implements CentreCore {
  readonly #options: LoopOptions;
  #state: CentreState;
  /** The state can't be trusted until the journal was folded again. */
  #broken = false;
  readonly #inbox: BoundedQueue<Pending>;
  readonly #listeners = new Set<(entries: readonly JournalEntry[]) => void>();
  #decided: Decided[] = [];
  #committing = false;
  #lastCommitAt = 0;
  #entriesPerSecond = 0;
  #scheduled = false;
  #stopped = false;
  #lastAt: Instant = 0;
  #seq: number;
  /** The last seq that the journal holds for certain. */
  #committedSeq: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idle: (() => void)[] = [];
  /** Figures for /metrics. */
  readonly counters = { inputs: 0, entries: 0, batches: 0, refused: 0, commitMsTotal: 0, commitMsMax: 0, bugs: 0 };

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#inbox = new BoundedQueue(options.inboxMax ?? inboxMaxDefault);
    this.#seq = options.seq;
    this.#committedSeq = options.seq;
    this.#arm();
  }

  get state(): CentreState {
    return this.#state;
  }

  get seq(): number {
    return this.#seq;
  }

  get backlog(): number {
    return this.#inbox.size + this.#decided.length;
  }

  submit(input: Input): Promise<Outcome> {
    if (this.#stopped) return Promise.resolve(fail("STOPPED", "this centre is stopping"));
    if (isNewWork(input) && this.#decided.length >= undecidedMaxForNewWork) {
      this.counters.refused += 1;
      return Promise.resolve(fail("DATABASE_AWAY", "the database does not keep up"));
    }
    return new Promise((resolve) => {
      if (!this.#inbox.push({ input, resolve })) {
        this.counters.refused += 1;
        resolve(fail("OVERLOADED", "the inbox is full"));
        return;
      }
      this.#schedule();
    });
  }

  onCommitted(listener: (entries: readonly JournalEntry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything submitted so far is committed. */
  settled(): Promise<void> {
    if (this.backlog === 0 && !this.#committing) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Takes nothing more, commits what was decided. */
  async stop(): Promise<void> {
    await this.settled();
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Inputs that arrive in one turn of the event loop share a batch.
    setImmediate(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    if (this.#stopped) this.#refuseAll();
    const batchMax = this.#options.batchMax ?? batchMaxDefault;
    let taken = 0;
    while (taken < batchMax && !this.#broken) {
      const pending = this.#inbox.shift();
      if (pending === undefined) break;
      this.#decide(pending);
      taken += 1;
    }
    if (this.#inbox.size > 0 && !this.#broken) this.#schedule();
    this.#arm();
    if (!this.#committing && (this.#decided.length > 0 || this.#broken)) void this.#commit();
  }

  #decide(pending: Pending): void {
    const at = Math.max(this.#options.clock(), this.#lastAt);
    this.#lastAt = at;
    this.counters.inputs += 1;
    try {
      const { facts, effects, fault } = step(this.#state, this.#seq + 1, at, pending.input);
      if (fault !== null) {
        this.counters.bugs += 1;
        this.#options.onBug(fault, pending.input);
      }
      const refusal = facts.find((fact) => fact.kind === "refused");
      const stored = facts.some((fact) => fact.kind !== "refused");
      const entry = stored
        ? { seq: (this.#seq += 1), at, version: journalVersion, input: pending.input, facts }
        : undefined;
      const outcome: Outcome =
        refusal === undefined ? ok({ facts }) : fail(refusal.code, `the core refused ${refusal.input}`);
      this.#decided.push({ entry, effects, outcome, resolve: pending.resolve });
    } catch (error) {
      this.counters.bugs += 1;
      this.#broken = true;
      this.#options.onBug(error, pending.input);
      pending.resolve(fail("STOPPED", "a mistake of ours; it is in the log"));
    }
  }

  async #commit(): Promise<void> {
    this.#committing = true;
    while (this.#decided.length > 0 && !this.#stopped) {
      const waitMs = this.#untilNextCommitMs();
      if (waitMs >= 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      this.#lastCommitAt = performance.now();
      const batchMax = this.#options.batchMax ?? batchMaxDefault;
      const batch = this.#decided.slice(0, batchMax);
      this.#decided = this.#decided.slice(batch.length);
      const entries = batch.flatMap((decided) => (decided.entry === undefined ? [] : [decided.entry]));
      if (entries.length > 0 && !(await this.#append(entries))) {
        this.#discard(batch);
        break;
      }
      this.#publish(batch, entries);
    }
    if (this.#broken && !this.#stopped) await this.#mend();
    if (this.#stopped) this.#refuseAll();
    this.#committing = false;
    if (this.backlog === 0) for (const done of this.#idle.splice(0)) done();
  }

  /** The more is going on, the longer: at 60 entries a second 1 ms after the last commit began, at 600 ten times that. */
  #untilNextCommitMs(): number {
    const sinceMs = Math.max(0.1, performance.now() - this.#lastCommitAt);
    const share = Math.exp(-sinceMs / rateWindowMs);
    this.#entriesPerSecond = this.#entriesPerSecond * share + (this.#decided.length / sinceMs) * 1_000 * (1 - share);
    return Math.min(this.#options.commitEveryMsMax ?? 0, this.#entriesPerSecond / entriesPerSecondAndMs) - sinceMs;
  }

  /** Keeps trying the very same entries: after an unknown outcome the store compares and skips what it has. */
  async #append(entries: readonly JournalEntry[]): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      const started = performance.now();
      try {
        await this.#options.append(entries);
        const tookMs = performance.now() - started;
        this.#committedSeq = entries.at(-1)?.seq ?? this.#committedSeq;
        this.counters.batches += 1;
        this.counters.entries += entries.length;
        this.counters.commitMsTotal += tookMs;
        this.counters.commitMsMax = Math.max(this.counters.commitMsMax, tookMs);
        return true;
      } catch (error) {
        if (this.#options.isFatal(error)) {
          this.#stopped = true;
          this.#options.onFatal(error);
          return false;
        }
        if (attempt >= permanentAttempts && this.#options.isPermanent(error)) {
          for (const entry of entries) this.#options.onBug(error, entry.input);
          this.#broken = true;
          return false;
        }
        this.#options.onCommitFailed(error, attempt);
        await new Promise((resolve) => setTimeout(resolve, Math.min(retryMsMax, 50 * 2 ** Math.min(attempt, 6))));
      }
    }
  }

  /** Nothing of what was decided since the last commit has happened: nobody was told, no effect was performed. */
  #discard(batch: readonly Decided[]): void {
    const rest = this.#decided.splice(0);
    for (const decided of [...batch, ...rest]) decided.resolve(fail("STOPPED", "it could not be stored"));
    this.#seq = this.#committedSeq;
  }

  /** This core goes on no more: whoever still waits for an answer gets one. */
  #refuseAll(): void {
    this.#discard([]);
    for (let pending = this.#inbox.shift(); pending !== undefined; pending = this.#inbox.shift())
      pending.resolve(fail("STOPPED", "this centre is stopping"));
  }

  /** Everything decided is committed or discarded: the journal says what the state is. */
  async #mend(): Promise<void> {
    for (let attempt = 1; this.#broken; attempt += 1) {
      try {
        const { state, seq } = await this.#options.refold();
        this.#state = state;
        // A commit whose outcome stayed unknown may stand there after all.
        this.#seq = seq;
        this.#committedSeq = seq;
        this.#broken = false;
      } catch (error) {
        this.#options.onCommitFailed(error, attempt);
        await new Promise((resolve) => setTimeout(resolve, Math.min(retryMsMax, 100 * attempt)));
      }
    }
    this.#schedule();
  }

  #publish(batch: readonly Decided[], entries: readonly JournalEntry[]): void {
    for (const decided of batch) {
      for (const effect of decided.effects) this.#options.perform(effect);
      decided.resolve(decided.outcome);
    }
    if (entries.length > 0) for (const listener of this.#listeners) listener(entries);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const deadline = nextDeadline(this.#state);
    if (deadline === undefined) return;
    const waitMs = Math.min(Math.max(deadline - this.#options.clock(), 0), 0x7fffffff);
    this.#timer = setTimeout(() => void this.submit({ kind: "tick" }), waitMs);
  }
}

/** What asks for new work, and may be refused while the database is away; everything else reports what has already happened. */
function isNewWork(input: Input): boolean {
  return input.kind === "callArrived" || input.kind === "operatorDialled";
}
