import { useTranslation } from "react-i18next";
import { Clock, SectionTitle, SoundBar } from "../ui/index.ts";
import { useDesk } from "./DeskContext.tsx";
import { DialField } from "./DialField.tsx";
import css from "./desk.module.css";
import { MissedCallers } from "./MissedCallers.tsx";
import { RecentCalls } from "./RecentCalls.tsx";

/** Whom to call, what waits, and what was promised. */
export function LeftColumn() {
  return (
    <>
      <DialField />
      <div className={css["leftLists"]}>
        <MyQueues />
        <MissedCallers />
        <RecentCalls />
      </div>
      {/* Below the lists, so that no row moves under the pointer when a message is played. */}
      <SoundBar />
    </>
  );
}

function MyQueues() {
  const { t } = useTranslation();
  const { view } = useDesk();
  return (
    <section>
      <SectionTitle end={view.queues.reduce((sum, queue) => sum + queue.waiting, 0)}>
        {t("desk:queues.title")}
      </SectionTitle>
      {view.queues.length === 0 ? <p className={css["hint"]}>{t("desk:queues.none")}</p> : null}
      <ul className={css["queues"]}>
        {view.queues.map((queue) => (
          <li key={queue.id} data-waiting={queue.waiting > 0 || undefined}>
            <span className="ellipsis" title={queue.name}>
              {queue.name}
            </span>
            <span className="num">{queue.waiting}</span>
            <span className="muted num">
              {queue.longestSince !== null ? <Clock since={queue.longestSince} /> : <span aria-hidden="true">–</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
