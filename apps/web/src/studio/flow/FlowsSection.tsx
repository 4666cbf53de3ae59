import type { Scenario } from "@centrala/contract";
import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconRoute, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../../api/queries.ts";
import { useSession } from "../../api/session.tsx";
import { Chip, type Column, DataTable, EmptyState, formatPhone, PageHeader, RowSkeletons } from "../../ui/index.ts";
import { draftIds } from "../drafts.ts";
import { useOpenId } from "../EntitySection.tsx";
import { editable } from "../store.tsx";
import css from "../studio.module.css";
import { FlowEditor } from "./FlowEditor.tsx";
import { newFlow } from "./model.ts";

/** Call flows: the list, or the one that is open on a page of its own. */
export function FlowsSection() {
  const { openId, open } = useOpenId("flows");
  const flows = useEntities("scenario");
  if (openId === null) return <FlowList onOpen={open} />;
  if (!flows.data) return <RowSkeletons rows={10} />;
  return <OpenFlow key={openId} id={openId} flows={flows.data} onOpen={open} />;
}

type OpenProps = { id: string; flows: readonly Scenario[]; onOpen: (id: string | null) => void };
function OpenFlow({ id, flows, onOpen }: OpenProps) {
  const { t } = useTranslation();
  const session = useSession();
  const clients = useEntities("client");
  const queues = useEntities("queue");
  const hours = useEntities("hours");
  if (!clients.data || !queues.data || !hours.data) return <RowSkeletons rows={10} />;
  const refs = {
    hoursId: hours.data[0]?.id ?? "",
    queueId: queues.data[0]?.id ?? "",
    language: session.centre.language,
  };
  const stored = flows.find((flow) => flow.id === id) ?? null;
  const base = stored ? editable(stored) : newFlow(t("studio:flows.add"), clients.data[0]?.id ?? "", refs);
  return <FlowEditor stored={stored} base={base} flows={flows} refs={refs} onOpen={onOpen} />;
}

function FlowList({ onOpen }: { onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const flows = useEntities("scenario");
  const [text, setText] = useState("");
  const wanted = text.trim().toLocaleLowerCase();
  const all = flows.data ?? [];
  const shown = all.filter((flow) => flow.name.toLocaleLowerCase().includes(wanted));
  return (
    <div className={css["section"]}>
      <PageHeader
        title={t("studio:flows.title")}
        text={t("studio:flows.text")}
        actions={
          <Button leftSection={<IconPlus size={15} />} onClick={() => onOpen("new")}>
            {t("studio:flows.add")}
          </Button>
        }
      />
      <div className={css["search"]}>
        <TextInput
          type="search"
          aria-label={t("studio:list.search")}
          placeholder={t("studio:list.search")}
          leftSection={<IconSearch size={15} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <span className="muted num">{t("studio:list.count", { shown: shown.length, all: all.length })}</span>
      </div>
      <div className={css["table"]}>
        <DataTable
          label={t("studio:flows.title")}
          columns={useFlowColumns()}
          rows={shown}
          rowKey={(row) => row.id}
          rowHeight={44}
          onOpen={(row) => onOpen(row.id)}
          loading={flows.isPending}
          error={flows.error}
          onRetry={() => void flows.refetch()}
          empty={
            <EmptyState
              icon={IconRoute}
              title={t(wanted ? "studio:list.noMatch" : "studio:flows.empty")}
              {...(wanted ? {} : { text: t("studio:flows.text") })}
            />
          }
        />
      </div>
    </div>
  );
}

function useFlowColumns(): Column<Scenario>[] {
  const { t } = useTranslation();
  const clients = useEntities("client");
  const numbers = useEntities("number");
  const drafts = draftIds("scenario");
  return [
    { id: "name", header: t("studio:flows.name"), width: "minmax(150px, 1.6fr)", render: (row) => <b>{row.name}</b> },
    {
      id: "client",
      header: t("studio:flows.client"),
      width: "minmax(110px, 1fr)",
      from: 520,
      render: (row) => clients.data?.find((client) => client.id === row.clientId)?.name ?? row.clientId,
    },
    {
      id: "numbers",
      header: t("studio:flows.numbers"),
      width: "minmax(130px, 1.2fr)",
      from: 640,
      render: (row) => {
        const own = (numbers.data ?? []).filter((number) => number.scenarioId === row.id);
        return <span className="num">{own.map((number) => formatPhone(number.number)).join(", ") || "–"}</span>;
      },
    },
    {
      id: "steps",
      header: t("studio:flows.steps"),
      width: "minmax(70px, 110px)",
      align: "right",
      render: (row) => (
        <span className="num">{t("studio:flows.stepsCount", { count: Object.keys(row.steps).length })}</span>
      ),
    },
    {
      id: "draft",
      header: "",
      width: drafts.size > 0 ? "120px" : "0px",
      render: (row) => (drafts.has(row.id) ? <Chip tone="offered">{t("studio:list.draft")}</Chip> : null),
    },
  ];
}
