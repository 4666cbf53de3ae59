import { describe, expect, it } from "vitest";
import { freeExtension } from "./extensions.ts";

describe("a colleague's extension", () => {
  it("is the first that nobody has, and none when all are taken", () => {
    const having = (...extensions: (string | null)[]) => extensions.map((extension) => ({ extension }));
    expect(freeExtension([])).toBe("201");
    expect(freeExtension(having("201", null, "203"))).toBe("202");
    expect(freeExtension(having(...Array.from({ length: 699 }, (_, index) => String(201 + index))))).toBeNull();
  });
});
