// `npm run test:quick [commit]`: the unit tests that a change touches, the nearest first, for about a minute and a half.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { environment, nodeFlags, prepare, root, stop } from "./lib/toolchain.mjs";

/** What is begun before this ends: the whole run stays under two minutes. */
const beginsBeforeMs = 50_000;
const filesAtOnce = 12;
/** A file that took longer the last time is for the full run, unless it is itself what changed. */
const fileMsMax = 25_000;

const node = prepare({ web: false });
const { touchedTests } = await import("./lib/touched-tests.mjs");
const base = baseOf(process.argv[2]);
const changed = [
  ...linesOf("diff", "--name-only", "--no-renames", base),
  ...linesOf("ls-files", "--others", "--exclude-standard"),
].filter((path) => !path.endsWith("package.json"));
const files = [...new Set([...linesOf("ls-files"), ...changed])];
const isTest = (path) => /^(packages|apps|scenarios|interop)\/.*\.test\.tsx?$/.test(path);
const touched = touchedTests({ root, files, changed, isTest });
const isInterop = ({ path }) => path.startsWith("interop/");
const lastMs = lastDurations();
const isLong = ({ path, steps }) => steps > 0 && (lastMs.get(path) ?? 0) > fileMsMax;
const unit = touched.filter((test) => !isInterop(test) && !isLong(test)).map(({ path }) => path);
const elsewhere = touched.filter((test) => isInterop(test) || isLong(test)).map(({ path }) => path);
process.stdout.write(
  `${changed.length} files differ from ${base.slice(0, 12)}: ${unit.length} unit test files are touched\n`,
);

let failed = false;
const began = performance.now();
let next = 0;
while (next < unit.length && performance.now() - began < beginsBeforeMs) {
  failed = !run(unit.slice(next, next + filesAtOnce)) || failed;
  next += filesAtOnce;
}
const left = unit.slice(next);
if (left.length > 0) process.stdout.write(`\nNot run, further from the change (npm test runs all): ${listed(left)}\n`);
if (elsewhere.length > 0) process.stdout.write(`\nLong or over real sockets, not run here: ${listed(elsewhere)}\n`);
process.exit(failed ? 1 : 0);

/** The commit to compare with: what was asked for, where this branch left main, or (on main) HEAD or what is before it. */
function baseOf(asked) {
  if (asked !== undefined) return git("rev-parse", "--verify", `${asked}^{commit}`) ?? stop(`${asked} is no commit`);
  const head = git("rev-parse", "HEAD") ?? stop("this is no working copy of git: npm test runs everything");
  const fork = git("merge-base", "HEAD", "main") ?? git("merge-base", "HEAD", "origin/main") ?? head;
  if (fork !== head) return fork;
  const isClean = git("status", "--porcelain") === "";
  return isClean ? (git("rev-parse", "HEAD~1") ?? head) : head;
}

function git(...args) {
  const result = spawnSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

function linesOf(...args) {
  return (git("-c", "core.quotePath=false", ...args) ?? "").split("\n").filter((line) => line !== "");
}

function run(paths) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const result = spawnSync(node, [...nodeFlags, vitest, "run", "--project", "unit", ...paths], {
    cwd: root,
    stdio: "inherit",
    env: environment(node),
  });
  return result.status === 0;
}

/** What vitest wrote down of earlier runs: path -> milliseconds. */
function lastDurations() {
  const folder = join(root, "node_modules", ".vite", "vitest");
  const found = new Map();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name, "results.json");
    if (!existsSync(path)) continue;
    const { projects } = JSON.parse(readFileSync(path, "utf8"));
    for (const [file, { duration }] of Object.entries(projects?.unit?.files ?? {})) found.set(file, duration);
  }
  return found;
}

function listed(paths) {
  const shown = paths.slice(0, 12).join(", ");
  return paths.length > 12 ? `${shown} and ${paths.length - 12} more` : shown;
}
