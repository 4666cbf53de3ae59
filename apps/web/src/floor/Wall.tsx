import type { FloorView } from "@centrala/contract";
import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Clock, useFormat, useServerNow } from "../ui/index.ts";
import { Freshness } from "./Freshness.tsx";
import { type Figures, type FloorQueue, levelTone, needsHelp, serviceLevel, sortQueues } from "./figures.ts";
import css from "./wall.module.css";

type Props = { view: FloorView; queues: readonly FloorQueue[]; figures: Figures; onLeave: () => void };
const queuesMax = 6;

/** The floor for a screen on a wall: few figures, read from across the room. Escape or W leaves. */
export function Wall({ view, queues, figures, onLeave }: Props) {
  const { t } = useTranslation();
  const page = useRef<HTMLDivElement>(null);
  useEffect(() => {
    page.current?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.code === "Escape" || event.code === "KeyW") onLeave();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onLeave]);
  return (
    <div ref={page} tabIndex={-1} className={css["wall"]}>
      <header className={css["top"]}>
        <b>{t("floor:title")}</b>
        <span style={{ flex: 1 }} />
        <Freshness />
        <ActionIcon size={34} onClick={onLeave} aria-label={t("floor:wallLeave")} title={t("floor:wallLeave")}>
          <IconX size={20} />
        </ActionIcon>
      </header>
      <BigFigures figures={figures} />
      <WallQueues queues={queues} />
      <Lines trunks={view.trunks} />
    </div>
  );
}

function BigFigures({ figures }: { figures: Figures }) {
  const { t } = useTranslation();
  const format = useFormat();
  const big = [
    { label: t("floor:figure.waiting"), value: figures.waiting, tone: figures.waiting > 0 ? "offered" : "ink" },
    { label: t("floor:figure.available"), value: figures.free, tone: "available" },
    { label: t("floor:figure.talking"), value: figures.states.talking, tone: "talking" },
    { label: t("floor:figure.answered"), value: figures.answered, tone: "ink" },
  ];
  return (
    <dl className={css["big"]}>
      {big.map((figure) => (
        <div key={figure.label}>
          <dt>{figure.label}</dt>
          <dd className="num" style={{ color: `var(--${figure.tone})` }}>
            {format.number(figure.value)}
          </dd>
        </div>
      ))}
      <div>
        <dt>{t("floor:column.longest")}</dt>
        <dd className="num">{figures.longestSince === null ? "–" : <Clock since={figures.longestSince} />}</dd>
      </div>
    </dl>
  );
}

function WallQueues({ queues }: { queues: readonly FloorQueue[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useServerNow();
  return (
    <ul className={css["queues"]}>
      {sortQueues(queues, now)
        .slice(0, queuesMax)
        .map((queue) => {
          const level = serviceLevel(queue);
          const alarm = needsHelp(queue, now);
          return (
            <li key={queue.id} data-alarm={alarm || undefined}>
              <span className={css["name"]}>
                <b>{queue.name}</b>
                <span>{queue.clientName}</span>
              </span>
              <span className="num">
                {queue.waiting} <small>{t("floor:column.waiting")}</small>
              </span>
              <span className="num">
                {queue.longestSince === null ? "–" : <Clock since={queue.longestSince} />}{" "}
                <small>{t("floor:column.longest")}</small>
              </span>
              <span className="num">
                {queue.free}/{queue.onDuty} <small>{t("floor:column.free")}</small>
              </span>
              <span
                className="num"
                style={level === null ? undefined : { color: `var(--${levelTone(level, queue.target.percent)})` }}
              >
                {level === null ? "–" : `${format.number(Math.round(level))} %`}{" "}
                <small>
                  {t("floor:level.of", {
                    percent: queue.target.percent,
                    seconds: Math.round(queue.target.withinMs / 1000),
                  })}
                </small>
              </span>
            </li>
          );
        })}
    </ul>
  );
}

function Lines({ trunks }: { trunks: FloorView["trunks"] }) {
  const { t } = useTranslation();
  const down = trunks.filter((trunk) => trunk.state === "down");
  if (down.length === 0) return null;
  return (
    <p className={css["lines"]} role="status">
      {down.map((trunk) => trunk.name).join(", ")}: {t("floor:trunks.down")}
    </p>
  );
}
