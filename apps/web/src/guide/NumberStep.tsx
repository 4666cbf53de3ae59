import { type CarrierField, type Trunk, testScenarioId, testTrunkId } from "@centrala/contract";
import { Button, Select, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useEntities, useRoute } from "../api/queries.ts";
import { said } from "../i18n/said.ts";
import { forgetDraft, keepDraft, keptDraft } from "../studio/drafts.ts";
import type { Form } from "../studio/fields.tsx";
import { keyOf } from "../studio/keys.ts";
import { LineEssentials, newTrunk, PresetChoice } from "../studio/LinesSection.tsx";
import { LineDetails, LineStateChip, lineIsAway, lineWorks, useLineStates } from "../studio/lineState.tsx";
import { presetById } from "../studio/presets.ts";
import { type Problems, problemsFrom, problemsOf } from "../studio/problems.ts";
import { cleaned } from "../studio/store.tsx";
import { CopyField, ErrorNote, formatPhone } from "../ui/index.ts";
import css from "./guide.module.css";
import { StepFooter } from "./StepFooter.tsx";

/** As many numbers of a line are named; Set-up lists them all. */
const numbersMax = 5;

type Draft = { trunk: Trunk; number: string; flowId?: string };

/** One's own number: the carrier from a list, the fields it gives, and whether the line works, live. */
export function NumberStep({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation();
  const step = useNumberStep();
  const { draft } = step;
  const form: Form<Trunk> = {
    value: draft.trunk,
    set: (change) => step.set({ trunk: { ...draft.trunk, ...change } }),
    problem: (path) => step.problems[path],
  };
  const state = useLineStates().find((each) => each.trunkId === draft.trunk.id);
  const works = lineWorks(draft.trunk, state);
  const others = step.lines.filter(({ id }) => id !== draft.trunk.id);
  const preset = presetById(draft.trunk.preset);
  const fields: readonly CarrierField[] = preset?.fields ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void step.save();
  };
  return (
    <div className={css["form"]}>
      <p className={css["text"]}>{t("guide:number.text")}</p>
      <form className={css["form"]} onSubmit={submit}>
        <PresetChoice form={form} />
        <div className={css["pair"]}>
          <LineEssentials form={form} only={fields} />
        </div>
        <TextInput
          type="tel"
          label={t("guide:number.number")}
          description={t("guide:number.numberHint")}
          maxLength={32}
          value={draft.number}
          error={step.problems["number"]}
          onChange={(event) => step.set({ number: event.currentTarget.value })}
        />
        {step.flow ? (
          <Select
            label={t("guide:number.flow")}
            description={t("guide:number.flowHint")}
            data={step.flows.map(({ id, name }) => ({ value: id, label: name }))}
            value={step.flow.id}
            allowDeselect={false}
            onChange={(flowId) => step.set(flowId === null ? {} : { flowId })}
          />
        ) : null}
        {step.hasFlow ? null : <p style={{ color: "var(--offered)" }}>{t("guide:number.noFlow")}</p>}
        <ErrorNote error={step.error} />
        <Button
          type="submit"
          variant={works ? "default" : "filled"}
          loading={step.pending || !step.loaded}
          style={{ justifySelf: "start" }}
        >
          {t(draft.trunk.id ? "guide:number.saveAgain" : "guide:number.save")}
        </Button>
      </form>
      {draft.trunk.id ? <SavedLine trunk={draft.trunk} /> : null}
      {others.map((line) => (
        <SavedLine key={line.id} trunk={line} />
      ))}
      <Reachability address={draft.trunk.registration === null} />
      <StepFooter onNext={works || step.anyWorks ? onNext : undefined} onLater={onNext} quiet={!works} />
    </div>
  );
}

function useNumberStep() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const trunks = useEntities("trunk");
  const numbers = useEntities("number");
  const flows = useEntities("scenario");
  const clients = useEntities("client");
  const [draft, setDraft] = useState<Draft>(() => ({
    trunk: newTrunk(),
    number: "",
    ...keptDraft<Draft>("guide", "number"),
  }));
  const [problems, setProblems] = useState<Problems>({});
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  useEffect(() => keepDraft("guide", "number", draft), [draft]);
  // The test line's own flow answers the test call only.
  const leads = (flows.data ?? []).filter((each) => each.id !== testScenarioId);
  const flow = leads.find(({ id }) => id === draft.flowId) ?? leads[0];
  const lines = (trunks.data ?? []).filter(({ id }) => id !== testTrunkId);
  const states = useLineStates();
  const client = clients.data?.[0];
  const save = async () => {
    setPending(true);
    setError(null);
    try {
      const taken = (trunks.data ?? []).map((trunk) => trunk.id);
      const trunk = cleaned({ ...draft.trunk, id: draft.trunk.id || keyOf(draft.trunk.name, taken, "line") });
      const number = {
        id: keyOf(draft.number, [], "number"),
        number: draft.number.replace(/[\s().-]/g, ""),
        trunkId: trunk.id,
        clientId: flow?.clientId ?? client?.id ?? "",
        scenarioId: flow?.id ?? null,
        label: "",
      };
      const found = {
        ...problemsOf("number", number, t),
        ...problemsOf("trunk", trunk, t),
        ...(draft.number.trim() === "" ? { number: t("said:FIELD_EMPTY") } : {}),
      };
      setProblems(found);
      // Said at the fields, and nowhere else.
      if (Object.keys(found).length > 0) return setPending(false);
      await call("putEntity", { params: { kind: "trunk", id: trunk.id }, body: trunk });
      await call("putEntity", { params: { kind: "number", id: number.id }, body: number });
      setDraft({ trunk, number: draft.number, ...(flow ? { flowId: flow.id } : {}) });
      forgetDraft("guide", "number");
      await queries.invalidateQueries({ queryKey: ["entities"] });
    } catch (failure) {
      setError(failure);
      setProblems((old) => ({ ...old, ...problemsFrom(failure, t) }));
    }
    setPending(false);
  };
  return {
    draft,
    set: (change: Partial<Draft>) => setDraft((old) => ({ ...old, ...change })),
    problems,
    error,
    pending,
    save,
    loaded: !flows.isPending && !numbers.isPending && trunks.data !== undefined,
    flow,
    flows: leads,
    lines,
    anyWorks: lines.some((line) =>
      lineWorks(
        line,
        states.find(({ trunkId }) => trunkId === line.id),
      ),
    ),
    hasFlow: (flow !== undefined && client !== undefined) || flows.isPending || numbers.isPending,
  };
}

/** A line as it is now, and where the calls to its numbers go. */
function SavedLine({ trunk }: { trunk: Trunk }) {
  const { t } = useTranslation();
  const flows = useEntities("scenario").data;
  const numbers = (useEntities("number").data ?? []).filter(({ trunkId }) => trunkId === trunk.id);
  const state = useLineStates().find((each) => each.trunkId === trunk.id);
  const works = lineWorks(trunk, state);
  return (
    <div className={css["note"]} role="status">
      <b>
        {t("guide:number.state")}: {trunk.name}
      </b>
      <LineStateChip line={trunk} state={state} />
      <LineDetails state={state} />
      {numbers.slice(0, numbersMax).map(({ id, number, scenarioId }) => {
        const flow = flows?.find((each) => each.id === scenarioId)?.name;
        const words = { number: formatPhone(number), flow: flow ?? "" };
        return <p key={id}>{t(flow === undefined ? "guide:number.leadsNowhere" : "guide:number.leads", words)}</p>;
      })}
      {works && numbers[0] ? <p>{t("guide:number.test", { number: formatPhone(numbers[0].number) })}</p> : null}
      {lineIsAway(state) ? <p style={{ color: "var(--trouble)" }}>{t("said:MEND_TRUNK_AWAY")}</p> : null}
    </div>
  );
}

function Reachability({ address }: { address: boolean }) {
  const { t } = useTranslation();
  const system = useRoute("system", {});
  if (!system.data) return null;
  const { reachable, reachableSaid, reachableWhy, publicAddress, sipPort } = system.data;
  return (
    <div className={css["note"]}>
      <b>{t("guide:number.reach")}</b>
      <p>{t(`guide:number.reachText.${reachable}`)}</p>
      {reachableWhy ? <p className="muted">{said(t, { ...reachableSaid, message: reachableWhy })}</p> : null}
      {address && publicAddress ? (
        <CopyField label={t("guide:number.addressForCarrier")} value={`${publicAddress}:${sipPort}`} />
      ) : null}
    </div>
  );
}
