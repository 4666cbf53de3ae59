import type { Holiday, Hours } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { exceptionOf, withExceptions } from "./holidays.ts";

const working = [
  { from: "09:00", to: "13:00" },
  { from: "14:00", to: "18:00" },
];
const night = [{ from: "22:00", to: "06:00" }];
const week: Hours["week"] = { mon: working, tue: working, wed: working, thu: working, fri: night, sat: [], sun: [] };
/** 2027-12-23 is a Thursday. */
const day = (date: string, closedFrom = "00:00", closedTo = "24:00"): Holiday => ({
  date,
  name: "",
  kind: "public",
  closedFrom,
  closedTo,
  substitute: false,
});
const spans = (holiday: Holiday) => exceptionOf(week, holiday, "").spans;

describe("a holiday among opening hours", () => {
  it("closes its day, and half of one leaves the other half as the weekday has it", () => {
    expect(spans(day("2027-12-23"))).toEqual([]);
    expect(spans(day("2027-12-23", "14:00"))).toEqual([working[0]]);
    expect(spans(day("2027-12-23", "16:00"))).toEqual([working[0], { from: "14:00", to: "16:00" }]);
    expect(spans(day("2027-12-23", "00:00", "14:00"))).toEqual([working[1]]);
    expect(spans(day("2027-12-23", "12:00", "15:00"))).toEqual([
      { from: "09:00", to: "12:00" },
      { from: "15:00", to: "18:00" },
    ]);
    expect(spans(day("2027-12-26", "14:00"))).toEqual([]);
  });

  it("touches of hours over midnight its own day only", () => {
    expect(spans(day("2027-12-24"))).toEqual([]);
    expect(spans(day("2027-12-24", "23:00"))).toEqual([{ from: "22:00", to: "23:00" }]);
    expect(spans(day("2027-12-24", "00:00", "14:00"))).toEqual(night);
  });

  it("takes a name that fits and no date twice, and they stand in order", () => {
    expect(exceptionOf(week, day("2027-12-23"), ` ${"я".repeat(100)}`).label).toBe("я".repeat(80));
    const there = [exceptionOf(week, day("2027-06-01"), "Наш"), exceptionOf(week, day("2027-01-01"), "Нова година")];
    const more = [exceptionOf(week, day("2027-06-01"), "Чужд"), exceptionOf(week, day("2027-03-03"), "Март")];
    expect(withExceptions(there, more).map(({ date, label }) => `${date} ${label}`)).toEqual([
      "2027-01-01 Нова година",
      "2027-03-03 Март",
      "2027-06-01 Наш",
    ]);
  });
});
