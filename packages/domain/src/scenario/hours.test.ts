import type { CoreConfig } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { hoursOpen, timeZoneExists } from "../core/hours.ts";
import { testConfig } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";

type Hours = CoreConfig["hours"][number];
const never: Hours["week"] = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };
const at = (text: string) => Date.parse(text);

function hours(change: Partial<Hours>): Hours {
  return { id: "office", timeZone: "Europe/Sofia", week: never, exceptions: [], ...change };
}

describe("opening hours", () => {
  it("[S6] follow the local clock through both changes of clocks", () => {
    const office = hours({ week: { ...never, sun: [{ from: "09:00", to: "18:00" }] } });
    const table: [string, boolean][] = [
      ["2026-03-22T07:00:00Z", true], // winter: UTC+2
      ["2026-03-22T06:59:00Z", false],
      ["2026-03-29T06:00:00Z", true], // the day of the change: UTC+3 by then
      ["2026-03-29T05:59:00Z", false],
      ["2026-03-29T15:00:00Z", false],
      ["2026-10-25T07:00:00Z", true], // back at UTC+2
      ["2026-10-25T06:59:00Z", false],
      ["2026-10-26T10:00:00Z", false], // Monday
    ];
    expect(table.map(([time]) => hoursOpen(office, at(time)))).toEqual(table.map(([, open]) => open));
  });

  it("[S6] an exception replaces its weekday", () => {
    const day = [{ from: "00:00", to: "24:00" }];
    const exceptions = [
      { date: "2026-12-25", spans: [], label: "Christmas" },
      { date: "2026-12-24", spans: [{ from: "09:00", to: "12:00" }], label: "" },
    ];
    const always = hours({
      week: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day },
      exceptions,
    });
    expect(hoursOpen(always, at("2026-12-23T21:00:00Z"))).toBe(true);
    expect(hoursOpen(always, at("2026-12-24T09:59:00Z"))).toBe(true);
    expect(hoursOpen(always, at("2026-12-24T10:00:00Z"))).toBe(false);
    expect(hoursOpen(always, at("2026-12-25T12:00:00Z"))).toBe(false);
    expect(hoursOpen(always, at("2026-12-25T22:00:00Z"))).toBe(true);
  });

  it("[S6] a span past midnight belongs to the day it starts on", () => {
    const night = hours({ week: { ...never, fri: [{ from: "22:00", to: "06:00" }] } });
    expect(hoursOpen(night, at("2026-11-06T20:30:00Z"))).toBe(true);
    expect(hoursOpen(night, at("2026-11-07T03:59:00Z"))).toBe(true);
    expect(hoursOpen(night, at("2026-11-07T04:00:00Z"))).toBe(false);
    expect(hoursOpen(night, at("2026-11-06T03:00:00Z"))).toBe(false);
  });

  it("[S6] the hours step leads to open or closed and says so", () => {
    const steps = {
      hours: { kind: "hours", hoursId: "office", open: "queue", closed: "closed" },
      queue: { kind: "queue", queueId: "sales", otherwise: null },
      closed: { kind: "hang-up" },
    };
    const centre = new TestCentre(testConfig({}, steps));
    centre.call();
    centre.advance(12 * 3_600_000);
    centre.call();
    expect(centre.facts("hoursTested").map((fact) => fact.open)).toEqual([true, false]);
  });

  it("[S6] an unknown time zone is known to be unknown and counts as UTC", () => {
    expect([timeZoneExists("Europe/Sofia"), timeZoneExists("Mars/Base")]).toEqual([true, false]);
    const odd = hours({ timeZone: "Mars/Base", week: { ...never, mon: [{ from: "09:00", to: "10:00" }] } });
    expect(hoursOpen(odd, at("2026-11-02T09:30:00Z"))).toBe(true);
  });
});
