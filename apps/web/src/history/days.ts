/** Midnight in a time zone of the day that holds `at`, moved by whole calendar days. Ms since 1970. */
export function dayStart(at: number, timeZone: string, days = 0): number {
  const { year, month, day } = partsIn(at, timeZone);
  const wanted = Date.UTC(year, month - 1, day + days);
  return zonedToInstant(wanted, timeZone);
}

/** Midnight of "2026-03-29" in a time zone; null when it is no date. */
export function dateStart(date: string, timeZone: string, days = 0): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return null;
  const wanted = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + days);
  return Number.isFinite(wanted) ? zonedToInstant(wanted, timeZone) : null;
}

/** The wall clock's reading `wanted` (as if it were UTC) as an instant; two rounds settle it around a change of the clock. */
function zonedToInstant(wanted: number, timeZone: string): number {
  let guess = wanted - offsetMs(wanted, timeZone);
  guess = wanted - offsetMs(guess, timeZone);
  return guess;
}

function offsetMs(at: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = partsIn(at, timeZone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

function partsIn(at: number, timeZone: string) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const found = new Map(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  const value = (type: Intl.DateTimeFormatPartTypes) => found.get(type) ?? 0;
  return {
    year: value("year"),
    month: value("month"),
    day: value("day"),
    hour: value("hour"),
    minute: value("minute"),
    second: value("second"),
  };
}

export type RangeName = "today" | "yesterday" | "week" | "month" | "all" | "custom";
export const rangeNames: readonly RangeName[] = ["today", "yesterday", "week", "month", "all", "custom"];

/** The bounds of a time range: `from` included, `to` excluded; both whole days, so that they stay equal between renders. */
export function rangeBounds(
  range: RangeName,
  now: number,
  timeZone: string,
  custom: { from: string | undefined; to: string | undefined },
): { from?: number; to?: number } {
  switch (range) {
    case "today":
      return { from: dayStart(now, timeZone) };
    case "yesterday":
      return { from: dayStart(now, timeZone, -1), to: dayStart(now, timeZone) };
    case "week":
      return { from: dayStart(now, timeZone, -6) };
    case "month":
      return { from: dayStart(now, timeZone, -29) };
    case "all":
      return {};
    case "custom":
      return customBounds(custom, timeZone);
  }
}

function customBounds(custom: { from: string | undefined; to: string | undefined }, timeZone: string) {
  const from = custom.from ? dateStart(custom.from, timeZone) : null;
  const to = custom.to ? dateStart(custom.to, timeZone, 1) : null;
  return { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) };
}

/** The calendar date of an instant in a time zone, "2026-03-29". */
export function dateText(at: number, timeZone: string): string {
  const { year, month, day } = partsIn(at, timeZone);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}
