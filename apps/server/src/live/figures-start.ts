import { emptyBook, type SegmentChange } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import type { Store } from "@centrala/store";
import type { LiveFigures } from "./figures.ts";

/** Contacts that began up to so long before midnight count into the day with their whole length. */
const beforeMs = 4 * 3_600_000;

/**
 * Brings the figures to what the journal says; what is committed meanwhile waits and is counted after it. Where the journal
 * can't be read, `again` says whether it is tried on, from the place that was reached.
 */
export async function readFigures(
  figures: LiveFigures,
  store: Store,
  centreId: string,
  now: Instant,
  tell: (changes: readonly SegmentChange[]) => void,
  again: (error: unknown) => Promise<boolean>,
): Promise<void> {
  const began = await untilRead(again, async () => {
    const first = await firstSince(store, centreId, figures.day.start(now) - beforeMs);
    figures.begin({ seq: first - 1, book: emptyBook(), sums: [] });
  });
  if (!began) return;
  for (;;) {
    const read = await untilRead(again, async () => {
      for await (const entry of store.journal.readFrom(centreId, figures.seq + 1)) tell(figures.count(entry));
    });
    if (!read) return;
    const changes = figures.catchUp();
    if (changes === undefined) continue;
    tell(changes);
    return;
  }
}

/** False when it was given up. */
async function untilRead(again: (error: unknown) => Promise<boolean>, read: () => Promise<void>): Promise<boolean> {
  for (;;) {
    try {
      await read();
      return true;
    } catch (error) {
      if (!(await again(error))) return false;
    }
  }
}

/** The first entry of that time or later; the one after the last when there is none. Times go up with numbers. */
async function firstSince(store: Store, centreId: string, at: Instant): Promise<number> {
  let low = 1;
  let high = (await store.journal.lastSeq(centreId)) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await timeOf(store, centreId, middle)) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function timeOf(store: Store, centreId: string, seq: number): Promise<Instant> {
  for await (const entry of store.journal.readFrom(centreId, seq)) return entry.at;
  return Number.POSITIVE_INFINITY;
}
