import type { Scenario, ScenarioStep } from "@centrala/contract";
import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCornerDownRight, IconPhoneOff, IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { FlowProblem } from "./FlowEditor.tsx";
import css from "./flow.module.css";
import {
  isFork,
  lostSteps,
  type OutlineRow,
  outlineOf,
  type Place,
  type StepKind,
  stepKinds,
  stepOf,
} from "./model.ts";
import { isBranch, stepIcons, useExitName, useStepDetail, useStepTitle } from "./words.ts";

type Props = {
  flow: Scenario;
  chosen: string | null;
  onChoose: (stepId: string) => void;
  onInsert: (place: Place, kind: StepKind) => void;
  problems: readonly FlowProblem[];
};

/** The flow as an outline: one line a step, indented where the ways part, with a plus wherever a step can be put in. */
export function Outline(props: Props) {
  const { t } = useTranslation();
  const { flow } = props;
  const lost = lostSteps(flow);
  return (
    <nav aria-label={t("studio:flows.outline")}>
      <ol className={css["rows"]}>
        {outlineOf(flow).map((row) => (
          <Row key={row.place === "start" ? "start" : `${row.place.from} ${row.place.field}`} row={row} {...props} />
        ))}
      </ol>
      {lost.length > 0 ? (
        <>
          <h3 className={css["lost"]}>{t("studio:flows.lost")}</h3>
          <ol className={css["rows"]}>
            {lost.map((stepId) => (
              <li key={stepId} className={css["row"]}>
                <StepButton {...props} stepId={stepId} />
              </li>
            ))}
          </ol>
        </>
      ) : null}
    </nav>
  );
}

const indentPx = 18;
const indentMax = 8;

function Row({ row, ...props }: Props & { row: OutlineRow }) {
  const way = useWayName(props.flow);
  const title = useStepTitle(props.flow.language);
  const { t } = useTranslation();
  const { place, to } = row;
  const name = way(place);
  const next = to.kind === "step" ? onlyWayOf(props.flow, to.stepId) : undefined;
  return (
    <li className={css["row"]} style={{ paddingLeft: Math.min(row.depth, indentMax) * indentPx }}>
      {name === null ? null : (
        <span className={css["line"]}>
          <span className={css["branch"]}>{name}</span>
          <InsertMenu
            place={place}
            label={place === "start" ? t("studio:flows.insertStart") : t("studio:flows.insert", { step: name })}
            {...props}
          />
        </span>
      )}
      <span className={css["line"]}>
        <Target row={row} {...props} />
        {next ? (
          <InsertMenu place={next.place} label={t("studio:flows.insert", { step: title(next.step) })} {...props} />
        ) : null}
      </span>
    </li>
  );
}

/** The name of a way that a step hangs on; null where it is the only one, which needs none. */
function useWayName(flow: Scenario): (place: Place) => string | null {
  const { t } = useTranslation();
  const exitName = useExitName();
  return (place) => {
    if (place === "start") return t("studio:flows.start");
    const from = stepOf(flow, place.from);
    return from && isBranch(place) ? exitName(from, place.field) : null;
  };
}

/** Where a step that follows this one would hang; undefined for steps that end the call or have several ways on. */
function onlyWayOf(flow: Scenario, stepId: string): { readonly place: Place; readonly step: ScenarioStep } | undefined {
  const step = stepOf(flow, stepId);
  if (!step || isFork(step) || !("next" in step)) return undefined;
  return { place: { from: stepId, field: "next" }, step };
}

function Target({ row, ...props }: Props & { row: OutlineRow }) {
  const { t } = useTranslation();
  const title = useStepTitle(props.flow.language);
  const { to } = row;
  if (to.kind === "step") return <StepButton {...props} stepId={to.stepId} />;
  if (to.kind === "end") {
    return (
      <span className={css["quiet"]}>
        <IconPhoneOff size={14} aria-hidden="true" /> {t("studio:flows.end")}
      </span>
    );
  }
  const step = stepOf(props.flow, to.stepId);
  return (
    <button type="button" className={css["goto"]} onClick={() => props.onChoose(to.stepId)}>
      <IconCornerDownRight size={14} aria-hidden="true" />
      <span className="ellipsis">{t("studio:flows.goesTo", { step: step ? title(step) : to.stepId })}</span>
    </button>
  );
}

function StepButton({ flow, chosen, onChoose, problems, stepId }: Props & { stepId: string }) {
  const { t } = useTranslation();
  const detail = useStepDetail(flow.language);
  const step = stepOf(flow, stepId);
  if (!step) return null;
  const Icon = stepIcons[step.kind];
  const wrong = problems.some((problem) => problem.stepId === stepId);
  return (
    <button
      type="button"
      className={css["stepButton"]}
      aria-current={chosen === stepId ? "step" : undefined}
      onClick={() => onChoose(stepId)}
    >
      <Icon size={16} aria-hidden="true" />
      <b>{t(`studio:step.${step.kind}`)}</b>
      <span className="ellipsis">{step.label || detail(step)}</span>
      {wrong ? (
        <IconAlertTriangle size={15} color="var(--trouble)" aria-label={t("studio:flows.problem.other")} />
      ) : null}
    </button>
  );
}

function InsertMenu({ place, label, onInsert }: Props & { place: Place; label: string }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width={330} withinPortal>
      <Menu.Target>
        <Tooltip label={label}>
          <ActionIcon size={24} aria-label={label} className={css["plus"] ?? ""}>
            <IconPlus size={14} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
        {stepKinds.map((kind) => {
          const Icon = stepIcons[kind];
          return (
            <Menu.Item key={kind} leftSection={<Icon size={16} />} onClick={() => onInsert(place, kind)}>
              {t(`studio:step.${kind}`)} <span className="muted">{t(`studio:stepText.${kind}`)}</span>
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
