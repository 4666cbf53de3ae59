// `npm run bench [name]`: runs the benchmarks one after another; each prints its figures as a table and as JSON.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { environment, nodeFlags, prepare, root } from "./lib/toolchain.mjs";

const node = prepare({ web: false });
const only = process.argv[2];
const files = readdirSync(join(root, "bench")).filter(
  (name) => name.endsWith(".bench.ts") && (only === undefined || name.includes(only)),
);
let status = 0;
for (const file of files.sort()) {
  process.stdout.write(`\n== ${file}\n`);
  const result = spawnSync(node, [...nodeFlags, join(root, "bench", file)], {
    stdio: "inherit",
    env: environment(node),
  });
  if (result.status !== 0) status = 1;
}
process.exit(status);
