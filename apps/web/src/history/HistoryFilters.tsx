import type { Queue } from "@centrala/contract";
import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilter, IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";
import { serverNow } from "../live/store.ts";
import { DateField } from "../ui/index.ts";
import { dateText, rangeNames } from "./days.ts";
import css from "./history.module.css";

export type FilterValues = {
  range?: string;
  from?: string;
  to?: string;
  number?: string;
  operatorId?: string;
  queueId?: string;
  dispositionId?: string;
  direction?: string;
  answered?: string;
};
type Props = { values: FilterValues; onChange: (next: FilterValues) => void };

const narrowing = ["operatorId", "queueId", "dispositionId", "direction", "answered"] as const;

/** The row of filters; on a telephone all but time and number hide behind a button that says how many are set. */
export function HistoryFilters({ values, onChange }: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const count = narrowing.filter((name) => values[name]).length;
  const set = (name: keyof FilterValues) => (value: string | null) => onChange(withValue(values, name, value));
  const anySet = count > 0 || values.number || (values.range && values.range !== "week");
  return (
    <div className={css["filters"]} data-shown={shown || undefined}>
      <Select
        aria-label={t("history:range.label")}
        data={rangeNames.map((name) => ({ value: name, label: t(`history:range.${name}`) }))}
        value={values.range ?? "week"}
        onChange={set("range")}
        allowDeselect={false}
        w={180}
      />
      {values.range === "custom" ? <CustomRange values={values} onChange={onChange} /> : null}
      <NumberFilter value={values.number ?? ""} onChange={set("number")} />
      <Button
        className={css["more"] ?? ""}
        variant="default"
        leftSection={<IconFilter size={15} />}
        aria-expanded={shown}
        onClick={() => setShown(!shown)}
      >
        {t("history:filter.show")}
        {count > 0 ? ` (${count})` : ""}
      </Button>
      <NarrowingFilters values={values} set={set} onChange={onChange} />
      {anySet ? (
        <Button variant="subtle" onClick={() => onChange({})}>
          {t("history:filter.clear")}
        </Button>
      ) : null}
    </div>
  );
}

type Setter = (name: keyof FilterValues) => (value: string | null) => void;
function NarrowingFilters({ values, set, onChange }: Props & { set: Setter }) {
  const { t } = useTranslation();
  const users = useEntities("user");
  const queues = useEntities("queue");
  const named = (items: readonly { id: string; name: string }[] | undefined) =>
    (items ?? []).map((item) => ({ value: item.id, label: item.name }));
  const filters = [
    { name: "direction", label: t("history:filter.direction"), data: directions(t) },
    { name: "answered", label: t("history:filter.answered"), data: answers(t) },
    { name: "operatorId", label: t("history:filter.operator"), data: named(users.data) },
    { name: "queueId", label: t("history:filter.queue"), data: named(queues.data) },
  ] as const;
  const narrowings = filters.map((filter) => (
    <Select
      key={filter.name}
      className={css["narrowing"] ?? ""}
      aria-label={filter.label}
      placeholder={filter.label}
      data={[...filter.data]}
      value={values[filter.name] ?? null}
      onChange={set(filter.name)}
      clearable
      searchable={filter.data.length > 8}
      limit={100}
      w={150}
    />
  ));
  return (
    <>
      {narrowings}
      <ResultFilter values={values} queues={queues.data ?? []} onChange={onChange} />
    </>
  );
}

type ResultProps = Props & { queues: readonly Pick<Queue, "id" | "name" | "dispositions">[] };

/** Results belong to their queue: two queues may have the same key with other words. A result that is chosen brings its queue along. */
function ResultFilter({ values, queues, onChange }: ResultProps) {
  const { t } = useTranslation();
  const chosen = queues.length === 1 ? queues[0] : queues.find((queue) => queue.id === values.queueId);
  const itemsOf = (queue: ResultProps["queues"][number]) =>
    queue.dispositions.map((each) => ({ value: `${queue.id}:${each.id}`, label: each.name }));
  const data = chosen ? itemsOf(chosen) : queues.map((queue) => ({ group: queue.name, items: itemsOf(queue) }));
  const choose = (value: string | null) => {
    const { dispositionId: _old, ...rest } = values;
    if (value === null) return onChange(rest);
    // Keys hold no colon.
    const [queueId = "", dispositionId = ""] = value.split(":");
    // Calls without a queue have the results of their client; where there is one queue only, they are found with it.
    onChange({ ...rest, ...(queues.length > 1 ? { queueId } : {}), dispositionId });
  };
  return (
    <Select
      className={css["narrowing"] ?? ""}
      aria-label={t("history:filter.result")}
      placeholder={t("history:filter.result")}
      data={data}
      value={chosen && values.dispositionId ? `${chosen.id}:${values.dispositionId}` : null}
      onChange={choose}
      clearable
      searchable={queues.flatMap((queue) => queue.dispositions).length > 8}
      limit={100}
      w={150}
    />
  );
}

type Translate = (key: string) => string;
const directions = (t: Translate) =>
  ["inbound", "outbound", "internal"].map((value) => ({ value, label: t(`history:direction.${value}`) }));
const answers = (t: Translate) => ["yes", "no"].map((value) => ({ value, label: t(`history:answered.${value}`) }));

function NumberFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const later = useDebouncedCallback(onChange, 350);
  return (
    <TextInput
      aria-label={t("history:search")}
      placeholder={t("history:search")}
      title={t("history:searchHint")}
      leftSection={<IconSearch size={15} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        later(event.currentTarget.value);
      }}
      className={css["number"] ?? ""}
    />
  );
}

function CustomRange({ values, onChange }: Props) {
  const { t } = useTranslation();
  const today = dateText(serverNow(), useSession().centre.timeZone);
  return (["from", "to"] as const).map((name) => (
    <DateField
      key={name}
      label={t(`history:range.${name}`)}
      today={today}
      value={values[name] ?? ""}
      onChange={(date) => onChange(withValue(values, name, date))}
    />
  ));
}

/** A copy with one value set, or without it when there is none, so that addresses stay short. Another queue has other results. */
function withValue(values: FilterValues, name: keyof FilterValues, value: string | null): FilterValues {
  const rest: FilterValues = { ...values };
  delete rest[name];
  if (name === "queueId") delete rest.dispositionId;
  return value ? { ...rest, [name]: value } : rest;
}
