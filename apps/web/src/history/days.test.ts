import { describe, expect, it } from "vitest";
import { dateStart, dateText, dayStart, rangeBounds } from "./days.ts";

const sofia = "Europe/Sofia";

describe("days in the centre's time zone", () => {
  it("begin at local midnight, in winter and in summer", () => {
    expect(dayStart(Date.UTC(2026, 0, 10, 12), sofia)).toBe(Date.UTC(2026, 0, 9, 22));
    expect(dayStart(Date.UTC(2026, 6, 10, 12), sofia)).toBe(Date.UTC(2026, 6, 9, 21));
    expect(dayStart(Date.UTC(2026, 6, 9, 22), sofia)).toBe(Date.UTC(2026, 6, 9, 21));
  });

  it("are counted by the calendar, so that a day with a change of the clock is one day", () => {
    expect(dayStart(Date.UTC(2026, 2, 29, 12), sofia, 1) - dayStart(Date.UTC(2026, 2, 29, 12), sofia)).toBe(
      23 * 3_600_000,
    );
    expect(dayStart(Date.UTC(2026, 2, 1, 12), sofia, -1)).toBe(Date.UTC(2026, 1, 27, 22));
  });

  it("are read from an input, and what is no date is left out", () => {
    expect(dateStart("2026-10-25", sofia)).toBe(Date.UTC(2026, 9, 24, 21));
    expect(dateStart("2026-10-25", sofia, 1)).toBe(Date.UTC(2026, 9, 25, 22));
    expect(dateStart("tomorrow", sofia)).toBeNull();
    expect(dateText(Date.UTC(2026, 9, 24, 21, 30), sofia)).toBe("2026-10-25");
  });

  it("make ranges: yesterday ends where today begins, a custom range includes its last day", () => {
    const now = Date.UTC(2026, 0, 10, 12);
    expect(rangeBounds("yesterday", now, sofia, { from: undefined, to: undefined })).toEqual({
      from: Date.UTC(2026, 0, 8, 22),
      to: Date.UTC(2026, 0, 9, 22),
    });
    expect(rangeBounds("custom", now, sofia, { from: "2026-01-05", to: "2026-01-05" })).toEqual({
      from: Date.UTC(2026, 0, 4, 22),
      to: Date.UTC(2026, 0, 5, 22),
    });
    expect(rangeBounds("all", now, sofia, { from: "x", to: undefined })).toEqual({});
  });
});
