import { defineConfig } from "vitest/config";
import { routesTable } from "./apps/web/routes-table.ts";

/** See scripts/lib/toolchain.mjs: threads that come and go end V8 on processors with protection keys. */
const execArgv = ["--no-memory-protection-keys"];

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [routesTable()],
        test: {
          name: "unit",
          execArgv,
          include: [
            "packages/*/src/**/*.test.ts",
            "apps/*/src/**/*.test.{ts,tsx}",
            "scenarios/**/*.test.ts",
            "scripts/**/*.test.mjs",
          ],
          // A busy machine is slow, not wrong: these only end what hangs.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "interop",
          execArgv,
          include: ["interop/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
