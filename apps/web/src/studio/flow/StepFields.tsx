import type { Language, ScenarioStep } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import { ActionIcon, Button, Select, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../../api/queries.ts";
import {
  ChoiceField,
  choicesOf,
  type Form,
  NumberField,
  SwitchField,
  TextField,
  useLanguageChoices,
} from "../fields.tsx";
import { usePromptWords } from "../PromptRefs.tsx";
import studio from "../studio.module.css";
import { ExitSelect, type StepFormProps } from "./ExitSelect.tsx";
import css from "./flow.module.css";
import { keysAskedFor } from "./model.ts";

type Step<K extends ScenarioStep["kind"]> = Extract<ScenarioStep, { kind: K }>;
type FieldsProps<K extends ScenarioStep["kind"]> = { form: Form<Step<K>>; props: StepFormProps };

function formOf<K extends ScenarioStep["kind"]>(props: StepFormProps, step: Step<K>): Form<Step<K>> {
  return {
    value: step,
    set: (change) => props.onChange({ ...step, ...change } as ScenarioStep),
    problem: props.problem,
  };
}

/** What is asked for a step of each kind, apart from its prompts and its ways out. */
export function StepFields(props: StepFormProps) {
  const { step } = props;
  switch (step.kind) {
    case "play":
    case "hang-up":
      return null;
    case "menu":
      return <MenuFields props={props} form={formOf(props, step)} />;
    case "collect":
      return <CollectFields props={props} form={formOf(props, step)} />;
    case "hours":
      return <HoursFields props={props} form={formOf(props, step)} />;
    case "set":
      return <SetFields props={props} form={formOf(props, step)} />;
    case "test":
      return <TestFields props={props} form={formOf(props, step)} />;
    case "wait":
      return <WaitFields props={props} form={formOf(props, step)} />;
    case "language":
      return <LanguageFields props={props} form={formOf(props, step)} />;
    case "transfer":
      return <TransferFields props={props} form={formOf(props, step)} />;
    case "queue":
      return <QueueFields props={props} form={formOf(props, step)} />;
    case "voicemail":
      return <VoicemailFields props={props} form={formOf(props, step)} />;
    default:
      return assertNever(step);
  }
}

const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"];

function MenuFields({ form, props }: FieldsProps<"menu">) {
  const { t } = useTranslation();
  const { choices } = form.value;
  type MenuChoice = (typeof choices)[number];
  const change = (index: number, values: Partial<MenuChoice>) =>
    form.set({ choices: choices.map((each, at) => (at === index ? { ...each, ...values } : each)) });
  const free = keys.find((key) => !choices.some((choice) => choice.key === key));
  const first = choices[0]?.next ?? form.value.otherwise ?? Object.keys(props.flow.steps)[0] ?? "";
  return (
    <>
      <div>
        <div className={studio["label"]}>{t("studio:field.choices")}</div>
        <div className={studio["lines"]}>
          {choices.map((choice, index) => (
            // A key may stand twice while it is being changed.
            <div className={css["choice"]} key={index}>
              <Select
                aria-label={`${t("studio:field.key")} ${index + 1}`}
                data={keys}
                value={choice.key}
                allowDeselect={false}
                onChange={(key) => key && change(index, { key })}
              />
              <TextInput
                aria-label={`${t("studio:field.choiceLabel")} ${choice.key}`}
                placeholder={t("studio:field.choiceLabel")}
                maxLength={80}
                value={choice.label}
                onChange={(event) => change(index, { label: event.currentTarget.value })}
              />
              <ExitSelect
                {...props}
                field={`choices.${index}.next`}
                to={choice.next}
                label={`${t("studio:field.goes")} ${choice.key}`}
                hideLabel
              />
              <ActionIcon
                size={34}
                disabled={choices.length === 1}
                aria-label={t("studio:field.removeChoice", { key: choice.key })}
                onClick={() => form.set({ choices: choices.filter((each) => each !== choice) })}
              >
                <IconX size={15} />
              </ActionIcon>
            </div>
          ))}
        </div>
        {free ? (
          <Button
            variant="subtle"
            leftSection={<IconPlus size={14} />}
            onClick={() => form.set({ choices: [...choices, { key: free, next: first, label: "" }] })}
          >
            {t("studio:field.addChoice")}
          </Button>
        ) : null}
        <KeysDiffer step={form.value} language={props.flow.language} />
        {form.problem("choices") ? <p style={{ color: "var(--trouble)" }}>{form.problem("choices")}</p> : null}
      </div>
      <Patience form={form} />
    </>
  );
}

/** A menu that asks for other keys than it takes is the commonest mistake of a flow. */
function KeysDiffer({ step, language }: { step: Step<"menu">; language: Language }) {
  const { t } = useTranslation();
  const { nameOf } = usePromptWords(language);
  const asked = [...new Set(step.prompts.flatMap((prompt) => keysAskedFor(nameOf(prompt))))];
  const set = step.choices.map(({ key }) => key);
  if (asked.length === 0 || [...asked].sort().join() === [...set].sort().join()) return null;
  return (
    <p className={css["differ"]} role="status">
      <IconAlertTriangle size={15} aria-hidden="true" />
      {t("studio:field.keysDiffer", { asked: asked.join(", "), set: set.join(", ") })}
    </p>
  );
}

function Patience<T extends { timeoutMs: number; attempts: number }>({ form }: { form: Form<T> }) {
  const { t } = useTranslation();
  const own = form as unknown as Form<{ timeoutMs: number; attempts: number }>;
  return (
    <div className={studio["pair"]}>
      <NumberField
        form={own}
        name="timeoutMs"
        label={t("studio:field.timeout")}
        factor={1000}
        unit={t("studio:unit.seconds")}
        min={1}
        max={60}
      />
      <NumberField form={own} name="attempts" label={t("studio:field.attempts")} min={1} max={10} />
    </div>
  );
}

function CollectFields({ form }: FieldsProps<"collect">) {
  const { t } = useTranslation();
  return (
    <>
      <TextField
        form={form}
        name="into"
        label={t("studio:field.into")}
        hint={t("studio:field.intoHint")}
        maxLength={32}
      />
      <div className={studio["pair"]}>
        <NumberField form={form} name="keysMin" label={t("studio:field.keysMin")} min={1} max={32} />
        <NumberField form={form} name="keysMax" label={t("studio:field.keysMax")} min={1} max={32} />
        <ChoiceField
          form={form}
          name="terminator"
          label={t("studio:field.terminator")}
          none={t("studio:field.noTerminator")}
          data={[
            { value: "#", label: "#" },
            { value: "*", label: "*" },
          ]}
        />
      </div>
      <Patience form={form} />
      <SwitchField form={form} name="sensitive" label={t("studio:field.sensitive")} />
    </>
  );
}

function HoursFields({ form }: FieldsProps<"hours">) {
  const { t } = useTranslation();
  const hours = useEntities("hours");
  return <ChoiceField form={form} name="hoursId" label={t("studio:field.hours")} data={choicesOf(hours.data)} />;
}

function SetFields({ form }: FieldsProps<"set">) {
  const { t } = useTranslation();
  return (
    <div className={studio["pair"]}>
      <TextField
        form={form}
        name="variable"
        label={t("studio:field.into")}
        hint={t("studio:field.intoHint")}
        maxLength={32}
      />
      <TextField form={form} name="value" label={t("studio:field.setValue")} maxLength={256} />
    </div>
  );
}

function TestFields({ form, props }: FieldsProps<"test">) {
  const { t } = useTranslation();
  const given = ["caller", "called", "language"].map((value) => ({ value, label: t(`studio:variable.${value}`) }));
  const own = Object.values(props.flow.steps).flatMap((step) =>
    step.kind === "collect" ? [step.into] : step.kind === "set" ? [step.variable] : [],
  );
  const known = new Set(given.map((choice) => choice.value));
  const others = [...new Set([...own, form.value.variable])].filter((name) => !known.has(name) && name !== "");
  return (
    <>
      <ChoiceField
        form={form}
        name="variable"
        label={t("studio:field.variable")}
        data={[...given, ...others.map((value) => ({ value, label: value }))]}
      />
      <ChoiceField
        form={form}
        name="operator"
        label={t("studio:field.operatorTitle")}
        data={(["equals", "starts-with", "is-empty"] as const).map((value) => ({
          value,
          label: t(`studio:field.operator.${value}`),
        }))}
      />
      {form.value.operator === "is-empty" ? null : (
        <TextField form={form} name="value" label={t("studio:field.value")} maxLength={256} />
      )}
    </>
  );
}

function WaitFields({ form }: FieldsProps<"wait">) {
  const { t } = useTranslation();
  return (
    <NumberField
      form={form}
      name="durationMs"
      label={t("studio:field.duration")}
      factor={1000}
      unit={t("studio:unit.seconds")}
      min={1}
      max={600}
    />
  );
}

function LanguageFields({ form }: FieldsProps<"language">) {
  const { t } = useTranslation();
  return <ChoiceField form={form} name="language" label={t("studio:field.language")} data={useLanguageChoices()} />;
}

function TransferFields({ form }: FieldsProps<"transfer">) {
  const { t } = useTranslation();
  const users = useEntities("user");
  const queues = useEntities("queue");
  const { target } = form.value;
  const operators = (users.data ?? []).filter((user) => user.roles.includes("operator"));
  const choose = (kind: string | null) => {
    if (kind === "operator") form.set({ target: { kind, operatorId: operators[0]?.id ?? "" } });
    if (kind === "queue") form.set({ target: { kind, queueId: queues.data?.[0]?.id ?? "" } });
    if (kind === "number") form.set({ target: { kind, number: "" } });
  };
  return (
    <>
      <Select
        label={t("studio:field.targetTitle")}
        data={(["operator", "queue", "number"] as const).map((value) => ({
          value,
          label: t(`studio:field.target.${value}`),
        }))}
        value={target.kind}
        allowDeselect={false}
        onChange={choose}
      />
      {target.kind === "operator" ? (
        <Select
          label={t("studio:field.target.operator")}
          data={choicesOf(operators)}
          value={target.operatorId}
          searchable
          allowDeselect={false}
          error={form.problem("target.operatorId")}
          onChange={(operatorId) => operatorId && form.set({ target: { kind: "operator", operatorId } })}
        />
      ) : null}
      {target.kind === "queue" ? (
        <Select
          label={t("studio:field.target.queue")}
          data={choicesOf(queues.data)}
          value={target.queueId}
          allowDeselect={false}
          error={form.problem("target.queueId")}
          onChange={(queueId) => queueId && form.set({ target: { kind: "queue", queueId } })}
        />
      ) : null}
      {target.kind === "number" ? (
        <TextInput
          label={t("studio:field.number")}
          type="tel"
          maxLength={64}
          value={target.number}
          error={form.problem("target.number")}
          onChange={(event) => form.set({ target: { kind: "number", number: event.currentTarget.value } })}
        />
      ) : null}
      <NumberField
        form={form}
        name="ringTimeoutMs"
        label={t("studio:field.ringTimeout")}
        factor={1000}
        unit={t("studio:unit.seconds")}
        min={5}
        max={120}
      />
    </>
  );
}

function QueueFields({ form }: FieldsProps<"queue">) {
  const { t } = useTranslation();
  const queues = useEntities("queue");
  return (
    <>
      <ChoiceField form={form} name="queueId" label={t("studio:field.queue")} data={choicesOf(queues.data)} />
      <NumberField
        form={form}
        name="priority"
        label={t("studio:field.priority")}
        hint={t("studio:field.priorityHint")}
        min={0}
        max={100}
      />
    </>
  );
}

function VoicemailFields({ form }: FieldsProps<"voicemail">) {
  const { t } = useTranslation();
  const queues = useEntities("queue");
  return (
    <>
      <ChoiceField
        form={form}
        name="queueId"
        label={t("studio:field.voicemailQueue")}
        none={t("common:none")}
        data={choicesOf(queues.data)}
      />
      <NumberField
        form={form}
        name="durationMsMax"
        label={t("studio:field.durationMax")}
        factor={1000}
        unit={t("studio:unit.seconds")}
        min={5}
        max={600}
      />
    </>
  );
}
