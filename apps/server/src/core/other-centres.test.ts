import { type CentreConfig, numberSchema, trunkSchema } from "@centrala/contract";
import { defaultConfig } from "@centrala/domain";
import { describe, expect, it } from "vitest";
import { numbersElsewhere } from "./other-centres.ts";

const base = defaultConfig({ kind: "home", country: "BG", language: "bg", timeZone: "Europe/Sofia", name: "T" });

function config(number: string | null, sources: readonly string[], host = "sip.carrier.example"): CentreConfig {
  return {
    ...base,
    trunk: [trunkSchema.parse({ id: "line", name: "Line", host, sources })],
    number: number === null ? [] : [numberSchema.parse({ id: "main", number, trunkId: "line", clientId: "main" })],
  };
}

async function refused(theirs: CentreConfig, before: CentreConfig, after: CentreConfig): Promise<boolean> {
  const store = {
    centres: { list: async () => [{ id: "old" }, { id: "new" }] },
    entities: { loadConfig: async () => theirs },
  };
  const problems = await numbersElsewhere(store as never, "new", before, after);
  for (const problem of problems) {
    expect(problem).toMatchObject({ kind: "number", id: "main", field: "number", code: "NUMBER_ELSEWHERE" });
  }
  return problems.length > 0;
}

describe("numbers of other centres", () => {
  const theirs = config("+35924001001", ["203.0.113.0/24"]);
  const nothing = config(null, []);

  it.each([
    ["the same number by the same host", config("+35924001001", []), true],
    ["written nationally", config("024001001", []), true],
    ["from an address of their network", config("+35924001001", ["203.0.113.7"], "10.0.0.1"), true],
    ["from a network that holds theirs", config("+35924001001", ["203.0.0.0/16"], "10.0.0.1"), true],
    ["from another carrier", config("+35924001001", ["198.51.100.1"], "10.0.0.1"), false],
    ["another number by the same carrier", config("+35924001002", ["203.0.113.7"]), false],
  ])("%s", async (_name, after, wanted) => {
    expect(await refused(theirs, nothing, after)).toBe(wanted);
  });

  it("what was so before stands in nobody's way, a line that takes in their addresses does", async () => {
    const same = config("+35924001001", []);
    expect(await refused(theirs, same, { ...same, trunk: [...same.trunk], number: [...same.number] })).toBe(false);
    const apart = config("+35924001001", ["198.51.100.1"], "10.0.0.1");
    const wider = { ...apart, trunk: apart.trunk.map((trunk) => ({ ...trunk, sources: ["203.0.113.5"] })) };
    expect(await refused(theirs, apart, wider)).toBe(true);
  });
});
