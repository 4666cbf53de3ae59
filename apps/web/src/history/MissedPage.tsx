import type { ResponseOf } from "@centrala/contract";
import { ActionIcon, Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp, IconPhoneCheck, IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, urlOf } from "../api/call.ts";
import { usePages } from "../api/queries.ts";
import { serverNow, useLive } from "../live/store.ts";
import {
  Age,
  type Column,
  DataTable,
  EmptyState,
  formatLength,
  PageHeader,
  SoundBar,
  useErrorText,
  useFormat,
  useSelection,
  When,
} from "../ui/index.ts";
import { ExportButton } from "./ExportButton.tsx";
import { TwoLines } from "./HistoryPage.tsx";
import css from "./history.module.css";
import { messagesMs } from "./MessageButton.tsx";
import { MissedActions } from "./MissedActions.tsx";
import { MissedBulk } from "./MissedBulk.tsx";
import { MissedFilters, type MissedFilterValues } from "./MissedFilters.tsx";
import { partyNumber, usePartyName } from "./party.tsx";

type Missed = ResponseOf<"missed">["items"][number];

/** Callers nobody has reached since: each is worked off by one click, which can be taken back. */
export function Page() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { clientId, queueId } = useSearch({ strict: false }) as MissedFilterValues;
  const filtered = clientId !== undefined || queueId !== undefined;
  const query = {
    ...(clientId === undefined ? {} : { clientId }),
    ...(queueId === undefined ? {} : { queueId }),
  };
  const pages = usePages("missed", { ...query, limit: 100 });
  const selection = useSelection(
    pages.rows.map(({ contactId }) => contactId),
    JSON.stringify(query),
  );
  const nameOf = usePartyName();
  const open = useLive(({ desk }) => desk?.missedOpen ?? null);
  const closing = useClosing();
  const columns = useMissedColumns(closing.close);
  return (
    <div className={css["missedPage"]}>
      <PageHeader
        title={
          <>
            {t("history:missed.title")} {open === null ? null : <span className="muted num">{open}</span>}
          </>
        }
        text={t("history:missed.text")}
        actions={<ExportButton hrefOf={(look) => urlOf("exportMissed", { query: { ...query, ...look } })} />}
      />
      <MissedFilters
        values={{ clientId, queueId }}
        onChange={(next) => void navigate({ to: "/missed", search: next, replace: true })}
      />
      <div className={`${css["table"]} ${css["missedTable"]}`}>
        <DataTable
          label={t("history:missed.title")}
          columns={columns}
          rows={pages.rows}
          rowKey={(row) => row.contactId}
          rowHeight={52}
          selection={selection}
          rowName={(row) => nameOf(row.party, row.customer)}
          onOpen={(row) => void navigate({ to: "/history/$contactId", params: { contactId: row.contactId } })}
          loading={pages.isPending}
          error={pages.error}
          onRetry={() => void pages.refetch()}
          hasMore={pages.hasNextPage}
          onMore={() => void pages.fetchNextPage()}
          loadingMore={pages.isFetchingNextPage}
          empty={
            filtered ? (
              <EmptyState
                title={t("history:missed.emptyFiltered")}
                action={{
                  label: t("history:filter.clear"),
                  onClick: () => void navigate({ to: "/missed", search: {}, replace: true }),
                }}
              />
            ) : (
              <EmptyState
                icon={IconPhoneCheck}
                title={t("history:missed.empty")}
                text={t("history:missed.emptyText")}
              />
            )
          }
        />
      </div>
      {/* Below the list, so that no row moves under the pointer when something is played or closed. */}
      <div className={css["strips"]}>
        <SoundBar />
        <ClosedStrip closing={closing} />
      </div>
      <MissedBulk
        selection={selection}
        rows={pages.rows}
        found={pages.hasNextPage ? (filtered ? null : open) : pages.rows.length}
        query={query}
      />
    </div>
  );
}

type Closed = { readonly contactId: string; readonly name: string; readonly reason: string };
type Closing = ReturnType<typeof useClosing>;
const closedMax = 20;

/** Takes callers off the list, and remembers the last ones, so that each close can be taken back while the page is open. */
function useClosing() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const text = useErrorText();
  const [closed, setClosed] = useState<readonly Closed[]>([]);
  const doing = async (work: () => Promise<unknown>, done: () => void) => {
    try {
      await work();
      done();
      await queries.invalidateQueries({ queryKey: ["missed"] });
    } catch (error) {
      notifications.show({ message: text(error), color: "trouble" });
    }
  };
  return {
    last: closed.at(-1),
    close: (each: Closed) =>
      doing(
        () => call("closeMissed", { params: { id: each.contactId }, body: { reason: each.reason } }),
        () => setClosed((old) => [...old, each].slice(-closedMax)),
      ),
    undo: (each: Closed) =>
      doing(
        () => call("reopenMissed", { params: { id: each.contactId } }),
        () => {
          setClosed((old) => old.filter((other) => other !== each));
          notifications.show({ message: t("history:missed.reopened", { name: each.name }) });
        },
      ),
    forget: () => setClosed([]),
  };
}

/** Who has just been taken off, with the way back. The keys go on from here: the row that had the focus is gone. */
function ClosedStrip({ closing }: { closing: Closing }) {
  const { t } = useTranslation();
  const { last } = closing;
  const undo = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (last !== undefined) undo.current?.focus({ preventScroll: true });
  }, [last]);
  return (
    <div role="status">
      {last === undefined ? null : (
        <div className={css["closed"]}>
          <span>{t("history:missed.closed", last)}</span>
          <Button
            ref={undo}
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowBackUp size={15} />}
            onClick={() => void closing.undo(last)}
          >
            {t("common:action.undo")}
          </Button>
          <ActionIcon size={26} aria-label={t("common:action.close")} onClick={closing.forget}>
            <IconX size={15} />
          </ActionIcon>
        </div>
      )}
    </div>
  );
}

type Close = Closing["close"];
function useMissedColumns(close: Close): readonly Column<Missed>[] {
  const { t } = useTranslation();
  const name = usePartyName();
  const format = useFormat();
  return [
    {
      id: "time",
      header: t("history:missed.column.since"),
      width: "minmax(78px, 118px)",
      render: (row) => (
        <TwoLines
          first={<Age at={row.since} />}
          second={
            row.tries > 1 ? (
              t("history:missed.last", { when: format.when(row.at, serverNow()) })
            ) : (
              <When at={row.since} />
            )
          }
        />
      ),
    },
    {
      id: "who",
      header: t("history:column.who"),
      width: "minmax(94px, 2fr)",
      render: (row) => {
        const who = name(row.party, row.customer);
        const number = partyNumber(row.party);
        return <TwoLines first={who} second={number === who ? "" : <span className="num">{number}</span>} strong />;
      },
    },
    {
      id: "line",
      header: t("history:column.line"),
      width: "minmax(110px, 1.5fr)",
      from: 680,
      render: (row) => <TwoLines first={row.clientName ?? "–"} second={row.queueName ?? ""} />,
    },
    {
      id: "why",
      header: t("history:missed.column.why"),
      width: "minmax(120px, 1.5fr)",
      from: 820,
      render: (row) => <Why row={row} />,
    },
    {
      id: "tries",
      header: t("history:missed.column.tries"),
      width: "76px",
      from: 560,
      render: (row) => <span className="num">{t("history:missed.tries", { count: row.tries })}</span>,
    },
    {
      id: "do",
      header: <span className="visually-hidden">{t("history:missed.column.do")}</span>,
      // Room for all three buttons in every row, with words where there is room for them, so that the columns stand in line.
      width: "var(--missed-do)",
      align: "right",
      render: (row) => (
        <MissedActions row={row} onClose={(name, reason) => void close({ contactId: row.contactId, name, reason })} />
      ),
    },
  ];
}

function Why({ row }: { row: Missed }) {
  const { t } = useTranslation();
  const end = row.endCode ? t(`errors:end.${row.endCode}`, { defaultValue: row.endCode }) : "–";
  const waited = row.waitMs > 0 ? `${t("history:column.wait")} ${formatLength(row.waitMs)}` : "";
  const left = row.messages.length > 0 ? t("history:missed.message", { length: formatLength(messagesMs(row)) }) : null;
  return <TwoLines first={row.voicemail ? (left ?? t("history:voicemail")) : end} second={waited} />;
}
