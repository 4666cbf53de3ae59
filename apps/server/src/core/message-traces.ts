import { LruMap } from "@centrala/kit";
import { type Store, type TraceInput, tracesPerContactMax } from "@centrala/store";
import type { Logger } from "pino";

const bufferedMax = 20_000;
/** A message has up to 64 kB, and while the database stands still nothing goes on. */
const bufferedCharactersMax = 32_000_000;
const flushMs = 1_000;
const countedMax = 5_000;

/** SIP messages of contacts on their way to the store, in bulk and beside the journal: a ladder may lack a crash's last second. */
export class MessageTraces {
  readonly #store: Pick<Store, "traces">;
  readonly #log: Pick<Logger, "warn">;
  readonly #waiting = new Map<string, TraceInput[]>();
  #waitingCount = 0;
  #waitingCharacters = 0;
  /** Messages so far of the contacts met last, by centre and contact. */
  readonly #counts = new LruMap<number>(countedMax);
  #flushing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Pick<Store, "traces">, log: Pick<Logger, "warn">) {
    this.#store = store;
    this.#log = log;
  }

  /** What comes while too much waits, or is over a contact's limit, is left out. */
  add(centreId: string, trace: TraceInput): void {
    const full = this.#waitingCount >= bufferedMax || this.#waitingCharacters >= bufferedCharactersMax;
    if (full || !this.#count(centreId + trace.contactId)) return;
    const waiting = this.#waiting.get(centreId);
    if (waiting === undefined) this.#waiting.set(centreId, [trace]);
    else waiting.push(trace);
    this.#waitingCount += 1;
    this.#waitingCharacters += trace.text.length;
    if (this.#timer === undefined) this.#timer = setTimeout(() => void this.flush(), flushMs);
  }

  /** Stores what waits and waits for what is being stored; the last thing before the store is closed. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#storeWaiting());
    return this.#flushing;
  }

  async #storeWaiting(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#waitingCount = 0;
    this.#waitingCharacters = 0;
    for (const [centreId, messages] of waiting) {
      await this.#store.traces.append(centreId, messages).catch((error: unknown) => {
        this.#log.warn({ err: String(error) }, "SIP messages of a contact were not stored");
      });
    }
  }

  /** False when the contact has had its share. */
  #count(contact: string): boolean {
    const count = this.#counts.get(contact) ?? 0;
    if (count >= tracesPerContactMax) return false;
    this.#counts.set(contact, count + 1);
    return true;
  }
}
