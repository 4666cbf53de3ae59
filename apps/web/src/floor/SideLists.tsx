import type { FloorView } from "@centrala/contract";
import { IconCircleCheckFilled, IconCircleDashed, IconCircleXFilled } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Clock, formatPhone, SectionTitle } from "../ui/index.ts";
import css from "./floor.module.css";

const shownMax = 12;

/** Callers in the order in which they came. */
export function Waiting({ waiting }: { waiting: FloorView["waiting"] }) {
  const { t } = useTranslation();
  const shown = [...waiting].sort((a, b) => a.since - b.since).slice(0, shownMax);
  return (
    <section className={css["section"]}>
      <SectionTitle end={waiting.length > 0 ? String(waiting.length) : null}>{t("floor:waiting.title")}</SectionTitle>
      {shown.length === 0 ? <p className="muted">{t("floor:waiting.none")}</p> : null}
      <ol className={css["list"]}>
        {shown.map((caller) => (
          <li key={caller.contactId}>
            <Link className="ellipsis num" to="/history/$contactId" params={{ contactId: caller.contactId }}>
              {formatPhone(caller.party)}
            </Link>
            <span className="ellipsis muted">{caller.queueName}</span>
            <Clock since={caller.since} />
          </li>
        ))}
      </ol>
      {waiting.length > shown.length ? (
        <p className="muted">{t("floor:waiting.more", { count: waiting.length - shown.length })}</p>
      ) : null}
    </section>
  );
}

const looks = {
  up: { icon: IconCircleCheckFilled, tone: "available" },
  down: { icon: IconCircleXFilled, tone: "trouble" },
  unknown: { icon: IconCircleDashed, tone: "ink-3" },
} as const;

/** Every carrier line with its state. */
export function Trunks({ trunks }: { trunks: FloorView["trunks"] }) {
  const { t } = useTranslation();
  if (trunks.length === 0) return null;
  return (
    <section className={css["section"]}>
      <SectionTitle>{t("floor:trunks.title")}</SectionTitle>
      <ul className={css["list"]}>
        {trunks.map((trunk) => {
          const look = looks[trunk.state];
          const Icon = look.icon;
          return (
            <li key={trunk.id}>
              <span className="ellipsis">{trunk.name}</span>
              <span />
              <span className={css["trunk"]} style={{ color: `var(--${look.tone})` }}>
                <Icon size={14} aria-hidden="true" />
                {t(`floor:trunks.${trunk.state}`)}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
