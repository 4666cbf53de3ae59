import { type Instant, LruMap } from "@centrala/kit";
import type { AuditInput } from "@centrala/store";
import type { App } from "../app.ts";

const kindsMax = 20_000;
type Gathered = { at: Instant; counts: Record<string, number> };

/**
 * Lines of the audit about what happens often: the first is written at once, what comes after it is counted and written with
 * the next one when its time is over. The audit is append-only: nobody may fill it by trying again and again.
 */
export class GatheredAudit {
  readonly #app: App;
  readonly #known = new LruMap<Gathered>(kindsMax);

  constructor(app: App) {
    this.#app = app;
  }

  /** @param counts added up from line to line */
  async note(
    centreId: string,
    record: AuditInput,
    everyMs: number,
    counts: Readonly<Record<string, number>>,
  ): Promise<void> {
    const { who, what, target, detail = {} } = record;
    const key = JSON.stringify([centreId, who, what, target, detail]);
    const now = this.#app.clock();
    const known = this.#known.get(key);
    const sums = { ...known?.counts };
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
    if (known !== undefined && now - known.at < everyMs) {
      known.counts = sums;
      return;
    }
    this.#known.set(key, { at: now, counts: {} });
    await this.#app.store.audit.add(centreId, { who, what, target, detail: { ...detail, ...sums } });
  }
}
