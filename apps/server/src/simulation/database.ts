import type { JournalEntry } from "@centrala/contract";
import type { SeededRandom } from "@centrala/kit";
import type { VirtualTime } from "@centrala/sim/seeded";
import { StoreError } from "@centrala/store";

/** How long the database takes for one statement: each time from `fromMs`, up to `moreMs` longer. */
export type Pace = { readonly fromMs: number; readonly moreMs: number };

export const paces: readonly Pace[] = [
  { fromMs: 0, moreMs: 1 },
  { fromMs: 1, moreMs: 4 },
  { fromMs: 5, moreMs: 60 },
  { fromMs: 50, moreMs: 400 },
  { fromMs: 500, moreMs: 2_000 },
];

/**
 * A database that is slow, away, silent, in doubt about what it did, or refuses an entry for good, as it is told to be.
 * What a statement does is done when it is done, whether or not the program that asked still lives.
 */
export class Database {
  pace: Pace = { fromMs: 0, moreMs: 1 };
  readonly #time: VirtualTime;
  readonly #chance: SeededRandom;
  readonly #onTrouble: () => void;
  #awayUntilMs = 0;
  #silentUntilMs = 0;
  #inDoubt = 0;
  #lost = 0;
  #poisonNext = false;
  #poisoned = new Set<string>();

  constructor(time: VirtualTime, chance: SeededRandom, onTrouble: () => void) {
    this.#time = time;
    this.#chance = chance;
    this.#onTrouble = onTrouble;
  }

  /** Whatever is asked is refused at once. */
  away(durationMs: number): void {
    this.#awayUntilMs = Math.max(this.#awayUntilMs, this.#time.elapsedMs + durationMs);
  }

  /** Whatever is asked gets no answer before. */
  silent(durationMs: number): void {
    this.#silentUntilMs = Math.max(this.#silentUntilMs, this.#time.elapsedMs + durationMs);
  }

  /** The next writes are done, and fail. */
  doubt(count: number): void {
    this.#inDoubt = count;
  }

  /** The next writes fail, and are not done. */
  lose(count: number): void {
    this.#lost = count;
  }

  /** The next entry that can be spared is one that this database never takes. */
  poison(): void {
    this.#poisonNext = true;
  }

  /** From now on nothing is wrong with it. */
  heal(): void {
    this.pace = { fromMs: 0, moreMs: 1 };
    this.#awayUntilMs = 0;
    this.#silentUntilMs = 0;
    this.#inDoubt = 0;
    this.#lost = 0;
    this.#poisonNext = false;
    this.#poisoned = new Set();
  }

  /** Whether there is an entry that it never takes. */
  get isPoisoned(): boolean {
    return this.#poisoned.size > 0;
  }

  get isWell(): boolean {
    const { elapsedMs } = this.#time;
    return (
      this.#awayUntilMs <= elapsedMs &&
      this.#silentUntilMs <= elapsedMs &&
      this.#inDoubt + this.#lost === 0 &&
      this.pace.fromMs < 100
    );
  }

  read<T>(work: () => T): Promise<T> {
    return this.#ask(work, false);
  }

  write<T>(work: () => T): Promise<T> {
    return this.#ask(work, true);
  }

  /** @throws StoreError when one of them is one that it never takes */
  judge(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const mark = markOf(entry);
      if (this.#poisonNext && mark !== undefined) {
        this.#poisonNext = false;
        this.#poisoned.add(mark);
      }
      if (mark === undefined || !this.#poisoned.has(mark)) continue;
      this.#onTrouble();
      throw new StoreError("DATABASE_ERROR", "simulated: this entry is never taken", rowError());
    }
  }

  #ask<T>(work: () => T, isWrite: boolean): Promise<T> {
    const { elapsedMs } = this.#time;
    const takesMs = this.pace.fromMs + (this.#chance.next() / 2 ** 32) * this.pace.moreMs;
    return new Promise((resolve, reject) => {
      const away = (): void => {
        this.#onTrouble();
        reject(new StoreError("DATABASE_AWAY", "simulated: the database is away"));
      };
      if (elapsedMs < this.#awayUntilMs) {
        this.#time.after(1, away);
        return;
      }
      const startMs = Math.max(0, this.#silentUntilMs - elapsedMs);
      this.#time.after(startMs + takesMs / 2, () => {
        if (isWrite && this.#lost > 0) {
          this.#lost -= 1;
          this.#time.after(takesMs / 2, away);
          return;
        }
        const answer = attempt(work);
        const inDoubt = isWrite && this.#inDoubt > 0;
        if (inDoubt) this.#inDoubt -= 1;
        this.#time.after(takesMs / 2, () => {
          if (inDoubt) away();
          else if (answer.ok) resolve(answer.value);
          else reject(answer.error);
        });
      });
    });
  }
}

function attempt<T>(work: () => T): { ok: true; value: T } | { ok: false; error: Error } {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What an entry that can be spared is known by, even when it is decided again; undefined for those a centre can't be without. */
function markOf({ seq, at, input }: JournalEntry): string | undefined {
  if (input.kind === "configured" || input.kind === "recovered" || input.kind === "contactFailed") return undefined;
  return input.kind === "tick" ? `tick ${seq} ${at}` : JSON.stringify(input);
}

function rowError(): Error {
  return Object.assign(new Error("simulated: invalid input"), { code: "22P02" });
}
