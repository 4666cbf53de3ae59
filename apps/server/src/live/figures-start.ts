import type { SegmentChange } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import type { Projector, Store } from "@centrala/store";
import type { LiveFigures } from "./figures.ts";

type Source = {
  readonly centreId: string;
  readonly projector: Pick<Projector, "report" | "onRebuilt">;
  readonly store: Store;
  readonly now: () => Instant;
};
type Events = {
  /** What entries changed that the figures had not counted yet. */
  readonly tell: (changes: readonly SegmentChange[]) => void;
  readonly begun: () => void;
  /** They could not be read: whether that is tried again, when it has waited for long enough. */
  readonly failed: (error: unknown) => Promise<boolean>;
};

/**
 * Brings a centre's figures to what the journal says, at the start and whenever the roll-ups were built again. While the
 * database is away it tries again; what is shown stays as it was.
 */
export class FiguresStart {
  readonly #source: Source;
  readonly #figures: LiveFigures;
  readonly #events: Events;
  readonly #stop: () => void;
  #reading = false;
  /** Asked for once more while it was being read. */
  #again = false;
  #closed = false;

  constructor(source: Source, figures: LiveFigures, events: Events) {
    this.#source = source;
    this.#figures = figures;
    this.#events = events;
    this.#stop = source.projector.onRebuilt(() => void this.read());
  }

  /** Resolves after the first try, so that no page waits for a database that is away. */
  read(): Promise<void> {
    this.#again = true;
    if (this.#reading) return Promise.resolve();
    this.#reading = true;
    return new Promise((resolve) => void this.#untilRead(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  async #untilRead(tried: () => void): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#readOnce();
        tried();
      } catch (error) {
        tried();
        this.#again = await this.#events.failed(error);
      }
    }
    this.#reading = false;
    tried();
  }

  /** The day's roll-ups and what was open with them, then the entries after that; what is committed meanwhile comes last. */
  async #readOnce(): Promise<void> {
    const { centreId, projector, store, now } = this.#source;
    const { tell, begun } = this.#events;
    this.#figures.wait();
    this.#figures.begin(await projector.report(this.#figures.day.start(now())));
    for (;;) {
      for await (const entry of store.journal.readFrom(centreId, this.#figures.seq + 1))
        tell(this.#figures.count(entry));
      const changes = this.#figures.catchUp();
      if (changes === undefined) continue;
      tell(changes);
      return begun();
    }
  }
}
