import type { Scenario } from "@centrala/contract";
import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEntities } from "../../api/queries.ts";
import { formatPhone } from "../../ui/index.ts";
import css from "./trial.module.css";
import type { TrialHandle } from "./useTrial.ts";

/** Who calls, which number, and whether it is open: only what this flow looks at. */
export function TrialGivenFields({ flow, handle }: { flow: Scenario; handle: TrialHandle }) {
  const { t } = useTranslation();
  const { settings, set } = handle;
  const numbers = (useEntities("number").data ?? []).filter((number) => number.scenarioId === flow.id);
  const steps = Object.values(flow.steps);
  const looksAt = (variable: string) => steps.some((step) => step.kind === "test" && step.variable === variable);
  const hoursIds = [...new Set(steps.flatMap((step) => (step.kind === "hours" ? [step.hoursId] : [])))];
  return (
    <div className={css["given"]}>
      <TextInput
        label={t("studio:trial.caller")}
        description={looksAt("caller") ? undefined : t("studio:trial.notTested")}
        placeholder={t("common:hiddenNumber")}
        type="tel"
        maxLength={32}
        value={settings.caller}
        onChange={(event) => set({ caller: event.currentTarget.value })}
      />
      {looksAt("called") ? (
        <Select
          label={t("studio:trial.called")}
          placeholder={t("common:none")}
          data={numbers.map(({ number }) => ({ value: number, label: formatPhone(number) }))}
          value={settings.called}
          clearable
          onChange={(called) => set({ called })}
        />
      ) : null}
      {hoursIds.map((hoursId) => (
        <HoursChoice key={hoursId} hoursId={hoursId} handle={handle} />
      ))}
    </div>
  );
}

function HoursChoice({ hoursId, handle }: { hoursId: string; handle: TrialHandle }) {
  const { t } = useTranslation();
  const { settings, set } = handle;
  const hours = useEntities("hours").data?.find((each) => each.id === hoursId);
  const name = hours?.name ?? hoursId;
  const { [hoursId]: chosen, ...others } = settings.open;
  const now = t(handle.hoursNow[hoursId] === true ? "studio:trial.open" : "studio:trial.closed");
  return (
    <div>
      <div className={css["label"]}>{name}</div>
      <SegmentedControl
        size="xs"
        aria-label={name}
        value={chosen === undefined ? "now" : chosen ? "open" : "closed"}
        data={[
          {
            value: "now",
            label: chosen === undefined ? t("studio:trial.now", { state: now }) : t("studio:trial.asNow"),
          },
          { value: "open", label: t("studio:trial.open") },
          { value: "closed", label: t("studio:trial.closed") },
        ]}
        onChange={(value) => set({ open: value === "now" ? others : { ...others, [hoursId]: value === "open" } })}
      />
    </div>
  );
}
