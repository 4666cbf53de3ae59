// `npm test`: sets up, then runs every suite. `--install` lets it install Debian packages; other words go to vitest as filters.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { testPeers } from "./lib/debian.mjs";
import { environment, nodeFlags, prepare, root } from "./lib/toolchain.mjs";

const slowestShown = 20;
const words = process.argv.slice(2);
const filters = words.filter((word) => word !== "--install");
const node = prepare();
const missing = testPeers(words.includes("--install"));

/** What failed, as lines that say where: the end of a long run has to name it. */
const failures = [];

/** Milliseconds that each file took, its imports and preparations included. */
const durations = [];

function durationsOf(report) {
  return (report.testResults ?? []).map(({ name, startTime, endTime }) => ({
    path: relative(root, name).replaceAll("\\", "/"),
    ms: Math.max(0, endTime - startTime),
  }));
}

function slowest() {
  const rows = durations.toSorted((a, b) => b.ms - a.ms).slice(0, slowestShown);
  return rows.map(({ path, ms }) => `  ${(ms / 1_000).toFixed(1).padStart(6)} s  ${path}\n`).join("");
}

function failuresOf(project, report, result) {
  const found = (report.testResults ?? []).flatMap((file) => {
    const path = relative(root, file.name).replaceAll("\\", "/");
    const broken = (file.assertionResults ?? []).filter(({ status }) => status === "failed");
    if (broken.length === 0 && file.status === "failed") return [`${path} (the file itself)`];
    return broken.map(({ fullName }) => `${path} > ${fullName}`);
  });
  if (found.length > 0 || result.status === 0) return found;
  return [`${project}: the run ended with ${result.status ?? result.signal} although no test failed; see above`];
}

const folder = mkdtempSync(join(tmpdir(), "centrala-test-"));
let passed = 0;
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
    skipped += report.numPendingTests;
    failures.push(...failuresOf(project, report, result));
    durations.push(...durationsOf(report));
  } catch {
    if (result.status !== 0 || filters.length === 0)
      failures.push(`${project}: the run gave no report (${result.status ?? result.signal})`);
  }
}
rmSync(folder, { recursive: true, force: true });
if (durations.length > 1) process.stdout.write(`\nSlowest files:\n${slowest()}`);
if (missing.length > 0) process.stdout.write(`\n!!! LEFT OUT for want of ${missing.join(", ")}; see above.\n`);
if (failures.length > 0) process.stdout.write(`\nFailed:\n${failures.map((line) => `  ${line}\n`).join("")}`);
process.stdout.write(`\n${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
process.exit(failures.length > 0 || passed === 0 ? 1 : 0);
