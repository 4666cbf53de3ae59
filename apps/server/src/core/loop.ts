import type { Effect, Fact, Input, JournalEntry } from "@centrala/contract";
import { journalVersion } from "@centrala/contract";
import { type CentreState, knowsLeg, nextDeadline, step } from "@centrala/domain";
import { assertNever, BoundedQueue, fail, type Instant, ok, type Result, required } from "@centrala/kit";
import type { CentreCore, SubmitCode } from "../app.ts";
import { CommitPace } from "./commit-pace.ts";
import { continuedClock } from "./continued-clock.ts";
import { afterFailedEffect, afterLostEntry } from "./failed-contact.ts";
import { isNewWork, isReport } from "./inputs.ts";
import { JournalWriter, type JournalWriterOptions } from "./journal-writer.ts";
import { type LegsOfTelephony, type MissingLeg, missingLegs, strayLeg, unknownLegs } from "./leg-check.ts";
import { EarlyEffects, onlyReduces } from "./reducing.ts";
import { RefusedCalls } from "./refused-calls.ts";

export type LoopOptions = JournalWriterOptions & {
  readonly state: CentreState;
  /** The last seq that the journal holds. */
  readonly seq: number;
  /** When the last entry was decided. */
  readonly at?: Instant | null;
  readonly clock: () => Instant;
  readonly perform: (effect: Effect) => void;
  /** A bug: the core stumbled over `input`, or what came of it can't be stored. Its contact is ended, or it is left out. */
  readonly onBug: (error: unknown, input: Input) => void;
  /** An effect or a listener threw. */
  readonly onFault: (error: unknown, what: string) => void;
  /** Folds the journal again: the state after everything committed. Asked for when the state holds what is not stored. */
  readonly refold: () => Promise<{ readonly state: CentreState; readonly seq: number }>;
  /** Telephony's legs, compared with the core's after a refold. */
  readonly legs: LegsOfTelephony;
  readonly refusedCalls?: RefusedCalls;
  readonly inboxMax?: number;
  readonly batchMax?: number;
  /**
   * The longest time between the beginnings of two commits that somebody waits for (CommitPace). Default 0: none waits.
   */
  readonly commitEveryMsMax?: number;
};

type Outcome = Result<{ readonly facts: readonly Fact[] }, SubmitCode>;
type Pending = {
  readonly input: Input;
  readonly resolve: (outcome: Outcome) => void;
  /** It was decided before, and what came of it could not be stored. */
  readonly again: boolean;
};
type Decided = {
  readonly pending: Pending;
  readonly entry: JournalEntry | undefined;
  /** Carried out when it was decided. */
  readonly early: readonly Effect[];
  /** Carried out when it is stored. */
  readonly effects: readonly Effect[];
  readonly outcome: Outcome;
};

const inboxMaxDefault = 20_000;
/** What has happened is taken beyond the limit, too, up to here; then legs are compared instead of heard. */
const reportsBeyondInbox = 80_000;
const batchMaxDefault = 1_000;
const retryMsMax = 2_000;
/** New work from outside waits while this much is decided but not stored; what running calls report is always taken. */
const undecidedMaxForNewWork = 5_000;
/** A deadline over which the core stumbles time and again is tried more and more seldom. */
/** A write that has not succeeded for so long: nothing is promised any more until it has. */
export const stuckAfterMs = 1_000;
/** Whoever asks for something hears within this time that it could not be done; the first commit of a cold, busy machine takes seconds. */
const answerWithinMs = 5_000;
const tickPauseMsMin = 1_000;
const tickPauseMsMax = 60_000;
const missingAgainMs = 30_000;

/**
 * One single-writer loop: inputs are decided in order and in memory at once, their facts join one batch, one commit is in
 * flight at a time, and what is seen from outside (effects, answers, live pushes) waits for its batch. An entry that can
 * never be stored costs itself and its contact: it is found by halving the batch, what was decided after it is decided again.
 */
export class CoreLoop implements CentreCore {
  readonly #options: LoopOptions;
  readonly #writer: JournalWriter;
  readonly #elapsed: () => number;
  readonly #clock: () => Instant;
  #mendingSince: number | undefined;
  #state: CentreState;
  /** The state can't be trusted until the journal was folded again. */
  #broken = false;
  /** Comes before the inbox: what is decided again after a refold. */
  #again: Pending[] = [];
  readonly #inbox: BoundedQueue<Pending>;
  readonly #inboxMax: number;
  readonly #batchMax: number;
  readonly #listeners = new Set<(entries: readonly JournalEntry[]) => void>();
  #decided: Decided[] = [];
  /** How much of it goes into the next batch; less than usual while a bad entry is looked for. */
  #portion: number;
  /** The entry that was left out, until the state is folded again. */
  #lost: Decided | undefined;
  #committing = false;
  readonly #early = new EarlyEffects();
  /** Something was told while not even reports could be taken any more: legs are compared as soon as they can. */
  #unheard = false;
  readonly #pace: CommitPace;
  #scheduled = false;
  #stopped = false;
  #fenced = false;
  #lastAt: Instant = 0;
  #seq: number;
  /** The last seq that the journal holds for certain. */
  #committedSeq: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tickPauseMs = 0;
  #idle: (() => void)[] = [];
  /** Legs whose end was reported after a refold, until that is stored, and for a while when it can't be. */
  readonly #missing = new Set<string>();
  readonly refusedCalls: RefusedCalls;
  readonly #counters = { inputs: 0, refused: 0, bugs: 0, leftOut: 0, refolds: 0, faults: 0 };

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#writer = new JournalWriter(options);
    this.#elapsed = options.elapsed ?? (() => performance.now());
    this.#state = options.state;
    this.refusedCalls = options.refusedCalls ?? new RefusedCalls();
    this.#pace = new CommitPace(options.commitEveryMsMax ?? 0);
    this.#inboxMax = options.inboxMax ?? inboxMaxDefault;
    this.#inbox = new BoundedQueue(this.#inboxMax + reportsBeyondInbox);
    this.#batchMax = options.batchMax ?? batchMaxDefault;
    this.#portion = this.#batchMax;
    this.#clock = continuedClock(options.clock, this.#elapsed, options.at ?? null);
    this.#seq = options.seq;
    this.#committedSeq = options.seq;
    // Deadlines of a run before wait for the first input: until it says what has become of that run's calls, their legs are over.
  }

  get state(): CentreState {
    return this.#state;
  }

  get seq(): number {
    return this.#seq;
  }

  get backlog(): number {
    return this.#again.length + this.#inbox.size + this.#decided.length;
  }

  /**
   * The journal holds everything up to `seq`; how often the state was folded again tells whether it was another one before.
   * Once `fenced`, the state holds what was decided and never will be stored.
   */
  get committed(): { readonly seq: number; readonly refolds: number; readonly fenced: boolean } {
    return { seq: this.#committedSeq, refolds: this.#counters.refolds, fenced: this.#fenced };
  }

  /** For how long what was decided could not be stored, in milliseconds; 0 when nothing waits for it. */
  get stuckMs(): number {
    const mendingMs = this.#mendingSince === undefined ? 0 : this.#elapsed() - this.#mendingSince;
    return Math.max(this.#writer.stuckMs, mendingMs);
  }

  /** Figures for /metrics. */
  get counters() {
    return { ...this.#counters, ...this.#writer.counters };
  }

  submit(input: Input): Promise<Outcome> {
    if (this.#stopped) return Promise.resolve(fail("STOPPED", "this centre is stopping"));
    const behind = isNewWork(input) && this.#decided.length >= undecidedMaxForNewWork;
    const refused = !isReport(input) && !onlyReduces(input) && this.stuckMs > stuckAfterMs;
    if (behind || refused) {
      this.#counters.refused += 1;
      return Promise.resolve(fail("DATABASE_AWAY", "the database does not keep up"));
    }
    const outcome = new Promise<Outcome>((resolve) => {
      const full = !isReport(input) && this.#inbox.size >= this.#inboxMax;
      if (full || !this.#inbox.push({ input, resolve, again: false })) {
        this.#unheard ||= !full;
        this.#counters.refused += 1;
        resolve(fail("OVERLOADED", "the inbox is full"));
        return;
      }
      this.#schedule();
    });
    return isReport(input) ? outcome : this.#answered(outcome);
  }

  /** Somebody waits for the answer: when the database stands still it comes without it, though the thing may happen later. */
  #answered(outcome: Promise<Outcome>): Promise<Outcome> {
    return new Promise((resolve) => {
      let timer = setTimeout(hurry, answerWithinMs, this);
      function hurry(loop: CoreLoop): void {
        if (loop.stuckMs > stuckAfterMs) resolve(fail("DATABASE_AWAY", "the database does not answer"));
        else timer = setTimeout(hurry, stuckAfterMs, loop);
      }
      void outcome.then((value) => {
        clearTimeout(timer);
        resolve(value);
      });
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
    for (let taken = 0; taken < this.#batchMax && !this.#broken; taken += 1) {
      const pending = this.#again.pop() ?? this.#inbox.shift();
      if (pending === undefined) break;
      this.#decide(pending);
    }
    const waiting = this.#again.length + this.#inbox.size;
    if (waiting > 0 && !this.#broken) this.#schedule();
    if (waiting === 0 && this.#unheard && !this.#broken) {
      this.#unheard = false;
      this.#checkLegs();
    }
    this.#arm();
    if (!this.#committing && (this.#decided.length > 0 || this.#broken)) void this.#commit();
  }

  #decide(pending: Pending): void {
    const at = Math.max(this.#clock(), this.#lastAt);
    this.#lastAt = at;
    this.#counters.inputs += 1;
    const stray = strayLeg(this.#state, pending.input);
    if (stray !== undefined) this.#drop(stray);
    try {
      const { facts, effects, fault } = step(this.#state, this.#seq + 1, at, pending.input);
      if (fault !== null) {
        this.#counters.bugs += 1;
        this.#options.onBug(fault, pending.input);
      }
      this.refusedCalls.see(facts, at);
      const refusal = facts.find((fact) => fact.kind === "refused");
      const stored = facts.some((fact) => fact.kind !== "refused");
      const entry = stored
        ? { seq: (this.#seq += 1), at, version: journalVersion, input: pending.input, facts }
        : undefined;
      const { early, late } = this.#early.split(effects);
      const outcome: Outcome =
        refusal === undefined ? ok({ facts }) : fail(refusal.code, `the core refused ${refusal.input}`);
      this.#pace.added({ pending, effects: late });
      this.#decided.push({ pending, entry, early, effects: late, outcome });
      for (const effect of early) this.#perform(effect);
    } catch (error) {
      this.#counters.bugs += 1;
      this.#broken = true;
      if (pending.input.kind === "tick") this.#pauseTicks();
      this.#options.onBug(error, pending.input);
      pending.resolve(fail("STOPPED", "a mistake of ours; it is in the log"));
    }
  }

  async #commit(): Promise<void> {
    this.#committing = true;
    while (this.#decided.length > 0 && this.#lost === undefined && !this.#stopped) {
      const due = this.#pace.due(() => this.#decided);
      if (due !== undefined) await due;
      const batch = this.#decided.slice(0, this.#portion);
      this.#pace.begun(batch.length);
      this.#decided = this.#decided.slice(batch.length);
      await this.#store(batch);
    }
    if (this.#broken && !this.#stopped) await this.#mend();
    if (this.#stopped) this.#refuseAll();
    this.#committing = false;
    if (this.backlog === 0) for (const done of this.#idle.splice(0)) done();
  }

  /** Brings one batch into the journal and to the world; where it can't be, half of it is tried next. */
  async #store(batch: readonly Decided[]): Promise<void> {
    const entries = batch.flatMap((decided) => (decided.entry === undefined ? [] : [decided.entry]));
    const stored = entries.length === 0 ? ({ kind: "stored" } as const) : await this.#writer.write(entries);
    switch (stored.kind) {
      case "stored":
        this.#committedSeq = entries.at(-1)?.seq ?? this.#committedSeq;
        this.#portion = Math.min(this.#batchMax, this.#portion * 2);
        this.#publish(batch, entries);
        return;
      case "fenced":
        this.#fenced = true;
        this.#stopped = true;
        this.#decided = [...batch, ...this.#decided];
        return;
      case "refused":
        this.#decided = [...batch, ...this.#decided];
        if (entries.length > 1) this.#portion = Math.ceil(batch.length / 2);
        else this.#leaveOut(stored.error);
        return;
      default:
        return assertNever(stored);
    }
  }

  /** The first entry that waits can't be stored: nothing of it has happened, nor of what was decided after it. */
  #leaveOut(error: unknown): void {
    const place = this.#decided.findIndex((decided) => decided.entry !== undefined);
    const [before, lost, after] = [
      this.#decided.slice(0, place),
      required(this.#decided[place], "the entry that was refused"),
      this.#decided.slice(place + 1),
    ];
    this.#decided = [];
    this.#publish(before, []);
    for (const { early, effects } of [lost, ...after]) {
      this.#early.done(effects);
      for (const undone of undoing(early)) this.#perform(undone);
    }
    this.#counters.leftOut += 1;
    this.#options.onBug(error, lost.pending.input);
    this.#decideFirst(after.map((decided) => decided.pending));
    this.#lost = lost;
    this.#broken = true;
  }

  /** In this order, before anything else. */
  #decideFirst(pending: readonly Pending[]): void {
    for (const next of pending.toReversed()) this.#again.push(next);
  }

  /** This core goes on no more: whoever still waits for an answer gets one. */
  #refuseAll(): void {
    for (const { pending } of this.#decided.splice(0)) pending.resolve(fail("STOPPED", "it could not be stored"));
    const stopping: Outcome = fail("STOPPED", "this centre is stopping");
    for (const pending of [...this.#again.splice(0).reverse(), ...this.#inbox.drain()]) pending.resolve(stopping);
    this.#seq = this.#committedSeq;
  }

  /** Everything decided is committed, or waits to be decided again: the journal says what the state is. */
  async #mend(): Promise<void> {
    this.#mendingSince = this.#elapsed();
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
    this.#mendingSince = undefined;
    this.#counters.refolds += 1;
    this.#endLost();
    this.#checkLegs();
    this.#schedule();
  }

  /** Ends the contact of the entry that was left out. What it reported has happened all the same: it is decided once more. */
  #endLost(): void {
    const lost = this.#lost;
    if (lost === undefined) return;
    this.#lost = undefined;
    const { pending } = lost;
    const ends = afterLostEntry(this.#state, pending.input, lost.entry?.facts ?? []);
    const retried = isReport(pending.input) && !pending.again;
    if (!retried) pending.resolve(fail("NOT_STORED", "it could not be stored and was left out"));
    if (!retried && pending.input.kind === "tick") this.#pauseTicks();
    this.#decideFirst([
      ...(pending.input.kind === "contactFailed"
        ? []
        : ends.map((input) => ({ input, resolve: ignore, again: false }))),
      ...(retried ? [{ ...pending, again: true }] : []),
    ]);
  }

  /** Legs that are on one side only are ended there, once everything is decided that was submitted until now. */
  #checkLegs(): void {
    const { legs } = this.#options;
    const alive = legs.alive();
    const unknown = unknownLegs(this.#state, alive);
    for (const input of missingLegs(this.#state, alive)) void this.#reportMissing(input);
    if (unknown.length > 0) this.#dropUnknown(unknown);
  }

  /** Once for each leg: an entry that can never be stored leads here again, and must not multiply until nothing else is stored. */
  async #reportMissing(input: MissingLeg): Promise<void> {
    const { legId } = input;
    if (this.#missing.has(legId)) return;
    this.#missing.add(legId);
    const outcome = await this.submit(input);
    if (outcome.ok || this.#stopped) {
      this.#missing.delete(legId);
      return;
    }
    const timer = setTimeout(() => {
      this.#missing.delete(legId);
      if (!this.#stopped && !this.#broken) this.#checkLegs();
    }, missingAgainMs);
    timer.unref();
  }

  #dropUnknown(legIds: readonly string[]): void {
    void this.submit({ kind: "tick" }).then(() => {
      for (const legId of legIds) if (!knowsLeg(this.#state, legId)) this.#drop(legId);
    });
  }

  #drop(legId: string): void {
    try {
      this.#options.legs.dropUnknown(legId);
    } catch (error) {
      this.#fault(error, "a leg that nobody knows");
    }
  }

  #publish(batch: readonly Decided[], entries: readonly JournalEntry[]): void {
    for (const { effects, pending, outcome } of batch) {
      this.#early.done(effects);
      for (const effect of effects) this.#perform(effect);
      pending.resolve(outcome);
    }
    if (entries.some((entry) => entry.input.kind === "tick")) this.#tickPauseMs = 0;
    if (entries.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(entries);
      } catch (error) {
        this.#fault(error, "a listener");
      }
    }
  }

  /** A mistake in carrying out one effect costs the contact it belongs to. */
  #perform(effect: Effect): void {
    try {
      this.#options.perform(effect);
    } catch (error) {
      this.#fault(error, effect.kind);
      const input = afterFailedEffect(this.#state, effect);
      if (input !== undefined) void this.submit(input);
      if (effect.kind === "dropLeg" || effect.kind === "rejectLeg") this.#dropUnknown([effect.legId]);
      // Where only a change of it failed it would go on, and an operator's headset stands on after the call.
      if (effect.kind === "record") this.#perform({ kind: "stopRecording", recordingId: effect.recordingId });
    }
  }

  #fault(error: unknown, what: string): void {
    this.#counters.faults += 1;
    this.#options.onFault(error, what);
  }

  #pauseTicks(): void {
    this.#tickPauseMs = Math.min(Math.max(this.#tickPauseMs * 2, tickPauseMsMin), tickPauseMsMax);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    // Until the state can be trusted again, its deadlines cannot.
    if (this.#stopped || this.#broken) return;
    const deadline = nextDeadline(this.#state);
    if (deadline === undefined) return;
    const waitMs = Math.min(Math.max(deadline - this.#clock(), this.#tickPauseMs), 0x7fffffff);
    this.#timer = setTimeout(() => void this.submit({ kind: "tick" }), waitMs);
  }
}

/** A headset outlives the contact that was not stored, and must not stay mute; all else that was reduced ends with it. */
function undoing(effects: readonly Effect[]): readonly Effect[] {
  return effects.flatMap((effect) => (effect.kind === "muteLeg" ? [{ ...effect, muted: false }] : []));
}

function ignore(): void {
  // Nobody waits for it.
}
