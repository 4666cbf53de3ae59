import { type Move, type Plan, planOf, shrink } from "@centrala/sim/seeded";
import { kinds, World } from "./world.ts";

export type Outcome = { readonly wrong: string | undefined; readonly lines: readonly string[] };

/** Lives a plan through in a world of its own. The same plan gives the same course, line by line. */
export async function live(plan: Plan): Promise<Outcome> {
  const world = new World(plan);
  await world.run();
  return { wrong: world.course.wrong, lines: world.course.lines };
}

export const planFor = (seed: number, movesMax: number): Plan => planOf(seed, kinds, movesMax);

const triesMax = 400;
const lastLines = 60;

/** What a person needs of a seed that fails: what was wrong, the few moves that lead there, and how to see it again. */
export async function explain(plan: Plan, wrong: string, movesMax: number): Promise<string> {
  const alike = likeness(wrong);
  const fails = async (moves: readonly Move[]): Promise<boolean> => {
    const again = await live({ ...plan, moves });
    return again.wrong !== undefined && likeness(again.wrong) === alike;
  };
  const moves = await shrink(plan.moves, fails, triesMax);
  const shortest = await live({ ...plan, moves });
  return [
    `Seed ${plan.seed} fails: ${wrong}`,
    `Of ${plan.moves.length} moves these are enough:`,
    ...moves.map(({ id, atMs, kind, a, b }) => `  ${String(atMs).padStart(7)} ms  move ${id}: ${kind} ${a} ${b}`),
    "Its last lines:",
    ...shortest.lines.slice(-lastLines).map((line) => `  ${line}`),
    `Again: npm run simulate -- --seed ${plan.seed} --moves ${movesMax} --once`,
  ].join("\n");
}

/** The same fault with other ids in it. */
export function likeness(wrong: string): string {
  return (
    wrong
      .split("\n", 1)[0]
      ?.replace(/\b[\w:-]*\d[\w:-]*/g, "#")
      .split(":", 1)[0] ?? ""
  );
}
