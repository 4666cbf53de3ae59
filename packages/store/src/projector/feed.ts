import type { JournalEntry } from "@centrala/contract";
import { BoundedQueue } from "@centrala/kit";

const entriesMax = 5_000;

/** Entries as they were committed, one after the other without a gap. What finds no room is read from the journal later. */
export class Feed {
  readonly #entries = new BoundedQueue<JournalEntry>(entriesMax);
  #next: number;

  /** @param next the seq of the entry that comes first */
  constructor(next: number) {
    this.#next = next;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** After a gap entries are left out until it is begun anew. */
  push(entry: JournalEntry): void {
    if (entry.seq === this.#next && this.#entries.push(entry)) this.#next += 1;
  }

  take(max: number): readonly JournalEntry[] {
    const taken: JournalEntry[] = [];
    while (taken.length < max) {
      const entry = this.#entries.shift();
      if (entry === undefined) break;
      taken.push(entry);
    }
    return taken;
  }

  beginAt(next: number): void {
    this.#entries.drain();
    this.#next = next;
  }
}
