import type { FloorView } from "@centrala/contract";
import { Button, Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type FloorFilter, noFilter } from "./figures.ts";
import css from "./floor.module.css";

const states = ["available", "offered", "talking", "wrap-up", "break", "offline"] as const;
type Props = { view: FloorView; filter: FloorFilter; onChange: (filter: FloorFilter) => void };

export function FloorFilters({ view, filter, onChange }: Props) {
  const { t } = useTranslation();
  const clients = [...new Set(view.queues.map((queue) => queue.clientName))].sort();
  const queues = view.queues.filter((queue) => !filter.client || queue.clientName === filter.client);
  const set = (change: Partial<FloorFilter>) => onChange({ ...filter, ...change });
  const any = Object.values(filter).some((value) => value !== "");
  return (
    <div className={css["filters"]}>
      {clients.length > 1 ? (
        <Choice
          label={t("floor:filter.client")}
          data={clients.map((name) => ({ value: name, label: name }))}
          value={filter.client}
          onChange={(client) => set({ client, queue: "" })}
        />
      ) : null}
      <Choice
        label={t("floor:filter.queue")}
        data={queues.map((queue) => ({ value: queue.id, label: queue.name }))}
        value={filter.queue}
        onChange={(queue) => set({ queue })}
      />
      <Choice
        label={t("floor:filter.state")}
        data={states.map((state) => ({ value: state, label: t(`common:state.${state}`) }))}
        value={filter.state}
        onChange={(state) => set({ state })}
      />
      <TextInput
        type="search"
        aria-label={t("floor:filter.text")}
        placeholder={t("floor:filter.text")}
        leftSection={<IconSearch size={15} />}
        value={filter.text}
        onChange={(event) => set({ text: event.currentTarget.value })}
        w={210}
      />
      {any ? (
        <Button variant="subtle" onClick={() => onChange(noFilter)}>
          {t("floor:filter.clear")}
        </Button>
      ) : null}
    </div>
  );
}

type ChoiceProps = {
  label: string;
  data: { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
};
function Choice({ label, data, value, onChange }: ChoiceProps) {
  return (
    <Select
      aria-label={label}
      placeholder={label}
      data={data}
      value={value || null}
      onChange={(next) => onChange(next ?? "")}
      clearable
      searchable={data.length > 8}
      limit={100}
      w={150}
    />
  );
}
