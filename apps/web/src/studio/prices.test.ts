import { describe, expect, it } from "vitest";
import { pricesOf, pricesText } from "./prices.ts";

describe("prices by prefix", () => {
  it("are read as people paste them", () => {
    expect(pricesOf("+359 0.02\n\n 4930;0,035 \n+44\t1")).toEqual([
      { prefix: "+359", perMinute: 0.02 },
      { prefix: "4930", perMinute: 0.035 },
      { prefix: "+44", perMinute: 1 },
    ]);
  });
  it("are not guessed at", () => {
    for (const text of ["Bulgaria 0.02", "+359", "+359 -1", "+359 free"]) expect(pricesOf(text)).toBe(undefined);
  });
  it("come back as they are written", () => {
    expect(pricesText([{ prefix: "+359", perMinute: 0.02 }])).toBe("+359 0.02");
  });
});
