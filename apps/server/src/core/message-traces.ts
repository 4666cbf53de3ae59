import type { Store, TraceInput } from "@centrala/store";
import type { Logger } from "pino";

const bufferedMax = 20_000;
const flushMs = 500;

/** SIP messages of contacts on their way to the store, in bulk and beside the journal: a ladder may lack a crash's last second. */
export class MessageTraces {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #waiting: { readonly centreId: string; readonly trace: TraceInput }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** At the limit the oldest waiting message is left out. */
  add(centreId: string, trace: TraceInput): void {
    this.#waiting.push({ centreId, trace });
    if (this.#waiting.length > bufferedMax) this.#waiting.shift();
    if (this.#timer === undefined) this.#timer = setTimeout(() => void this.flush(), flushMs);
  }

  /** Stores what waits; the last thing before the store is closed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting.splice(0);
    for (const centreId of new Set(waiting.map((entry) => entry.centreId))) {
      const messages = waiting.filter((entry) => entry.centreId === centreId).map((entry) => entry.trace);
      await this.#store.traces.append(centreId, messages).catch((error: unknown) => {
        this.#log.warn({ err: String(error) }, "SIP messages of a contact were not stored");
      });
    }
  }
}
