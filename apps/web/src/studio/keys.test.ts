import { describe, expect, it } from "vitest";
import { keyOf } from "./keys.ts";

describe("keys made of names", () => {
  it("are Latin, short and begin with a letter or digit", () => {
    expect(
      ["Orders", "Поръчки и рекламации", "Ёлка & Co.", "  Zürich  ", "«—»"].map((name) => keyOf(name, [])),
    ).toEqual(["orders", "porachki-i-reklamatsii", "elka-co", "zurich", "item"]);
    expect(keyOf("x".repeat(200), []).length).toBe(48);
  });

  it("get a number when they are taken", () => {
    expect(keyOf("Orders", ["orders", "orders-2"])).toBe("orders-3");
  });
});
