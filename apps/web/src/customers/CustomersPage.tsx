import type { ResponseOf } from "@centrala/contract";
import { ActionIcon, Button, Modal, Select, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFileImport, IconPhone, IconPlus, IconSearch, IconUsers } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePages } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import { ImportCustomers } from "../guide/ImportCustomers.tsx";
import { useDial } from "../history/dial.ts";
import { TwoLines } from "../history/HistoryPage.tsx";
import { type Column, DataTable, EmptyState, formatPhone, PageHeader, useSelection, When } from "../ui/index.ts";
import { CustomersBulk } from "./CustomersBulk.tsx";
import { type CardClient, useCardClients } from "./clients.ts";
import css from "./customers.module.css";

type Customer = ResponseOf<"customer">;

/** Everybody with a card, found by name, number or e-mail. */
export function Page() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const [importing, setImporting] = useState(false);
  const { text, setText, wanted, clientId, setClientId } = useSearchText();
  const clients = useCardClients();
  const query = { ...(wanted ? { search: wanted } : {}), ...(clientId ? { clientId } : {}) };
  const pages = usePages("customers", { limit: 100, ...query });
  const selection = useSelection(
    pages.rows.map(({ id }) => id),
    JSON.stringify(query),
  );
  const create = () => void navigate({ to: "/customers/$customerId", params: { customerId: "new" } });
  return (
    <div className={css["page"]}>
      <PageHeader
        title={t("customers:title")}
        text={useCount(pages.data?.pages[0])}
        actions={
          <>
            {may(session, "technician") ? (
              <Button variant="default" leftSection={<IconFileImport size={15} />} onClick={() => setImporting(true)}>
                {t("customers:import")}
              </Button>
            ) : null}
            <Button leftSection={<IconPlus size={15} />} onClick={create}>
              {t("customers:new")}
            </Button>
          </>
        }
      />
      <div className={css["search"]}>
        <TextInput
          type="search"
          aria-label={t("customers:search")}
          placeholder={t("customers:search")}
          leftSection={<IconSearch size={15} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {clients.length > 1 ? (
          <Select
            aria-label={t("customers:client.label")}
            placeholder={t("customers:client.label")}
            data={clients.map(({ id, name }) => ({ value: id, label: name }))}
            value={clientId ?? null}
            onChange={setClientId}
            clearable
            searchable={clients.length > 8}
            limit={100}
          />
        ) : null}
      </div>
      <div className={css["table"]}>
        <DataTable
          label={t("customers:title")}
          columns={useCustomerColumns(clients)}
          rows={pages.rows}
          rowKey={(row) => row.id}
          rowHeight={48}
          selection={selection}
          rowName={(row) => row.name}
          onOpen={(row) => void navigate({ to: "/customers/$customerId", params: { customerId: row.id } })}
          loading={pages.isPending}
          error={pages.error}
          onRetry={() => void pages.refetch()}
          hasMore={pages.hasNextPage}
          onMore={() => void pages.fetchNextPage()}
          loadingMore={pages.isFetchingNextPage}
          empty={<Empty searched={wanted !== "" || clientId !== undefined} onCreate={create} />}
        />
      </div>
      <CustomersBulk
        selection={selection}
        rows={pages.rows}
        found={countedOf(pages.data?.pages[0])}
        query={query}
        clients={clients}
      />
      <Modal
        opened={importing}
        onClose={() => setImporting(false)}
        size="min(1120px, 96vw)"
        title={t("customers:import")}
        closeButtonProps={{ "aria-label": t("common:action.close") }}
      >
        <ImportCustomers onDone={() => setImporting(false)} />
      </Modal>
    </div>
  );
}

/** The search as typed and, a moment later, as asked for; it stands in the address, so that going back finds it again. */
function useSearchText() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { q?: string; client?: string };
  const [text, setText] = useState(search.q ?? "");
  const [wanted] = useDebouncedValue(text.trim(), 250);
  const [chosen, setClientId] = useState<string | null>(search.client ?? null);
  useEffect(() => {
    const next = { ...(wanted ? { q: wanted } : {}), ...(chosen ? { client: chosen } : {}) };
    void navigate({ to: ".", search: next, replace: true });
  }, [wanted, chosen, navigate]);
  return { text, setText, wanted, clientId: chosen ?? undefined, setClientId };
}

/** How many were found; null when they are more than are counted. */
function countedOf(page: ResponseOf<"customers"> | undefined): number | null {
  const { count = null, countMax = 0 } = page ?? {};
  return count === null || count >= countMax ? null : count;
}

/** How many were found, in words; more than are counted are "more than". */
function useCount(page: ResponseOf<"customers"> | undefined): string {
  const { t } = useTranslation();
  const { count = null, countMax = 0 } = page ?? {};
  if (count === null) return " ";
  return t(count >= countMax ? "customers:countMore" : "customers:count", { count });
}

function Empty({ searched, onCreate }: { searched: boolean; onCreate: () => void }) {
  const { t } = useTranslation();
  if (searched) return <EmptyState title={t("customers:emptySearch.title")} text={t("customers:emptySearch.text")} />;
  return (
    <EmptyState
      icon={IconUsers}
      title={t("customers:empty.title")}
      text={t("customers:empty.text")}
      action={{ label: t("customers:new"), onClick: onCreate }}
    />
  );
}

function useCustomerColumns(clients: readonly CardClient[]): readonly Column<Customer>[] {
  const { t } = useTranslation();
  const columns: (Column<Customer> | null)[] = [
    {
      id: "name",
      header: t("customers:column.name"),
      width: "minmax(140px, 2fr)",
      render: (row) => <TwoLines first={row.name} second={row.company} strong />,
    },
    {
      id: "phones",
      header: t("customers:column.phones"),
      width: "minmax(130px, 1.2fr)",
      render: (row) => <Phones phones={row.phones} />,
    },
    clients.length > 1
      ? {
          id: "client",
          header: t("customers:client.label"),
          width: "minmax(110px, 1.2fr)",
          from: 700,
          render: (row) => clients.find(({ id }) => id === row.clientId)?.name ?? row.clientId,
        }
      : null,
    {
      id: "emails",
      header: t("customers:column.emails"),
      width: "minmax(120px, 1.4fr)",
      from: 860,
      render: (row) => row.emails[0] ?? "",
    },
    {
      id: "note",
      header: t("customers:column.note"),
      width: "minmax(120px, 2fr)",
      from: 1080,
      render: (row) => <span className="soft">{row.note}</span>,
    },
    {
      id: "updated",
      header: t("customers:column.updated"),
      width: "96px",
      from: 620,
      render: (row) => <When at={row.updatedAt} />,
    },
    { id: "call", header: "", width: "30px", from: 420, render: (row) => <CallCell row={row} /> },
  ];
  return columns.filter((column) => column !== null);
}

function Phones({ phones }: { phones: readonly string[] }) {
  const [first, ...others] = phones;
  if (!first) return <span className="muted">–</span>;
  return (
    <span className="num">
      {formatPhone(first)}
      {others.length > 0 ? <span className="muted"> +{others.length}</span> : null}
    </span>
  );
}

function CallCell({ row }: { row: Customer }) {
  const { t } = useTranslation();
  const dial = useDial();
  const number = row.phones[0];
  if (!number) return null;
  const label = t("customers:call", { number: formatPhone(number) });
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={() => void dial(number, { name: row.name, customerId: row.id })}>
        <IconPhone size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
