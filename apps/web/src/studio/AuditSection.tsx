import { auditKinds, entityKinds, type QueryOf, type ResponseOf } from "@centrala/contract";
import { Select } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities, usePages } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";
import { type RangeName, rangeBounds, rangeNames } from "../history/days.ts";
import { TwoLines } from "../history/HistoryPage.tsx";
import { serverNow } from "../live/store.ts";
import { type Column, DataTable, EmptyState, PageHeader, useFormat, When } from "../ui/index.ts";
import css from "./studio.module.css";

type Line = ResponseOf<"audit">["items"][number];
type Kind = NonNullable<NonNullable<QueryOf<"audit">>["what"]>;
type Values = { readonly who: string | null; readonly what: string | null; readonly range: RangeName };

/** Who did what to what: a list without end, narrowed by person, kind and time. */
export function AuditSection() {
  const { t } = useTranslation();
  const [values, setValues] = useState<Values>({ who: null, what: null, range: "month" });
  const pages = usePages("audit", useAuditQuery(values));
  return (
    <div className={css["section"]}>
      <PageHeader title={t("studio:audit.title")} text={t("studio:audit.text")} />
      <Filters values={values} onChange={(change) => setValues((old) => ({ ...old, ...change }))} />
      <div className={css["table"]}>
        <DataTable
          label={t("studio:audit.title")}
          columns={useColumns()}
          rows={pages.rows}
          rowKey={(row) => String(row.id)}
          rowHeight={48}
          loading={pages.isPending}
          error={pages.error}
          onRetry={() => void pages.refetch()}
          hasMore={pages.hasNextPage}
          onMore={() => void pages.fetchNextPage()}
          loadingMore={pages.isFetchingNextPage}
          empty={<EmptyState icon={IconEye} title={t("studio:audit.empty")} text={t("studio:audit.emptyText")} />}
        />
      </div>
    </div>
  );
}

function useAuditQuery({ who, what, range }: Values) {
  const zone = useSession().centre.timeZone;
  return useMemo(
    () => ({
      ...rangeBounds(range, serverNow(), zone, { from: undefined, to: undefined }),
      limit: 100,
      ...(who === null ? {} : { who }),
      ...(what === null ? {} : { what: what as Kind }),
    }),
    [zone, who, what, range],
  );
}

type FilterProps = { readonly values: Values; readonly onChange: (change: Partial<Values>) => void };
function Filters({ values, onChange }: FilterProps) {
  const { t } = useTranslation();
  const users = useEntities("user");
  const people = (users.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const others = ["stranger", "cli"].map((value) => ({ value, label: t(`studio:audit.by.${value}`) }));
  const kinds = auditKinds.map((value) => ({ value, label: kindText(t, value) }));
  const ranges = rangeNames.filter((name) => name !== "custom");
  return (
    <div className={css["filters"]}>
      <Select
        aria-label={t("history:range.label")}
        data={ranges.map((value) => ({ value, label: t(`history:range.${value}`) }))}
        value={values.range}
        allowDeselect={false}
        onChange={(value) => onChange({ range: ranges.find((name) => name === value) ?? "month" })}
      />
      <Select
        aria-label={t("studio:audit.who")}
        placeholder={t("studio:audit.who")}
        data={[...people, ...others]}
        value={values.who}
        clearable
        searchable
        limit={100}
        onChange={(who) => onChange({ who })}
      />
      <Select
        aria-label={t("studio:audit.what")}
        placeholder={t("studio:audit.what")}
        data={kinds}
        value={values.what}
        clearable
        searchable
        onChange={(what) => onChange({ what })}
      />
    </div>
  );
}

function useColumns(): Column<Line>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    {
      id: "at",
      header: t("studio:audit.at"),
      width: "minmax(58px, 92px)",
      render: (row) => (
        <TwoLines first={<When at={row.at} />} second={<span className="num">{format.time(row.at)}</span>} />
      ),
    },
    {
      id: "who",
      header: t("studio:audit.who"),
      width: "minmax(84px, 1.2fr)",
      render: (row) => (
        <TwoLines first={whoText(t, row)} second={row.by === "token" ? t("studio:audit.by.token") : ""} />
      ),
    },
    {
      id: "what",
      header: t("studio:audit.what"),
      width: "minmax(120px, 1.6fr)",
      render: (row) => <TwoLines first={kindText(t, row.what)} second={targetText(t, row)} strong />,
    },
    {
      id: "detail",
      header: t("studio:audit.detail"),
      width: "minmax(120px, 1.4fr)",
      from: 720,
      render: (row) => <span className="soft">{detailText(t, row)}</span>,
    },
  ];
}

function whoText(t: TFunction, { by, who, whoName }: Line): string {
  if (whoName !== null) return whoName;
  return by === "person" ? who : t(`studio:audit.by.${by === "command" ? "cli" : by}`);
}

function kindText(t: TFunction, what: string): string {
  return t(`studio:audit.kind.${what.replace(".", "-")}`, { defaultValue: what });
}

/** "Queue: Sales"; what has no name any more by its key, people's cards and calls without one. */
function targetText(t: TFunction, { what, target, targetName }: Line): string {
  const [kind = "", key = ""] = target.split("/", 2);
  const isEntity = entityKinds.some((each) => each === kind);
  if (!what.startsWith("entity.")) return targetName ?? "";
  const name = targetName ?? key;
  return isEntity ? `${t(`studio:audit.entity.${kind}`)}: ${name}` : name;
}

function detailText(t: TFunction, { detail }: Line): string {
  return Object.entries(detail)
    .map(([name, value]) => `${t(`studio:audit.field.${name}`, { defaultValue: name })}: ${valueText(t, value)}`)
    .join(", ");
}

function valueText(t: TFunction, value: string | number | boolean): string {
  return typeof value === "boolean" ? t(value ? "studio:audit.yes" : "studio:audit.no") : String(value);
}
