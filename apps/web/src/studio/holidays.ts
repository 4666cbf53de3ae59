import type { Holiday, Hours } from "@centrala/contract";
import { weekdayOf } from "../ui/date.ts";

type Exception = Hours["exceptions"][number];
type Span = Exception["spans"][number];

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const exceptionsMax = 1_000;
const labelMax = 80;

/** A holiday as a day of its own among opening hours: closed, or open as its weekday is outside the hours it closes for. */
export function exceptionOf(week: Hours["week"], holiday: Holiday, name: string): Exception {
  const spans = week[days[weekdayOf(holiday.date)] ?? "mon"];
  return {
    date: holiday.date,
    label: name.trim().slice(0, labelMax),
    spans: spans.flatMap((span) => left(span, holiday)),
  };
}

/** What is left of a span when a part of its day is closed; over midnight only its own day's part is touched. */
function left({ from, to }: Span, { closedFrom, closedTo }: Pick<Holiday, "closedFrom" | "closedTo">): Span[] {
  const night = to <= from;
  const end = night ? "24:00" : to;
  const before: Span[] = closedFrom > from ? [{ from, to: closedFrom < end ? closedFrom : to }] : [];
  const after: Span[] = closedTo < end && closedFrom < end ? [{ from: closedTo > from ? closedTo : from, to }] : [];
  return [...before, ...after];
}

/** The days put among those that are there, in order; a date that is there already stays as it is. */
export function withExceptions(there: readonly Exception[], more: readonly Exception[]): Exception[] {
  const dates = new Set(there.map(({ date }) => date));
  const all = [...there, ...more.filter(({ date }) => !dates.has(date))];
  return all.sort((a, b) => (a.date < b.date ? -1 : 1)).slice(0, exceptionsMax);
}
