import { describe, expect, it } from "vitest";
import { type BulkPart, runBulk, totals } from "./bulk.ts";
import { toggled } from "./selection.ts";

const rows = ["a", "b", "c", "d", "e"];
const keys = (...given: string[]) => new Set(given);

describe("ticks of rows", () => {
  it("come and go one by one, and with a range all between become as the last one does", () => {
    expect(toggled(rows, keys(), 1, -1)).toEqual(keys("b"));
    expect(toggled(rows, keys("b"), 1, -1)).toEqual(keys());
    expect(toggled(rows, keys("b"), 3, 1)).toEqual(keys("b", "c", "d"));
    expect(toggled(rows, keys("d"), 0, 3)).toEqual(keys("a", "b", "c", "d"));
    expect(toggled(rows, keys("a", "b", "c"), 2, 0)).toEqual(keys());
  });
});

describe("work on many rows", () => {
  const ask = async (part: BulkPart) =>
    "ids" in part
      ? { done: part.ids, refused: [] }
      : { done: [part.cursor ?? "first"], refused: [], next: part.cursor === undefined ? "second" : null };

  it("goes by thousands, or page by page until the list ends", async () => {
    const ids = Array.from({ length: 2_500 }, (_, at) => `${at}`);
    const steps = await runBulk(
      ids,
      ask,
      () => undefined,
      () => true,
    );
    expect(steps.map(({ done }) => done.length)).toEqual([1_000, 1_000, 500]);
    expect(totals(steps).done).toEqual(ids);
    const found = await runBulk(
      null,
      ask,
      () => undefined,
      () => true,
    );
    expect(totals(found).done).toEqual(["first", "second"]);
  });

  it("stops between two parts", async () => {
    let asked = 0;
    const steps = await runBulk(
      null,
      ask,
      () => void (asked += 1),
      () => asked < 1,
    );
    expect(totals(steps).done).toEqual(["first"]);
  });
});
