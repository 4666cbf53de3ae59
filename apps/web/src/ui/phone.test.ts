import { beforeAll, describe, expect, it } from "vitest";
import { formatPhone, preparePhones, setHomeCountry } from "./phone.ts";

beforeAll(preparePhones);

describe("a telephone number", () => {
  it.each([
    ["BG", "+359888123456", "0888 123 456"],
    ["BG", "+35929876543", "02 987 65 43"],
    ["BG", "+35970011122", "0700 11 122"],
    ["BG", "070011122", "0700 11 122"],
    ["BG", "+359 88 812 3456", "0888 123 456"],
    ["BG", "+442079460649", "+44 20 7946 0649"],
    ["BG", "+79610536267", "+7 961 053 62 67"],
    ["RU", "+79610536267", "8 (961) 053-62-67"],
    ["RU", "+359888123456", "+359 888 123 456"],
  ])("in %s: %s is written %s", (country, number, text) => {
    setHomeCountry(country);
    expect(formatPhone(number)).toBe(text);
  });

  it.each(["112", "*98", "205", "Мария", "", "+7961053626", "0888", "029876543вътр12"])(
    "is not made of %s, which stays as it is",
    (text) => {
      setHomeCountry("BG");
      expect(formatPhone(text)).toBe(text);
    },
  );
});
