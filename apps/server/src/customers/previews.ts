import { randomUUID } from "node:crypto";
import type { Instant } from "@centrala/kit";

/** A file of customers as it was read, waiting to be taken in. */
export type ImportTable = {
  readonly centreId: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

const keptMs = 15 * 60_000;
const previewsMax = 5;

/** Uploaded tables between preview and import: at most five for 15 minutes; the oldest makes room. */
export class ImportPreviews {
  readonly #clock: () => Instant;
  readonly #tables = new Map<string, { readonly table: ImportTable; readonly until: Instant }>();

  constructor(clock: () => Instant) {
    this.#clock = clock;
  }

  add(table: ImportTable): string {
    this.#forgetOld();
    while (this.#tables.size >= previewsMax) {
      const [oldest] = this.#tables.keys();
      if (oldest === undefined) break;
      this.#tables.delete(oldest);
    }
    const id = randomUUID();
    this.#tables.set(id, { table, until: this.#clock() + keptMs });
    return id;
  }

  get(id: string, centreId: string): ImportTable | undefined {
    this.#forgetOld();
    const kept = this.#tables.get(id);
    return kept?.table.centreId === centreId ? kept.table : undefined;
  }

  remove(id: string): void {
    this.#tables.delete(id);
  }

  #forgetOld(): void {
    const now = this.#clock();
    for (const [id, kept] of this.#tables) if (kept.until <= now) this.#tables.delete(id);
  }
}
