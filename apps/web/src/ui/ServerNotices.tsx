import type { Notice } from "@centrala/contract";
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { ErrorNote } from "./ErrorNote.tsx";
import { type Formats, useFormat } from "./format.ts";
import css from "./shell.module.css";

const everyMs = 30_000;
const gigabyte = 1e9;

/** What everybody must know of the server: its disk, its clock, its database. */
export function ServerNotices() {
  const { t } = useTranslation();
  const format = useFormat();
  const notices = useRoute("notices", {}, { refetchInterval: everyMs, retry: false });
  const known = notices.data?.items ?? [];
  // Who asks is looked up in the database: while it is away nobody gets another answer, and what was known stands.
  const isAway = notices.error instanceof ApiError && notices.error.body.code === "DATABASE_AWAY";
  const told = known.some(({ code }) => code === "DATABASE_STUCK");
  const shown: readonly Notice[] = isAway && !told ? [{ code: "DATABASE_STUCK" }, ...known] : known;
  return (
    <div aria-live="polite">
      {shown.map((notice) => (
        <div key={notice.code} className={css["line"]} data-tone={toneOf(notice)} style={{ flexWrap: "wrap" }}>
          <span>{textOf(notice, t, format)}</span>
          {"newestAt" in notice ? <ConfirmClock /> : null}
        </div>
      ))}
    </div>
  );
}

function toneOf({ code }: Notice): "info" | "trouble" | undefined {
  if (code === "RETENTION_SHORTENED") return "info";
  return code === "DISK_LOW" ? undefined : "trouble";
}

function textOf(notice: Notice, t: TFunction, format: Formats): string {
  switch (notice.code) {
    case "DISK_LOW":
    case "DISK_SHORT":
    case "DISK_FULL":
      return t(`common:notice.${notice.code}`, {
        free: t("common:notice.gigabytes", {
          value: format.number(Math.round((notice.freeBytes / gigabyte) * 10) / 10),
        }),
      });
    case "CLOCK_AHEAD":
    case "CLOCK_BEHIND":
      return t("common:notice.CLOCK", {
        now: format.dateTime(notice.now),
        newest: format.dateTime(notice.newestAt),
      });
    case "RETENTION_SHORTENED":
      return t("common:notice.RETENTION_SHORTENED", {
        by: notice.by,
        days: format.number(notice.days),
        recordings: format.number(notice.recordings),
      });
    default:
      return t("common:notice.DATABASE_STUCK");
  }
}

function ConfirmClock() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const confirm = () =>
    void call("confirmClock").then(() => queries.invalidateQueries({ queryKey: ["notices"] }), setError);
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={confirm} style={{ flex: "none" }}>
        {t("common:notice.clockRight")}
      </Button>
      <ErrorNote error={error} />
    </>
  );
}
