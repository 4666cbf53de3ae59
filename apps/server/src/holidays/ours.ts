import type { Language } from "@centrala/contract";

/** What the calendar of a country says of a day, by its rule there. */
export type Rule = { readonly date: string; readonly rule: string };
type Named = Readonly<Record<Language, string>>;
/** What a library of all countries leaves out or words otherwise than the law and the people of this one. */
export type OwnCountry = {
  /** Names by rule; these days are public holidays. */
  readonly names: Readonly<Record<string, Named>>;
  /** Rules whose day off does not move when it falls on a weekend. */
  readonly unmoved: ReadonlySet<string>;
  /** Days of a year that the library does not have, and those that are only kept in mind. */
  readonly more: (year: number) => readonly Rule[];
  readonly kept: Readonly<Record<string, Named>>;
};

const dayMs = 86_400_000;
const easter = ["orthodox -2", "orthodox -1", "orthodox", "orthodox 1"];
const newYears = ["01-01", "01-02 P5D", "01-08", "julian 12-25"];

export const ownCountries: Readonly<Record<string, OwnCountry>> = {
  // Labour Code, article 154: holidays but those of Easter that fall on a weekend are made up for by the next working days.
  BG: {
    unmoved: new Set(easter),
    more: (year) => [{ date: addDays(orthodoxEaster(year), -1), rule: "orthodox -1" }],
    kept: {},
    names: {
      "01-01": { bg: "Нова година", ru: "Новый год", en: "New Year's Day" },
      "03-03": { bg: "Ден на Освобождението на България", ru: "День освобождения Болгарии", en: "Liberation Day" },
      "orthodox -2": { bg: "Велики петък", ru: "Страстная пятница", en: "Good Friday" },
      "orthodox -1": { bg: "Велика събота", ru: "Страстная суббота", en: "Holy Saturday" },
      orthodox: { bg: "Великден", ru: "Пасха", en: "Easter Sunday" },
      "orthodox 1": { bg: "Великденски понеделник", ru: "Пасхальный понедельник", en: "Easter Monday" },
      "05-01": { bg: "Ден на труда", ru: "День труда", en: "Labour Day" },
      "05-06": { bg: "Гергьовден", ru: "День святого Георгия", en: "St George's Day" },
      "05-24": {
        bg: "Ден на азбуката, просветата и културата",
        ru: "День болгарской азбуки, просвещения и культуры",
        en: "Day of the Alphabet, Education and Culture",
      },
      "09-06": { bg: "Ден на Съединението", ru: "День Соединения Болгарии", en: "Unification Day" },
      "09-22": { bg: "Ден на Независимостта", ru: "День независимости Болгарии", en: "Independence Day" },
      "12-24": { bg: "Бъдни вечер", ru: "Рождественский сочельник", en: "Christmas Eve" },
      "12-25": { bg: "Коледа", ru: "Рождество", en: "Christmas Day" },
      "12-26": { bg: "Втори ден на Коледа", ru: "Второй день Рождества", en: "Second Day of Christmas" },
    },
  },
  // Labour Code, article 112: those of January aside, a holiday on a weekend moves to the next working day; decrees move more.
  RU: {
    unmoved: new Set(newYears),
    more: (year) => [{ date: orthodoxEaster(year), rule: "orthodox" }],
    kept: { orthodox: { bg: "Великден", ru: "Пасха", en: "Orthodox Easter" } },
    names: {
      "01-01": { bg: "Нова година", ru: "Новый год", en: "New Year's Day" },
      "01-02 P5D": { bg: "Новогодишни почивни дни", ru: "Новогодние каникулы", en: "New Year holidays" },
      "01-08": { bg: "Новогодишни почивни дни", ru: "Новогодние каникулы", en: "New Year holidays" },
      "julian 12-25": { bg: "Рождество Христово", ru: "Рождество Христово", en: "Orthodox Christmas" },
      "02-23": {
        bg: "Ден на защитника на Отечеството",
        ru: "День защитника Отечества",
        en: "Defender of the Fatherland Day",
      },
      "03-08": { bg: "Международен ден на жената", ru: "Международный женский день", en: "International Women's Day" },
      "05-01": { bg: "Празник на пролетта и труда", ru: "Праздник Весны и Труда", en: "Spring and Labour Day" },
      "05-09": { bg: "Ден на победата", ru: "День Победы", en: "Victory Day" },
      "06-12": { bg: "Ден на Русия", ru: "День России", en: "Russia Day" },
      "11-04": { bg: "Ден на народното единство", ru: "День народного единства", en: "National Unity Day" },
    },
  },
};

/** Orthodox Easter Sunday by the calendar of today, 1900 to 2099 (Meeus, Astronomical Algorithms, chapter 8). */
export function orthodoxEaster(year: number): string {
  const d = (19 * (year % 19) + 15) % 30;
  const e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
  const sum = d + e + 114;
  return addDays(dateOf(Date.UTC(year, Math.floor(sum / 31) - 1, (sum % 31) + 1)), 13);
}

/**
 * Days off for holidays that fall on a weekend: as many of the next working days, after all that stand in a row with them.
 * @param moving holidays in order of date that are made up for
 * @param all dates of all holidays
 */
export function daysOff(moving: readonly string[], all: ReadonlySet<string>): { date: string; of: string }[] {
  const given: { date: string; of: string }[] = [];
  const taken = new Set(all);
  for (const [at, date] of moving.entries()) {
    if (moving[at + 1] === addDays(date, 1)) continue;
    const inRow = rowUntil(moving, at).filter(isWeekend);
    let next = date;
    for (const of of inRow) {
      do next = addDays(next, 1);
      while (isWeekend(next) || taken.has(next));
      taken.add(next);
      given.push({ date: next, of });
    }
  }
  return given;
}

/** Days that stand one after another and end with this one. */
function rowUntil(dates: readonly string[], last: number): string[] {
  let first = last;
  while (first > 0 && addDays(dates[first - 1] ?? "", 1) === dates[first]) first -= 1;
  return dates.slice(first, last + 1);
}

function isWeekend(date: string): boolean {
  const day = new Date(`${date}T00:00Z`).getUTCDay();
  return day === 0 || day === 6;
}

export function addDays(date: string, days: number): string {
  return dateOf(Date.parse(`${date}T00:00Z`) + days * dayMs);
}

function dateOf(utc: number): string {
  return new Date(utc).toISOString().slice(0, 10);
}
