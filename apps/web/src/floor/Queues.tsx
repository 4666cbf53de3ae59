import type { FloorView } from "@centrala/contract";
import { IconAlertTriangle, IconListDetails } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Clock, EmptyState, formatLength, SectionTitle, useFormat, useServerNow } from "../ui/index.ts";
import { type FloorQueue, levelTone, needsHelp, serviceLevel, sortQueues, sumValues } from "./figures.ts";
import css from "./floor.module.css";

/** What needs a decision now, above everything else. */
export function Alarms({
  queues,
  trunks,
  outgoing,
}: {
  queues: readonly FloorQueue[];
  trunks: FloorView["trunks"];
  outgoing: FloorView["outgoing"];
}) {
  const { t } = useTranslation();
  const now = useServerNow();
  const crying = queues.filter((queue) => needsHelp(queue, now)).slice(0, 4);
  const dead = trunks.filter((trunk) => trunk.state === "down").slice(0, 4);
  return (
    <div className={css["alarms"]} role="status">
      {crying.map((queue) => (
        <Alarm key={queue.id} name={queue.name}>
          {t("floor:alarm.nobody", {
            count: queue.waiting,
            length: formatLength(now - (queue.longestSince ?? now)),
          })}
        </Alarm>
      ))}
      {dead.map((trunk) => (
        <Alarm key={trunk.id} name={trunk.name}>
          {t("floor:alarm.trunk")}
        </Alarm>
      ))}
      {outgoing.slice(0, 4).map(({ scope, name, measure, full }) => (
        <Alarm key={`${scope}/${name}/${measure}`} name={name}>
          {t(full ? "floor:alarm.outgoingFull" : "floor:alarm.outgoingNear", {
            measure: t(`floor:alarm.measure.${measure}`),
          })}
        </Alarm>
      ))}
    </div>
  );
}

function Alarm({ name, children }: { name: string; children: string }) {
  return (
    <p className={css["alarm"]}>
      <IconAlertTriangle size={16} aria-hidden="true" />
      <span>
        <b>{name}</b>: {children}
      </span>
    </p>
  );
}

/** Queues as rows; those with somebody waiting stand first. */
export function Queues({ queues, all }: { queues: readonly FloorQueue[]; all: number }) {
  const { t } = useTranslation();
  const now = useServerNow();
  const sorted = sortQueues(queues, now);
  if (all === 0)
    return <EmptyState icon={IconListDetails} title={t("floor:queues.none")} text={t("floor:queues.noneText")} />;
  return (
    <section className={css["section"]}>
      <SectionTitle end={t("floor:queues.waitingFirst")}>
        {t("floor:queues.title")}{" "}
        <span className="muted">{t("floor:queues.count", { shown: queues.length, all })}</span>
      </SectionTitle>
      {sorted.length === 0 ? (
        <p className="muted">{t("floor:queues.noMatch")}</p>
      ) : (
        // On narrow screens the table scrolls, also by keyboard.
        <div className={css["queueScroll"]} tabIndex={0} role="region" aria-label={t("floor:queues.title")}>
          <table className={css["queues"]}>
            <thead>
              <tr>
                <th scope="col">{t("floor:column.queue")}</th>
                <th scope="col">{t("floor:column.waiting")}</th>
                <th scope="col">{t("floor:column.longest")}</th>
                <th scope="col">{t("floor:column.free")}</th>
                <th scope="col" className={css["levelHead"]}>
                  {t("floor:column.level")}
                </th>
                <th scope="col">{t("floor:column.answered")}</th>
                <th scope="col">{t("floor:column.abandoned")}</th>
                <th scope="col" title={t("floor:column.otherText")}>
                  {t("floor:column.other")}
                </th>
              </tr>
            </thead>
            <tbody>
              {sorted.map((queue) => (
                <QueueRow key={queue.id} queue={queue} alarm={needsHelp(queue, now)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function QueueRow({ queue, alarm }: { queue: FloorQueue; alarm: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const tone = alarm ? { color: "var(--trouble)", fontWeight: 650 } : undefined;
  return (
    <tr>
      <th scope="row">
        <span className={css["queueName"]}>{queue.name}</span>
        <span className={css["small"]}>{queue.clientName}</span>
      </th>
      <td className="num" style={tone}>
        {queue.waiting}
      </td>
      <td className="num" style={tone}>
        {queue.longestSince === null ? <span className="muted">–</span> : <Clock since={queue.longestSince} />}
      </td>
      <td className="num">
        {queue.free} / {queue.onDuty}
      </td>
      <td>
        <Level queue={queue} />
      </td>
      <td className="num" title={t("floor:figure.sum", sumValues(queue, format.number))}>
        {format.number(queue.answered)} / {format.number(queue.offered)}
      </td>
      <td className="num">{format.number(queue.abandoned)}</td>
      <td className="num">
        {format.number(queue.voicemail)} / {format.number(queue.other)}
      </td>
    </tr>
  );
}

/** The service level as a bar with its target as a mark, and in figures. */
export function Level({ queue }: { queue: FloorQueue }) {
  const { t } = useTranslation();
  const format = useFormat();
  const level = serviceLevel(queue);
  const seconds = Math.round(queue.target.withinMs / 1000);
  const target = t("floor:level.of", { percent: queue.target.percent, seconds });
  if (level === null) return <span className={`${css["level"]} muted`}>{t("floor:level.none")}</span>;
  const exact = t("floor:level.exact", {
    within: queue.answeredWithin,
    all: queue.answered + queue.abandoned,
    seconds,
  });
  return (
    <span className={css["level"]} title={exact}>
      <span className={css["bar"]} aria-hidden="true">
        <i style={{ width: `${level}%`, background: `var(--${levelTone(level, queue.target.percent)})` }} />
        <em style={{ left: `${queue.target.percent}%` }} />
      </span>
      <span className="num">
        <b>{format.number(Math.round(level * 10) / 10)} %</b> <span className="muted">{target}</span>
      </span>
    </span>
  );
}
