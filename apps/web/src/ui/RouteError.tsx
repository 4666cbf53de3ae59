import { Button } from "@mantine/core";
import { IconMoodSad } from "@tabler/icons-react";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "./EmptyState.tsx";

/** What stands where a page failed to draw: the rest of the app goes on, and so does the call. */
export function RouteError({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <div role="alert">
      <EmptyState icon={IconMoodSad} title={t("common:broken.title")} text={t("common:broken.text")} />
      <div style={{ textAlign: "center", display: "grid", gap: 12, justifyItems: "center" }}>
        <Button onClick={() => location.reload()}>{t("common:action.reload")}</Button>
        <code className="muted">{error instanceof Error ? error.message : String(error)}</code>
      </div>
    </div>
  );
}
