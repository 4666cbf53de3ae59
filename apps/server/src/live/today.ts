import type { Fact } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { ContactRow, Store } from "@centrala/store";
import { Temporal } from "temporal-polyfill";

export type QueueFigures = { offered: number; answered: number; abandoned: number; answeredWithin: number };
export type OperatorFigures = { contacts: number; talkMs: number };
type Within = (queueId: string) => number;

const rowsMax = 20_000;
const noFigures: Readonly<QueueFigures> = { offered: 0, answered: 0, abandoned: 0, answeredWithin: 0 };

/** Midnight of the day in which `now` lies, where the centre is. */
export function startOfDay(now: Instant, timeZone: string): Instant {
  return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).startOfDay().epochMilliseconds;
}

/**
 * Figures of the running day by queue and operator: begun from the stored contacts at start, then counted from facts.
 * Everything counts once (`#seen`), so that what was stored while it was read does no harm. They begin anew at midnight.
 */
export class Today {
  readonly #timeZone: () => string;
  readonly #withinMs: Within;
  #dayStart: Instant = 0;
  #dayEnd: Instant = 0;
  #queues = new Map<string, QueueFigures>();
  #operators = new Map<string, OperatorFigures>();
  #seen = new Set<string>();

  constructor(timeZone: () => string, withinMs: Within) {
    this.#timeZone = timeZone;
    this.#withinMs = withinMs;
  }

  queue(queueId: string, now: Instant): Readonly<QueueFigures> {
    this.#turn(now);
    return this.#queues.get(queueId) ?? noFigures;
  }

  operator(operatorId: string, now: Instant): Readonly<OperatorFigures> {
    this.#turn(now);
    return this.#operators.get(operatorId) ?? { contacts: 0, talkMs: 0 };
  }

  fold(fact: Fact, at: Instant): void {
    this.#turn(at);
    if (fact.kind === "enqueued") this.#offered(fact.queueId, fact.contactId);
    if (fact.kind === "queueLeft" && fact.reason === "answered")
      this.#answered(fact.queueId, fact.contactId, fact.waitedMs);
    if (fact.kind === "queueLeft" && fact.reason === "abandoned") this.#abandoned(fact.queueId, fact.contactId);
    if (fact.kind === "talkEnded") this.#talked(fact.operatorId, fact.contactId, fact.talkMs);
  }

  /** Counts the day's stored contacts, at most 20,000 of them. */
  async load(store: Store, centreId: string, now: Instant): Promise<void> {
    this.#turn(now);
    let cursor: string | null = null;
    for (let rows = 0; rows < rowsMax; ) {
      const page: Awaited<ReturnType<Store["contacts"]["list"]>> = await store.contacts.list(
        centreId,
        { from: this.#dayStart },
        { limit: 200, cursor },
      );
      for (const row of page.items) this.#addRow(row);
      rows += page.items.length;
      cursor = page.nextCursor;
      if (cursor === null) return;
    }
  }

  #addRow(row: ContactRow): void {
    if (row.queueId !== null) this.#offered(row.queueId, row.id);
    if (row.queueId !== null && row.answered) this.#answered(row.queueId, row.id, row.waitMs);
    if (row.queueId !== null && row.endCode === "ABANDONED_IN_QUEUE") this.#abandoned(row.queueId, row.id);
    if (row.operatorId !== null && row.answered && row.endedAt !== null)
      this.#talked(row.operatorId, row.id, row.talkMs);
  }

  #offered(queueId: string, contactId: string): void {
    if (this.#once(`o/${queueId}/${contactId}`)) this.#figures(queueId).offered += 1;
  }

  #answered(queueId: string, contactId: string, waitedMs: number): void {
    if (!this.#once(`a/${queueId}/${contactId}`)) return;
    const figures = this.#figures(queueId);
    figures.answered += 1;
    if (waitedMs <= this.#withinMs(queueId)) figures.answeredWithin += 1;
  }

  #abandoned(queueId: string, contactId: string): void {
    if (this.#once(`l/${queueId}/${contactId}`)) this.#figures(queueId).abandoned += 1;
  }

  #talked(operatorId: string, contactId: string, talkMs: number): void {
    if (!this.#once(`t/${operatorId}/${contactId}`)) return;
    const figures = this.#operators.get(operatorId) ?? { contacts: 0, talkMs: 0 };
    figures.contacts += 1;
    figures.talkMs += talkMs;
    this.#operators.set(operatorId, figures);
  }

  #figures(queueId: string): QueueFigures {
    const known = this.#queues.get(queueId);
    if (known !== undefined) return known;
    const figures = { ...noFigures };
    this.#queues.set(queueId, figures);
    return figures;
  }

  #once(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #turn(now: Instant): void {
    if (now >= this.#dayStart && now < this.#dayEnd) return;
    this.#dayStart = startOfDay(now, this.#timeZone());
    this.#dayEnd = startOfDay(this.#dayStart + 36 * 3_600_000, this.#timeZone());
    this.#queues = new Map();
    this.#operators = new Map();
    this.#seen = new Set();
  }
}
