import { expect, it } from "vitest";
import { putThreadFirst } from "./priority.ts";

it("puts its own thread first where that is permitted, and goes on without where it is not", () => {
  const set: [number, number][] = [];
  expect(
    putThreadFirst(
      () => "4711/task/4713",
      (...all) => set.push(all),
    ),
  ).toBe(true);
  expect(set).toEqual([[4713, -11]]);
  const refuse = () => {
    throw new Error("EACCES");
  };
  expect(putThreadFirst(() => "4711/task/4713", refuse)).toBe(false);
  expect(putThreadFirst(refuse, refuse)).toBe(false);
  expect(putThreadFirst(() => "", refuse)).toBe(false);
});
