import type { ResponseOf } from "@centrala/contract";
import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp, IconCheck, IconPhone, IconPhoneCheck, IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { usePages } from "../api/queries.ts";
import {
  type Column,
  DataTable,
  EmptyState,
  formatLength,
  PageHeader,
  SoundBar,
  useErrorText,
  When,
} from "../ui/index.ts";
import { useDial } from "./dial.ts";
import { TwoLines } from "./HistoryPage.tsx";
import css from "./history.module.css";
import { MessageButton, messagesMs } from "./MessageButton.tsx";
import { dialableOf, partyNumber, usePartyName } from "./party.tsx";

type Missed = ResponseOf<"missed">["items"][number];
const reasons = ["reached", "later", "wrong", "spam"] as const;

/** Callers nobody has reached since: each is worked off by one click, which can be taken back. */
export function Page() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const pages = usePages("missed", { limit: 100 });
  const closing = useClosing();
  const columns = useMissedColumns(closing.close);
  return (
    <div className={css["page"]}>
      <PageHeader title={t("history:missed.title")} text={t("history:missed.text")} />
      <div className={css["strips"]}>
        <SoundBar />
        <ClosedStrip closing={closing} />
      </div>
      <div className={css["table"]}>
        <DataTable
          label={t("history:missed.title")}
          columns={columns}
          rows={pages.rows}
          rowKey={(row) => row.contactId}
          rowHeight={52}
          onOpen={(row) => void navigate({ to: "/history/$contactId", params: { contactId: row.contactId } })}
          loading={pages.isPending}
          error={pages.error}
          onRetry={() => void pages.refetch()}
          hasMore={pages.hasNextPage}
          onMore={() => void pages.fetchNextPage()}
          loadingMore={pages.isFetchingNextPage}
          empty={
            <EmptyState icon={IconPhoneCheck} title={t("history:missed.empty")} text={t("history:missed.emptyText")} />
          }
        />
      </div>
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
  return [
    { id: "time", header: t("history:column.time"), width: "76px", render: (row) => <When at={row.at} /> },
    {
      id: "who",
      header: t("history:column.who"),
      width: "minmax(110px, 2fr)",
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
      width: "84px",
      from: 560,
      render: (row) => <span className="num">{t("history:missed.tries", { count: row.tries })}</span>,
    },
    {
      id: "do",
      header: <span className="visually-hidden">{t("history:missed.column.do")}</span>,
      // Room for all three buttons in every row, so that the columns stand in line.
      width: "94px",
      align: "right",
      render: (row) => <Actions row={row} close={close} />,
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

function Actions({ row, close }: { row: Missed; close: Close }) {
  const { t } = useTranslation();
  const dial = useDial();
  const [pending, setPending] = useState(false);
  const name = usePartyName()(row.party, row.customer);
  const number = dialableOf(row.party);
  const callBack = async () => {
    if (!number) return;
    setPending(true);
    await dial(number, { name, customerId: row.customer?.id ?? null, missedContactId: row.contactId });
    setPending(false);
  };
  const label = number ? `${t("history:missed.call")}: ${name}` : t("history:missed.noNumber");
  return (
    <span style={{ display: "inline-flex", gap: 4 }}>
      <MessageButton row={row} name={name} />
      <Tooltip label={number ? t("history:missed.call") : t("history:missed.noNumber")}>
        <Button
          size="compact-sm"
          disabled={!number}
          loading={pending}
          onClick={() => void callBack()}
          aria-label={label}
          px={8}
        >
          <IconPhone size={15} />
        </Button>
      </Tooltip>
      <CloseMenu name={name} onClose={(reason) => void close({ contactId: row.contactId, name, reason })} />
    </span>
  );
}

function CloseMenu({ name, onClose }: { name: string; onClose: (reason: string) => void }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={26} aria-label={`${t("history:missed.close")}: ${name}`}>
          <IconCheck size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("history:missed.close")}</Menu.Label>
        {reasons.map((reason) => (
          <Menu.Item key={reason} onClick={() => onClose(t(`history:missed.reason.${reason}`))}>
            {t(`history:missed.reason.${reason}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
