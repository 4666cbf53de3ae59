import type { Instant } from "@centrala/kit";
import { parseWhole } from "./chars.ts";

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * The value of a Date header ("Sat, 13 Nov 2010 23:29:00 GMT", RFC 3261 section 20.17), or undefined when malformed;
 * any zone but GMT is malformed. The weekday must be one but need not fit.
 */
export function parseSipDate(value: string): Instant | undefined {
  const parts = value.split(" ");
  const [weekday, dayText, monthText, yearText, time, zone] = parts;
  if (parts.length !== 6 || zone !== "GMT" || !weekdays.some((name) => weekday === `${name},`)) return undefined;
  const month = months.indexOf(monthText ?? "");
  const day = wholeOf(dayText, 2, 31);
  const year = wholeOf(yearText, 4, 9_999);
  const clock = (time ?? "").split(":");
  const hours = wholeOf(clock[0], 2, 23);
  const minutes = wholeOf(clock[1], 2, 59);
  const seconds = wholeOf(clock[2], 2, 60);
  if (month < 0 || day === undefined || day < 1 || year === undefined || clock.length !== 3) return undefined;
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  return (daysFromCivil(year, month + 1, day) * 86_400 + hours * 3_600 + minutes * 60 + seconds) * 1_000;
}

/** The value of a Date header. @param now from the year 1970 to 9999 */
export function formatSipDate(now: Instant): string {
  const totalSeconds = Math.floor(now / 1_000);
  const days = Math.floor(totalSeconds / 86_400);
  const rest = totalSeconds - days * 86_400;
  const { year, month, day } = civilFromDays(days);
  const clock = [Math.floor(rest / 3_600), Math.floor(rest / 60) % 60, rest % 60].map(twoDigits).join(":");
  const weekday = weekdays[(days + 4) % 7] ?? "";
  return `${weekday}, ${twoDigits(day)} ${months[month - 1] ?? ""} ${String(year).padStart(4, "0")} ${clock} GMT`;
}

function wholeOf(text: string | undefined, digits: number, max: number): number | undefined {
  return text?.length === digits ? parseWhole(text, max) : undefined;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** Days since 1970-01-01 of a Gregorian date. The year is counted from March, so that the leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leap = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leap) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
