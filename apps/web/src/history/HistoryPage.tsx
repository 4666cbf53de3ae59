import type { ContactRow } from "@centrala/contract";
import { IconMail, IconWaveSine } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { urlOf } from "../api/call.ts";
import { usePages } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";
import { serverNow } from "../live/store.ts";
import { Chip, type Column, DataTable, EmptyState, formatLength, PageHeader, useFormat, When } from "../ui/index.ts";
import { rangeBounds, rangeNames } from "./days.ts";
import { ExportButton } from "./ExportButton.tsx";
import { type FilterValues, HistoryFilters } from "./HistoryFilters.tsx";
import css from "./history.module.css";
import { DirectionIcon, partyNumber, usePartyName } from "./party.tsx";

/** All contacts with filters that stand in the address, so that a selection can be bookmarked and sent. */
export function Page() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as FilterValues;
  const query = useContactsQuery(search);
  const pages = usePages("contacts", { ...query, limit: 100 });
  const columns = useContactColumns();
  const setSearch = (next: FilterValues) => void navigate({ to: "/history", search: next, replace: true });
  return (
    <div className={css["page"]}>
      <PageHeader
        title={t("history:title")}
        text={pages.data ? t("history:loaded", { count: pages.rows.length }) + (pages.hasNextPage ? " …" : "") : " "}
        actions={<ExportButton hrefOf={(look) => urlOf("exportContacts", { query: { ...query, ...look } })} />}
      />
      <HistoryFilters values={search} onChange={setSearch} />
      <div className={css["table"]}>
        <DataTable
          label={t("history:title")}
          columns={columns}
          rows={pages.rows}
          rowKey={(row) => row.id}
          rowHeight={48}
          onOpen={(row) => void navigate({ to: "/history/$contactId", params: { contactId: row.id } })}
          loading={pages.isPending}
          error={pages.error}
          onRetry={() => void pages.refetch()}
          hasMore={pages.hasNextPage}
          onMore={() => void pages.fetchNextPage()}
          loadingMore={pages.isFetchingNextPage}
          empty={<EmptyState title={t("history:empty.title")} text={t("history:empty.text")} />}
        />
      </div>
    </div>
  );
}

function useContactsQuery(search: FilterValues) {
  const zone = useSession().centre.timeZone;
  const { range, from, to, number, operatorId, queueId, dispositionId, direction, answered } = search;
  return useMemo(() => {
    const name = rangeNames.find((each) => each === range) ?? "week";
    return {
      ...rangeBounds(name, serverNow(), zone, { from, to }),
      ...searched(number ?? ""),
      ...(operatorId ? { operatorId } : {}),
      ...(queueId ? { queueId } : {}),
      ...(dispositionId ? { dispositionId } : {}),
      ...(isOneOf(direction, ["inbound", "outbound", "internal"] as const) ? { direction } : {}),
      ...(isOneOf(answered, ["yes", "no"] as const) ? { answered } : {}),
    };
  }, [zone, range, from, to, number, operatorId, queueId, dispositionId, direction, answered]);
}

/** With a letter it is a name or a word of a note, without one a number. */
function searched(typed: string): { text?: string; number?: string } {
  if (/\p{L}/u.test(typed)) return { text: typed.trim().slice(0, 200) };
  const number = typed.replace(/[^\d+*#]/g, "").slice(0, 32);
  return number === "" ? {} : { number };
}

function isOneOf<T extends string>(value: string | undefined, all: readonly T[]): value is T {
  return all.some((each) => each === value);
}

/** The columns of a list of contacts; narrow screens keep when, who and how long. */
export function useContactColumns(options: { withoutWho?: boolean } = {}): readonly Column<ContactRow>[] {
  const { t } = useTranslation();
  const name = usePartyName();
  const format = useFormat();
  const columns: (Column<ContactRow> | null)[] = [
    {
      id: "direction",
      header: <span className="visually-hidden">{t("history:filter.direction")}</span>,
      width: "18px",
      render: (row) => (
        <DirectionIcon direction={row.direction} answered={row.answered} running={row.endedAt === null} />
      ),
    },
    {
      id: "time",
      header: t("history:column.time"),
      width: "minmax(76px, 92px)",
      render: (row) => {
        const time = <span className="num">{format.time(row.startedAt)}</span>;
        if (format.isToday(row.startedAt, serverNow())) return time;
        return <TwoLines first={<When at={row.startedAt} />} second={time} />;
      },
    },
    options.withoutWho
      ? null
      : {
          id: "who",
          header: t("history:column.who"),
          width: "minmax(130px, 2.2fr)",
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
      from: 720,
      render: (row) => <TwoLines first={row.clientName ?? "–"} second={row.queueName ?? ""} />,
    },
    {
      id: "operator",
      header: t("history:column.operator"),
      width: "minmax(110px, 1.4fr)",
      from: 620,
      render: (row) => row.operators.map((operator) => operator.name).join(", ") || <span className="muted">–</span>,
    },
    {
      id: "wait",
      header: t("history:column.wait"),
      width: "76px",
      align: "right",
      from: 860,
      render: (row) =>
        isRinging(row) ? <span className="muted">–</span> : <span className="num">{formatLength(row.waitMs)}</span>,
    },
    {
      id: "talk",
      header: t("history:column.talk"),
      width: "72px",
      align: "right",
      render: (row) =>
        row.answered ? <span className="num">{formatLength(row.talkMs)}</span> : <span className="muted">–</span>,
    },
    {
      id: "result",
      header: t("history:column.result"),
      width: "minmax(110px, 1.3fr)",
      from: 960,
      render: (row) => <ResultCell row={row} />,
    },
    { id: "sound", header: "", width: "20px", from: 420, render: (row) => <SoundIcon row={row} /> },
  ];
  return columns.filter((column) => column !== null);
}

/** A call that still runs and was not answered has no wait yet that could be told. */
function isRinging(row: ContactRow): boolean {
  return row.endedAt === null && !row.answered;
}

function ResultCell({ row }: { row: ContactRow }) {
  const { t } = useTranslation();
  const end = row.endCode
    ? t(`errors:end.${row.endCode}`, { defaultValue: row.endCode })
    : t("history:contact.running");
  if (row.endedAt === null) return <Chip tone="talking">{t("history:contact.running")}</Chip>;
  if (row.disposition) return <TwoLines first={row.disposition} second={end} />;
  return <span className={row.answered ? "soft" : ""}>{end}</span>;
}

function SoundIcon({ row }: { row: ContactRow }) {
  const { t } = useTranslation();
  if (!row.hasRecording && !row.voicemail) return null;
  const words = t(row.voicemail ? "history:voicemail" : "history:hasRecording");
  const Icon = row.voicemail ? IconMail : IconWaveSine;
  return (
    <span title={words} style={{ color: "var(--ink-3)", lineHeight: 0 }}>
      <Icon size={15} aria-hidden="true" />
      <span className="visually-hidden">{words}</span>
    </span>
  );
}

type TwoLinesProps = { first: React.ReactNode; second: React.ReactNode; strong?: boolean };

/** Two lines in one cell: what it is, and below it the quieter detail. */
export function TwoLines({ first, second, strong }: TwoLinesProps) {
  return (
    <span className={css["two"]}>
      <span className="ellipsis" style={strong ? { fontWeight: 550 } : undefined}>
        {first}
      </span>
      {second ? <span className={`${css["small"]} ellipsis`}>{second}</span> : null}
    </span>
  );
}
