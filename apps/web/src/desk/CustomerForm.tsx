import type { ResponseOf } from "@centrala/contract";
import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { languageNames, languages } from "../i18n/index.ts";
import { problemsFrom } from "../studio/problems.ts";
import { ErrorNote, formatPhone, RowSkeletons } from "../ui/index.ts";
import css from "./customer.module.css";

type Customer = ResponseOf<"customer">;
type Values = { name: string; company: string; phones: string; emails: string; language: string; note: string };
type CustomerFormProps = {
  /** The card to change, or null for a new one. */
  customerId: string | null;
  phones: readonly string[];
  /** Whose call it is: a new card stands with that client. */
  clientId: string | null;
  onDone: (customer: Customer | null) => Promise<void> | void;
};

/** A card being written; several numbers and addresses one a line. */
export function CustomerForm({ customerId, phones, clientId, onDone }: CustomerFormProps) {
  const card = useRoute("customer", { params: { id: customerId ?? "" } }, { enabled: customerId !== null });
  if (customerId !== null && !card.data) {
    return card.error ? (
      <ErrorNote error={card.error} onRetry={() => void card.refetch()} />
    ) : (
      <RowSkeletons rows={6} />
    );
  }
  return (
    <Fields
      card={customerId === null ? null : (card.data ?? null)}
      phones={phones}
      clientId={clientId}
      onDone={onDone}
    />
  );
}

function Fields({
  card,
  phones,
  clientId,
  onDone,
}: {
  card: Customer | null;
  phones: readonly string[];
  clientId: string | null;
  onDone: CustomerFormProps["onDone"];
}) {
  const { t } = useTranslation();
  const form = useForm<Values>({
    mode: "uncontrolled",
    initialValues: valuesOf(card, phones),
    validate: { name: (value) => (value.trim() === "" ? t("desk:customer.nameMissing") : null) },
  });
  const atLine = (message: string) => form.setFieldError("phones", message);
  const save = useSave(card, clientId, onDone, atLine);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <form
      className={css["customerForm"]}
      noValidate
      onSubmit={form.onSubmit((values) => void save.run(values))}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !form.isDirty()) void onDone(null);
      }}
    >
      <h2>{t(card ? "desk:customer.change" : "desk:customer.newTitle")}</h2>
      <TextInput
        {...field(form, "name")}
        ref={first}
        label={t("desk:customer.name")}
        required
        maxLength={200}
        autoComplete="off"
      />
      <Textarea
        {...field(form, "phones")}
        label={t("desk:customer.phones")}
        description={t("desk:customer.onePerLine")}
        autosize
        minRows={1}
      />
      <TextInput {...field(form, "company")} label={t("desk:customer.company")} maxLength={200} autoComplete="off" />
      <Textarea {...field(form, "emails")} label={t("desk:customer.emails")} autosize minRows={1} />
      <NativeSelect
        {...field(form, "language")}
        label={t("desk:customer.language")}
        data={[
          { value: "", label: t("common:unknown") },
          ...languages.map((each) => ({ value: each, label: languageNames[each] })),
        ]}
      />
      <Textarea
        {...field(form, "note")}
        label={t("desk:customer.note")}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={4000}
      />
      <ErrorNote error={save.error} />
      <div className={css["formFoot"]}>
        <Button variant="default" onClick={() => void onDone(null)}>
          {t("common:action.cancel")}
        </Button>
        <Button type="submit" loading={save.pending}>
          {t("common:action.save")}
        </Button>
      </div>
    </form>
  );
}

function field(form: UseFormReturnType<Values>, name: keyof Values) {
  return { ...form.getInputProps(name), key: form.key(name) };
}

function useSave(
  card: Customer | null,
  clientId: string | null,
  onDone: CustomerFormProps["onDone"],
  onPhoneRefused: (message: string) => void,
) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (values: Values) => {
    if (pending) return;
    setPending(true);
    setError(null);
    try {
      const body = bodyOf(values);
      const saved = card
        ? await call("changeCustomer", { params: { id: card.id }, body: { ...body, version: card.version } })
        : await call("createCustomer", { body: clientId === null ? body : { ...body, clientId } });
      queries.setQueryData(["customer", { id: saved.id }, null], saved);
      void queries.invalidateQueries({ queryKey: ["customersOfNumber"] });
      await onDone(saved);
    } catch (failure) {
      const problems = problemsFrom(failure, t);
      const phone = Object.keys(problems).find((path) => path.startsWith("phones."));
      if (phone === undefined) setError(failure);
      else onPhoneRefused(problems[phone] ?? "");
      setPending(false);
    }
  };
  return { run, pending, error };
}

export function valuesOf(card: Customer | null, phones: readonly string[]): Values {
  return {
    name: card?.name ?? "",
    company: card?.company ?? "",
    phones: (card?.phones ?? phones).map(formatPhone).join("\n"),
    emails: (card?.emails ?? []).join("\n"),
    language: card?.language ?? "",
    note: card?.note ?? "",
  };
}

export function bodyOf(values: Values) {
  const lines = (text: string) =>
    [
      ...new Set(
        text
          .split(/[\n,;]+/)
          .map((line) => line.trim())
          .filter(Boolean),
      ),
    ].slice(0, 20);
  return {
    name: values.name.trim(),
    company: values.company.trim(),
    phones: lines(values.phones),
    emails: lines(values.emails),
    language: languages.find((each) => each === values.language) ?? null,
    note: values.note,
  };
}
