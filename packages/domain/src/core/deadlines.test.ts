import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SortedList } from "../routing/sorted.ts";
import { Deadlines } from "./deadlines.ts";

describe("deadlines", () => {
  it("the first is always the earliest of those set last, ties by key", () => {
    const moves = fc.array(fc.tuple(fc.nat(12), fc.option(fc.nat(20))), { maxLength: 200 });
    fc.assert(
      fc.property(moves, (list) => {
        const deadlines = new Deadlines();
        const model = new Map<string, number>();
        for (const [number, at] of list) {
          const key = `key-${number}`;
          deadlines.set(key, at ?? undefined);
          if (at === null) model.delete(key);
          else model.set(key, at);
          const [first] = [...model].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
          expect(deadlines.size).toBe(model.size);
          expect([deadlines.first()?.key, deadlines.first()?.at]).toEqual([first?.[0], first?.[1]]);
          expect(deadlines.get(key)).toBe(model.get(key));
        }
      }),
      { seed: 4711 },
    );
  });
});

describe("a sorted list", () => {
  it("holds each item once, in order, and knows ranks", () => {
    const moves = fc.array(fc.tuple(fc.boolean(), fc.nat(30)), { maxLength: 200 });
    fc.assert(
      fc.property(moves, (list) => {
        const sorted = new SortedList<number>((a, b) => a - b);
        const model = new Set<number>();
        for (const [add, item] of list) {
          if (add) sorted.add(item);
          else sorted.delete(item);
          if (add) model.add(item);
          else model.delete(item);
          const expected = [...model].sort((a, b) => a - b);
          expect([...sorted]).toEqual(expected);
          expect(sorted.has(item)).toBe(add);
          expect(sorted.rank(item)).toBe(expected.filter((other) => other < item).length);
        }
      }),
      { seed: 4711 },
    );
  });
});
