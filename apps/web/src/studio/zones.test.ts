import { expect, it } from "vitest";
import { zoneName } from "./zones.ts";

it("names a time zone by its city in the reader's language", () => {
  const zones = [
    "Europe/Sofia",
    "Europe/Kyiv",
    "Asia/Yekaterinburg",
    "America/New_York",
    "America/Argentina/Buenos_Aires",
  ];
  expect(zones.map((zone) => zoneName(zone, "bg"))).toEqual([
    "София",
    "Киев",
    "Екатеринбург",
    "Ню Йорк",
    "Буенос Айрес",
  ]);
  expect(zoneName("Europe/Sofia", "ru")).toBe("София");
  expect(zones.map((zone) => zoneName(zone, "en"))).toEqual([
    "Sofia",
    "Kyiv",
    "Yekaterinburg",
    "New York",
    "Buenos Aires",
  ]);
});

it("falls back to the country, then to the zone's own name, also for a zone that nobody knows", () => {
  expect([zoneName("Asia/Kabul", "bg"), zoneName("Etc/GMT-5", "bg"), zoneName("Mars/Olympus_Mons", "ru")]).toEqual([
    "Афганистан",
    "Гринуич+5",
    "Olympus Mons",
  ]);
});
