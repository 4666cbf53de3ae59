// Plain JavaScript that Node 20 runs: everything else of the project needs Node 24 (see docs/decisions/0001-node-24.md).
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const tooling = join(root, ".tooling");
const needed = [24, 7];

/** Prints one line and ends: no stack trace for what a person can mend. */
export function stop(message) {
  process.stderr.write(`centrala: ${message}\n`);
  process.exit(1);
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
}

function runs(command, args) {
  const result = spawnSync(command, args, { encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** The line of npm's output that tells a person most, without its prefix. */
function npmReason(output) {
  const lines = output.split("\n").map((line) => /^npm (?:error|ERR!) (.+)$/.exec(line)?.[1]?.trim());
  const telling = lines.filter((line) => line && !/^(code|syscall|path|dest|errno|A complete|Run) ?/.test(line));
  return telling[0]?.replace(/^(\[?Error: )/, "").replace(/\]$/, "");
}

/** Where npm keeps what it fetched; a folder of its own for one run where the usual one cannot be written. */
function npmCache() {
  const usual = process.env.npm_config_cache ?? join(homedir(), ".npm");
  try {
    mkdirSync(usual, { recursive: true });
    accessSync(usual, constants.W_OK);
    return { folder: usual, temporary: false };
  } catch {
    return { folder: mkdtempSync(join(tmpdir(), "centrala-npm-")), temporary: true };
  }
}

function npmCi(cwd, what) {
  const cache = npmCache();
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    shell: process.platform === "win32",
    maxBuffer: 64 << 20,
    env: { ...process.env, npm_config_cache: cache.folder },
  });
  if (cache.temporary) rmSync(cache.folder, { recursive: true, force: true });
  if (result.error) stop(`npm cannot be run (${result.error.code ?? result.error.message}); install Node.js with npm`);
  if (result.status !== 0)
    stop(`${what} failed: ${npmReason(`${result.stderr}\n${result.stdout}`) ?? "see npm's log"}`);
  const absent = leftOut(cwd);
  if (absent !== undefined)
    stop(`${what} failed: npm could not fetch ${absent}; start again when the network is there`);
}

/** Npm passes over an optional package that it cannot fetch; those of this very platform are not optional for us. */
function leftOut(cwd) {
  const { packages } = JSON.parse(readFileSync(join(cwd, "package-lock.json"), "utf8"));
  const libc =
    process.platform === "linux" && process.report?.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
  const fits = (entry) =>
    entry.optional &&
    entry.os?.includes(process.platform) &&
    entry.cpu?.includes(process.arch) &&
    (entry.libc === undefined || entry.libc.includes(libc));
  const found = Object.entries(packages).find(([path, entry]) => fits(entry) && !existsSync(join(cwd, path)));
  return found?.[0].replace(/^node_modules\//, "");
}

/** Node 24.7 or newer: the one that runs this, or the one from the committed lockfile in .tooling. */
export function findNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const binary = join(tooling, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  const versionOf = () => runs(binary, ["--version"])?.slice(1);
  let version = existsSync(binary) ? versionOf() : undefined;
  if (version === undefined || !isNewEnough(version)) {
    const lock = JSON.parse(readFileSync(join(tooling, "package-lock.json"), "utf8"));
    if (lock.packages?.[`node_modules/${name}`] === undefined) {
      stop(
        `this is Node ${process.versions.node}; install Node ${needed.join(".")} or newer from nodejs.org and start again (no package of it fits ${process.platform}-${process.arch})`,
      );
    }
    process.stdout.write(`Fetching Node ${needed[0]}, because this is Node ${process.versions.node} ...\n`);
    npmCi(tooling, "installing Node 24");
    version = versionOf();
    if (version === undefined || !isNewEnough(version))
      stop(
        `Node ${needed.join(".")} or newer is needed; the packaged one does not run on this system: install it from nodejs.org`,
      );
  }
  return binary;
}

/**
 * Flags the product runs with. V8's guard of code pages by protection keys ends the process now and then where threads come
 * and go ("Check failed: jit_page.has_value()", on processors that have such keys): it is switched off.
 */
export const nodeFlags = ["--disable-warning=ExperimentalWarning", "--no-memory-protection-keys"];

/** The environment in which the found Node and the project's own tools come first. */
export function environment(node, extra = {}) {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  return {
    ...process.env,
    ...extra,
    [key]: [dirname(node), join(root, "node_modules", ".bin"), process.env[key]].join(delimiter),
  };
}

function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      if (entry.name === "node_modules" || entry.name === "dist") return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

function upToDate(stamp, digestNow) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === digestNow;
}

/** Installs what the lockfile names, once. */
export function installDependencies() {
  const stamp = join(root, "node_modules", ".centrala");
  const manifests = [join(root, "package-lock.json"), join(root, "package.json")];
  const now = digest(manifests);
  if (upToDate(stamp, now)) return;
  process.stdout.write("Installing what Centrala is built on (once, about a minute) ...\n");
  npmCi(root, "installing the dependencies");
  writeFileSync(stamp, now);
}

/** Builds the web app when its sources changed since the last build. */
export function buildWeb(node) {
  const dist = join(root, "apps", "web", "dist");
  const stamp = join(dist, ".centrala");
  const sources = ["apps/web", "packages/contract", "packages/domain", "packages/kit"].flatMap((folder) =>
    filesBelow(join(root, folder)),
  );
  const now = digest(sources);
  if (upToDate(stamp, now)) return;
  process.stdout.write("Building the web app ...\n");
  rmSync(dist, { recursive: true, force: true });
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const result = spawnSync(node, [vite, "build", "--logLevel", "warn"], {
    cwd: join(root, "apps", "web"),
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    env: environment(node, { NODE_ENV: "production" }),
  });
  if (result.status !== 0)
    stop(`building the web app failed: ${`${result.stderr}${result.stdout}`.trim().slice(0, 2000)}`);
  mkdirSync(dist, { recursive: true });
  writeFileSync(stamp, now);
}

/** Everything up to a runnable product; gives the Node to run it with. */
export function prepare({ web = true } = {}) {
  try {
    const node = findNode();
    installDependencies();
    if (web) buildWeb(node);
    return node;
  } catch (error) {
    if (error?.code === "EACCES" || error?.code === "EROFS" || error?.code === "EPERM")
      return stop(`cannot write ${error.path ?? "the project's folder"}: ${error.code}`);
    if (error?.code === "ENOSPC") return stop("the disk is full");
    throw error;
  }
}

export function isFolder(path) {
  return existsSync(path) && statSync(path).isDirectory();
}
