import { type DialogRepository, failsForGood, isStoreError } from "@centrala/store";

/** Dialogs answered less than this before a crash get no BYE; their peers end by themselves for want of sound. */
const answeredMs = 50;
/** Ends that are not removed before a crash cost a BYE for nothing: they wait for the next answer, or so long. */
const endedMs = 1_000;
const againMs = 2_000;

type Answered = { readonly legId: string; readonly contactId: string | null; readonly dialog: string };
type Changes = { readonly answered: Map<string, Answered>; readonly ended: Set<string> };
type Due = { readonly at: number; readonly timer: ReturnType<typeof setTimeout> };

/**
 * Keeps the dialogs of answered legs in the store, beside the journal: changes are gathered for a moment and written
 * together, one write of a centre at a time, and a leg that ended meanwhile is never written.
 */
export class StoredDialogs {
  readonly #repository: Pick<DialogRepository, "change">;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<string, Changes>();
  /** Legs that stand in the store or are on their way there. */
  readonly #stored = new Set<string>();
  readonly #writing = new Set<string>();
  readonly #due = new Map<string, Due>();

  constructor(repository: Pick<DialogRepository, "change">, onError: (error: unknown) => void) {
    this.#repository = repository;
    this.#onError = onError;
  }

  answered(centreId: string, legId: string, contactId: string | null, dialog: string): void {
    this.#changes(centreId).answered.set(legId, { legId, contactId, dialog });
    this.#writeWithin(centreId, answeredMs);
  }

  ended(centreId: string, legId: string): void {
    const waiting = this.#waiting.get(centreId);
    const isNew = waiting?.answered.delete(legId) === true;
    if (isNew && !this.#stored.has(centreId + legId)) return;
    if (!this.#stored.delete(centreId + legId)) return;
    this.#changes(centreId).ended.add(legId);
    this.#writeWithin(centreId, endedMs);
  }

  /** Writes what waits; the last thing before the store is closed. */
  async flush(): Promise<void> {
    for (const centreId of [...this.#waiting.keys()]) await this.#write(centreId).catch(this.#onError);
  }

  #changes(centreId: string): Changes {
    const known = this.#waiting.get(centreId);
    if (known !== undefined) return known;
    const changes: Changes = { answered: new Map(), ended: new Set() };
    this.#waiting.set(centreId, changes);
    return changes;
  }

  /** While a write of the centre is on its way, or has failed, what is new waits for the next one. */
  #writeWithin(centreId: string, delayMs: number): void {
    if (this.#writing.has(centreId)) return;
    const at = performance.now() + delayMs;
    const due = this.#due.get(centreId);
    if (due !== undefined && due.at <= at) return;
    clearTimeout(due?.timer);
    this.#due.set(centreId, { at, timer: setTimeout(() => void this.#writeNow(centreId), delayMs) });
  }

  async #writeNow(centreId: string): Promise<void> {
    this.#due.delete(centreId);
    this.#writing.add(centreId);
    try {
      await this.#write(centreId);
      this.#writing.delete(centreId);
      const next = this.#waiting.get(centreId);
      if (next !== undefined) this.#writeWithin(centreId, next.answered.size > 0 ? answeredMs : endedMs);
    } catch (error) {
      this.#onError(error);
      setTimeout(() => void this.#writeNow(centreId), againMs);
    }
  }

  async #write(centreId: string): Promise<void> {
    const changes = this.#waiting.get(centreId);
    this.#waiting.delete(centreId);
    if (changes === undefined) return;
    const answered = [...changes.answered.values()];
    for (const { legId } of answered) this.#stored.add(centreId + legId);
    if (answered.length + changes.ended.size === 0) return;
    try {
      await this.#repository.change(centreId, answered, [...changes.ended]);
    } catch (error) {
      const over = failsForGood(error) || isStoreError(error, "FENCED");
      if (!over) this.#keep(centreId, changes);
      throw error;
    }
  }

  /** What could not be written waits for the next time; what has ended meanwhile is removed, as it may stand there after all. */
  #keep(centreId: string, { answered, ended }: Changes): void {
    const newer = this.#waiting.get(centreId) ?? { answered: new Map<string, Answered>(), ended: new Set<string>() };
    this.#waiting.set(centreId, {
      answered: new Map([...[...answered].filter(([legId]) => !newer.ended.has(legId)), ...newer.answered]),
      ended: new Set([...ended, ...newer.ended]),
    });
  }
}
