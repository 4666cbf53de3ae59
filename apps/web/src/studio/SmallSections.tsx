import type { BreakReason, Client, Skill } from "@centrala/contract";
import { ColorInput } from "@mantine/core";
import { IconBuilding, IconCoffee, IconStars } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { type Column, formatPhone } from "../ui/index.ts";
import { useCountryChoices } from "./countries.ts";
import { type EditorProps, EntitySection } from "./EntitySection.tsx";
import { AreaField, ChoiceField, NumberField, TextField, useLanguageChoices } from "./fields.tsx";

export function Skills() {
  const { t } = useTranslation();
  const users = useEntities("user");
  const columns: Column<Skill>[] = [
    { id: "name", header: t("studio:skills.name"), width: "minmax(140px, 2fr)", render: (row) => row.name },
    {
      id: "people",
      header: t("studio:skills.people"),
      width: "90px",
      align: "right",
      render: (row) => (
        <span className="num">
          {users.data?.filter((user) => user.skills.some((skill) => skill.skillId === row.id)).length ?? ""}
        </span>
      ),
    },
  ];
  return (
    <EntitySection
      kind="skill"
      section="skills"
      icon={IconStars}
      columns={columns}
      textOf={(row) => row.name}
      nameOf={(row) => row.name}
      make={() => ({ id: "", name: "" })}
      Editor={SkillEditor}
    />
  );
}

function SkillEditor({ form }: EditorProps<Skill>) {
  const { t } = useTranslation();
  return <TextField form={form} name="name" label={t("studio:skills.name")} maxLength={120} autoFocus />;
}

export function BreakReasons() {
  const { t } = useTranslation();
  const columns: Column<BreakReason>[] = [
    { id: "name", header: t("studio:breaks.name"), width: "minmax(140px, 1fr)", render: (row) => row.name },
    {
      id: "limit",
      header: t("studio:breaks.limit"),
      width: "minmax(90px, 180px)",
      render: (row) => (
        <span className="num">
          {row.limitMs === null ? "–" : `${row.limitMs / 60_000} ${t("studio:unit.minutes")}`}
        </span>
      ),
    },
  ];
  return (
    <EntitySection
      kind="breakReason"
      section="breaks"
      icon={IconCoffee}
      columns={columns}
      textOf={(row) => row.name}
      nameOf={(row) => row.name}
      make={() => ({ id: "", name: "", limitMs: null })}
      Editor={BreakEditor}
    />
  );
}

function BreakEditor({ form }: EditorProps<BreakReason>) {
  const { t } = useTranslation();
  return (
    <>
      <TextField form={form} name="name" label={t("studio:breaks.name")} maxLength={120} autoFocus />
      <NumberField
        form={form}
        name="limitMs"
        label={t("studio:breaks.limit")}
        hint={t("studio:breaks.limitHint")}
        factor={60_000}
        min={1}
        max={480}
        unit={t("studio:unit.minutes")}
        nullable
        width={200}
      />
    </>
  );
}

export function Clients() {
  const { t } = useTranslation();
  const columns: Column<Client>[] = [
    {
      id: "name",
      header: t("studio:clients.name"),
      width: "minmax(140px, 1fr)",
      render: (row) => (
        <span style={{ display: "inline-flex", gap: 8, alignItems: "center" }}>
          <span
            aria-hidden="true"
            style={{ width: 12, height: 12, borderRadius: 4, background: row.colour, flex: "none" }}
          />
          {row.name}
        </span>
      ),
    },
    {
      id: "greeting",
      header: t("studio:clients.greeting"),
      width: "minmax(140px, 2fr)",
      from: 520,
      render: (row) => <span className="soft">{row.greeting}</span>,
    },
  ];
  return (
    <EntitySection
      kind="client"
      section="clients"
      icon={IconBuilding}
      columns={columns}
      textOf={(row) => `${row.name} ${row.greeting}`}
      nameOf={(row) => row.name}
      make={() => ({
        id: "",
        name: "",
        language: null,
        country: null,
        colour: "#1f6f43",
        greeting: "",
        callerNumberId: null,
      })}
      Editor={ClientEditor}
    />
  );
}

function ClientEditor({ form }: EditorProps<Client>) {
  const { t } = useTranslation();
  const numbers = useEntities("number");
  return (
    <>
      <TextField form={form} name="name" label={t("studio:clients.name")} maxLength={120} autoFocus />
      <AreaField
        form={form}
        name="greeting"
        label={t("studio:clients.greeting")}
        hint={t("studio:clients.greetingHint")}
        maxLength={500}
      />
      <ColorInput
        label={t("studio:clients.colour")}
        value={form.value.colour}
        onChange={(colour) => form.set({ colour })}
        error={form.problem("colour")}
        format="hex"
        swatches={["#1f6f43", "#2850d4", "#6a3cc6", "#8a4f00", "#0b7673", "#a11d5b", "#56606e", "#3c4a14"]}
        eyeDropperButtonProps={{ "aria-label": t("studio:clients.colour") }}
      />
      <ChoiceField
        form={form}
        name="callerNumberId"
        label={t("studio:clients.callerNumber")}
        none={t("studio:clients.callerNone")}
        data={(numbers.data ?? []).map((number) => ({
          value: number.id,
          label: [formatPhone(number.number), number.label].filter(Boolean).join(", "),
        }))}
      />
      <ChoiceField
        form={form}
        name="language"
        label={t("studio:clients.language")}
        none={t("studio:language.centre")}
        data={useLanguageChoices()}
      />
      <ChoiceField
        form={form}
        name="country"
        label={t("studio:clients.country")}
        none={t("studio:language.centre")}
        data={useCountryChoices()}
      />
    </>
  );
}
