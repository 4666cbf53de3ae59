import type { Language } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { listHolidays } from "./list.ts";
import { daysOff, orthodoxEaster } from "./ours.ts";

const of = (country: string, year: number, language: Language = "bg", region: string | null = null) =>
  listHolidays({ country, region, years: [year], language }).items;
const closed = (country: string, year: number, language?: Language) =>
  of(country, year, language)
    .filter(({ kind }) => kind === "public")
    .map(({ date, name, substitute }) => `${date.slice(5)} ${name}${substitute ? " *" : ""}`);

describe("holidays of Bulgaria", () => {
  it("are those of the law in 2027: four days of Easter, three of Christmas, days off for those on a weekend", () => {
    expect(closed("BG", 2027)).toEqual([
      "01-01 Нова година",
      "03-03 Ден на Освобождението на България",
      "04-30 Велики петък",
      "05-01 Ден на труда, Велика събота",
      "05-02 Великден",
      "05-03 Великденски понеделник",
      "05-04 Почивен ден за „Ден на труда“ *",
      "05-06 Гергьовден",
      "05-24 Ден на азбуката, просветата и културата",
      "09-06 Ден на Съединението",
      "09-22 Ден на Независимостта",
      "12-24 Бъдни вечер",
      "12-25 Коледа",
      "12-26 Втори ден на Коледа",
      "12-27 Почивен ден за „Коледа“ *",
      "12-28 Почивен ден за „Втори ден на Коледа“ *",
    ]);
  });

  it("have the days off that were given before: 2022 to 2024, 2026", () => {
    const off = (year: number) => of("BG", year).flatMap(({ date, substitute }) => (substitute ? [date.slice(5)] : []));
    expect([2022, 2023, 2024, 2026].map(off)).toEqual([
      ["01-03", "05-02", "12-27", "12-28"],
      ["01-02", "05-08", "12-27"],
      ["03-04", "09-23"],
      ["05-25", "09-07", "12-28"],
    ]);
  });

  it("are named in the language of the page, and what is only kept in mind stays so", () => {
    expect(closed("BG", 2027, "ru").slice(2, 6)).toEqual([
      "04-30 Страстная пятница",
      "05-01 День труда, Страстная суббота",
      "05-02 Пасха",
      "05-03 Пасхальный понедельник",
    ]);
    expect(of("BG", 2027).find(({ date }) => date === "2027-03-08")?.kind).toBe("observance");
  });
});

describe("holidays of Russia", () => {
  it("are those of the law in 2027, weekends of January not made up for", () => {
    expect(closed("RU", 2027, "ru")).toEqual([
      "01-01 Новый год",
      ...["02", "03", "04", "05", "06"].map((day) => `01-${day} Новогодние каникулы`),
      "01-07 Рождество Христово",
      "01-08 Новогодние каникулы",
      "02-23 День защитника Отечества",
      "03-08 Международный женский день",
      "05-01 Праздник Весны и Труда",
      "05-03 Выходной за «Праздник Весны и Труда» *",
      "05-09 День Победы",
      "05-10 Выходной за «День Победы» *",
      "06-12 День России",
      "06-14 Выходной за «День России» *",
      "11-04 День народного единства",
    ]);
    expect(of("RU", 2027, "ru")).toContainEqual({
      date: "2027-05-02",
      name: "Пасха",
      kind: "observance",
      closedFrom: "00:00",
      closedTo: "24:00",
      substitute: false,
    });
  });

  it("move the eighth of March once", () => {
    expect(closed("RU", 2026, "bg").filter((line) => line.startsWith("03"))).toEqual([
      "03-08 Международен ден на жената",
      "03-09 Почивен ден за „Международен ден на жената“ *",
    ]);
  });
});

describe("holidays elsewhere", () => {
  it("may be of half a day, of several days, of a region", () => {
    const eve = of("AT", 2027).find(({ date }) => date === "2027-12-24");
    expect([eve?.kind, eve?.closedFrom, eve?.closedTo]).toEqual(["bank", "14:00", "24:00"]);
    expect(
      of("KR", 2027)
        .filter(({ date }) => date >= "2027-02-06" && date < "2027-02-10")
        .map(({ date }) => date),
    ).toEqual(["2027-02-07", "2027-02-08", "2027-02-09"]);
    const { regions } = listHolidays({ country: "DE", region: null, years: [2027], language: "bg" });
    expect(regions).toHaveLength(16);
    const inBavaria = of("DE", 2027, "en", "BY").map(({ date }) => date);
    expect([inBavaria.includes("2027-01-06"), of("DE", 2027, "en").some(({ date }) => date === "2027-01-06")]).toEqual([
      true,
      false,
    ]);
    expect(
      of("GB", 2027, "ru", "ENG")
        .filter(({ substitute }) => substitute)
        .map(({ date }) => date),
    ).toEqual(["2027-12-27", "2027-12-28"]);
  });

  it("are one a date, in order, of several years, and none for a country without a calendar", () => {
    for (const country of ["BG", "RU", "US", "AL", "IL", "CN"]) {
      const dates = listHolidays({ country, region: null, years: [2026, 2027], language: "en" }).items.map(
        ({ date }) => date,
      );
      expect(dates).toEqual([...new Set(dates)].sort());
      expect(dates.length).toBeGreaterThan(10);
    }
    expect(listHolidays({ country: "XX", region: null, years: [2027], language: "en" })).toEqual({
      items: [],
      regions: [],
    });
  });
});

it("reckons Orthodox Easter", () => {
  expect([2021, 2024, 2025, 2026, 2027, 2028].map(orthodoxEaster)).toEqual([
    "2021-05-02",
    "2024-05-05",
    "2025-04-20",
    "2026-04-12",
    "2027-05-02",
    "2028-04-16",
  ]);
});

it("gives days off after all holidays in a row", () => {
  const christmas = ["2022-12-24", "2022-12-25", "2022-12-26"];
  expect(daysOff(christmas, new Set(christmas))).toEqual([
    { date: "2022-12-27", of: "2022-12-24" },
    { date: "2022-12-28", of: "2022-12-25" },
  ]);
});
