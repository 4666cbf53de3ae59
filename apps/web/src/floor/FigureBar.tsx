import { abandonment } from "@centrala/domain/metrics";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Clock, useFormat } from "../ui/index.ts";
import { type Figures, sumValues } from "./figures.ts";
import css from "./floor.module.css";

/** The few figures one looks at first; each with what it is measured against. */
export function FigureBar({ figures, calls }: { figures: Figures; calls: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { states } = figures;
  const share = (abandonment(figures) ?? 0) * 100;
  return (
    <dl className={css["figures"]}>
      <Figure
        label={t("floor:figure.waiting")}
        value={format.number(figures.waiting)}
        tone={figures.waiting > 0 ? "offered" : undefined}
        text={<Longest since={figures.longestSince} />}
      />
      <Figure
        label={t("floor:figure.kept")}
        value={t("floor:figure.keptOf", { kept: figures.kept, all: figures.queues })}
        text={t("floor:figure.keptText")}
      />
      <Figure
        label={t("floor:figure.answered")}
        value={format.number(figures.answered)}
        text={t("floor:figure.answeredOf", { offered: format.number(figures.offered) })}
        title={t("floor:figure.sum", sumValues(figures, format.number))}
      />
      <Figure
        label={t("floor:figure.abandoned")}
        value={`${format.number(Math.round(share * 10) / 10)} %`}
        text={t("floor:figure.abandonedOf", { count: figures.abandoned })}
      />
      <Figure
        label={t("floor:figure.onDuty")}
        value={format.number(figures.onDuty)}
        text={t("floor:figure.onDutyText", { wrapup: states["wrap-up"], break: states.break })}
      />
      <Figure
        label={t("floor:figure.talking")}
        value={format.number(states.talking)}
        tone="talking"
        text={t("floor:figure.talkingText", { calls })}
      />
      <Figure
        label={t("floor:figure.available")}
        value={format.number(figures.free)}
        tone="available"
        text={t("floor:figure.availableText", { ringing: states.offered })}
      />
    </dl>
  );
}

export function Longest({ since }: { since: number | null }) {
  const { t } = useTranslation();
  if (since === null) return t("floor:figure.nobodyWaits");
  const [before = "", after = ""] = t("floor:figure.longest", { length: "\u0000" }).split("\u0000");
  return (
    <>
      {before}
      <Clock since={since} />
      {after}
    </>
  );
}

type FigureProps = { label: string; value: string; text: ReactNode; tone?: string | undefined; title?: string };
function Figure({ label, value, text, tone, title }: FigureProps) {
  return (
    <div className={css["figure"]} title={title}>
      <dt>{label}</dt>
      <dd>
        <b className="num" style={tone ? { color: `var(--${tone})` } : undefined}>
          {value}
        </b>
        <span>{text}</span>
      </dd>
    </div>
  );
}
