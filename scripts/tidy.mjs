// The tidy test: walls between packages, sizes of files and functions, ids of SPEC rules, no paths of a machine.
// `--ratchet` takes down what the largest functions shrank to.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { largestFunction } from "./lib/function-sizes.mjs";
import { missingEntries } from "./lockfile.mjs";

const root = join(fileURLToPath(import.meta.url), "..", "..");
const linesMax = 500;
const pure = ["kit", "contract", "domain", "sip", "media"];
const everything = ["kit", "contract", "domain", "sip", "media", "phone", "store", "sim"];
/** package -> what it may import: our packages, then third parties. */
const walls = {
  kit: [[], []],
  contract: [["kit"], ["zod"]],
  domain: [["kit", "contract"], []],
  sip: [["kit"], ["@noble/hashes"]],
  media: [["kit"], ["@noble/hashes"]],
  phone: [["kit", "contract", "domain", "sip", "media"], ["werift"]],
  store: [
    ["kit", "contract", "domain"],
    ["kysely", "pg"],
  ],
  sim: [everything, []],
  server: [
    everything,
    [
      "fastify",
      "@fastify/",
      "fastify-type-provider-zod",
      "ws",
      "zod",
      "pino",
      "yaml",
      "commander",
      "date-holidays",
      "@peculiar/x509",
      "reflect-metadata",
      "@prometheus-io/client",
      "libphonenumber-js",
      "mpg123-decoder",
      "opus-decoder",
      "@wasm-audio-decoders/",
      "temporal-polyfill",
    ],
  ],
  web: [
    ["kit", "contract", "domain"],
    [
      "react",
      "react-dom",
      "@tanstack/",
      "@mantine/",
      "@tabler/icons-react",
      "i18next",
      "react-i18next",
      "wavesurfer.js",
      "uqr",
      "libphonenumber-js",
      "zod",
      // Where each route of the contract lies, made when the app is built: apps/web/routes-table.ts.
      "virtual:routes",
    ],
  ],
};
/** The domain's storeys, lowest first: a folder takes values from its own and those below only; types may name any. */
const storeys = ["core", "operator", "routing", "contact", "voice", "scenario", "config"];
const problems = [];
const report = (path, line, message) => problems.push(`${relative(root, path)}${line ? `:${line}` : ""}  ${message}`);

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", "dist", ".git", "coverage"].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

const files = walk(root);
const isTest = (path) => /\.test\.tsx?$|\/testing\//.test(path.split(sep).join("/"));

for (const path of files.filter((file) => /\.(ts|tsx|mjs)$/.test(file))) {
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n");
  if (lines.length > linesMax + 1) report(path, 0, `${lines.length} lines, more than ${linesMax}: one noun a file`);
  const parts = relative(root, path).split(sep);
  const owner = ["packages", "apps"].includes(parts[0]) && parts[2] === "src" ? parts[1] : undefined;
  if (owner === undefined || walls[owner] === undefined) continue;
  const [ours, theirs] = walls[owner];
  const test = isTest(path);
  for (const [index, line] of lines.entries()) {
    const match =
      /^(?:import|export|\}).*\bfrom\s+["']([^"']+)["']/.exec(line) ??
      /^import\s+["']([^"']+)["']/.exec(line) ??
      /\bimport\(\s*["']([^"']+)["']/.exec(line);
    if (match) {
      const target = match[1];
      const own = /^@centrala\/([a-z]+)/.exec(target)?.[1];
      if (own !== undefined) {
        if (own !== owner && !ours.includes(own)) report(path, index + 1, `${owner} may not import @centrala/${own}`);
      } else if (target.startsWith("node:")) {
        if (pure.includes(owner) && !test) report(path, index + 1, `${owner} is pure and may not import ${target}`);
      } else if (
        !target.startsWith(".") &&
        !test &&
        !theirs.some((name) => target === name || target.startsWith(name.endsWith("/") ? name : `${name}/`))
      ) {
        report(path, index + 1, `${owner} may not import ${target}`);
      } else if (owner === "domain" && !test && !/^(?:import|export) type /.test(line)) {
        const own = storeys.indexOf(parts[3]);
        const theirs = storeys.indexOf(/^\.\.\/([a-z]+)\//.exec(target)?.[1]);
        if (own >= 0 && theirs > own) report(path, index + 1, `${parts[3]} stands below ${storeys[theirs]}`);
      }
    }
    if (pure.includes(owner) && !test && !/^\s*(\/\/|\*|\/\*)/.test(line)) {
      if (/\bMath\.random\b|\bnew Date\b|\bDate\.now\b|\blocaleCompare\b|\bperformance\.now\b/.test(line))
        report(path, index + 1, "pure code takes time, randomness and order from outside");
      if (/\bIntl\.\w+\(\s*\)/.test(line)) report(path, index + 1, "Intl needs its locale as an argument in pure code");
    }
  }
}

// A function fits one screen. Those that were larger when this was made law may only shrink.
const functionLinesMax = 50;
const ratchetFile = join(root, "scripts", "function-sizes.json");
const allowed = JSON.parse(readFileSync(ratchetFile, "utf8"));
const larger = {};
for (const path of files) {
  const name = relative(root, path).split(sep).join("/");
  if (!/^(apps|packages)\/[^/]+\/src\/.*\.tsx?$/.test(name) || isTest(path)) continue;
  const lines = largestFunction(path, readFileSync(path, "utf8"));
  const most = allowed[name] ?? functionLinesMax;
  if (lines > most) report(path, 0, `a function of ${lines} lines, more than ${most}: compute in smaller ones`);
  if (lines > functionLinesMax) larger[name] = Math.min(lines, most);
}
if (process.argv.includes("--ratchet"))
  writeFileSync(ratchetFile, `${JSON.stringify(Object.fromEntries(Object.entries(larger).sort()), null, 2)}\n`);
else
  for (const name of Object.keys(allowed))
    if (larger[name] === undefined)
      report(ratchetFile, 0, `${name} has no large function any more: node scripts/tidy.mjs --ratchet`);

// A fact says everything: what a version made necessary is filled in by its upcaster, not left out.
const journalFile = join(root, "packages", "contract", "src", "journal.ts");
const [, factsOfJournal = ""] = readFileSync(journalFile, "utf8").split("export type Fact =");
for (const line of factsOfJournal.split("\n"))
  if (/^\s*readonly \w+\?:|\{ readonly .*\w\?:/.test(line)) report(journalFile, 0, `a fact leaves out ${line.trim()}`);

// Every rule of a SPEC.md stands in the name of a test beside it or in scenarios/, and every id in a test's name is a rule.
const scenarioTests = files
  .filter((file) => relative(root, file).startsWith(`scenarios${sep}`) && isTest(file))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");
const rules = new Set();
for (const spec of files.filter((file) => file.endsWith(`${sep}SPEC.md`))) {
  const folder = join(spec, "..");
  const tests =
    walk(folder)
      .filter(isTest)
      .map((file) => readFileSync(file, "utf8"))
      .join("\n") + scenarioTests;
  const ids = [...readFileSync(spec, "utf8").matchAll(/^\W*\[([A-Z]+-?[0-9]+)\]/gm)].map((match) => match[1]);
  for (const id of ids) {
    if (rules.has(`${spec} ${id}`)) report(spec, 0, `rule [${id}] stands twice`);
    rules.add(id).add(`${spec} ${id}`);
    if (!tests.includes(`[${id}]`)) report(spec, 0, `rule [${id}] has no test that names it`);
  }
}
for (const path of files.filter(isTest)) {
  for (const [, named] of readFileSync(path, "utf8").matchAll(/["'`]((?:\[[A-Z]+-?[0-9]+\] ?)+)/g))
    for (const [, id] of named.matchAll(/\[([A-Z]+-?[0-9]+)\]/g))
      if (!rules.has(id) && !/^RFC[0-9]+$/.test(id)) report(path, 0, `[${id}] is a rule of no SPEC.md`);
}

// The project names no path of a machine and no registry's host.
for (const path of files.filter(
  (file) => /\.(ts|tsx|mjs|md|json|yaml|yml)$/.test(file) && statSync(file).size < 2_000_000,
)) {
  const text = readFileSync(path, "utf8");
  if (path.endsWith(`${sep}tidy.mjs`)) continue;
  if (/\/work\/(main|shared)|\/tmp\/briefs|registry\.npmjs\.org/.test(text))
    report(path, 0, "names a path of a machine or a registry's host");
}

// The lockfile holds every platform, or `npm ci` refuses it wherever the registry offers what it lacks.
const lockfile = join(root, "package-lock.json");
for (const name of Object.keys(missingEntries(JSON.parse(readFileSync(lockfile, "utf8")))))
  report(lockfile, 0, `${name} is missing: node scripts/lockfile.mjs`);

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);
