import type { Scenario, ScenarioStep } from "@centrala/contract";
import { exitsOf } from "@centrala/domain";
import { Button, Select } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Form, TextField } from "../fields.tsx";
import { PromptRefs } from "../PromptRefs.tsx";
import css from "./flow.module.css";
import { type Place, type StepKind, stepKinds, stepOf, withExit } from "./model.ts";
import { StepFields } from "./StepFields.tsx";
import { stepIcons, useExitName, useStepTitle } from "./words.ts";

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

/** One step: what it says, what it asks, and where each way out of it leads. */
export function StepForm(props: StepFormProps) {
  const { t } = useTranslation();
  const { step, flow } = props;
  const Icon = stepIcons[step.kind];
  const form: Form<ScenarioStep> = {
    value: step,
    set: (change) => props.onChange({ ...step, ...change } as ScenarioStep),
    problem: props.problem,
  };
  return (
    <section className={css["form"]} aria-label={t(`studio:step.${step.kind}`)}>
      <header className={css["formHead"]}>
        <Icon size={20} aria-hidden="true" />
        <div>
          <h2>{t(`studio:step.${step.kind}`)}</h2>
          <p className="muted">{t(`studio:stepText.${step.kind}`)}</p>
        </div>
      </header>
      {"prompts" in step ? (
        <PromptRefs
          label={t("studio:field.prompts")}
          value={step.prompts}
          onChange={(prompts) => props.onChange({ ...step, prompts })}
          language={flow.language}
          problem={props.problem("prompts")}
        />
      ) : null}
      <StepFields {...props} />
      <Exits {...props} />
      <TextField
        form={form}
        name="label"
        label={t("studio:flows.label")}
        hint={t("studio:flows.labelHint")}
        maxLength={80}
      />
      {Object.keys(flow.steps).length > 1 ? (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconTrash size={15} />}
          style={{ justifySelf: "start" }}
          onClick={props.onRemove}
        >
          {t("studio:flows.removeStep")}
        </Button>
      ) : null}
    </section>
  );
}

/** The ways out of a step; a menu's keys have theirs beside the key. */
function Exits(props: StepFormProps) {
  const { step } = props;
  const name = useExitName();
  const exits = exitsOf(step).filter((exit) => !exit.field.startsWith("choices."));
  return exits.map((exit) => (
    <ExitSelect key={exit.field} {...props} field={exit.field} to={exit.to} label={name(step, exit.field)} mayEnd />
  ));
}

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
  const title = useStepTitle();
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
