import { type Centre, centreSchema } from "@centrala/contract";
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { sessionKey } from "../api/session.tsx";
import { Chip, ConfirmNamed, ErrorNote, PageHeader, RowSkeletons, useFormat } from "../ui/index.ts";
import { useCountryChoices, useTimeZoneChoices } from "./countries.ts";
import { forgetDraft, keepDraft, keptDraft } from "./drafts.ts";
import { ChoiceField, type Form, NumberField, SwitchField, TextField, useLanguageChoices } from "./fields.tsx";
import { formError, problemsFrom } from "./problems.ts";
import css from "./studio.module.css";

export function CentreSection() {
  const { t } = useTranslation();
  const centre = useRoute("centre", {});
  return (
    <>
      <PageHeader title={t("studio:centre.title")} text={t("studio:centre.text")} />
      <div className={css["page"]}>
        <ErrorNote error={centre.error} />
        {centre.data ? <CentreForm stored={centre.data} /> : <RowSkeletons />}
      </div>
    </>
  );
}

function CentreForm({ stored }: { stored: Centre }) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Centre>(() => ({ ...stored, ...keptDraft<Centre>("centre", "centre") }));
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const problems = problemsFrom(error, t);
  const dirty = JSON.stringify(draft) !== JSON.stringify(stored);
  useEffect(() => {
    if (dirty) keepDraft("centre", "centre", draft);
    else forgetDraft("centre", "centre");
  }, [dirty, draft]);
  const form: Form<Centre> = {
    value: draft,
    set: (change) => setDraft((old) => ({ ...old, ...change })),
    problem: (path) => problems[path],
  };
  const [deleting, setDeleting] = useState<number | null>(null);
  const save = async (deletes: number | undefined) => {
    setPending(true);
    setError(null);
    try {
      if (!centreSchema.safeParse(draft).success) throw formError();
      const saved = await call("changeCentre", { body: draft, query: { deletes } });
      setDraft(saved);
      queries.setQueryData(["centre", null, null], saved);
      await queries.invalidateQueries({ queryKey: sessionKey });
      notifications.show({ message: t("studio:centre.saved") });
    } catch (failure) {
      const recordings = wouldDelete(failure);
      setDeleting(recordings);
      if (recordings === null) setError(failure);
    }
    setPending(false);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await save(undefined);
  };
  return (
    <form className={`card ${css["panel"]}`} onSubmit={(event) => void submit(event)} style={{ maxWidth: 560 }}>
      <TextField form={form} name="name" label={t("studio:centre.name")} maxLength={120} />
      <ChoiceField
        form={form}
        name="kind"
        label={t("studio:centre.kind")}
        data={(["home", "in-house", "outsourcing"] as const).map((value) => ({
          value,
          label: t(`studio:kind.${value}`),
        }))}
      />
      <ChoiceField
        form={form}
        name="country"
        label={t("studio:centre.country")}
        hint={t("studio:centre.countryHint")}
        data={useCountryChoices()}
      />
      <ChoiceField
        form={form}
        name="timeZone"
        label={t("studio:centre.timeZone")}
        data={useTimeZoneChoices(draft.timeZone)}
      />
      <ChoiceField form={form} name="language" label={t("studio:centre.language")} data={useLanguageChoices()} />
      <fieldset className={css["part"]}>
        <RecordingFields form={form} />
      </fieldset>
      <ErrorNote error={error} />
      <ConfirmNamed
        opened={deleting !== null}
        title={t("studio:centre.shortenTitle", { days: format.number(draft.recordingRetentionDays) })}
        text={t("studio:centre.shortenText", { recordings: format.number(deleting ?? 0) })}
        confirmLabel={t("studio:centre.shorten")}
        onConfirm={() => save(deleting ?? undefined)}
        onClose={() => setDeleting(null)}
      />
      <div className={css["line"]} style={{ justifyContent: "flex-end" }}>
        {dirty ? <Chip tone="offered">{t("studio:list.draft")}</Chip> : null}
        {dirty ? (
          <Button variant="default" onClick={() => setDraft(stored)}>
            {t("studio:edit.discard")}
          </Button>
        ) : null}
        <Button type="submit" loading={pending} disabled={!dirty}>
          {t("studio:centre.save")}
        </Button>
      </div>
    </form>
  );
}

/** How many recordings the server says would go; null for other failures. */
function wouldDelete(failure: unknown): number | null {
  if (!(failure instanceof ApiError) || failure.body.code !== "WOULD_DELETE") return null;
  return Number(failure.body.details?.[0]?.params?.["count"] ?? 0);
}

type RecordingSettings = Pick<Centre, "recordCalls" | "recordingNotice" | "recordingRetentionDays">;
/** Whether calls are recorded, whether callers are told, and for how long it is kept. */
export function RecordingFields<T extends RecordingSettings>({ form }: { form: Form<T> }) {
  const { t } = useTranslation();
  const own = form as unknown as Form<RecordingSettings>;
  const { recordingNotice } = own.value;
  return (
    <>
      <SwitchField form={own} name="recordCalls" label={t("studio:centre.recordCalls")} />
      {/* Numbers and queues may be recorded although the centre is not. */}
      <SwitchField form={own} name="recordingNotice" label={t("studio:centre.recordingNotice")} />
      {recordingNotice ? null : (
        <p role="note" style={{ color: "var(--offered)" }}>
          {t("studio:centre.noticeWarning")}
        </p>
      )}
      <NumberField
        form={own}
        name="recordingRetentionDays"
        label={t("studio:centre.retention")}
        unit={t("studio:unit.days")}
        min={1}
        max={3650}
        width={260}
      />
    </>
  );
}
