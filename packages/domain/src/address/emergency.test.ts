import { describe, expect, it } from "vitest";
import { emergencyNumbers, isEmergency } from "./emergency.ts";

describe("emergency numbers", () => {
  it("are those of the centre's country", () => {
    expect(emergencyNumbers("BG")).toEqual(["112"]);
    expect(emergencyNumbers("RU")).toEqual(["101", "102", "103", "104", "112"]);
    expect(emergencyNumbers("GB")).toEqual(["112", "999"]);
    expect(emergencyNumbers("US")).toContain("911");
    expect(emergencyNumbers("ZZ")).toEqual(["112"]);
    expect(emergencyNumbers("constructor")).toEqual(["112"]);
  });

  it("are found through the way people write them, and in nothing longer", () => {
    const table: [string, string, boolean][] = [
      ["112", "BG", true],
      ["1 1 2", "BG", true],
      ["1-1-2", "BG", true],
      ["911", "BG", false],
      ["911", "US", true],
      ["1123", "BG", false],
      ["0112", "BG", false],
      ["+112", "BG", false],
      ["", "BG", false],
    ];
    expect(table.map(([dialled, country]) => isEmergency(dialled, country))).toEqual(table.map(([, , yes]) => yes));
  });
});
