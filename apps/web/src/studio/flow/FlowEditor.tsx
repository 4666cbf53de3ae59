import type { Scenario, ScenarioStep } from "@centrala/contract";
import { type ScenarioRefs, validateScenario } from "@centrala/domain";
import { ActionIcon, Button, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowLeft,
  IconCircleCheckFilled,
  IconDialpad,
  IconTrash,
} from "@tabler/icons-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../../api/queries.ts";
import { Chip, ConfirmNamed, ErrorNote, PageHeader } from "../../ui/index.ts";
import { forgetDraft, keepDraft, keptDraft } from "../drafts.ts";
import { useVersionLock } from "../EntityDrawer.tsx";
import { ChoiceField, choicesOf, type Form, TextField, useLanguageChoices } from "../fields.tsx";
import { keyOf } from "../keys.ts";
import { usePromptWords } from "../PromptRefs.tsx";
import { formError, type Problems, problemsFrom, problemsOf } from "../problems.ts";
import { cleaned, useStore } from "../store.tsx";
import css from "./flow.module.css";
import {
  insertStep,
  type NewStepRefs,
  type Place,
  problemOf,
  removeStep,
  type StepKind,
  stepOf,
  withStep,
} from "./model.ts";
import { Outline } from "./Outline.tsx";
import { StepForm } from "./StepForm.tsx";
import { TrialPanel } from "./TrialPanel.tsx";
import { useTrial } from "./useTrial.ts";
import { useStepTitle } from "./words.ts";

type Props = {
  stored: Scenario | null;
  base: Scenario;
  flows: readonly Scenario[];
  refs: NewStepRefs;
  onOpen: (id: string | null) => void;
};

/** A call flow: its outline beside the form of the chosen step; mistakes are found while one types, and every change can be undone. */
export function FlowEditor(props: Props) {
  const { t } = useTranslation();
  const editor = useFlow(props);
  const { flow } = editor;
  const [chosen, setChosen] = useState<string | null>(flow.start);
  const [trying, setTrying] = useState(false);
  const trial = useTrial(flow);
  const problems = useFlowProblems(flow);
  const step = chosen === null ? undefined : stepOf(flow, chosen);
  const choose = (stepId: string | null) => {
    setChosen(stepId);
    setTrying(false);
  };
  const insert = (place: Place, kind: StepKind) => {
    const added = insertStep(flow, place, kind, props.refs);
    editor.change(added.flow);
    choose(added.stepId);
  };
  const { place } = trial.trial;
  const tried = place.kind === "over" ? null : place.stepId;
  return (
    <div className={css["editor"]}>
      <Head {...props} editor={editor} trying={trying} onTry={() => setTrying(!trying)} />
      <div className={css["body"]} data-trying={trying || undefined}>
        <div className={css["outline"]}>
          <FlowSettings editor={editor} />
          <Mistakes problems={problems} flow={flow} onChoose={choose} />
          <ErrorNote error={editor.error} />
          {editor.conflict ? <p>{t("studio:edit.conflict")}</p> : null}
          <Outline
            flow={flow}
            chosen={trying ? tried : chosen}
            onChoose={choose}
            onInsert={insert}
            problems={problems}
          />
        </div>
        <div className={css["step"]}>
          {trying ? (
            <TrialPanel flow={flow} handle={trial} onChoose={choose} />
          ) : chosen !== null && step ? (
            <StepForm
              key={chosen}
              flow={flow}
              stepId={chosen}
              step={step}
              problem={(path) => editor.problems[`steps.${chosen}.${path}`]}
              onChange={(next: ScenarioStep) => editor.change(withStep(flow, chosen, next))}
              onInsert={insert}
              onFlow={editor.change}
              onChoose={choose}
              onRemove={() => {
                editor.change(removeStep(flow, chosen));
                choose(null);
              }}
            />
          ) : (
            <p className="muted">{t("studio:flows.chooseStep")}</p>
          )}
        </div>
      </div>
    </div>
  );
}

type Editor = ReturnType<typeof useFlow>;

type HeadProps = Props & { editor: Editor; trying: boolean; onTry: () => void };
function Head({ stored, editor, onOpen, trying, onTry }: HeadProps) {
  const { t } = useTranslation();
  return (
    <PageHeader
      title={
        <>
          {editor.flow.name || t("studio:flows.add")}{" "}
          {editor.dirty ? <Chip tone="offered">{t("studio:list.draft")}</Chip> : null}
        </>
      }
      actions={
        <>
          <Button variant="default" leftSection={<IconArrowLeft size={15} />} onClick={() => onOpen(null)}>
            {t("studio:flows.back")}
          </Button>
          <Button
            variant={trying ? "light" : "default"}
            aria-pressed={trying}
            leftSection={<IconDialpad size={16} />}
            onClick={onTry}
          >
            {t("studio:trial.button")}
          </Button>
          <IconAction label={t("studio:flows.undo")} disabled={!editor.canUndo} onClick={editor.undo}>
            <IconArrowBackUp size={17} />
          </IconAction>
          <IconAction label={t("studio:flows.redo")} disabled={!editor.canRedo} onClick={editor.redo}>
            <IconArrowForwardUp size={17} />
          </IconAction>
          {stored ? <RemoveFlow flow={stored} onRemoved={() => onOpen(null)} /> : null}
          {editor.dirty && stored ? (
            <Button variant="default" onClick={editor.discard}>
              {t("studio:edit.discard")}
            </Button>
          ) : null}
          <Button
            loading={editor.pending}
            disabled={!editor.dirty && stored !== null}
            onClick={() => void editor.save()}
          >
            {t("studio:flows.save")}
          </Button>
        </>
      }
    />
  );
}

type IconActionProps = { label: string; disabled: boolean; onClick: () => void; children: React.ReactNode };
function IconAction({ label, disabled, onClick, children }: IconActionProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={36} aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function RemoveFlow({ flow, onRemoved }: { flow: Scenario; onRemoved: () => void }) {
  const { t } = useTranslation();
  const store = useStore("scenario");
  const [asking, setAsking] = useState(false);
  const remove = async () => {
    await store.remove(flow, flow.name, true);
    forgetDraft("scenario", flow.id);
    onRemoved();
  };
  return (
    <>
      <IconAction label={t("studio:edit.remove")} disabled={false} onClick={() => setAsking(true)}>
        <IconTrash size={16} />
      </IconAction>
      <ConfirmNamed
        opened={asking}
        title={t("studio:edit.removeTitle", { name: flow.name })}
        confirmLabel={t("studio:edit.remove")}
        onConfirm={remove}
        onClose={() => setAsking(false)}
      />
    </>
  );
}

function FlowSettings({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  const clients = useEntities("client");
  const form: Form<Scenario> = {
    value: editor.flow,
    set: (change) => editor.change({ ...editor.flow, ...change }),
    problem: (path) => editor.problems[path],
  };
  return (
    <div className={css["settings"]}>
      <TextField form={form} name="name" label={t("studio:flows.name")} maxLength={120} />
      <ChoiceField form={form} name="clientId" label={t("studio:flows.client")} data={choicesOf(clients.data)} />
      <ChoiceField form={form} name="language" label={t("studio:flows.language")} data={useLanguageChoices()} />
    </div>
  );
}

export type FlowProblem = { stepId: string | null; key: string };

function Mistakes({
  problems,
  flow,
  onChoose,
}: {
  problems: readonly FlowProblem[];
  flow: Scenario;
  onChoose: (id: string) => void;
}) {
  const { t } = useTranslation();
  const title = useStepTitle(flow.language);
  if (problems.length === 0) {
    return (
      <p className={css["fine"]} role="status">
        <IconCircleCheckFilled size={15} aria-hidden="true" /> {t("studio:flows.fine")}
      </p>
    );
  }
  return (
    <div className={css["mistakes"]} role="status">
      <b>{t("studio:flows.mistakes", { count: problems.length })}</b>
      <ul>
        {problems.slice(0, 12).map(({ stepId, key }) => {
          const step = stepId === null ? undefined : stepOf(flow, stepId);
          return (
            <li key={`${stepId}${key}`}>
              {stepId !== null && step ? (
                <button type="button" onClick={() => onChoose(stepId)}>
                  {title(step)}
                </button>
              ) : (
                stepId
              )}{" "}
              {t(`studio:flows.problem.${key}`)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function useFlowProblems(flow: Scenario): readonly FlowProblem[] {
  const queues = useEntities("queue");
  const hours = useEntities("hours");
  const prompts = useEntities("prompt");
  const users = useEntities("user");
  const { soundNames } = usePromptWords(flow.language);
  return useMemo(() => {
    if (!queues.data || !hours.data || !prompts.data || !users.data) return [];
    const ids = (items: readonly { id: string }[]) => new Set(items.map((item) => item.id));
    const refs: ScenarioRefs = {
      queues: ids(queues.data),
      hours: ids(hours.data),
      prompts: ids(prompts.data),
      operators: ids(users.data.filter((user) => user.roles.includes("operator"))),
      sounds: soundNames,
    };
    return validateScenario(flow, refs).map(({ field, code }) => problemOf(field, code));
  }, [flow, queues.data, hours.data, prompts.data, users.data, soundNames]);
}

const undoMax = 100;

function useFlow({ stored, base, flows, onOpen }: Props) {
  const { t } = useTranslation();
  const store = useStore("scenario");
  const lock = useVersionLock("scenario", stored);
  const id = stored?.id ?? "new";
  const [flow, setFlow] = useState<Scenario>(() => keptDraft<Scenario>("scenario", id) ?? base);
  const [past, setPast] = useState<readonly Scenario[]>([]);
  const [future, setFuture] = useState<readonly Scenario[]>([]);
  const [problems, setProblems] = useState<Problems>({});
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const dirty = JSON.stringify(flow) !== JSON.stringify(base);
  useEffect(() => {
    if (dirty) keepDraft("scenario", id, flow);
    else forgetDraft("scenario", id);
  }, [dirty, flow, id]);
  const change = (next: Scenario) => {
    setPast((old) => [...old, flow].slice(-undoMax));
    setFuture([]);
    setFlow(next);
  };
  const move = (from: readonly Scenario[], setFrom: typeof setPast, setTo: typeof setPast) => {
    const target = from.at(-1);
    if (!target) return;
    setFrom(from.slice(0, -1));
    setTo((old) => [...old, flow]);
    setFlow(target);
  };
  const save = async () => {
    setPending(true);
    setError(null);
    try {
      const taken = flows.map((each) => each.id);
      const body = cleaned({ ...flow, id: stored?.id ?? keyOf(flow.name, taken, "flow") });
      const found = problemsOf("scenario", body, t);
      setProblems(found);
      if (Object.keys(found).length > 0) throw formError();
      await store.save(body, stored, body.name, lock.version());
      lock.saved();
      forgetDraft("scenario", id);
      setFlow(body);
      if (!stored) onOpen(body.id);
    } catch (failure) {
      lock.learn(failure);
      setError(failure);
      setProblems((old) => ({ ...old, ...problemsFrom(failure, t) }));
    }
    setPending(false);
  };
  return {
    flow,
    change,
    dirty,
    problems,
    error,
    pending,
    save,
    discard: () => change(base),
    conflict: lock.conflict,
    canUndo: past.length > 0,
    canRedo: future.length > 0,
    undo: () => move(past, setPast, setFuture),
    redo: () => move(future, setFuture, setPast),
  };
}
