import type { Holiday, Hours, Language } from "@centrala/contract";
import { Button, Checkbox, Modal, Select, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";
import { utcOf } from "../ui/date.ts";
import { EmptyState, ErrorNote, RowSkeletons } from "../ui/index.ts";
import { useCountryChoices } from "./countries.ts";
import css from "./holidays.module.css";
import { exceptionOf } from "./holidays.ts";

type Exceptions = Hours["exceptions"];
type Props = {
  week: Hours["week"];
  there: Exceptions;
  today: string;
  onAdd: (days: Exceptions) => void;
  onClose: () => void;
};
/** What a person has changed of a day in the list. */
type Change = { readonly ticked?: boolean; readonly name?: string };

const yearsShown = 3;

/** The holidays of a country as a list to tick and to correct, before they come among the opening hours' own days. */
export function HolidaysModal({ week, there, today, onAdd, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const { country: ownCountry } = useSession().centre;
  const firstYear = Number(today.slice(0, 4));
  const [country, setCountry] = useState(ownCountry);
  const [region, setRegion] = useState<string | null>(null);
  // From the autumn on it is the coming year that is to be planned.
  const [years, setYears] = useState([today.slice(5) >= "10-01" ? firstYear + 1 : firstYear]);
  const [all, setAll] = useState(false);
  const [changes, setChanges] = useState<Readonly<Record<string, Change>>>({});
  const found = useRoute(
    "holidays",
    {
      query: {
        country,
        years: years.join(","),
        language: i18n.language as Language,
        ...(region === null ? {} : { region }),
      },
    },
    { staleTime: Number.POSITIVE_INFINITY, enabled: years.length > 0 },
  );
  const known = new Set(there.map(({ date }) => date));
  const items = years.length === 0 ? [] : (found.data?.items ?? []);
  const shown = items.filter(({ kind }) => all || kind === "public" || kind === "bank");
  const isTicked = (day: Holiday) =>
    !known.has(day.date) && (changes[day.date]?.ticked ?? (day.kind === "public" && day.date >= today));
  const nameOf = (day: Holiday) => changes[day.date]?.name ?? day.name;
  const change = (date: string, values: Change) =>
    setChanges((old) => ({ ...old, [date]: { ...old[date], ...values } }));
  const ticked = shown.filter(isTicked);
  const add = () => {
    onAdd(ticked.map((day) => exceptionOf(week, day, nameOf(day))));
    onClose();
  };
  const countries = useCountryChoices();
  const regions = found.data?.regions ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      size={640}
      title={t("studio:holidays.title")}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <div className={css["choices"]}>
        <Select
          label={t("studio:holidays.country")}
          data={countries}
          value={country}
          searchable
          allowDeselect={false}
          onChange={(value) => {
            if (value === null) return;
            setCountry(value);
            setRegion(null);
            setChanges({});
          }}
        />
        {regions.length === 0 ? null : (
          <Select
            label={t("studio:holidays.region")}
            data={regions.map(({ code, name }) => ({ value: code, label: name }))}
            value={region}
            searchable
            clearable
            placeholder={t("studio:holidays.wholeCountry")}
            onChange={(value) => {
              setRegion(value);
              setChanges({});
            }}
          />
        )}
        <Checkbox.Group
          label={t("studio:holidays.years")}
          value={years.map(String)}
          onChange={(values) => setYears(values.map(Number).sort())}
        >
          <div className={css["years"]}>
            {Array.from({ length: yearsShown }, (_, at) => String(firstYear + at)).map((year) => (
              <Checkbox key={year} value={year} label={year} />
            ))}
          </div>
        </Checkbox.Group>
      </div>
      <p className={css["hint"]}>{t("studio:holidays.hint")}</p>
      {found.error ? <ErrorNote error={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.isLoading ? <RowSkeletons rows={8} /> : null}
      {!found.isLoading && !found.error && items.length === 0 ? (
        <EmptyState title={t(years.length === 0 ? "studio:holidays.noYear" : "studio:holidays.none")} />
      ) : null}
      <ul className={css["list"]} aria-label={t("studio:holidays.title")}>
        {shown.map((day) => (
          <HolidayRow
            key={day.date}
            day={day}
            name={nameOf(day)}
            ticked={isTicked(day)}
            known={known.has(day.date)}
            onChange={(values) => change(day.date, values)}
          />
        ))}
      </ul>
      <div className={css["footer"]}>
        <Switch
          label={t("studio:holidays.all")}
          checked={all}
          disabled={items.length === 0}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
        <span style={{ flex: 1 }} />
        <Button variant="default" onClick={onClose}>
          {t("common:action.cancel")}
        </Button>
        <Button disabled={ticked.length === 0} onClick={add}>
          {t("studio:holidays.add", { count: ticked.length })}
        </Button>
      </div>
    </Modal>
  );
}

type RowProps = { day: Holiday; name: string; ticked: boolean; known: boolean; onChange: (values: Change) => void };
function HolidayRow({ day, name, ticked, known, onChange }: RowProps) {
  const { t, i18n } = useTranslation();
  const date = new Intl.DateTimeFormat(i18n.language === "en" ? "en-GB" : i18n.language, {
    timeZone: "UTC",
    weekday: "short",
    day: "numeric",
    month: "long",
    year: "numeric",
  }).format(utcOf(day.date));
  const half = day.closedFrom === "00:00" ? (day.closedTo === "24:00" ? null : "until") : "from";
  const notes = [
    ...(known ? [t("studio:holidays.known")] : []),
    ...(half === null ? [] : [t(`studio:holidays.half.${half}`, { from: day.closedFrom, to: day.closedTo })]),
    ...(day.kind === "public" ? [] : [t(`studio:holidays.kind.${day.kind}`)]),
  ];
  return (
    <li className={css["row"]}>
      <Checkbox
        label={<span className="num">{date}</span>}
        checked={ticked}
        disabled={known}
        onChange={(event) => onChange({ ticked: event.currentTarget.checked })}
      />
      <div>
        <TextInput
          size="xs"
          aria-label={`${t("studio:hours.label")}, ${date}`}
          maxLength={80}
          disabled={known}
          value={name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
        {notes.length === 0 ? null : <span className={css["note"]}>{notes.join(" · ")}</span>}
      </div>
    </li>
  );
}
