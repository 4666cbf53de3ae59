import { LruMap } from "@centrala/kit";
import { inTime } from "../in-time.ts";

type Task = () => Promise<void>;

const endedMax = 20_000;

/**
 * The order of what is asked of one leg, although some of it has to be looked up first: nothing overtakes (SPEC.md [T3]).
 * A leg that was dropped stays dropped: what was asked of it before, or comes later, is not done any more ([T4]).
 */
export class LegOrder {
  /** Legs for which something is being looked up, with what waits for it, in order. */
  readonly #lines = new Map<string, Task[]>();
  /** The legs that were dropped last. A command comes behind its leg's end by no more than a commit. */
  readonly #ended = new LruMap<true>(endedMax);

  /** Does it at once (what it throws, it throws), or behind what is still looked up for this leg. */
  run(legId: string, perform: () => void, failed: (error: unknown) => void): void {
    if (this.#ended.has(legId)) return;
    const line = this.#lines.get(legId);
    if (line === undefined) perform();
    else line.push(this.#task(legId, line, Promise.resolve(), perform, failed));
  }

  /**
   * Does it when `lookup` and all before it is through; of a leg that was dropped meanwhile neither function is called.
   * @param withinMs after which the look-up has failed
   */
  runAfter<T>(
    legId: string,
    lookup: Promise<T>,
    withinMs: number,
    perform: (found: T) => void,
    failed: (error: unknown) => void,
  ): void {
    const found = inTime(lookup, withinMs);
    // Behind others its failure is looked at when its turn comes.
    found.catch(() => undefined);
    if (this.#ended.has(legId)) return;
    const line = this.#lines.get(legId);
    if (line !== undefined) {
      line.push(this.#task(legId, line, found, perform, failed));
      return;
    }
    const made: Task[] = [];
    made.push(this.#task(legId, made, found, perform, failed));
    this.#lines.set(legId, made);
    void this.#work(legId, made);
  }

  /** The leg is over as far as we are concerned. */
  end(legId: string): void {
    this.#ended.set(legId, true);
    this.#lines.delete(legId);
  }

  isWaiting(legId: string): boolean {
    return this.#lines.has(legId);
  }

  /** All legs for which something is being looked up. */
  waiting(): Iterable<string> {
    return this.#lines.keys();
  }

  #task<T>(
    legId: string,
    line: Task[],
    found: Promise<T>,
    perform: (found: T) => void,
    failed: (error: unknown) => void,
  ): Task {
    const stands = (): boolean => this.#lines.get(legId) === line;
    return async () => {
      try {
        const value = await found;
        if (stands()) perform(value);
      } catch (error) {
        if (stands()) failed(error);
      }
    };
  }

  async #work(legId: string, line: Task[]): Promise<void> {
    for (let task = line[0]; task !== undefined; task = line[0]) {
      await task();
      line.shift();
    }
    if (this.#lines.get(legId) === line) this.#lines.delete(legId);
  }
}
