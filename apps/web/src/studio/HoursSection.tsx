import type { Hours } from "@centrala/contract";
import { hoursOpen } from "@centrala/domain";
import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconCalendarPlus, IconClockHour4, IconPlus, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/session.tsx";
import { dateText } from "../history/days.ts";
import { serverNow } from "../live/store.ts";
import { Chip, type Column, DateField, useServerNow } from "../ui/index.ts";
import { useTimeZoneChoices } from "./countries.ts";
import { type EditorProps, EntitySection } from "./EntitySection.tsx";
import { ChoiceField, type Form, TextField } from "./fields.tsx";
import { HolidaysModal } from "./HolidaysModal.tsx";
import { withExceptions } from "./holidays.ts";
import css from "./studio.module.css";
import { readTime, spanOver } from "./time.ts";

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
type Day = (typeof days)[number];
type Span = Hours["week"][Day][number];
const spansMax = 8;

export function HoursSection() {
  const { t } = useTranslation();
  const { timeZone } = useSession().centre;
  const columns: Column<Hours>[] = [
    { id: "name", header: t("studio:hours.name"), width: "minmax(130px, 1.4fr)", render: (row) => <b>{row.name}</b> },
    { id: "now", header: "", width: "minmax(120px, 150px)", render: (row) => <OpenNow hours={row} /> },
    {
      id: "zone",
      header: t("studio:hours.timeZone"),
      width: "minmax(120px, 1fr)",
      from: 560,
      render: (row) => row.timeZone.replaceAll("_", " "),
    },
  ];
  return (
    <EntitySection
      kind="hours"
      section="hours"
      icon={IconClockHour4}
      columns={columns}
      textOf={(row) => row.name}
      nameOf={(row) => row.name}
      make={() => newHours(timeZone)}
      Editor={HoursEditor}
      size={600}
    />
  );
}

function newHours(timeZone: string): Hours {
  const working: Span[] = [{ from: "09:00", to: "18:00" }];
  return {
    id: "",
    name: "",
    timeZone,
    week: { mon: working, tue: working, wed: working, thu: working, fri: working, sat: [], sun: [] },
    exceptions: [],
  };
}

function OpenNow({ hours }: { hours: Hours }) {
  const { t } = useTranslation();
  const open = hoursOpen(hours, useServerNow());
  return (
    <Chip tone={open ? "available" : "break"}>{t(open ? "studio:hours.now.open" : "studio:hours.now.closed")}</Chip>
  );
}

function HoursEditor({ form, isNew }: EditorProps<Hours>) {
  const { t } = useTranslation();
  const { week } = form.value;
  const setDay = (day: Day, spans: Span[]) => form.set({ week: { ...week, [day]: spans } });
  const copyMonday = () =>
    form.set({ week: { ...week, tue: [...week.mon], wed: [...week.mon], thu: [...week.mon], fri: [...week.mon] } });
  return (
    <>
      <TextField form={form} name="name" label={t("studio:hours.name")} maxLength={120} autoFocus={isNew} />
      <ChoiceField
        form={form}
        name="timeZone"
        label={t("studio:hours.timeZone")}
        data={useTimeZoneChoices(form.value.timeZone)}
      />
      <div>
        <div className={css["label"]}>{t("studio:hours.week")}</div>
        {days.map((day) => (
          <div className={css["day"]} key={day}>
            <span>{t(`studio:day.${day}`)}</span>
            <Spans
              name={t(`studio:day.${day}`)}
              spans={week[day]}
              onChange={(spans) => setDay(day, spans)}
              problem={(index) => form.problem(`week.${day}.${index}.from`) ?? form.problem(`week.${day}.${index}.to`)}
            />
          </div>
        ))}
        <Button variant="subtle" size="compact-sm" onClick={copyMonday}>
          {t("studio:hours.copy")}
        </Button>
      </div>
      <Exceptions form={form} />
    </>
  );
}

type SpansProps = {
  name: string;
  spans: readonly Span[];
  onChange: (spans: Span[]) => void;
  problem: (index: number) => string | undefined;
};
function Spans({ name, spans, onChange, problem }: SpansProps) {
  const { t } = useTranslation();
  const change = (index: number, values: Partial<Span>) =>
    onChange(spans.map((span, at) => (at === index ? { ...span, ...values } : span)));
  return (
    <div className={css["spans"]}>
      {spans.length === 0 ? <span className="muted">{t("studio:hours.closed")}</span> : null}
      {spans.map((span, index) => (
        // A span is known by its place in the day.
        <span className={css["span"]} key={index}>
          <TimeField
            label={t("studio:hours.from", { day: name })}
            value={span.from}
            onChange={(from) => change(index, { from })}
          />
          –
          <TimeField
            label={t("studio:hours.to", { day: name })}
            value={span.to}
            onChange={(to) => change(index, { to })}
          />
          <ActionIcon
            aria-label={t("studio:hours.removeSpan")}
            onClick={() => onChange(spans.filter((each) => each !== span))}
          >
            <IconX size={14} />
          </ActionIcon>
          <SpanNote span={span} problem={problem(index)} />
        </span>
      ))}
      {spans.length < spansMax ? (
        <ActionIcon
          aria-label={t("studio:hours.addSpan", { day: name })}
          onClick={() => onChange([...spans, { from: spans.at(-1)?.to ?? "09:00", to: "18:00" }])}
        >
          <IconPlus size={15} />
        </ActionIcon>
      ) : null}
    </div>
  );
}

/** What the hours mean where one would not guess it, and which of them cannot be read. */
function SpanNote({ span, problem }: { span: Span; problem: string | undefined }) {
  const { t } = useTranslation();
  const unread = readTime(span.from) === null || readTime(span.to) === null;
  if (unread || problem) {
    return (
      <span className={css["wrong"]} role="alert">
        {unread ? t("said:FORM_TIME") : problem}
      </span>
    );
  }
  const over = spanOver(span.from, span.to);
  if (over === null) return null;
  return <span className="muted">{t(`studio:hours.over.${over}`, { to: span.to })}</span>;
}

type TimeProps = { label: string; value: string; onChange: (value: string) => void };

/**
 * A time of day of 24 hours in every language; browsers' own fields follow the computer's and may say AM and PM. What is
 * no time goes into the form as typed: it stays where it was typed, in red, and the form is not saved with it.
 */
function TimeField({ label, value, onChange }: TimeProps) {
  const [text, setText] = useState(value);
  const typed = useRef(value);
  useEffect(() => {
    if (value !== typed.current) setText(value);
    typed.current = value;
  }, [value]);
  const type = (next: string) => {
    setText(next);
    typed.current = readTime(next) ?? next;
    onChange(typed.current);
  };
  return (
    <TextInput
      size="xs"
      w={64}
      inputMode="numeric"
      maxLength={5}
      aria-label={label}
      value={text}
      error={readTime(text) === null}
      onChange={(event) => type(event.currentTarget.value)}
      onBlur={() => setText(readTime(text) ?? text)}
    />
  );
}

function Exceptions({ form }: { form: Form<Hours> }) {
  const { t } = useTranslation();
  const { exceptions } = form.value;
  const [holidays, setHolidays] = useState(false);
  type Exception = Hours["exceptions"][number];
  const change = (index: number, values: Partial<Exception>) =>
    form.set({ exceptions: exceptions.map((each, at) => (at === index ? { ...each, ...values } : each)) });
  const today = dateText(serverNow(), form.value.timeZone);
  return (
    <fieldset className={css["part"]}>
      <legend>{t("studio:hours.exceptions")}</legend>
      <p className={css["small"]}>{t("studio:hours.exceptionsHint")}</p>
      {exceptions.map((exception, index) => (
        // Dates may be equal while they are typed.
        <div className={css["lines"]} key={index}>
          <div className={css["line"]}>
            <DateField
              label={t("studio:hours.date")}
              today={today}
              value={exception.date}
              error={form.problem(`exceptions.${index}.date`)}
              onChange={(date) => change(index, { date })}
            />
            <TextInput
              className={css["grow"] ?? ""}
              aria-label={t("studio:hours.label")}
              placeholder={t("studio:hours.label")}
              maxLength={80}
              value={exception.label}
              onChange={(event) => change(index, { label: event.currentTarget.value })}
            />
            <ActionIcon
              size={34}
              aria-label={t("studio:hours.removeDay")}
              onClick={() => form.set({ exceptions: exceptions.filter((each) => each !== exception) })}
            >
              <IconX size={15} />
            </ActionIcon>
          </div>
          <Spans
            name={exception.label || exception.date}
            spans={exception.spans}
            onChange={(spans) => change(index, { spans })}
            problem={(at) =>
              form.problem(`exceptions.${index}.spans.${at}.from`) ?? form.problem(`exceptions.${index}.spans.${at}.to`)
            }
          />
        </div>
      ))}
      <div className={css["line"]} style={{ flexWrap: "wrap" }}>
        <Button
          variant="subtle"
          leftSection={<IconPlus size={14} />}
          onClick={() => form.set({ exceptions: [...exceptions, { date: today, spans: [], label: "" }] })}
        >
          {t("studio:hours.addException")}
        </Button>
        <Button variant="subtle" leftSection={<IconCalendarPlus size={15} />} onClick={() => setHolidays(true)}>
          {t("studio:holidays.open")}
        </Button>
      </div>
      {holidays ? (
        <HolidaysModal
          week={form.value.week}
          there={exceptions}
          today={today}
          onAdd={(days) => form.set({ exceptions: withExceptions(exceptions, days) })}
          onClose={() => setHolidays(false)}
        />
      ) : null}
    </fieldset>
  );
}
