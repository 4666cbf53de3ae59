import type { Scenario, ScenarioStep } from "@centrala/contract";
import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Place, type StepKind, stepKinds, stepOf, withExit } from "./model.ts";
import { useStepTitle } from "./words.ts";

export type StepFormProps = {
  flow: Scenario;
  stepId: string;
  step: ScenarioStep;
  problem: (path: string) => string | undefined;
  onChange: (step: ScenarioStep) => void;
  onInsert: (place: Place, kind: StepKind) => void;
  onFlow: (flow: Scenario) => void;
  onChoose: (stepId: string) => void;
  onRemove: () => void;
};

type ExitProps = StepFormProps & {
  field: string;
  to: string | null;
  label: string;
  mayEnd?: boolean;
  hideLabel?: boolean;
};

/** Where a way leads: a step that is there, the end of the call, or a new step of a kind. */
export function ExitSelect(props: ExitProps) {
  const { t } = useTranslation();
  const title = useStepTitle(props.flow.language);
  const { flow, stepId, field, to } = props;
  const place: Place = { from: stepId, field };
  const steps = Object.keys(flow.steps).map((id) => {
    const step = stepOf(flow, id);
    return { value: `step:${id}`, label: step ? title(step) : id };
  });
  const data = [
    ...(props.mayEnd ? [{ value: "end", label: t("studio:flows.endCall") }] : []),
    { group: t("studio:flows.existing"), items: steps },
    {
      group: t("studio:flows.addNew"),
      items: stepKinds.map((kind) => ({
        value: `new:${kind}`,
        label: t("studio:flows.newStep", { kind: t(`studio:step.${kind}`) }),
      })),
    },
  ];
  const choose = (value: string | null) => {
    if (value === null) return;
    const kind = stepKinds.find((each) => value === `new:${each}`);
    if (kind) props.onInsert(place, kind);
    else props.onFlow(withExit(flow, place, value === "end" ? null : value.slice("step:".length)));
  };
  return (
    <Select
      {...(props.hideLabel ? { "aria-label": props.label } : { label: props.label })}
      data={data}
      value={to === null ? "end" : `step:${to}`}
      error={props.problem(field)}
      onChange={choose}
      allowDeselect={false}
      searchable
      limit={600}
    />
  );
}
