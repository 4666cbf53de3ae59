// `npm start`: sets up what is missing, then runs the centre.
import { become } from "./lib/run.mjs";
import { prepare } from "./lib/toolchain.mjs";

become(prepare(), "apps/server/src/main.ts", ["serve", ...process.argv.slice(2)]);
