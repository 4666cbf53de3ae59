import { expect, it } from "vitest";
import { type ParsedPhone, phoneText } from "./phone-text.ts";

const parsed = (country: string, countryCallingCode: string, nationalNumber: string): ParsedPhone => ({
  country,
  countryCallingCode,
  nationalNumber,
  formatNational: () => "as the national table says",
  formatInternational: () => "as the international table says",
});

it.each([
  ["888123456", "BG", "0888 123 456"],
  ["888123456", "RU", "+359 888 123 456"],
  ["988000111", "BG", "0988 000 111"],
  ["29876543", "BG", "02 987 65 43"],
  ["29876543", "RU", "+359 2 987 65 43"],
  ["32123456", "BG", "as the national table says"],
  ["32123456", "RU", "as the international table says"],
])("writes %s of Bulgaria for somebody in %s as %s", (national, home, text) => {
  expect(phoneText(parsed("BG", "359", national), home)).toBe(text);
});

it("leaves other countries' numbers to the tables", () => {
  expect(phoneText(parsed("RU", "7", "9161234567"), "RU")).toBe("as the national table says");
  expect(phoneText(parsed("RU", "7", "9161234567"), "BG")).toBe("as the international table says");
});
