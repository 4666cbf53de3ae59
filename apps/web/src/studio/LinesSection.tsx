import type { Trunk } from "@centrala/contract";
import { Accordion, PasswordInput, SegmentedControl, Select, Textarea, TextInput } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/session.tsx";
import type { Column } from "../ui/index.ts";
import { useCountryChoices } from "./countries.ts";
import { type EditorProps, EntitySection } from "./EntitySection.tsx";
import { AreaField, ChoiceField, type Form, ManyField, NumberField, SwitchField, TextField } from "./fields.tsx";
import { LineDetails, LineStateChip, useLineStates } from "./lineState.tsx";
import { presetById, presetChoices, presetName, trunkOfPreset } from "./presets.ts";
import css from "./studio.module.css";

export function LinesSection() {
  const { t } = useTranslation();
  const states = useLineStates();
  const columns: Column<Trunk>[] = [
    { id: "name", header: t("studio:lines.name"), width: "minmax(120px, 1.2fr)", render: (row) => <b>{row.name}</b> },
    {
      id: "state",
      header: t("studio:lines.state"),
      width: "minmax(150px, 1.6fr)",
      render: (row) => <LineStateChip line={row} state={states.find((state) => state.trunkId === row.id)} />,
    },
    { id: "host", header: t("studio:lines.host"), width: "minmax(120px, 1.2fr)", from: 640, render: (row) => row.host },
    {
      id: "way",
      header: t("studio:lines.wayTitle"),
      width: "minmax(140px, 1.4fr)",
      from: 860,
      render: (row) => t(`studio:lines.way.${row.registration ? "registration" : "address"}`),
    },
  ];
  return (
    <EntitySection
      kind="trunk"
      section="lines"
      icon={IconPlugConnected}
      columns={columns}
      textOf={(row) => `${row.name} ${row.host}`}
      nameOf={(row) => row.name}
      make={newTrunk}
      Editor={LineEditor}
      confirmRemoval
      staysOpen
      size={560}
    />
  );
}

export function newTrunk(): Trunk {
  const preset = presetById("other-registration");
  if (!preset) throw new Error("the preset of unlisted carriers is gone");
  return trunkOfPreset(preset, "");
}

function LineEditor({ form, isNew }: EditorProps<Trunk>) {
  const { t } = useTranslation();
  const states = useLineStates();
  const state = states.find((each) => each.trunkId === form.value.id);
  return (
    <>
      {isNew ? (
        <PresetChoice form={form} />
      ) : (
        <div className={css["lines"]}>
          <LineStateChip line={form.value} state={state} />
          <LineDetails state={state} />
        </div>
      )}
      <TextField form={form} name="name" label={t("studio:lines.name")} maxLength={120} />
      <WayChoice form={form} />
      <LineEssentials form={form} />
      <Accordion variant="separated" chevronPosition="left">
        <Accordion.Item value="more">
          <Accordion.Control>{t("studio:lines.more")}</Accordion.Control>
          <Accordion.Panel>
            <div style={{ display: "grid", gap: 14 }}>
              <LineMore form={form} />
            </div>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
      {isNew ? null : <SwitchField form={form} name="enabled" label={t("studio:lines.enabled")} />}
    </>
  );
}

/** A carrier from the list fills in everything but what only the contract with it says. */
export function PresetChoice({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  const { country } = useSession().centre;
  return (
    <Select
      label={t("studio:lines.preset")}
      data={presetChoices(country, t)}
      value={form.value.preset}
      searchable
      limit={200}
      allowDeselect={false}
      onChange={(id) => {
        const preset = presetById(id);
        if (!preset) return;
        const typed = form.value.registration;
        const fresh = trunkOfPreset(preset, preset.name || form.value.name || presetName(preset, t));
        form.set({
          ...fresh,
          id: form.value.id,
          registration: fresh.registration && typed ? typed : fresh.registration,
        });
      }}
    />
  );
}

function WayChoice({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  const { registration } = form.value;
  return (
    <div>
      <div className={css["label"]}>{t("studio:lines.wayTitle")}</div>
      <SegmentedControl
        fullWidth
        orientation="vertical"
        aria-label={t("studio:lines.wayTitle")}
        value={registration ? "registration" : "address"}
        onChange={(way) =>
          form.set({
            registration:
              way === "registration"
                ? (registration ?? { username: "", authUsername: null, password: null, expiresS: 300 })
                : null,
          })
        }
        data={(["registration", "address"] as const).map((value) => ({ value, label: t(`studio:lines.way.${value}`) }))}
      />
    </div>
  );
}

/** The fields a carrier gives: login and password, or its addresses, and its server. `only` shows just the preset's own. */
export function LineEssentials({ form, only }: { form: Form<Trunk>; only?: readonly string[] }) {
  const { t } = useTranslation();
  const { registration, sources } = form.value;
  const shows = (field: string) => !only || only.includes(field);
  const setRegistration = (change: Partial<NonNullable<Trunk["registration"]>>) => {
    if (registration) form.set({ registration: { ...registration, ...change } });
  };
  const kept = (form.value as { hasPassword?: boolean }).hasPassword === true;
  return (
    <>
      {registration && shows("username") ? (
        <TextInput
          label={t("studio:lines.username")}
          value={registration.username}
          autoComplete="off"
          maxLength={128}
          error={form.problem("registration.username")}
          onChange={(event) => setRegistration({ username: event.currentTarget.value })}
        />
      ) : null}
      {registration && shows("password") ? (
        <PasswordInput
          label={t("studio:lines.password")}
          description={kept ? t("studio:lines.passwordKept") : undefined}
          value={registration.password ?? ""}
          autoComplete="new-password"
          maxLength={256}
          error={form.problem("registration.password")}
          visibilityToggleButtonProps={{ "aria-label": t("common:signIn.showPassword") }}
          onChange={(event) => setRegistration({ password: event.currentTarget.value || null })}
        />
      ) : null}
      {shows("host") ? (
        <TextField
          form={form}
          name="host"
          label={t("studio:lines.host")}
          placeholder={t("studio:lines.hostHint")}
          maxLength={255}
        />
      ) : null}
      {shows("sources") && (!registration || !only) ? (
        <Textarea
          label={t("studio:lines.sources")}
          description={t("studio:lines.sourcesHint")}
          autosize
          minRows={2}
          maxRows={8}
          value={sources.join("\n")}
          error={form.problem("sources")}
          onChange={(event) => form.set({ sources: event.currentTarget.value.split("\n").slice(0, 64) })}
          onBlur={() => form.set({ sources: sources.map((each) => each.trim()).filter((each) => each !== "") })}
        />
      ) : null}
    </>
  );
}

function LineMore({ form }: { form: Form<Trunk> }) {
  const { t } = useTranslation();
  const { registration } = form.value;
  return (
    <>
      <div className={css["pair"]}>
        <ChoiceField
          form={form}
          name="transport"
          label={t("studio:lines.transport")}
          data={(["udp", "tcp", "tls"] as const).map((value) => ({ value, label: value.toUpperCase() }))}
        />
        <NumberField
          form={form}
          name="port"
          label={t("studio:lines.port")}
          hint={t("studio:lines.portHint")}
          min={1}
          max={65_535}
        />
      </div>
      <TextField form={form} name="outboundProxy" nullable label={t("studio:lines.outboundProxy")} maxLength={255} />
      {form.value.transport === "tls" ? (
        <AreaField
          form={form}
          name="tlsCa"
          nullable
          label={t("studio:lines.tlsCa")}
          hint={t("studio:lines.tlsCaHint")}
          maxLength={32_768}
        />
      ) : null}
      {registration ? (
        <TextInput
          label={t("studio:lines.authUsername")}
          description={t("studio:lines.authUsernameHint")}
          value={registration.authUsername ?? ""}
          onChange={(event) =>
            form.set({ registration: { ...registration, authUsername: event.currentTarget.value || null } })
          }
        />
      ) : null}
      <ChoiceField
        form={form}
        name="calledFrom"
        label={t("studio:lines.calledFromTitle")}
        data={(["request-uri", "to", "diversion"] as const).map((value) => ({
          value,
          label: t(`studio:lines.calledFrom.${value}`),
        }))}
      />
      <ChoiceField
        form={form}
        name="callerIdIn"
        label={t("studio:lines.callerIdTitle")}
        data={(["from", "p-asserted-identity", "both"] as const).map((value) => ({
          value,
          label: t(`studio:lines.callerIdIn.${value}`),
        }))}
      />
      <ChoiceField
        form={form}
        name="transferredCallerIn"
        label={t("studio:lines.transferredCallerTitle")}
        hint={t("studio:lines.transferredCallerHint")}
        data={(["none", "p-asserted-identity", "diversion", "from"] as const).map((value) => ({
          value,
          label: t(`studio:lines.transferredCallerIn.${value}`),
        }))}
      />
      <SwitchField form={form} name="trustsIdentity" label={t("studio:lines.trustsIdentity")} />
      <ManyField
        form={form}
        name="codecs"
        label={t("studio:lines.codecs")}
        data={[
          { value: "pcma", label: "G.711 A-law" },
          { value: "pcmu", label: "G.711 µ-law" },
        ]}
      />
      <div className={css["pair"]}>
        <NumberField form={form} name="maxCalls" label={t("studio:lines.maxCalls")} min={1} max={10_000} />
        <NumberField
          form={form}
          name="optionsEveryS"
          label={t("studio:lines.options")}
          unit={t("studio:unit.seconds")}
          min={10}
          max={3600}
        />
        <NumberField
          form={form}
          name="priority"
          label={t("studio:lines.priority")}
          hint={t("studio:lines.priorityHint")}
          min={0}
          max={1000}
        />
      </div>
      <ChoiceField
        form={form}
        name="country"
        label={t("studio:lines.country")}
        none={t("studio:language.centre")}
        data={useCountryChoices()}
      />
    </>
  );
}
