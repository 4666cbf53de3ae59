/** What every call changes. */
type List = "contacts" | "missed";

/** In a busy centre they change every second: five hundred desks that all read theirs anew would be all that the server does. */
const everyMs = 5_000;
const spreadMs = 1_000;

export type ReloadsOptions = {
  readonly reload: (list: List) => void;
  readonly now: () => number;
  /** From 0 to 1, so that pages that heard the same do not ask at the same moment. */
  readonly random: () => number;
};

/** Reloads lists that changed: at once after a calm, otherwise once for all changes of five seconds. */
export class Reloads {
  readonly #options: ReloadsOptions;
  readonly #last = new Map<List, number>();
  readonly #due = new Map<List, ReturnType<typeof setTimeout>>();

  constructor(options: ReloadsOptions) {
    this.#options = options;
  }

  changed(list: List): void {
    if (this.#due.has(list)) return;
    const { now, random } = this.#options;
    const waitMs = (this.#last.get(list) ?? Number.NEGATIVE_INFINITY) + everyMs - now();
    if (waitMs <= 0) return this.#reload(list);
    this.#due.set(
      list,
      setTimeout(() => this.#reload(list), waitMs + random() * spreadMs),
    );
  }

  close(): void {
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
  }

  #reload(list: List): void {
    this.#due.delete(list);
    this.#last.set(list, this.#options.now());
    this.#options.reload(list);
  }
}
