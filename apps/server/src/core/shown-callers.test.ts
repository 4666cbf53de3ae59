import { expect, it } from "vitest";
import { ShownCallers } from "./shown-callers.ts";

it("tells the caller of a contact of a centre, until the contact has another customer", () => {
  const callers = new ShownCallers();
  const maria = { number: "+359888123456", name: "Maria", customerId: "maria" };
  callers.arrived("one", "c", maria);
  expect(callers.get("one", "c", "maria")).toEqual(maria);
  expect(callers.get("two", "c", "maria")).toBeUndefined();
  expect(callers.get("one", "c", "ivan")).toBeUndefined();
  expect(callers.get("one", "other", null)).toBeUndefined();
});
