import type { ResponseOf } from "@centrala/contract";
import { IconHandStop, IconPhoneOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { said } from "../i18n/said.ts";
import { useFormat } from "../ui/index.ts";
import css from "./studio.module.css";

type Answer = ResponseOf<"refusals">;

/** Which calls and registrations were refused, why, and what to do: "our number does not arrive" begins here. */
export function Refusals({ items, pauses }: Answer) {
  const { t } = useTranslation();
  const format = useFormat();
  if (items.length === 0 && pauses.length === 0) return <p>{t("studio:system.refusalsNone")}</p>;
  return (
    <ul className={css["checks"]}>
      {pauses.map(({ kind, name, until, failures }) => (
        <li key={`${kind} ${name}`}>
          <IconHandStop size={18} color="var(--trouble)" aria-hidden />
          <div>
            {t(`studio:system.${kind === "source" ? "pausedSource" : "pausedAccount"}`, {
              name,
              time: format.time(until),
              count: failures,
            })}
          </div>
        </li>
      ))}
      {items.map((item) => (
        <RefusalRow key={[item.trunkId, item.deviceId, item.source, item.firstAt, item.reason].join(" ")} item={item} />
      ))}
    </ul>
  );
}

function RefusalRow({ item }: { item: Answer["items"][number] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const lines = useEntities("trunk").data ?? [];
  const devices = useEntities("device").data ?? [];
  const line = lines.find(({ id }) => id === item.trunkId);
  const device = devices.find(({ id }) => id === item.deviceId);
  const about = [
    line?.name ?? device?.username,
    `${item.source} (${item.transport})`,
    `${item.method} ${item.status ?? t("studio:system.noAnswer")}`,
    format.dateTime(item.lastAt),
    item.count > 1 ? t("studio:system.refusedTimes", { count: item.count }) : undefined,
  ];
  return (
    <li>
      <IconPhoneOff size={18} color="var(--ink-3)" aria-hidden />
      <div style={{ overflowWrap: "anywhere" }}>
        <b>{said(t, { ...item.said.what, message: item.what })}</b>{" "}
        <span className="soft">{about.filter((part) => part !== undefined).join(" · ")}</span>
        <div className={css["mend"]}>
          <b>{t("studio:system.mend")}:</b> {said(t, { ...item.said.mend, message: item.mend })}
        </div>
      </div>
    </li>
  );
}
