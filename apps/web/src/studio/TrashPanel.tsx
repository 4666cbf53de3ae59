import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { ErrorNote, RowSkeletons, useFormat } from "../ui/index.ts";
import css from "./studio.module.css";

/** Recordings whose time was over, for as long as they can be taken back. */
export function TrashPanel() {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const trash = useRoute("trash", {}, { staleTime: 0 });
  const [error, setError] = useState<unknown>(null);
  const restore = (id: string) => {
    setError(null);
    void call("restoreRecording", { params: { id } })
      .catch(setError)
      .then(() => queries.invalidateQueries({ queryKey: ["trash"] }));
  };
  return (
    <section className={`card ${css["panel"]}`}>
      <h2>{t("studio:trash.title")}</h2>
      <p className="soft">{t("studio:trash.text")}</p>
      <ErrorNote error={trash.error ?? error} />
      {trash.data ? null : trash.error ? null : <RowSkeletons rows={2} />}
      {trash.data?.items.length === 0 ? <p className="muted">{t("studio:trash.empty")}</p> : null}
      <ul className={`${css["checks"]} ${css["trash"]}`}>
        {trash.data?.items.map((recording) => (
          <li key={recording.id}>
            <div>
              <Link to="/history/$contactId" params={{ contactId: recording.contactId }}>
                {format.dateTime(recording.startedAt)}
              </Link>{" "}
              <span className="soft">{t("studio:trash.until", { date: format.dateTime(recording.goneAt) })}</span>
            </div>
            <Button size="compact-sm" variant="default" onClick={() => restore(recording.id)}>
              {t("studio:trash.restore")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
