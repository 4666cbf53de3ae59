import type { Fact } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { RefusedCalls } from "./refused-calls.ts";

const refused: Fact = {
  kind: "refused",
  input: "operatorDialled",
  code: "CLASS_NOT_ALLOWED",
  contactId: null,
  operatorId: "anna",
  scope: null,
  destination: { country: null, class: "satellite", pricePerMinute: 10_000_000, listed: null },
};

describe("calls out that were refused", () => {
  it("keeps the last ones, counts all, and logs once a second however many there are", () => {
    const logged: number[] = [];
    const calls = new RefusedCalls((_, leftOut) => logged.push(leftOut));
    for (let at = 10_000; at < 12_500; at += 10) calls.see([refused, { ...refused, code: "NOT_YOURS" }], at);
    expect(calls.counts).toEqual(new Map([["CLASS_NOT_ALLOWED", 250]]));
    expect(calls.last.length).toBe(50);
    expect(calls.last[0]).toEqual({
      at: 12_490,
      operatorId: "anna",
      code: "CLASS_NOT_ALLOWED",
      scope: null,
      destination: { country: null, class: "satellite", pricePerMinute: 10_000_000, listed: null },
    });
    expect(logged).toEqual([0, 99, 99]);
  });
});
