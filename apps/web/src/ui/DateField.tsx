import { ActionIcon, Popover, TextInput } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Calendar } from "./Calendar.tsx";
import { type DateText, dateInFigures, readDate } from "./date.ts";

type DateFieldProps = {
  /** For who does not see what stands around the field. */
  label: string;
  /** "2026-03-29", or "" for none. */
  value: DateText;
  onChange: (value: DateText) => void;
  today: DateText;
  error?: string | undefined;
  width?: number;
};

/**
 * A date to be typed in the page's language or chosen from a calendar. Browsers' own fields follow the computer's language,
 * and an American month before the day is read as another date here.
 */
export function DateField({ label, value, onChange, today, error, width = 148 }: DateFieldProps) {
  const { t, i18n } = useTranslation();
  const shown = dateInFigures(value, i18n.language);
  const [text, setText] = useState(shown);
  const [wrong, setWrong] = useState(false);
  const [open, setOpen] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setText(shown);
    setWrong(false);
  }, [shown]);
  const take = () => {
    const date = text.trim() === "" ? "" : readDate(text, today);
    setWrong(date === null);
    if (date === null) return;
    setText(dateInFigures(date, i18n.language));
    if (date !== value) onChange(date);
  };
  const pick = (date: DateText) => {
    setOpen(false);
    field.current?.focus();
    if (date !== value) onChange(date);
  };
  return (
    <TextInput
      ref={field}
      w={width}
      inputMode="numeric"
      autoComplete="off"
      maxLength={16}
      aria-label={label}
      placeholder={t("common:date.pattern")}
      value={text}
      error={wrong ? t("common:date.wrong") : error}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
        if (event.key === "ArrowDown" && event.altKey) setOpen(true);
      }}
      rightSection={
        <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus withinPortal shadow="md">
          <Popover.Target>
            <ActionIcon size={26} aria-label={t("common:date.choose", { label })} onClick={() => setOpen(!open)}>
              <IconCalendar size={16} />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown aria-label={label}>
            <Calendar value={readDate(text, today)} today={today} onPick={pick} />
          </Popover.Dropdown>
        </Popover>
      }
    />
  );
}
