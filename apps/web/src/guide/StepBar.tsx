import { IconCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import css from "./guide.module.css";

export const guideSteps = [
  "account",
  "centre",
  "headset",
  "testCall",
  "colleagues",
  "customers",
  "number",
  "computers",
  "done",
] as const;
export type GuideStepName = (typeof guideSteps)[number];

type Props<S extends string> = {
  current: S;
  isDone: (step: GuideStepName) => boolean;
  /** Where one may go by the bar; the first two steps are over for good once the centre exists. */
  onStep?: (step: GuideStepName) => void;
};

/** Where one is in the guide: nine numbers on one line, their names below where there is room. */
export function StepBar<S extends GuideStepName>({ current, isDone, onStep }: Props<S>) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("guide:steps")}>
      <ol className={css["steps"]}>
        {guideSteps.map((step, index) => {
          const done = isDone(step);
          const mark = (
            <>
              <i aria-hidden="true" data-done={done || undefined}>
                {done ? <IconCheck size={15} stroke={2.6} /> : index + 1}
              </i>
              <span>{t(`guide:step.${step}`)}</span>
              {done ? <span className="visually-hidden">{t("guide:stepDone")}</span> : null}
            </>
          );
          const here = step === current ? ("step" as const) : undefined;
          return (
            <li key={step}>
              {onStep && step !== "account" && step !== "centre" ? (
                <button type="button" aria-current={here} onClick={() => onStep(step)}>
                  {mark}
                </button>
              ) : (
                <div aria-current={here}>{mark}</div>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
