import { parseArgs } from "node:util";
import { explain, live, planFor } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    minutes: { type: "string", default: "1" },
    moves: { type: "string", default: "300" },
    once: { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const movesMax = Number(values.moves);
const until = performance.now() + Number(values.minutes) * 60_000;
let worlds = 0;

for (let seed = first; worlds === 0 || (!values.once && performance.now() < until); seed += 1) {
  const plan = planFor(seed, movesMax);
  const { wrong, lines } = await live(plan);
  worlds += 1;
  if (values.trace) process.stdout.write(`${lines.join("\n")}\n`);
  if (wrong === undefined) continue;
  process.stdout.write(`${await explain(plan, wrong, movesMax)}\n`);
  process.exitCode = 1;
  break;
}
process.stdout.write(`${worlds} worlds from seed ${first}, at most ${movesMax} moves each\n`);
