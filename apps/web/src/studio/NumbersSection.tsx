import { type ExternalNumber, testScenarioId, testTrunkId } from "@centrala/contract";
import { IconNumbers } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { type Column, formatPhone } from "../ui/index.ts";
import { type EditorProps, EntitySection } from "./EntitySection.tsx";
import { ChoiceField, choicesOf, TextField, useRecordingChoices } from "./fields.tsx";
import { keyOf } from "./keys.ts";

export function NumbersSection() {
  const { t } = useTranslation();
  const trunks = useEntities("trunk");
  const clients = useEntities("client");
  const flows = useEntities("scenario");
  const nameIn = (items: readonly { id: string; name: string }[] | undefined, id: string | null) =>
    items?.find((item) => item.id === id)?.name;
  const columns: Column<ExternalNumber>[] = [
    {
      id: "number",
      header: t("studio:numbers.number"),
      width: "minmax(130px, 1fr)",
      render: (row) => <b className="num">{formatPhone(row.number)}</b>,
    },
    {
      id: "label",
      header: t("studio:numbers.label"),
      width: "minmax(90px, 1fr)",
      from: 560,
      render: (row) => row.label,
    },
    {
      id: "flow",
      header: t("studio:numbers.flow"),
      width: "minmax(110px, 1.2fr)",
      render: (row) =>
        nameIn(flows.data, row.scenarioId) ?? (
          <span style={{ color: "var(--offered)" }}>{t("studio:numbers.noFlow")}</span>
        ),
    },
    {
      id: "client",
      header: t("studio:numbers.client"),
      width: "minmax(100px, 1fr)",
      from: 720,
      render: (row) => nameIn(clients.data, row.clientId) ?? row.clientId,
    },
    {
      id: "line",
      header: t("studio:numbers.line"),
      width: "minmax(100px, 1fr)",
      from: 620,
      render: (row) => nameIn(trunks.data, row.trunkId) ?? row.trunkId,
    },
  ];
  return (
    <EntitySection
      kind="number"
      section="numbers"
      icon={IconNumbers}
      columns={columns}
      textOf={(row) => `${row.number} ${row.label} ${nameIn(clients.data, row.clientId) ?? ""}`}
      nameOf={(row) => (row.label ? `${row.number} ${row.label}` : row.number)}
      ready={trunks.data !== undefined && clients.data !== undefined && flows.data !== undefined}
      make={() => ({
        id: "",
        number: "",
        trunkId: trunks.data?.find((trunk) => trunk.id !== testTrunkId)?.id ?? "",
        clientId: clients.data?.[0]?.id ?? "",
        scenarioId: flows.data?.find((flow) => flow.id !== testScenarioId)?.id ?? null,
        label: "",
        recording: null,
      })}
      clean={(row) => ({ ...row, number: row.number.replace(/[\s().-]/g, "") })}
      newId={(row, taken) => keyOf(row.number.replace(/\D/g, ""), taken, "number")}
      Editor={NumberEditor}
    />
  );
}

function NumberEditor({ form, isNew }: EditorProps<ExternalNumber>) {
  const { t } = useTranslation();
  const trunks = useEntities("trunk");
  const clients = useEntities("client");
  const flows = useEntities("scenario");
  return (
    <>
      <TextField
        form={form}
        name="number"
        type="tel"
        label={t("studio:numbers.number")}
        hint={t("studio:numbers.numberHint")}
        maxLength={32}
        autoFocus={isNew}
      />
      <TextField form={form} name="label" label={t("studio:numbers.label")} maxLength={120} />
      <ChoiceField form={form} name="trunkId" label={t("studio:numbers.line")} data={choicesOf(trunks.data)} />
      <ChoiceField form={form} name="clientId" label={t("studio:numbers.client")} data={choicesOf(clients.data)} />
      <ChoiceField
        form={form}
        name="scenarioId"
        label={t("studio:numbers.flow")}
        none={t("studio:numbers.noFlow")}
        data={choicesOf(flows.data)}
      />
      <ChoiceField
        form={form}
        name="recording"
        label={t("studio:recording.label")}
        hint={t("studio:recording.hintNumber")}
        none={t("studio:recording.asCentre")}
        data={useRecordingChoices()}
      />
    </>
  );
}
