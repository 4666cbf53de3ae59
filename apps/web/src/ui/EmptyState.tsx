import { Button, Skeleton } from "@mantine/core";
import { IconInbox, IconLock } from "@tabler/icons-react";
import type { ComponentType, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import css from "./ui.module.css";

type EmptyStateProps = {
  title: ReactNode;
  text?: ReactNode;
  action?: { label: string; onClick: () => void };
  icon?: ComponentType<{ size?: number; stroke?: number }>;
};

/** What an empty place is and what to do about it. */
export function EmptyState({ title, text, action, icon: Icon = IconInbox }: EmptyStateProps) {
  return (
    <div className={css["empty"]}>
      <Icon size={28} stroke={1.5} />
      <strong>{title}</strong>
      {text ? <p>{text}</p> : null}
      {action ? (
        <Button className={css["emptyAction"] ?? ""} variant="default" onClick={action.onClick}>
          {action.label}
        </Button>
      ) : null}
    </div>
  );
}

export function Forbidden() {
  const { t } = useTranslation();
  return <EmptyState icon={IconLock} title={t("common:forbidden.title")} text={t("common:forbidden.text")} />;
}

/** Grey lines where rows will be. */
export function RowSkeletons({ rows = 6, height = 20 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("common:loading")} style={{ display: "grid", gap: 12, padding: 16 }}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} width={`${92 - ((index * 17) % 40)}%`} radius="sm" />
      ))}
    </div>
  );
}
