import type { ResponseOf } from "@centrala/contract";
import { Button, FileButton, Switch, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload, IconFileCode } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call, urlOf } from "../api/call.ts";
import { said } from "../i18n/said.ts";
import { Chip, ConfirmNamed, ErrorNote, PageHeader, useFormat } from "../ui/index.ts";
import css from "./studio.module.css";

type Plan = ResponseOf<"plan">;

/** The centre as a file: download it, or bring the centre to what a file says, with the plan first. */
export function CentreFileSection() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t("studio:file.title")} text={t("studio:file.text")} />
      <div className={css["page"]}>
        <Download />
        <Apply />
      </div>
    </>
  );
}

function Download() {
  const { t } = useTranslation();
  const [customers, setCustomers] = useState(false);
  return (
    <section className={`card ${css["panel"]}`}>
      <div className={css["line"]} style={{ flexWrap: "wrap", gap: 16 }}>
        <Button
          component="a"
          href={urlOf("exportCentre", { query: { customers: customers ? "yes" : "no" } })}
          download="centre.yaml"
          leftSection={<IconDownload size={15} />}
        >
          {t("studio:file.download")}
        </Button>
        <Switch
          label={t("studio:file.withCustomers")}
          checked={customers}
          onChange={(event) => setCustomers(event.currentTarget.checked)}
        />
      </div>
    </section>
  );
}

function Apply() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const format = useFormat();
  const [yaml, setYaml] = useState("");
  const [plan, setPlan] = useState<Plan | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const [asking, setAsking] = useState(false);
  const change = (text: string) => {
    setYaml(text);
    setPlan(null);
    setError(null);
  };
  const run = async (work: () => Promise<void>) => {
    setPending(true);
    setError(null);
    await work().catch(setError);
    setPending(false);
  };
  const apply = async (deletes: number) => {
    const done = await call("apply", { body: { yaml, deletes } });
    if (done.problems.length > 0) return setPlan({ ...done, deletes: null });
    await queries.invalidateQueries();
    setPlan({ changes: [], problems: [], deletes: null });
    notifications.show({ message: t("studio:file.applied") });
  };
  const deletes = plan?.deletes ?? null;
  const ready = plan !== null && plan.problems.length === 0 && plan.changes.length > 0;
  return (
    <section className={`card ${css["panel"]}`}>
      <FileButton accept=".yaml,.yml,text/yaml" onChange={(file) => void file?.text().then(change)}>
        {(props) => (
          <Button
            {...props}
            variant="default"
            leftSection={<IconFileCode size={15} />}
            style={{ justifySelf: "start" }}
          >
            {t("studio:file.choose")}
          </Button>
        )}
      </FileButton>
      <Textarea
        label={t("studio:file.paste")}
        autosize
        minRows={8}
        maxRows={22}
        value={yaml}
        onChange={(event) => change(event.currentTarget.value)}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5 } }}
        spellCheck={false}
      />
      <ErrorNote error={error} />
      {plan ? <PlanView plan={plan} /> : null}
      <ConfirmNamed
        opened={asking && deletes !== null}
        title={t("studio:centre.shortenTitle", { days: format.number(deletes?.days ?? 0) })}
        text={t("studio:centre.shortenText", { recordings: format.number(deletes?.recordings ?? 0) })}
        confirmLabel={t("studio:file.apply")}
        onConfirm={() => apply(deletes?.recordings ?? 0)}
        onClose={() => setAsking(false)}
      />
      <div className={css["line"]} style={{ justifyContent: "flex-end" }}>
        <Button
          variant={ready ? "default" : "filled"}
          disabled={yaml.trim() === ""}
          loading={pending && !ready}
          onClick={() => void run(async () => setPlan(await call("plan", { body: { yaml } })))}
        >
          {t("studio:file.plan")}
        </Button>
        {ready ? (
          <Button loading={pending} onClick={() => (deletes === null ? void run(() => apply(0)) : setAsking(true))}>
            {t("studio:file.apply")}
          </Button>
        ) : null}
      </div>
    </section>
  );
}

function Deletes({ recordings, days, from, goneFrom }: NonNullable<Plan["deletes"]>) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <p role="note" style={{ color: "var(--offered)", margin: "6px 0 8px" }}>
      {t("studio:file.deletes", {
        recordings: format.number(recordings),
        days: format.number(days),
        from: format.date(from),
        goneFrom: format.date(goneFrom),
      })}
    </p>
  );
}

const tones = { create: "available", change: "talking", remove: "offered" } as const;
const shownMax = 500;

function PlanView({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  if (plan.problems.length > 0) {
    return (
      <div role="alert">
        <h2>{t("studio:file.problems")}</h2>
        <table className={css["changes"]}>
          <tbody>
            {plan.problems.slice(0, shownMax).map((problem) => (
              <tr key={`${problem.line}${problem.path}${problem.message}`}>
                <td className="num">{problem.line === null ? "" : t("studio:file.line", { line: problem.line })}</td>
                <td>{problem.path}</td>
                <td>{said(t, problem)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  }
  if (plan.changes.length === 0) return <p role="status">{t("studio:file.nothing")}</p>;
  const count = (action: string) => plan.changes.filter((change) => change.action === action).length;
  const summary = { create: count("create"), change: count("change"), remove: count("remove") };
  return (
    <div role="status">
      <h2>{t("studio:file.changes")}</h2>
      <p className="muted">{t("studio:file.summary", summary)}</p>
      {plan.deletes ? <Deletes {...plan.deletes} /> : null}
      <table className={css["changes"]}>
        <tbody>
          {plan.changes.slice(0, shownMax).map((change) => (
            <tr key={`${change.action}${change.kind}${change.id}`}>
              <td>
                <Chip tone={tones[change.action]}>{t(`studio:file.action.${change.action}`)}</Chip>
              </td>
              <td>
                {change.kind} <b>{change.id}</b>
              </td>
              <td className="muted">{change.fields.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
