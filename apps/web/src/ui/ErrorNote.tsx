import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/call.ts";
import { fieldName, said } from "../i18n/said.ts";
import css from "./ui.module.css";

/** The sentence for an error in the reader's language: the most exact one first, the server's own words as the last resort. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t("errors:INTERNAL");
    const { code, refusal, message, said: sentence } = error.body;
    if (sentence) return said(t, { ...sentence, message });
    if (refusal) return t(`errors:refusal.${refusal}`, { defaultValue: t("errors:REFUSED") });
    return t(`errors:${code}`, { defaultValue: message });
  };
}

/** An error where it happened: what it is, its details by field, and a way to try again. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  if (error === null || error === undefined) return null;
  const body = error instanceof ApiError ? error.body : null;
  return (
    <div className={css["errorNote"]} role="alert">
      <IconAlertTriangle size={16} aria-hidden="true" />
      <div className={css["errorBody"]}>
        {text(error)}
        {body?.details && body.details.length > 0 ? (
          <ul>
            {body.details.slice(0, 20).map((detail) => (
              <li key={`${detail.path}${detail.line}${detail.message}`}>
                {detail.path && !detail.path.includes("/") ? <b>{fieldName(t, detail.path)}: </b> : null}
                {said(t, detail)}
              </li>
            ))}
          </ul>
        ) : null}
        {body?.code === "INTERNAL" && body.requestId ? <div className="muted">{body.requestId}</div> : null}
      </div>
      {onRetry ? (
        <Button size="compact-sm" variant="default" onClick={onRetry}>
          {t("common:action.retry")}
        </Button>
      ) : null}
    </div>
  );
}
