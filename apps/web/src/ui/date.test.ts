import { describe, expect, it } from "vitest";
import { addDays, addMonths, dateInFigures, readDate, weekdayOf, weeksOf } from "./date.ts";

const today = "2026-11-22";

describe("dates", () => {
  it("are written in figures as the language does", () => {
    expect(["en", "ru", "bg"].map((language) => dateInFigures("2026-03-09", language))).toEqual([
      "09/03/2026",
      "09.03.2026",
      "09.03.2026",
    ]);
    expect(dateInFigures("", "bg")).toBe("");
  });

  it.each([
    ["29.03.2026", "2026-03-29"],
    ["29/3/26", "2026-03-29"],
    ["9.3", "2026-03-09"],
    ["29.3.", "2026-03-29"],
    ["29 03 2026", "2026-03-29"],
    ["29032026", "2026-03-29"],
    ["2026-03-29", "2026-03-29"],
    ["29.03.2026 г.", "2026-03-29"],
    ["29.02.2024", "2024-02-29"],
  ])("are read as people type them: %s", (typed, date) => {
    expect(readDate(typed, today)).toBe(date);
  });

  it.each(["", "29.02.2026", "31.04.2026", "13/13/2026", "0.1.2026", "tomorrow", "2026"])(
    "are not what is no day: %s",
    (typed) => {
      expect(readDate(typed, today)).toBeNull();
    },
  );

  it("are read back as they are written", () => {
    for (const language of ["en", "ru", "bg"]) {
      for (let date = "2027-12-20"; date < "2028-03-05"; date = addDays(date, 1))
        expect(readDate(dateInFigures(date, language), today)).toBe(date);
    }
  });

  it("stand in weeks that begin on Monday", () => {
    const weeks = weeksOf("2026-11-22");
    expect([weeks.length, weeks[0]?.[0], weeks[5]?.[6]]).toEqual([6, "2026-10-26", "2026-12-06"]);
    expect([weekdayOf("2026-11-22"), weekdayOf("2026-11-23")]).toEqual([6, 0]);
  });

  it("move by months to a day that is there", () => {
    expect([addMonths("2026-01-31", 1), addMonths("2026-03-31", -1), addMonths("2026-12-15", 1)]).toEqual([
      "2026-02-28",
      "2026-02-28",
      "2027-01-15",
    ]);
  });
});
