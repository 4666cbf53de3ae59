import type { JournalEntry } from "@centrala/contract";
import { emptyBook, foldSegments, type RollupDelta, rollupDeltas, type SegmentBook } from "@centrala/domain";
import { TestCentre } from "@centrala/domain/testing";
import type { Store } from "@centrala/store";
import { describe, expect, it } from "vitest";
import { LiveFigures } from "./figures.ts";
import { FiguresStart } from "./figures-start.ts";

type Report = { readonly seq: number; readonly book: SegmentBook; readonly rollups: readonly RollupDelta[] };

/** What a projector would have written of these entries. */
function reportOf(entries: readonly JournalEntry[]): Report {
  const book = emptyBook();
  const rollups = entries.flatMap((entry) => foldSegments(book, entry).flatMap(rollupDeltas));
  return { seq: entries.at(-1)?.seq ?? 0, book, rollups };
}

function started(entries: readonly JournalEntry[], at: number, report: () => Promise<Report>) {
  let rebuilt: () => void = () => undefined;
  const projector = {
    report,
    onRebuilt: (listener: () => void) => {
      rebuilt = listener;
      return () => undefined;
    },
  };
  const readFrom = async function* (_: string, seq: number) {
    yield* entries.filter((entry) => entry.seq >= seq);
  };
  const store = { journal: { readFrom } } as unknown as Store;
  const figures = new LiveFigures(() => "Europe/Sofia");
  const told: number[] = [];
  let tellBegun: () => void = () => undefined;
  const start = new FiguresStart({ centreId: "c", projector, store, now: () => at }, figures, {
    tell: () => undefined,
    begun: () => {
      told.push(figures.seq);
      tellBegun();
    },
    failed: async () => true,
  });
  const begun = () =>
    new Promise<void>((resolve) => {
      tellBegun = resolve;
    });
  return { start, figures, told, begun, rebuilt: () => rebuilt() };
}

function oneAnswered(): TestCentre {
  const centre = new TestCentre();
  centre.hangUp(centre.talk("anna"), "anna");
  return centre;
}

describe("the beginning of the day's figures", () => {
  it("is the roll-ups and the entries after them", async () => {
    const { entries, at } = oneAnswered();
    for (const place of [0, 3, entries.length]) {
      const { start, figures, told } = started(entries, at, async () => reportOf(entries.slice(0, place)));
      await start.read();
      expect(told).toEqual([entries.length]);
      expect(figures.day.queue("sales", at)).toMatchObject({ offered: 1, answered: 1 });
      expect(figures.day.operator("anna", at)).toMatchObject({ contacts: 1 });
    }
  });

  it("is tried again while the database is away, and no page waits for it", async () => {
    const { entries, at } = oneAnswered();
    let tries = 0;
    const { start, figures, begun } = started(entries, at, async () => {
      tries += 1;
      if (tries === 1) throw new Error("away");
      return reportOf(entries);
    });
    const later = begun();
    await start.read();
    expect(figures.day.queue("sales", at)).toEqual({});
    await later;
    expect(figures.day.queue("sales", at)).toMatchObject({ offered: 1 });
  });

  it("is read anew when the roll-ups were built again, once more if that was meanwhile", async () => {
    const { entries, at } = oneAnswered();
    let reports = 0;
    const { start, figures, told, begun, rebuilt } = started(entries, at, async () => {
      reports += 1;
      if (reports === 2) rebuilt();
      return reportOf(entries);
    });
    await start.read();
    rebuilt();
    await begun();
    await begun();
    expect([reports, told]).toEqual([3, [entries.length, entries.length, entries.length]]);
    expect(figures.day.queue("sales", at)).toMatchObject({ offered: 1, answered: 1 });
  });

  it("is left alone when the centre is closed", async () => {
    const { entries, at } = oneAnswered();
    const { start, figures } = started(entries, at, async () => reportOf(entries));
    start.close();
    await start.read();
    expect(figures.seq).toBe(0);
  });
});
