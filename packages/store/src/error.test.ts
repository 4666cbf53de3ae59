import { AssertionError } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { translate } from "./database.ts";
import { failsForGood } from "./error.ts";

const database = (code: string): unknown => translate(Object.assign(new Error("no"), { code }));

describe("what fails for good", () => {
  it.each([
    ["a row that is too large for its index", database("54000")],
    ["a value out of range", database("22003")],
    ["a check that is not met", database("23514")],
    ["a mistake of ours while the rows were made", new AssertionError("a gap")],
    ["another one", new TypeError("undefined is not a function")],
  ])("is %s", (_name, error) => expect(failsForGood(error)).toBe(true));

  it.each([
    ["a deadlock", database("40P01")],
    ["a full disk", database("53100")],
    ["a broken disk", database("58030")],
    ["a table that is not there", database("42P01")],
    ["a database that shuts down", database("57P01")],
    ["a statement that was cancelled", database("57014")],
    ["a connection that broke", database("ECONNRESET")],
    ["whatever the driver says without a code", new Error("Client was closed")],
  ])("is not %s", (_name, error) => expect(failsForGood(error)).toBe(false));
});
