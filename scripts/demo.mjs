// `npm run demo`: the same product with a demonstration centre and simulated callers.
import { become } from "./lib/run.mjs";
import { prepare } from "./lib/toolchain.mjs";

become(prepare(), "apps/server/src/main.ts", ["serve", "--demo", ...process.argv.slice(2)]);
