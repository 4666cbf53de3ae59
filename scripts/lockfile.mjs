// `node scripts/lockfile.mjs`: completes package-lock.json with the optional packages of other platforms that npm left out.
// npm drops an optional package that its registry does not offer at that moment (a mirror, a quarantine), and then refuses
// its own lockfile as out of step (`npm ci`). What is missing is known from the parents, which name exact versions.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const path = join(fileURLToPath(import.meta.url), "..", "..", "package-lock.json");
const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const exact = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** `@scope/name-linux-arm64-musl` -> os, cpu and libc as npm notes them; null where the name says no platform. */
function platformOf(name) {
  const words = name.split("/").at(-1).split("-");
  const at = words.findIndex((word) => systems.includes(word));
  if (at < 0 || words[at + 1] === undefined) return null;
  const libc = words.includes("musl") || words.includes("musleabihf") ? "musl" : "glibc";
  return {
    cpu: [words[at + 1]],
    os: [words[at]],
    ...(words[at] === "linux" ? { libc: [libc] } : {}),
  };
}

/** Optional packages of platforms that `lock` names but does not hold, as entries to add. */
export function missingEntries(lock) {
  const missing = {};
  for (const entry of Object.values(lock.packages))
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const platform = platformOf(name);
      if (platform === null || !exact.test(version) || lock.packages[`node_modules/${name}`] !== undefined) continue;
      const { dev } = entry;
      missing[`node_modules/${name}`] = { version, ...(dev ? { dev } : {}), ...platform, optional: true };
    }
  return missing;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const lock = JSON.parse(readFileSync(path, "utf8"));
  const missing = missingEntries(lock);
  const all = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries(all.sort(([left], [right]) => (left < right ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${Object.keys(missing).length} packages of other platforms added\n`);
}
