import { expect, it } from "vitest";
import { listedNumber } from "./number.ts";

it.each([
  ["0888123456", "BG", "+359888123456"],
  ["888123456", "BG", "+359888123456"],
  ["29876543", "BG", "+35929876543"],
  ["359888123456", "BG", "+359888123456"],
  ["00359888123456", "BG", "+359888123456"],
  // Another country's, with all of its digits.
  ["79161234567", "BG", "+79161234567"],
  ["4915112345678", "BG", "+4915112345678"],
  // Of Sofia, without its area; of a Bulgarian village by our tables.
  ["9876544", "BG", null],
  // Russian numbers as they are dialled in Russia: by their digits of Bangladesh, Vietnam and Germany.
  ["88005553535", "BG", null],
  ["84951112235", "BG", null],
  ["4951234567", "BG", null],
  ["88005553535", "RU", "+78005553535"],
  ["4951234567", "RU", "+74951234567"],
] as const)("a list's number %s (%s) is %s", (digits, country, e164) => {
  expect(listedNumber(digits, country)).toBe(e164);
});
