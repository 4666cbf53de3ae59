import { parseArgs } from "node:util";
import { explain, likeness, live, planFor } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    minutes: { type: "string", default: "1" },
    /** The most of one world. */
    moves: { type: "string", default: "300" },
    /** One world only. */
    once: { type: "boolean", default: false },
    /** Every line of every world. */
    trace: { type: "boolean", default: false },
    /** Goes on after a failure, and explains each kind of failure once. */
    all: { type: "boolean", default: false },
    /** Names what is wrong without looking for the fewest moves. */
    short: { type: "boolean", default: false },
  },
});
const [first, movesMax, minutes] = [values.seed, values.moves, values.minutes].map(Number) as [number, number, number];
if (![first, movesMax, minutes].every(Number.isFinite)) throw new Error("--seed, --moves and --minutes are numbers");
const until = performance.now() + minutes * 60_000;
const seen = new Set<string>();
let worlds = 0;
let failed = 0;

for (let seed = first; worlds === 0 || (!values.once && performance.now() < until); seed += 1) {
  const plan = planFor(seed, movesMax);
  const { wrong, lines } = await live(plan);
  worlds += 1;
  if (values.trace) process.stdout.write(`${lines.join("\n")}\n`);
  if (wrong === undefined) continue;
  failed += 1;
  process.exitCode = 1;
  if (values.short) process.stdout.write(`Seed ${seed} fails: ${wrong}\n`);
  else if (!seen.has(likeness(wrong))) process.stdout.write(`${await explain(plan, wrong, movesMax)}\n`);
  seen.add(likeness(wrong));
  if (!values.all) break;
}
process.stdout.write(`${worlds} worlds from seed ${first}, at most ${movesMax} moves each, ${failed} failed\n`);
