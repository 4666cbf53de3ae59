import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { touchedTests } from "./touched-tests.mjs";

const files = {
  "packages/kit/package.json": JSON.stringify({ exports: { ".": "./src/index.ts" } }),
  "packages/kit/src/index.ts": 'export * from "./time.ts";\nexport { order as sorted } from "./order.ts";\n',
  "packages/kit/src/time.ts": "export const minute = 60_000;\nexport type Instant = number;\n",
  "packages/kit/src/order.ts": "export function order() {}\n",
  "packages/kit/src/order.test.ts": 'import { order } from "./order.ts";\norder();\n',
  "apps/server/src/clock.ts":
    'import { type Instant, minute } from "@centrala/kit";\nexport const hour = 60 * minute;\n',
  "apps/server/src/clock.test.ts": 'import { hour } from "./clock.ts";\n',
  "apps/server/src/list.test.ts": 'import { sorted } from "@centrala/kit";\n',
  "apps/server/src/typed.test.ts": 'import type { Instant } from "@centrala/kit";\n',
  "apps/server/src/worker.ts": 'import { minute } from "@centrala/kit";\n',
  "apps/server/src/pool.ts": 'export const pool = () => new Worker(new URL("./worker.ts", import.meta.url));\n',
  "apps/server/src/pool.test.ts": 'const { pool } = await import("./pool.ts");\n',
  "apps/server/src/words.test.ts": 'readFileSync("words.bg.json");\n',
};
const root = mkdtempSync(join(tmpdir(), "centrala-touched-"));
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
afterAll(() => rmSync(root, { recursive: true, force: true }));

function touchedBy(...changed) {
  const isTest = (path) => path.endsWith(".test.ts");
  return touchedTests({ root, files: Object.keys(files), changed, isTest });
}

describe("tests that a change touches", () => {
  it("are those that reach it by name through an index, by a worker or by a late import, the nearest first", () => {
    expect(touchedBy("packages/kit/src/time.ts")).toEqual([
      { path: "apps/server/src/clock.test.ts", steps: 2 },
      { path: "apps/server/src/pool.test.ts", steps: 3 },
    ]);
    expect(touchedBy("packages/kit/src/order.ts")).toEqual([
      { path: "packages/kit/src/order.test.ts", steps: 1 },
      { path: "apps/server/src/list.test.ts", steps: 1 },
    ]);
  });

  it("name a changed file that is no code, or are changed themselves; one that was removed is not run", () => {
    expect(touchedBy("apps/web/src/words.bg.json")).toEqual([{ path: "apps/server/src/words.test.ts", steps: 0 }]);
    expect(touchedBy("apps/server/src/typed.test.ts")).toEqual([{ path: "apps/server/src/typed.test.ts", steps: 0 }]);
    expect(touchedBy("apps/server/src/gone.test.ts")).toEqual([]);
  });
});
