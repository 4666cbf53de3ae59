import { shrink } from "@centrala/sim/seeded";
import { describe, expect, it } from "vitest";
import { explain, live, planFor } from "./simulate.ts";

/** What a person needs who sees one of these fail. */
async function wrongOf(seed: number, movesMax: number): Promise<string> {
  const plan = planFor(seed, movesMax);
  const { wrong } = await live(plan);
  return wrong === undefined ? "" : explain(plan, wrong, movesMax);
}

describe("a world by its seed", () => {
  it("takes the same course each time, line by line", async () => {
    for (const seed of [4_711, 4_712]) {
      const first = await live(planFor(seed, 200));
      const second = await live(planFor(seed, 200));
      expect(second.lines).toEqual(first.lines);
      expect(first.lines.length).toBeGreaterThan(50);
    }
  });

  it.each([1, 2, 3])("holds together: seed %i, many moves", async (seed) => {
    expect(await wrongOf(seed, 600)).toBe("");
  });

  it.each([100, 200, 300, 400])("holds together: thirty short ones from seed %i", async (first) => {
    for (let seed = first; seed < first + 30; seed += 1) expect(await wrongOf(seed, 60)).toBe("");
  });

  it("names the few moves that a failure needs", async () => {
    const { moves } = planFor(4_713, 200);
    const needed = new Set([moves[5]?.id, moves[9]?.id]);
    const fewest = await shrink(moves, async (tried) => tried.filter(({ id }) => needed.has(id)).length === 2, 400);
    expect(fewest.map(({ id }) => id)).toEqual([...needed]);
  });
});
