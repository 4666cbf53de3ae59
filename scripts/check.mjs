// `npm run check`: types, lint, format, dead code and the tidy test, each on its own line.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { environment, prepare, root } from "./lib/toolchain.mjs";

const node = prepare({ web: false });
const bin = (name) => join(root, "node_modules", ".bin", name);
const projects = [
  "packages/kit",
  "packages/contract",
  "packages/domain",
  "packages/sip",
  "packages/media",
  "packages/phone",
  "packages/store",
  "packages/sim",
  "apps/server",
  "apps/web",
];
const checks = [
  ...projects.map((project) => ({ name: `types ${project}`, command: bin("tsc"), args: ["-p", project] })),
  { name: "types of tests", command: bin("tsc"), args: ["-p", "tsconfig.tests.json"] },
  { name: "lint", command: bin("oxlint"), args: ["--type-aware", "--deny-warnings"] },
  { name: "format", command: bin("biome"), args: ["check", "."] },
  { name: "dead code", command: bin("knip"), args: [] },
  { name: "tidy", command: node, args: [join(root, "scripts", "tidy.mjs")] },
];

let failed = 0;
for (const check of checks) {
  const result = spawnSync(check.command, check.args, {
    cwd: root,
    encoding: "utf8",
    env: environment(node),
    maxBuffer: 64 << 20,
  });
  const ok = result.status === 0;
  if (!ok) failed += 1;
  process.stdout.write(`${ok ? "ok  " : "FAIL"} ${check.name}\n`);
  if (!ok) process.stdout.write(`${`${result.stdout}${result.stderr}`.trim().split("\n").slice(0, 60).join("\n")}\n`);
}
process.stdout.write(`\nchecks: ${checks.length - failed} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);
