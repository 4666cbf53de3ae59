import { type Instant, LruMap } from "@centrala/kit";
import { isStoreError } from "../error.ts";
import type { SessionRow, TokenRow } from "../port.ts";

type Row = Pick<TokenRow, "id" | "centreId" | "seenAt" | "expiresAt">;
type Entry<R> = { row: R; confirmedAt: Instant; usedAt: Instant };
/** One whose use is to be written down, and when that was. */
export type Use = { readonly id: string; readonly usedAt: Instant };

const entriesMax = 20_000;
/** So long one is believed without the database: what another process ends is over here after that. */
export const believedMsMax = 60_000;
/** While the database does not answer, whoever was known goes on, but not for ever. */
export const awayMsMax = 4 * 3_600_000;
/** Whoever asks for nothing so long is asked for again when they do. */
const unusedMsMax = 3_600_000;
const slowMs = 5_000;

/**
 * Sessions or machine tokens that were found before, so that a request asks the database nothing. What ends in this process
 * is forgotten at once, what ends in another with the next confirmation.
 */
export class Remembered<R extends Row> {
  readonly #entries = new LruMap<Entry<R>>(entriesMax);
  readonly #now: () => Instant;
  /** How often something ended: what was read before that may be over. */
  #ends = 0;
  #failed = false;
  #askingSince: Instant | null = null;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  /** The row of a token, named by its hash; `load` finds those that are not known. */
  async find(hash: string, load: () => Promise<R | undefined>): Promise<R | undefined> {
    const known = this.#entries.get(hash);
    const at = this.#now();
    if (known !== undefined && this.#isBelieved(known, at)) {
      known.usedAt = at;
      return known.row;
    }
    const ends = this.#ends;
    try {
      const row = await load();
      this.#failed = false;
      if (row === undefined) this.#entries.delete(hash);
      else if (ends === this.#ends) this.#entries.set(hash, { row, confirmedAt: at, usedAt: at });
      return row;
    } catch (error) {
      if (!isStoreError(error, "DATABASE_AWAY")) throw error;
      this.#failed = true;
      const still = this.#entries.get(hash);
      if (still === undefined || !this.#isBelieved(still, at)) throw error;
      still.usedAt = at;
      return still.row;
    }
  }

  /** Forgets those that end, when that is known to the database; also when that did not come to be known. */
  async ending<T>(which: (row: R) => boolean, end: () => Promise<T>): Promise<T> {
    try {
      return await end();
    } finally {
      this.forget(which);
    }
  }

  forget(which: (row: R) => boolean): void {
    this.#ends += 1;
    for (const [key, { row }] of [...this.#entries]) if (which(row)) this.#entries.delete(key);
  }

  /**
   * Looks at all of them again. `ask` writes down when they were used, and gives those that still live. Rejects as `ask` does;
   * until one succeeds the database counts as away.
   */
  async confirm(ask: (centreId: string, ids: readonly string[], uses: readonly Use[]) => Promise<readonly R[]>) {
    if (this.#askingSince !== null) return;
    const at = this.#now();
    this.#askingSince = at;
    try {
      for (const [centreId, keys] of this.#byCentre(at)) await this.#confirmCentre(centreId, keys, at, ask);
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#askingSince = null;
    }
  }

  async #confirmCentre(
    centreId: string,
    keys: readonly string[],
    at: Instant,
    ask: Parameters<Remembered<R>["confirm"]>[0],
  ): Promise<void> {
    const entries = new Map(keys.flatMap((key) => [...this.#entry(key)]));
    const rows = [...entries.values()];
    const uses = rows
      .filter(({ row, usedAt }) => usedAt > (row.seenAt ?? 0))
      .map(({ row, usedAt }) => ({ id: row.id, usedAt }));
    const ids = rows.map(({ row }) => row.id);
    const alive = new Map((await ask(centreId, ids, uses)).map((row) => [row.id, row]));
    for (const [key, entry] of entries) {
      const row = alive.get(entry.row.id);
      if (row === undefined) this.#entries.delete(key);
      else Object.assign(entry, { row, confirmedAt: at });
    }
  }

  *#entry(key: string): Iterable<readonly [string, Entry<R>]> {
    const entry = this.#entries.get(key);
    if (entry !== undefined) yield [key, entry];
  }

  #byCentre(at: Instant): ReadonlyMap<string, readonly string[]> {
    const centres = new Map<string, string[]>();
    for (const [key, entry] of [...this.#entries]) {
      if (at - entry.usedAt > unusedMsMax && entry.usedAt <= (entry.row.seenAt ?? 0)) {
        this.#entries.delete(key);
        continue;
      }
      const { centreId } = entry.row;
      const keys = centres.get(centreId) ?? [];
      keys.push(key);
      centres.set(centreId, keys);
    }
    return centres;
  }

  #isBelieved({ row, confirmedAt }: Entry<R>, at: Instant): boolean {
    if (row.expiresAt !== null && row.expiresAt <= at) return false;
    const late = this.#askingSince !== null && at - this.#askingSince > slowMs;
    return at - confirmedAt < (this.#failed || late ? awayMsMax : believedMsMax);
  }
}

/** What is remembered of who is who. */
export type RememberedRows = {
  readonly sessions: Remembered<SessionRow>;
  readonly tokens: Remembered<TokenRow>;
};
