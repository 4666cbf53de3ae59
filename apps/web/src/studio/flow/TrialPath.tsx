import type { Scenario } from "@centrala/contract";
import type { Trial, TrialLine } from "@centrala/domain";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { stepOf } from "./model.ts";
import css from "./trial.module.css";
import { stepIcons, useExitName, useStepTitle } from "./words.ts";

type TrialPathProps = { flow: Scenario; trial: Trial; onChoose: (stepId: string) => void };
const linesMax = 60;

/** The way so far, step by step, each with the exit that was taken. */
export function TrialPath({ flow, trial, onChoose }: TrialPathProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLOListElement>(null);
  const lines = trial.path.slice(-linesMax);
  const count = trial.path.length;
  useEffect(() => {
    if (count > 0) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [count]);
  if (lines.length === 0) return null;
  return (
    <div>
      <h3>{t("studio:trial.path")}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls has to be reached by keys. */}
      <ol ref={list} className={css["path"]} aria-label={t("studio:trial.path")} tabIndex={0}>
        {lines.map((line, index) => (
          // A step may be passed twice; its place in the way tells them apart.
          <Line key={`${count - lines.length + index}`} line={line} flow={flow} onChoose={onChoose} />
        ))}
      </ol>
    </div>
  );
}

function Line({ line, flow, onChoose }: { line: TrialLine; flow: Scenario; onChoose: (stepId: string) => void }) {
  const { t } = useTranslation();
  const title = useStepTitle(flow.language);
  const exitName = useExitName();
  const step = stepOf(flow, line.stepId);
  if (step === undefined) return null;
  const Icon = stepIcons[step.kind];
  const silent = line.kind === "left" && (line.field === "next" || line.field === "end");
  const how = line.kind === "again" ? t(`studio:trial.${line.why}`) : silent ? "" : exitName(step, line.field);
  return (
    <li>
      <Icon size={15} aria-hidden="true" />
      <button type="button" className="ellipsis" title={title(step)} onClick={() => onChoose(line.stepId)}>
        {title(step)}
      </button>
      {how ? <span className="muted">{how}</span> : null}
    </li>
  );
}
