// Which test files a change touches: by what they import, however far away, through the index of a package by name.
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
// The parser of the dead code check: vite's brings threads that now and then keep a process from ending.
import { parseSync } from "oxc-parser";

const code = /\.(ts|tsx|mjs)$/;

/**
 * Test files that reach a changed file, the nearest first.
 * @param {{ root: string, files: readonly string[], changed: readonly string[], isTest: (path: string) => boolean }} given
 *   paths relative to the root; a changed file that is no code touches whoever names it
 * @returns {{ path: string, steps: number }[]}
 */
export function touchedTests({ root, files, changed, isTest }) {
  const graph = new Graph(root);
  const sources = files.filter((file) => code.test(file));
  const users = new Map();
  for (const file of sources)
    for (const target of graph.importsOf(file)) users.set(target, [...(users.get(target) ?? []), file]);
  const steps = new Map();
  let edge = changed.flatMap((file) => (code.test(file) ? [file] : [file, ...graph.naming(file, sources)]));
  for (let step = 0; edge.length > 0; step += 1) {
    edge = edge.filter((file) => !steps.has(file));
    for (const file of edge) steps.set(file, step);
    edge = [...new Set(edge.flatMap((file) => users.get(file) ?? []))];
  }
  return [...steps]
    .filter(([path]) => isTest(path) && existsSync(join(root, path)))
    .map(([path, step]) => ({ path, steps: step }));
}

class Graph {
  #root;
  #modules = new Map();
  #packages = new Map();

  constructor(root) {
    this.#root = root;
  }

  /** Files that a file needs while it runs: what only lends its types is none of them. */
  importsOf(file) {
    const found = new Set();
    for (const { from, names } of this.#module(file).imports) {
      const target = this.#resolve(file, from);
      if (target === undefined) continue;
      if (names === null) found.add(target);
      else for (const name of names) found.add(this.#home(target, name) ?? target);
    }
    return found;
  }

  /** Files whose text names a file that is no code; data are read by their folder, too. */
  naming(path, sources) {
    const [name, folder] = [basename(path), basename(dirname(path))];
    const needles = path.endsWith(".md") ? [name] : [name, `"${folder}"`, `/${folder}"`];
    return sources.filter((file) => needles.some((needle) => this.#module(file).text.includes(needle)));
  }

  /** Where a name that a module exports is made; undefined where it is not known. */
  #home(file, name, seen = new Set()) {
    if (seen.has(`${file} ${name}`)) return undefined;
    seen.add(`${file} ${name}`);
    for (const { from, own, exported } of this.#module(file).exports) {
      if (from === null && exported === name) return file;
      const target = from === null ? undefined : this.#resolve(file, from);
      if (target === undefined || (exported !== null && exported !== name)) continue;
      const home = own === null && exported !== null ? target : this.#home(target, own ?? name, seen);
      if (home !== undefined) return home;
    }
    return undefined;
  }

  #resolve(file, from) {
    if (from.startsWith(".")) return this.#existing(join(dirname(file), from));
    const [, name, rest] = /^@centrala\/([a-z]+)(\/.*)?$/.exec(from) ?? [];
    if (name === undefined) return undefined;
    const target = this.#exportsOf(name)[`.${rest ?? ""}`];
    return typeof target === "string" ? this.#existing(join("packages", name, target)) : undefined;
  }

  #existing(path) {
    return existsSync(join(this.#root, path)) ? path.split(sep).join("/") : undefined;
  }

  #exportsOf(name) {
    if (!this.#packages.has(name)) {
      const file = join(this.#root, "packages", name, "package.json");
      this.#packages.set(name, existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")).exports ?? {}) : {});
    }
    return this.#packages.get(name);
  }

  #module(file) {
    if (!this.#modules.has(file)) this.#modules.set(file, read(join(this.#root, file)));
    return this.#modules.get(file);
  }
}

function read(path) {
  if (!code.test(path)) return { text: "", imports: [], exports: [] };
  const text = readFileSync(path, "utf8");
  const { module } = parseSync(path, text);
  const imports = module.staticImports.flatMap(({ moduleRequest, entries }) => {
    const used = entries.filter(({ isType }) => !isType);
    if (entries.length > 0 && used.length === 0) return [];
    const named = used.length > 0 && used.every(({ importName }) => importName.kind === "Name");
    return [{ from: moduleRequest.value, names: named ? used.map(({ importName }) => importName.name) : null }];
  });
  for (const { moduleRequest } of module.dynamicImports)
    imports.push({ from: text.slice(moduleRequest.start + 1, moduleRequest.end - 1), names: null });
  // Workers are named by their place.
  for (const [, from] of text.matchAll(/\bnew URL\(\s*["'](\.[^"']+)["']/g)) imports.push({ from, names: null });
  const exports = module.staticExports.flatMap(({ entries }) =>
    entries
      .filter(({ isType }) => !isType)
      .map((entry) => ({
        from: entry.moduleRequest?.value ?? null,
        own: entry.importName.kind === "Name" ? entry.importName.name : null,
        exported: entry.exportName.name,
      })),
  );
  return { text, imports, exports };
}
