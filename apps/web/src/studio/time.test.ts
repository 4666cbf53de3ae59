import { describe, expect, it } from "vitest";
import { readTime } from "./time.ts";

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
});
