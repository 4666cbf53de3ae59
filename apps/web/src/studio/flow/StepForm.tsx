import type { ScenarioStep } from "@centrala/contract";
import { exitsOf } from "@centrala/domain";
import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Form, TextField } from "../fields.tsx";
import { PromptRefs } from "../PromptRefs.tsx";
import { ExitSelect, type StepFormProps } from "./ExitSelect.tsx";
import css from "./flow.module.css";
import { StepFields } from "./StepFields.tsx";
import { stepIcons, useExitName } from "./words.ts";

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
