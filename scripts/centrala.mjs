#!/usr/bin/env node
// The `centrala` command from a clone: `npm run centrala -- doctor`.
import { become } from "./lib/run.mjs";
import { prepare } from "./lib/toolchain.mjs";

become(prepare({ web: process.argv[2] === "serve" }), "apps/server/src/main.ts", process.argv.slice(2));
