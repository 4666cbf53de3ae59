import { describe, expect, it } from "vitest";
import { readTime, spanOver } from "./time.ts";

describe("a time of day", () => {
  it("is read as people type it, and what is none is refused", () => {
    expect(["9", "930", "9.30", "09:30", "24", "24:00", "24:01", "12:60", "x", ""].map(readTime)).toEqual([
      "09:00",
      "09:30",
      "09:30",
      "09:30",
      "24:00",
      "24:00",
      null,
      null,
      null,
      null,
    ]);
  });

  it("is not 25:00, nor a part of one", () => {
    expect(["25:00", "9:5", "-1", "12:345"].map(readTime)).toEqual([null, null, null, null]);
  });

  it("before or at the start is said to be on the next day, or round the clock", () => {
    const spans: [string, string][] = [
      ["09:00", "18:00"],
      ["18:00", "9:00"],
      ["09:00", "09:00"],
      ["00:00", "24:00"],
      ["22:00", "24:00"],
      ["09:00", "25:00"],
    ];
    expect(spans.map(([from, to]) => spanOver(from, to))).toEqual([null, "night", "round", "round", null, null]);
  });
});
