// `npm test`: sets up, then runs every suite. `--install` lets it install Debian packages; other words go to vitest as filters.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testPeers } from "./lib/debian.mjs";
import { environment, nodeFlags, prepare, root } from "./lib/toolchain.mjs";

const words = process.argv.slice(2);
const filters = words.filter((word) => word !== "--install");
const node = prepare();
const missing = testPeers(words.includes("--install"));

const folder = mkdtempSync(join(tmpdir(), "centrala-test-"));
let passed = 0;
let failed = 0;
let skipped = 0;
for (const project of ["unit", "interop"]) {
  const file = join(folder, `${project}.json`);
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = [
    ...nodeFlags,
    vitest,
    "run",
    "--project",
    project,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...filters,
  ];
  const result = spawnSync(node, args, {
    cwd: root,
    stdio: "inherit",
    env: environment(node, { CENTRALA_TEST_PEERS_MISSING: missing.join(",") }),
  });
  try {
    const report = JSON.parse(readFileSync(file, "utf8"));
    passed += report.numPassedTests;
    failed +=
      report.numFailedTests +
      (report.numFailedTestSuites > 0 && report.numFailedTests === 0 ? report.numFailedTestSuites : 0);
    skipped += report.numPendingTests;
    if (result.status !== 0 && report.success) failed += 1;
  } catch {
    if (result.status !== 0 || filters.length === 0) failed += 1;
  }
}
rmSync(folder, { recursive: true, force: true });
if (missing.length > 0) process.stdout.write(`\n!!! LEFT OUT for want of ${missing.join(", ")}; see above.\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
