import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadSettings, settingNames, variableOf } from "./load.ts";

const guide = readFileSync(new URL("../../../../docs/guide/technician.md", import.meta.url), "utf8");

/** A default as the guide writes it. */
function written(value: unknown): string {
  if (value === null) return "none";
  if (typeof value === "object" && "first" in value && "last" in value)
    return `\`${String(value.first)}-${String(value.last)}\``;
  return `\`${String(value)}\``;
}

it("the technician's guide tells every setting with its default, in the order of `centrala config`", () => {
  const rows = [...guide.matchAll(/^\| `(CENTRALA_[A-Z_]+)` \| ([^|]+) \|/gm)].map(([, name, value]) => [
    name,
    value?.trim(),
  ]);
  const loaded = loadSettings({}, {});
  if (!loaded.ok) throw new Error(loaded.message);
  const settings = { ...loaded.value.settings, data: ".centrala" };
  expect(rows).toEqual(settingNames.map((name) => [variableOf(name), written(settings[name])]));
});
