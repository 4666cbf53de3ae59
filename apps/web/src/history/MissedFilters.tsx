import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import { useLive } from "../live/store.ts";
import css from "./history.module.css";

export type MissedFilterValues = { clientId?: string | undefined; queueId?: string | undefined };
type Props = { values: MissedFilterValues; onChange: (next: MissedFilterValues) => void };

/** By client and by queue, where there is a choice: of what the reader works for. */
export function MissedFilters({ values, onChange }: Props) {
  const { t } = useTranslation();
  const { clients, queues } = useOwn();
  const named = (items: readonly { id: string; name: string }[]) =>
    items.map((item) => ({ value: item.id, label: item.name }));
  const filters = [
    { name: "clientId", label: t("history:missed.client"), data: named(clients) },
    { name: "queueId", label: t("history:filter.queue"), data: named(queues) },
  ] as const;
  const shown = filters.filter((filter) => filter.data.length > 1 || values[filter.name] !== undefined);
  return (
    <div className={css["missedFilters"]}>
      {shown.map((filter) => (
        <Select
          key={filter.name}
          aria-label={filter.label}
          placeholder={filter.label}
          data={filter.data}
          value={values[filter.name] ?? null}
          onChange={(value) => {
            const { [filter.name]: _old, ...others } = values;
            onChange(value === null ? others : { ...others, [filter.name]: value });
          }}
          clearable
          searchable={filter.data.length > 8}
          limit={100}
          w={220}
        />
      ))}
    </div>
  );
}

function useOwn() {
  const session = useSession();
  const all = may(session, "supervisor");
  const mine = useLive(({ desk }) => desk?.queues);
  const queues = (useEntities("queue").data ?? []).filter(
    (queue) => all || (mine ?? []).some((own) => own.id === queue.id),
  );
  const served = new Set(queues.map((queue) => queue.clientId));
  const clients = (useEntities("client").data ?? []).filter((client) => all || served.has(client.id));
  return { clients, queues };
}
