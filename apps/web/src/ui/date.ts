/** Calendar dates as "2026-03-29", without times and zones: what filters and exceptions of opening hours are made of. */
export type DateText = string;

const dayMs = 86_400_000;

/** A date in figures as the language writes it: "29/03/2026", in Russian and Bulgarian "29.03.2026". Other text stays as it is. */
export function dateInFigures(date: DateText, language: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return date;
  const between = language === "en" ? "/" : ".";
  return [match[3], match[2], match[1]].join(between);
}

/**
 * A date as a person types it: day, month and year with any mark between them ("29.3.26", "29/03/2026", "29032026"), the
 * year left out for this year, or the year first ("2026-03-29"). Null when there is no such day.
 * @param today whose year counts where none is typed
 */
export function readDate(typed: string, today: DateText): DateText | null {
  const text = typed.trim().replace(/\s*г\.?$/, "");
  const first = /^(\d{4})[-./ ](\d{1,2})[-./ ](\d{1,2})$/.exec(text);
  if (first) return dateOf(Number(first[1]), Number(first[2]), Number(first[3]));
  const match =
    /^(\d{1,2})[-./ ]+(\d{1,2})(?:[-./ ]+(\d{4}|\d{2}))?[-./ ]*$/.exec(text) ??
    /^(\d{2})(\d{2})(\d{4}|\d{2})$/.exec(text);
  if (!match) return null;
  const year = match[3] === undefined ? Number(today.slice(0, 4)) : Number(match[3]);
  return dateOf(year < 100 ? 2000 + year : year, Number(match[2]), Number(match[1]));
}

function dateOf(year: number, month: number, day: number): DateText | null {
  const at = Date.UTC(year, month - 1, day);
  const text = textOf(at);
  return text === `${year}-${two(month)}-${two(day)}` ? text : null;
}

const two = (value: number) => String(value).padStart(2, "0");

/** Midnight of a date as if it were in UTC, in ms since 1970: for formatters that are told so. */
export function utcOf(date: DateText): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10)));
}

function textOf(utc: number): DateText {
  return Number.isFinite(utc) ? new Date(utc).toISOString().slice(0, 10) : "";
}

export function addDays(date: DateText, days: number): DateText {
  return textOf(utcOf(date) + days * dayMs);
}

/** The same day of another month, or its last day where it is shorter. */
export function addMonths(date: DateText, months: number): DateText {
  const [year, month, day] = [Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10))];
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return textOf(Date.UTC(year, month - 1 + months, Math.min(day, last)));
}

/** 0 for Monday to 6 for Sunday: weeks begin on Monday in all our languages. */
export function weekdayOf(date: DateText): number {
  return (new Date(utcOf(date)).getUTCDay() + 6) % 7;
}

/** The six weeks in which a month stands, Monday first, filled with the days before and after it. */
export function weeksOf(date: DateText): DateText[][] {
  const first = `${date.slice(0, 8)}01`;
  const begin = addDays(first, -weekdayOf(first));
  return Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (_, day) => addDays(begin, week * 7 + day)));
}
