import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { errorReference, errorReferenceUrl } from "./error-reference.ts";

it("docs/reference/errors.md is equal to the tables (write it anew with: node apps/server/src/http/error-reference.ts)", () => {
  expect(readFileSync(errorReferenceUrl, "utf8")).toBe(errorReference());
});
