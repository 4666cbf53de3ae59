import type { JournalEntry } from "@centrala/contract";
import {
  addSums,
  emptyBook,
  foldSegments,
  type RollupDelta,
  type RollupKey,
  rollupDeltas,
  type SegmentBook,
  type SegmentChange,
  type Sums,
} from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import { Temporal } from "temporal-polyfill";

const noSums: Sums = {};

/** Midnight of the day in which `now` lies, where the centre is. */
export function startOfDay(now: Instant, timeZone: string): Instant {
  return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).startOfDay().epochMilliseconds;
}

/**
 * The running day's sums by queue and by operator: the roll-ups of its quarters of an hour, and the same fold of facts
 * since. They begin anew at midnight, and no late entry turns them back.
 */
export class DayFigures {
  readonly #timeZone: () => string;
  #start: Instant = 0;
  #end: Instant = 0;
  #queues = new Map<string, Record<string, number>>();
  #operators = new Map<string, Record<string, number>>();

  constructor(timeZone: () => string) {
    this.#timeZone = timeZone;
  }

  /** Since when the day's sums count. */
  start(now: Instant): Instant {
    this.#turn(now);
    return this.#start;
  }

  queue(queueId: string, now: Instant): Sums {
    this.#turn(now);
    return this.#queues.get(queueId) ?? noSums;
  }

  operator(operatorId: string, now: Instant): Sums {
    this.#turn(now);
    return this.#operators.get(operatorId) ?? noSums;
  }

  add({ key, sums }: RollupDelta): void {
    this.#turn(key.slot);
    if (key.slot < this.#start) return;
    const to = this.#sumsOf(key);
    if (to !== undefined) addSums(to, sums);
  }

  /** What an operator did counts to them, everything else to its queue. */
  #sumsOf({ operatorId, queueId }: RollupKey): Record<string, number> | undefined {
    if (operatorId !== null) return sumsIn(this.#operators, operatorId);
    return queueId === null ? undefined : sumsIn(this.#queues, queueId);
  }

  #turn(now: Instant): void {
    if (now < this.#end) return;
    this.#start = startOfDay(now, this.#timeZone());
    this.#end = startOfDay(this.#start + 36 * 3_600_000, this.#timeZone());
    this.#queues = new Map();
    this.#operators = new Map();
  }
}

function sumsIn(all: Map<string, Record<string, number>>, id: string): Record<string, number> {
  const known = all.get(id);
  if (known !== undefined) return known;
  const sums = {};
  all.set(id, sums);
  return sums;
}

/** What is open, and the sums, after entry `seq`. */
type Beginning = {
  readonly seq: number;
  readonly book: SegmentBook;
  readonly rollups: readonly RollupDelta[];
};

/** So many entries wait for the beginning; of more the oldest are read from the journal again. */
const waitingMax = 5_000;

/** What is open of everything that takes time, and the day's figures, kept up to date by the entries that are committed. */
export class LiveFigures {
  #day: DayFigures;
  readonly #timeZone: () => string;
  #book: SegmentBook = emptyBook();
  /** The last entry that is counted. */
  #seq = 0;
  /** Committed before it caught up with the journal; null from then on. */
  #waiting: JournalEntry[] | null = [];

  constructor(timeZone: () => string) {
    this.#timeZone = timeZone;
    this.#day = new DayFigures(timeZone);
  }

  get day(): DayFigures {
    return this.#day;
  }

  get seq(): number {
    return this.#seq;
  }

  /** A beginning is about to be read; until it is here everything shows as it was. */
  wait(): void {
    this.#waiting = [];
  }

  begin({ seq, book, rollups }: Beginning): void {
    this.#seq = seq;
    this.#book = book;
    this.#day = new DayFigures(this.#timeZone);
    for (const delta of rollups) this.#day.add(delta);
  }

  /** Counts the next entry of the journal, and tells what it changed. */
  count(entry: JournalEntry): readonly SegmentChange[] {
    if (entry.seq <= this.#seq) return [];
    this.#seq = entry.seq;
    const changes = foldSegments(this.#book, entry);
    for (const change of changes) for (const delta of rollupDeltas(change)) this.#day.add(delta);
    return changes;
  }

  /** An entry was committed; it waits while those before it are still being read. */
  committed(entry: JournalEntry): readonly SegmentChange[] {
    if (this.#waiting === null) return this.count(entry);
    this.#waiting.push(entry);
    if (this.#waiting.length > waitingMax) this.#waiting.shift();
    return [];
  }

  /** The journal was read to its end: what waited is counted. Undefined when it has to be read on. */
  catchUp(): readonly SegmentChange[] | undefined {
    const waiting = (this.#waiting ?? []).filter((entry) => entry.seq > this.#seq);
    if (waiting[0] !== undefined && waiting[0].seq > this.#seq + 1) return undefined;
    this.#waiting = null;
    return waiting.flatMap((entry) => this.count(entry));
  }
}
