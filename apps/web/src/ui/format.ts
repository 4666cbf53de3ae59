import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSessionMaybe } from "../api/session.tsx";

/** "0:07", "2:47", "1:02:47": a length of time in ms; negative lengths (clocks that disagree) show as zero. */
export function formatLength(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = String(total % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

export type Formats = {
  readonly time: (at: number) => string;
  /** With seconds, for timelines. */
  readonly clock: (at: number) => string;
  readonly date: (at: number) => string;
  readonly dateTime: (at: number) => string;
  readonly exact: (at: number) => string;
  readonly isToday: (at: number, now: number) => boolean;
  /** Short for lists: the time today, "yesterday", the day this year, the date before. */
  readonly when: (at: number, now: number) => string;
  readonly relative: (at: number, now: number) => string;
  /** "2 h ago", at least a minute: for lists. */
  readonly age: (at: number, now: number) => string;
  readonly number: (value: number) => string;
};

/** Dates and numbers in the chosen language and the centre's time zone. */
export function useFormat(): Formats {
  const { i18n } = useTranslation();
  const zone = useSessionMaybe()?.centre.timeZone;
  return useMemo(() => formats(i18n.language, zone), [i18n.language, zone]);
}

export function formats(language: string, timeZone: string | undefined): Formats {
  const make = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, timeZone ? { ...options, timeZone } : options);
  const time = make({ hour: "2-digit", minute: "2-digit" });
  const clock = make({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const date = make({ day: "numeric", month: "short", year: "numeric" });
  const dayMonth = make({ day: "numeric", month: "short" });
  const day = make({ year: "numeric", month: "2-digit", day: "2-digit" });
  const dateTime = make({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const exact = make({
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const shortWords = new Intl.RelativeTimeFormat(language, { style: "short" });
  const numbers = new Intl.NumberFormat(language);
  const year = make({ year: "numeric" });
  return {
    time: (at) => time.format(at),
    clock: (at) => clock.format(at),
    date: (at) => date.format(at),
    dateTime: (at) => dateTime.format(at),
    exact: (at) => exact.format(at),
    number: (value) => numbers.format(value),
    isToday: (at, now) => day.format(at) === day.format(now),
    relative: (at, now) => relativeWords(words, at - now),
    age: (at, now) => relativeWords(shortWords, Math.min(at - now, -60_000)),
    when: (at, now) => {
      if (day.format(at) === day.format(now)) return time.format(at);
      if (day.format(at) === day.format(now - 86_400_000)) return words.format(-1, "day");
      return year.format(at) === year.format(now) ? dayMonth.format(at) : date.format(at);
    },
  };
}

function relativeWords(words: Intl.RelativeTimeFormat, difference: number): string {
  const size = Math.abs(difference);
  if (size < 60_000) return words.format(Math.round(difference / 1000), "second");
  if (size < 3_600_000) return words.format(Math.round(difference / 60_000), "minute");
  if (size < 86_400_000) return words.format(Math.round(difference / 3_600_000), "hour");
  return words.format(Math.round(difference / 86_400_000), "day");
}
