import { type Holiday, holidayKinds, type Language } from "@centrala/contract";
import Holidays, { type HolidaysTypes } from "date-holidays";
import { addDays, daysOff, type OwnCountry, ownCountries } from "./ours.ts";

export type HolidayQuestion = {
  readonly country: string;
  readonly region: string | null;
  readonly years: readonly number[];
  readonly language: Language;
};
export type HolidayAnswer = {
  readonly items: readonly Holiday[];
  readonly regions: readonly { readonly code: string; readonly name: string }[];
};
/** A day with the rule it comes from. */
type Day = Holiday & { readonly rule: string };

const nameMax = 80;
const itemsMax = 1_000;
/** Countries whose own names a reader of Bulgarian and Russian can read. */
const cyrillic = new Set(["be", "bg", "kk", "mk", "ru", "sr", "uk"]);

/** Runs where no call waits: the calendars of all countries take a quarter of a second to load. */
export function listHolidays({ country, region, years, language }: HolidayQuestion): HolidayAnswer {
  const calendar = region === null ? new Holidays(country) : new Holidays(country, region);
  calendar.setLanguages(languagesFor(calendar.getLanguages(), language));
  const items = years.flatMap((year) => {
    const days = (calendar.getHolidays(year) ?? []).flatMap((day) => daysOf(day, language));
    const own = region === null ? ownCountries[country] : undefined;
    return merged(own === undefined ? days : corrected(days, own, year, language));
  });
  const states = new Holidays().getStates(country, language) ?? {};
  return {
    items: items.slice(0, itemsMax).map(({ rule: _, ...day }) => day),
    regions: Object.entries(states)
      .map(([code, name]) => ({ code, name }))
      .sort((a, b) => a.name.localeCompare(b.name, language)),
  };
}

/** The reader's language, then English, rather than one whose letters the reader may not know. */
function languagesFor(own: readonly string[], language: Language): string[] {
  const readable = own.filter((each) => (language === "en" ? each.startsWith("en") : cyrillic.has(each)));
  return [language, ...readable, "en"];
}

/** A holiday of several days as days, each with the hours for which it closes. */
function daysOf(holiday: HolidaysTypes.Holiday, language: Language): Day[] {
  const date = holiday.date.slice(0, 10);
  const [hour = 0, minute = 0] = holiday.date.slice(11, 16).split(":").map(Number);
  const from = hour * 60 + minute;
  const minutes = Math.round((holiday.end.getTime() - holiday.start.getTime()) / 60_000);
  // A change of clocks makes a day an hour longer or shorter.
  const wholeDays = Math.max(1, Math.round(minutes / 1_440));
  const whole = from === 0 && Math.abs(minutes - wholeDays * 1_440) <= 60;
  const substitute = holiday.substitute === true;
  const name = substitute
    ? dayOffFor(holiday.name.replace(/\s*\([^()]*\)$/, ""), language)
    : holiday.name.slice(0, nameMax);
  return Array.from({ length: whole ? wholeDays : 1 }, (_, at) => ({
    date: addDays(date, at),
    name,
    kind: holiday.type,
    closedFrom: whole ? "00:00" : clock(from),
    closedTo: whole ? "24:00" : clock(Math.min(from + minutes, 1_440)),
    substitute,
    rule: holiday.rule,
  }));
}

/** The calendar of a country as its law and its people have it: names, kinds, days that are missing, days off for weekends. */
function corrected(days: readonly Day[], own: OwnCountry, year: number, language: Language): Day[] {
  const more = own.more(year).map(({ date, rule }) => wholeDay(date, rule, rule));
  const known = [...days, ...more].flatMap((day): Day[] => {
    const rule = own.names[day.rule] === undefined ? (day.rule.split(" and ")[0] ?? day.rule) : day.rule;
    const name = own.names[rule];
    if (name === undefined) return [{ ...day, name: own.kept[rule]?.[language] ?? day.name, kind: keptKind(day, own) }];
    // What the library moves by itself comes again below.
    if (rule !== day.rule && day.date.slice(5) !== rule) return [];
    return [{ ...day, name: name[language], kind: "public", rule }];
  });
  const publics = known.filter(({ kind }) => kind === "public");
  const moving = [...new Set(publics.filter(({ rule }) => !own.unmoved.has(rule)).map(({ date }) => date))].sort();
  const off = daysOff(moving, new Set(publics.map(({ date }) => date))).map(({ date, of }) => {
    const name = publics.find((day) => day.date === of && !own.unmoved.has(day.rule))?.name ?? "";
    return { ...wholeDay(date, dayOffFor(name, language), "day off"), substitute: true };
  });
  return [...known, ...off];
}

function keptKind(day: Day, own: OwnCountry): Day["kind"] {
  return own.kept[day.rule] === undefined && day.kind !== "public" ? day.kind : "observance";
}

function wholeDay(date: string, name: string, rule: string): Day {
  return { date, name, kind: "public", closedFrom: "00:00", closedTo: "24:00", substitute: false, rule };
}

function dayOffFor(name: string, language: Language): string {
  const words: Readonly<Record<Language, string>> = {
    en: `Day off for ${name}`,
    ru: `Выходной за «${name}»`,
    bg: `Почивен ден за „${name}“`,
  };
  return words[language].slice(0, nameMax);
}

/** One line a date: the strongest kind counts, and all names of that kind. */
function merged(days: readonly Day[]): Day[] {
  const byDate = new Map<string, Day>();
  for (const day of days) {
    const before = byDate.get(day.date);
    byDate.set(day.date, before === undefined ? day : joined(before, day));
  }
  return [...byDate.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
}

function joined(a: Day, b: Day): Day {
  const rank = ({ kind }: Day): number => holidayKinds.indexOf(kind);
  if (rank(a) !== rank(b)) return rank(a) < rank(b) ? a : b;
  return {
    ...a,
    name: a.name === b.name ? a.name : `${a.name}, ${b.name}`.slice(0, nameMax),
    closedFrom: a.closedFrom < b.closedFrom ? a.closedFrom : b.closedFrom,
    closedTo: a.closedTo > b.closedTo ? a.closedTo : b.closedTo,
    substitute: a.substitute && b.substitute,
  };
}

function clock(minutes: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
