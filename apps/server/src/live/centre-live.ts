import type { JournalEntry } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { centreScope, type MissedShare } from "@centrala/store";
import { GuideWatch, markGuideStep } from "../accounts/guide-steps.ts";
import type { Sight } from "../accounts/sight.ts";
import type { App, Centre } from "../app.ts";
import { readNumber } from "../core/numbers.ts";
import { CallbackClaims, claimOf } from "./callback-claims.ts";
import { LiveFigures } from "./figures.ts";
import { FiguresStart } from "./figures-start.ts";
import { Lookup } from "./lookup.ts";
import { ContactMemories } from "./memory.ts";

const readAgainMs = 2_000;
const missedKeptMs = 5_000;

/** What screens of one running centre are joined from, kept up to date by the facts that are committed. */
export class CentreLive {
  readonly centre: Centre;
  readonly app: App;
  readonly lookup: Lookup;
  readonly memories: ContactMemories;
  readonly figures: LiveFigures;
  /** Which missed callers are being called back right now. */
  readonly callbacks: CallbackClaims;
  /** Operators whose browser was answered, and whose sound cannot flow yet. */
  readonly headsetsComing = new Set<string>();
  /** Resolves when the day's figures are what the journal says. */
  readonly ready: Promise<void>;
  readonly #start: FiguresStart;
  readonly #guide: GuideWatch;
  readonly #listeners = new Set<(entries: readonly JournalEntry[]) => void>();
  readonly #onFigures = new Set<() => void>();
  readonly #stop: () => void;
  /** One question at a time, however many desks ask. */
  #counting: Promise<readonly MissedShare[]> | undefined;
  #missed: { readonly shares: readonly MissedShare[]; readonly until: Instant } | undefined;

  constructor(app: App, centre: Centre) {
    this.app = app;
    this.centre = centre;
    this.lookup = new Lookup(
      app.store,
      centre.id,
      (e164) => readNumber(e164, centre.config.current.centre.country).display,
    );
    this.memories = new ContactMemories(app.store, centre.id);
    this.figures = new LiveFigures(() => centre.config.current.centre.timeZone);
    this.callbacks = new CallbackClaims(() => this.#running());
    this.#guide = new GuideWatch((step) => markGuideStep(app.store, centre.id, step, "done"));
    this.#stop = centre.core.onCommitted((entries) => this.#onCommitted(entries));
    const source = { centreId: centre.id, projector: centre.projector, store: app.store, now: app.clock };
    this.#start = new FiguresStart(source, this.figures, {
      tell: (changes) => this.memories.take(changes),
      begun: () => {
        for (const listener of this.#onFigures) listener();
      },
      failed: (error) => this.#waitToReadAgain(error),
    });
    this.ready = this.#start.read();
  }

  async #waitToReadAgain(error: unknown): Promise<boolean> {
    this.app.log.error({ centreId: this.centre.id, err: String(error) }, "the day's figures could not be read");
    await new Promise((resolve) => setTimeout(resolve, readAgainMs).unref());
    return true;
  }

  /** Called after every commit, when memory and figures hold it already. */
  onFacts(listener: (entries: readonly JournalEntry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when the day's figures were read, and again when they were read anew. */
  onFigures(listener: () => void): () => void {
    this.#onFigures.add(listener);
    return () => this.#onFigures.delete(listener);
  }

  /**
   * How many callers wait to be called back by somebody of this sight (null: sees all); asked of the database at most every
   * five seconds unless something changed, once for everybody.
   */
  async missedOpen(sight: Sight | null): Promise<number> {
    let open = 0;
    for (const { queueIds, clientIds, callers } of await this.#missedShares()) {
      const seen =
        sight === null ||
        queueIds.some((queueId) => sight.queueIds.includes(queueId)) ||
        clientIds.some((clientId) => sight.clientIds.includes(clientId));
      if (seen) open += callers;
    }
    return open;
  }

  async #missedShares(): Promise<readonly MissedShare[]> {
    const now = this.app.clock();
    if (this.#missed !== undefined && this.#missed.until > now) return this.#missed.shares;
    this.#counting ??= this.app.store.missed.shares(centreScope(this.centre.id)).finally(() => {
      this.#counting = undefined;
    });
    const shares = await this.#counting;
    this.#missed = { shares, until: now + missedKeptMs };
    return shares;
  }

  /** Outgoing calls that run: whom they call, and whose they are. */
  *#running(): Iterable<{ readonly claim: string; readonly operatorId: string }> {
    for (const contactId of this.centre.core.state.contacts.keys()) {
      const memory = this.memories.get(contactId);
      if (memory?.direction !== "outbound" || memory.calledAddressId === null || memory.startedBy === null) continue;
      yield { claim: claimOf(memory.clientId, memory.calledAddressId), operatorId: memory.startedBy };
    }
  }

  forgetMissed(): void {
    this.#missed = undefined;
  }

  close(): void {
    this.#stop();
    this.#start.close();
    this.#listeners.clear();
    this.#onFigures.clear();
  }

  #onCommitted(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      this.memories.fold(entry);
      this.memories.take(this.figures.committed(entry));
      for (const fact of entry.facts) {
        this.#guide.fold(fact, (contactId) => this.memories.get(contactId)?.numberId ?? null);
        if (fact.kind === "contactEnded" || fact.kind === "talkStarted") this.#missed = undefined;
      }
    }
    for (const listener of this.#listeners) {
      try {
        listener(entries);
      } catch (error) {
        this.app.log.error({ centreId: this.centre.id, err: error }, "a screen was not told what happened");
      }
    }
  }
}
