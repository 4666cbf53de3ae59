// `npm run simulate -- --seed 1 --minutes 60`: lives simulated worlds through, one seed after the other, until one fails.
import { become } from "./lib/run.mjs";
import { prepare } from "./lib/toolchain.mjs";

become(prepare({ web: false }), "apps/server/src/simulation/main.ts", process.argv.slice(2));
