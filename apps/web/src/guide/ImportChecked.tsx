import type { ResponseOf } from "@centrala/contract";
import { Button, Progress, SegmentedControl } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { said } from "../i18n/said.ts";
import { ErrorNote, useFormat } from "../ui/index.ts";
import css from "./guide.module.css";
import { CardText } from "./ImportReading.tsx";
import own from "./import.module.css";

type State = ResponseOf<"importState">;
type Row = ResponseOf<"importRows">["items"][number];
type Verdict = Row["verdict"];
type Decision = NonNullable<Row["decision"]>;
const verdicts: readonly Verdict[] = ["new", "changed", "doubtful", "out"];
const working: readonly State["state"][] = ["checking", "running", "undoing"];
const askAgainMs = 700;

type Props = { id: string; onBack: (() => void) | null; onAnother: () => void; onDone: () => void };

/** An import from its check to its end: what becomes of each row, how far it is, and the way back. */
export function ImportChecked({ id, onBack, onAnother, onDone }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const state = useQuery({
    queryKey: ["import", id],
    queryFn: ({ signal }) => call("importState", { params: { id }, signal }),
    refetchInterval: (query) => (working.includes(query.state.data?.state ?? "checking") ? askAgainMs : false),
  });
  const now = state.data;
  const ended = now !== undefined && !working.includes(now.state);
  useEffect(() => {
    if (ended) void queries.invalidateQueries({ queryKey: ["customers"] });
  }, [ended, queries]);
  const act = (name: "importRun" | "importStop" | "importUndo") => {
    setError(null);
    call(name, { params: { id } }).then((next) => queries.setQueryData(["import", id], next), setError);
  };
  if (now === undefined) return <ErrorNote error={state.error} />;
  return (
    <div className={css["form"]}>
      <Head now={now} />
      {now.figures !== null && (now.state === "checked" || now.state === "done") ? <Rows now={now} /> : null}
      <ErrorNote error={error} />
      <div className={css["footer"]}>
        {onBack !== null && now.undoUntil === null && ended ? (
          <Button variant="default" onClick={onBack}>
            {t("common:action.back")}
          </Button>
        ) : (
          <Button variant="default" onClick={onAnother}>
            {t("guide:import.other")}
          </Button>
        )}
        <span className="muted">{now.undoUntil === null ? t("guide:import.undoLater") : ""}</span>
        <Actions now={now} onAct={act} onDone={onDone} />
      </div>
    </div>
  );
}

type ActionsProps = {
  now: State;
  onAct: (name: "importRun" | "importStop" | "importUndo") => void;
  onDone: () => void;
};
function Actions({ now, onAct, onDone }: ActionsProps) {
  const { t } = useTranslation();
  if (working.includes(now.state))
    return (
      <>
        <Button variant="default" onClick={() => onAct("importStop")}>
          {t("guide:import.stop")}
        </Button>
        <Button onClick={onDone}>{t("guide:import.leave")}</Button>
      </>
    );
  const undo = now.undoUntil !== null && now.undoUntil > Date.now() && now.state !== "undone";
  const cards = (now.figures?.new ?? 0) + (now.figures?.changed ?? 0) + (now.figures?.doubtful ?? 0);
  const left = now.undoUntil === null ? cards : Math.max(0, cards - now.done);
  const go = now.figures !== null && ["checked", "stopped", "failed"].includes(now.state) && cards > 0;
  return (
    <>
      {undo ? (
        <Button variant="default" onClick={() => onAct("importUndo")}>
          {t("guide:import.undo")}
        </Button>
      ) : null}
      {go ? (
        <Button onClick={() => onAct("importRun")}>{t("guide:import.run", { count: left })}</Button>
      ) : (
        <Button onClick={onDone}>{t("guide:import.done")}</Button>
      )}
    </>
  );
}

function Head({ now }: { now: State }) {
  const { t } = useTranslation();
  const format = useFormat();
  const steps = now.state.startsWith("undo") ? now.made + now.changed : now.total - (now.figures?.out ?? 0);
  const percent = steps > 0 ? Math.min(100, (100 * now.done) / steps) : 0;
  const done = {
    made: format.number(now.made),
    changed: format.number(now.changed),
    conflicts: format.number(now.conflicts),
    kept: format.number(now.kept),
  };
  return (
    <div role="status" className={own["head"]}>
      <b>
        {now.fileName}: {t(`guide:import.state.${now.state}`)}
      </b>
      {now.state === "checking" ? <span>{t("guide:import.readSoFar", { count: now.done })}</span> : null}
      {working.includes(now.state) ? (
        <Progress
          value={now.state === "checking" ? 100 : percent}
          animated={now.state === "checking"}
          aria-label={t("guide:import.progress")}
        />
      ) : null}
      {["running", "undoing", "stopped", "undoStopped"].includes(now.state) && now.done > 0 ? (
        <span className="num">
          {t("guide:import.soFar", { done: format.number(now.done), total: format.number(steps) })}
        </span>
      ) : null}
      {now.undoUntil === null || now.state === "undone" ? null : <span>{t("guide:import.stored", done)}</span>}
      {now.conflicts > 0 ? <span>{t("guide:import.conflicts", done)}</span> : null}
      {now.kept > 0 ? <span>{t("guide:import.kept", done)}</span> : null}
      {now.failure === null ? null : <span className={own["warn"]}>{said(t, now.failure)}</span>}
      {now.undoUntil === null || now.state === "undone" ? null : (
        <span className="muted">
          {t(now.undoUntil > Date.now() ? "guide:import.undoUntil" : "guide:import.undoOver", {
            date: format.date(now.undoUntil),
          })}
        </span>
      )}
    </div>
  );
}

function Rows({ now }: { now: State }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const figures = now.figures ?? { new: 0, changed: 0, doubtful: 0, out: 0 };
  const first = figures.doubtful > 0 ? "doubtful" : (verdicts.find((verdict) => figures[verdict] > 0) ?? "new");
  const [verdict, setVerdict] = useState<Verdict>(first);
  return (
    <section>
      <div className={own["tabs"]}>
        <SegmentedControl
          className={own["verdicts"] ?? ""}
          value={verdict}
          onChange={(value) => setVerdict(value as Verdict)}
          data={verdicts.map((value) => ({
            value,
            label: `${t(`guide:import.verdict.${value}`)} ${format.number(figures[value])}`,
          }))}
        />
        <span className="muted num">= {t("guide:import.rows", { count: now.total })}</span>
        {figures.out + now.remarks > 0 ? (
          <Button
            component="a"
            size="xs"
            variant="subtle"
            href={`api/imports/${now.id}/problems?language=${i18n.language}`}
            download
            leftSection={<IconDownload size={14} />}
          >
            {t("guide:import.problemsFile")}
          </Button>
        ) : null}
      </div>
      <VerdictRows key={verdict} now={now} verdict={verdict} />
    </section>
  );
}

function VerdictRows({ now, verdict }: { now: State; verdict: Verdict }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const key = ["import", now.id, "rows", verdict];
  const pages = useInfiniteQuery({
    queryKey: key,
    initialPageParam: "0",
    queryFn: ({ pageParam, signal }) =>
      call("importRows", { params: { id: now.id }, query: { verdict, cursor: pageParam, limit: 50 }, signal }),
    getNextPageParam: (last) => last.next,
  });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const decide = (lines: number[] | null, decision: Decision) =>
    call("importDecide", { params: { id: now.id }, body: { lines, decision } }).then(() =>
      queries.invalidateQueries({ queryKey: key }),
    );
  const open = verdict === "doubtful" && now.state === "checked";
  return (
    <>
      {open && rows.length > 0 ? (
        <div className={own["all"]}>
          <span>{t("guide:import.doubtfulText")}</span>
          <DecisionButtons label={t("guide:import.forAll")} value={null} onDecide={(one) => void decide(null, one)} />
        </div>
      ) : null}
      <ErrorNote error={pages.error} />
      <ul className={own["rows"]}>
        {rows.map((row) => (
          <li key={row.line}>
            {row.card === null ? (
              <span className="soft">{row.text || (row.ownerName ?? "")}</span>
            ) : (
              <CardText card={row.card} />
            )}
            <RowText row={row} />
            {open ? (
              <DecisionButtons
                label={t("guide:import.line", { line: row.line })}
                value={row.decision ?? "two"}
                onDecide={(one) => void decide([row.line], one)}
              />
            ) : (
              <span className="muted num">{t("guide:import.line", { line: row.line })}</span>
            )}
          </li>
        ))}
      </ul>
      {rows.length === 0 && !pages.isPending ? <p className="muted">{t("guide:import.noRows")}</p> : null}
      {pages.hasNextPage ? (
        <Button variant="subtle" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t("guide:import.more")}
        </Button>
      ) : null}
    </>
  );
}

/** Why a row is where it is, and what of it was not understood. */
function RowText({ row }: { row: Row }) {
  const { t } = useTranslation();
  const owner =
    row.ownerLine === null
      ? t("guide:import.ownerCard", { name: row.ownerName ?? "" })
      : t("guide:import.ownerLine", { name: row.ownerName ?? "", line: row.ownerLine });
  const parts = [
    row.verdict === "doubtful" || (row.verdict === "changed" && row.card === null) ? owner : "",
    row.reason === null ? "" : said(t, row.reason),
    ...row.remarks.map((remark) => said(t, remark)),
  ].filter(Boolean);
  return (
    <span className={row.verdict === "doubtful" || row.remarks.length > 0 ? own["warn"] : "soft"}>
      {parts.join("; ")}
    </span>
  );
}

type DecisionProps = { label: string; value: Decision | null; onDecide: (decision: Decision) => void };
function DecisionButtons({ label, value, onDecide }: DecisionProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={own["decide"]} aria-label={label}>
      {(["two", "one", "out"] as const).map((decision) => (
        <Button
          key={decision}
          size="compact-xs"
          variant={value === decision ? "filled" : "default"}
          aria-pressed={value === decision}
          onClick={() => onDecide(decision)}
        >
          {t(`guide:import.decision.${decision}`)}
        </Button>
      ))}
    </fieldset>
  );
}
