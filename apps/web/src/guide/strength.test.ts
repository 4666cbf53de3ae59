import { describe, expect, it } from "vitest";
import { strengthOf } from "./strength.ts";

describe("the strength of a password", () => {
  it.each([
    ["short", { kind: "short", left: 5 }],
    ["password2026!", { kind: "weak" }],
    ["ivanpetrov77", { kind: "weak" }],
    ["aaaaaaaaaaaa", { kind: "weak" }],
    ["8834772910", { kind: "weak" }],
    ["krushka ada", { kind: "fair" }],
    ["четири сини лодки плават", { kind: "strong" }],
  ] as const)("of %s", (password, strength) => {
    expect(strengthOf(password, ["ivan"])).toEqual(strength);
  });
});
