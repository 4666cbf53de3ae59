import { type Centre, destinationClasses, type Outgoing, outgoingSchema } from "@centrala/contract";
import { Button, Checkbox } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import { Chip, ErrorNote, PageHeader, RowSkeletons } from "../ui/index.ts";
import { useCountryChoices } from "./countries.ts";
import { type Form, ManyField, NumberField, SwitchField } from "./fields.tsx";
import { LimitFields } from "./OutgoingLimits.tsx";
import { PrefixFields, PriceFields } from "./OutgoingPrices.tsx";
import { OutgoingToday, TryNumber } from "./OutgoingToday.tsx";
import { formError, problemsFrom } from "./problems.ts";
import css from "./studio.module.css";

/** Where calls may go out, how much, what was used today, and whether a number would be dialled. */
export function OutgoingSection() {
  const { t } = useTranslation();
  const centre = useRoute("centre", {});
  return (
    <>
      <PageHeader title={t("studio:out.title")} text={t("studio:out.text")} />
      <div className={css["page"]}>
        <TryNumber />
        <OutgoingToday />
        <ErrorNote error={centre.error} />
        {centre.data ? (
          <OutgoingForm key={JSON.stringify(centre.data.outgoing)} centre={centre.data} />
        ) : (
          <RowSkeletons />
        )}
      </div>
    </>
  );
}

function OutgoingForm({ centre }: { centre: Centre }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const mayChange = may(useSession());
  const stored = centre.outgoing;
  const [draft, setDraft] = useState<Outgoing>(stored);
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const problems = problemsFrom(error, t);
  const dirty = JSON.stringify(draft) !== JSON.stringify(stored);
  const form: Form<Outgoing> = {
    value: draft,
    set: (change) => setDraft((old) => ({ ...old, ...change })),
    problem: (path) => problems[`outgoing.${path}`] ?? problems[path],
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setPending(true);
    setError(null);
    try {
      if (!outgoingSchema.safeParse(draft).success) throw formError();
      const saved = await call("changeCentre", { body: { ...centre, outgoing: draft } });
      queries.setQueryData(["centre", null, null], saved);
      await queries.invalidateQueries({ queryKey: ["outgoing"] });
      notifications.show({ message: t("studio:out.saved") });
    } catch (failure) {
      setError(failure);
    }
    setPending(false);
  };
  return (
    <form className={`card ${css["panel"]}`} onSubmit={(event) => void submit(event)}>
      {mayChange ? null : <p className="muted">{t("studio:out.managersOnly")}</p>}
      <fieldset className={css["plain"]} disabled={!mayChange}>
        <Destinations form={form} />
        <fieldset className={css["part"]}>
          <legend>{t("studio:out.limits")}</legend>
          <LimitFields form={form} />
          <div className={css["pair"]}>
            <NumberField
              form={form}
              name="callMinutesMax"
              label={t("studio:out.callMinutesMax")}
              unit={t("studio:unit.minutes")}
              min={1}
              max={1440}
            />
            <NumberField
              form={form}
              name="alarmPercent"
              label={t("studio:out.alarmPercent")}
              unit="%"
              min={1}
              max={99}
            />
          </div>
          <SwitchField form={form} name="offDuty" label={t("studio:out.offDuty")} />
        </fieldset>
        <PriceFields form={form} />
      </fieldset>
      <ErrorNote error={error} />
      {mayChange ? (
        <div className={css["line"]} style={{ justifyContent: "flex-end" }}>
          {dirty ? <Chip tone="offered">{t("studio:list.draft")}</Chip> : null}
          {dirty ? (
            <Button variant="default" onClick={() => setDraft(stored)}>
              {t("studio:edit.discard")}
            </Button>
          ) : null}
          <Button type="submit" loading={pending} disabled={!dirty}>
            {t("studio:out.save")}
          </Button>
        </div>
      ) : null}
    </form>
  );
}

function Destinations({ form }: { form: Form<Outgoing> }) {
  const { t } = useTranslation();
  const { classes } = form.value;
  const countries = useCountryChoices();
  const own = useRoute("outgoing", {}).data?.countries ?? [];
  const ownNames = countries.filter(({ value }) => own.includes(value) && !form.value.countries.includes(value));
  return (
    <>
      <h2>{t("studio:out.where")}</h2>
      <ManyField
        form={form}
        name="countries"
        label={t("studio:out.countries")}
        hint={t("studio:out.countriesHint", { names: ownNames.map(({ label }) => label).join(", ") })}
        data={countries}
      />
      <div>
        <div className={css["label"]}>{t("studio:out.classes")}</div>
        <div className={css["kinds"]}>
          {destinationClasses.map((kind) => (
            <Checkbox
              key={kind}
              label={t(`studio:out.class.${kind}`)}
              checked={classes.includes(kind)}
              onChange={(event) => {
                const others = classes.filter((one) => one !== kind);
                form.set({ classes: event.currentTarget.checked ? [...others, kind] : others });
              }}
            />
          ))}
        </div>
      </div>
      <PrefixFields form={form} />
    </>
  );
}
