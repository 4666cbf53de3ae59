import { expect, it } from "vitest";
import { largestFunction } from "./function-sizes.mjs";

it("the largest function of a file counts its lines, a switch by its largest case", () => {
  expect(largestFunction("a.ts", "const one = 1;\n")).toBe(0);
  expect(largestFunction("a.ts", "function f(): void {\n  g();\n}\nconst h = () => 1;\n")).toBe(3);
  const total = `function f(kind: Kind): number {
  switch (kind) {
    case "a":
      return 1;
    case "b": {
      const two = 2;
      return two;
    }
    default:
      return 0;
  }
}
`;
  expect(largestFunction("a.ts", total)).toBe(6);
  expect(largestFunction("a.tsx", "export const A = () => (\n  <p>\n    x\n  </p>\n);\n")).toBe(5);
  expect(() => largestFunction("a.ts", "function {")).toThrow("a.ts");
});
