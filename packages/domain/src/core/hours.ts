import type { CoreConfig } from "@centrala/contract";
import type { Instant } from "@centrala/kit";

type Hours = CoreConfig["hours"][number];
type Span = { readonly from: string; readonly to: string };
type LocalTime = { readonly date: string; readonly weekday: keyof Hours["week"]; readonly minute: number };

/** Formatters are dear to make and hold no state of ours; more zones than this in one process are made anew. */
const formattersMax = 64;
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * Whether it is open at an instant, by the local clock of the hours' time zone. A span whose end is not after its start
 * runs past midnight. A date among the exceptions replaces its weekday. An unknown time zone counts as UTC.
 */
export function hoursOpen(hours: Hours, at: Instant): boolean {
  const now = localTime(hours.timeZone, at);
  if (spansOf(hours, now).some((span) => inDay(span, now.minute))) return true;
  // Two hours further back than midnight: a change of clocks in between does not lead back into today.
  const yesterday = localTime(hours.timeZone, at - (now.minute + 120) * 60_000);
  return spansOf(hours, yesterday).some((span) => pastMidnight(span) && now.minute < minutes(span.to));
}

/** The next midnight after an instant, by the local clock; an hour that is skipped or comes twice is looked at again. */
export function nextMidnight(timeZone: string, at: Instant): Instant {
  const minuteMs = 60_000;
  const dayMinutes = 24 * 60;
  const guess = at - (at % minuteMs) + (dayMinutes - localTime(timeZone, at).minute) * minuteMs;
  const { minute } = localTime(timeZone, guess);
  const midnight = minute > dayMinutes / 2 ? guess + (dayMinutes - minute) * minuteMs : guess - minute * minuteMs;
  return midnight > at ? midnight : at + dayMinutes * minuteMs;
}

function spansOf(hours: Hours, day: LocalTime): readonly Span[] {
  const exception = hours.exceptions.find((one) => one.date === day.date);
  return exception === undefined ? hours.week[day.weekday] : exception.spans;
}

function inDay(span: Span, minute: number): boolean {
  if (minute < minutes(span.from)) return false;
  return pastMidnight(span) || minute < minutes(span.to);
}

function pastMidnight(span: Span): boolean {
  return minutes(span.to) <= minutes(span.from);
}

/** Minutes since midnight of "HH:MM". */
function minutes(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

function localTime(timeZone: string, at: Instant): LocalTime {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const part of formatterOf(timeZone).formatToParts(at)) parts[part.type] = part.value;
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    weekday: weekdayOf(parts.weekday ?? ""),
    minute: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

function weekdayOf(name: string): keyof Hours["week"] {
  const key = name.toLowerCase();
  switch (key) {
    case "mon":
    case "tue":
    case "wed":
    case "thu":
    case "fri":
    case "sat":
      return key;
    default:
      return "sun";
  }
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = timeZoneExists(timeZone) ? newFormatter(timeZone) : newFormatter("UTC");
  if (formatters.size < formattersMax) formatters.set(timeZone, made);
  return made;
}

function newFormatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
}

/** Whether the runtime knows a time zone by this name (IANA). */
export function timeZoneExists(timeZone: string): boolean {
  try {
    newFormatter(timeZone);
    return true;
  } catch {
    return false;
  }
}
