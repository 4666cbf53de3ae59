import { ActionIcon } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import css from "./calendar.module.css";
import { addDays, addMonths, type DateText, utcOf, weekdayOf, weeksOf } from "./date.ts";

type CalendarProps = { value: DateText | null; today: DateText; onPick: (date: DateText) => void };

/** A month to choose a day from, in the page's language: arrows move by days and weeks, Page keys by months. */
export function Calendar({ value, today, onPick }: CalendarProps) {
  const { t } = useTranslation();
  const words = useDateWords();
  const [active, setActive] = useState(value ?? today);
  const grid = useRef<HTMLTableElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
    moved.current = false;
    // The month has been drawn with another day in reach of the keys.
  }, [active]);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = movedBy(event.key, active);
    if (next === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    moved.current = true;
    setActive(next);
  };
  const title = words.month.format(utcOf(active));
  return (
    <div className={css["calendar"]}>
      <div className={css["head"]}>
        <ActionIcon size={28} aria-label={t("common:date.before")} onClick={() => setActive(addMonths(active, -1))}>
          <IconChevronLeft size={17} />
        </ActionIcon>
        <b aria-live="polite">{title}</b>
        <ActionIcon size={28} aria-label={t("common:date.after")} onClick={() => setActive(addMonths(active, 1))}>
          <IconChevronRight size={17} />
        </ActionIcon>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table of days one moves in is a grid. */}
      <table ref={grid} role="grid" aria-label={title} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            {weeksOf(today)[0]?.map((date) => (
              <th key={date} scope="col" abbr={words.weekday.format(utcOf(date))}>
                {words.weekdayShort.format(utcOf(date))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(active).map((week) => (
            <tr key={week[0]}>
              {week.map((date) => (
                <td key={date} role="gridcell" aria-selected={date === value}>
                  <button
                    type="button"
                    tabIndex={date === active ? 0 : -1}
                    data-autofocus={date === active || undefined}
                    data-other={date.slice(0, 7) !== active.slice(0, 7) || undefined}
                    aria-current={date === today ? "date" : undefined}
                    aria-label={words.day.format(utcOf(date))}
                    onClick={() => onPick(date)}
                  >
                    {Number(date.slice(8))}
                  </button>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function movedBy(key: string, from: DateText): DateText | null {
  switch (key) {
    case "ArrowLeft":
      return addDays(from, -1);
    case "ArrowRight":
      return addDays(from, 1);
    case "ArrowUp":
      return addDays(from, -7);
    case "ArrowDown":
      return addDays(from, 7);
    case "Home":
      return addDays(from, -weekdayOf(from));
    case "End":
      return addDays(from, 6 - weekdayOf(from));
    case "PageUp":
      return addMonths(from, -1);
    case "PageDown":
      return addMonths(from, 1);
    default:
      return null;
  }
}

function useDateWords() {
  const { i18n } = useTranslation();
  const locale = i18n.language === "en" ? "en-GB" : i18n.language;
  const make = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  return {
    month: make({ month: "long", year: "numeric" }),
    weekday: make({ weekday: "long" }),
    weekdayShort: make({ weekday: "short" }),
    day: make({ dateStyle: "full" }),
  };
}
