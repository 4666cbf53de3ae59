import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../apps/web/src", import.meta.url));
const statement = /^(?:import|export)\s+(?!type\b)(?:([^"';]*?)\s+from\s+)?"([^"]+)";/gm;

/** Whether an import brings more than types. */
function bringsValues(names) {
  const listed = /^\{([^}]*)\}$/s.exec(names ?? "")?.[1];
  return listed?.split(",").some((name) => name.trim() !== "" && !name.trim().startsWith("type ")) ?? true;
}

/** What the app loads before its first page, by the modules that ask for it. Pages of their own come by `import()`. */
function loadedFirst(file, seen = new Map()) {
  const found = [...readFileSync(file, "utf8").matchAll(statement)].filter(([, names]) => bringsValues(names));
  const wanted = found.map(([, , from = ""]) => from);
  seen.set(file, wanted);
  for (const from of wanted) {
    const target = from.startsWith(".") && /\.tsx?$/.test(from) ? join(dirname(file), from) : undefined;
    if (target !== undefined && !seen.has(target)) loadedFirst(target, seen);
  }
  return seen;
}

it("schemas come with the pages that need them, not before the first one", () => {
  const loaded = loadedFirst(join(root, "main.tsx"));
  expect([...loaded.keys()].map((file) => relative(root, file))).toContain("live/store.ts");
  const asking = [...loaded].filter(([, wanted]) => wanted.includes("@centrala/contract") || wanted.includes("zod"));
  expect(asking.map(([file]) => relative(root, file))).toEqual([]);
});
