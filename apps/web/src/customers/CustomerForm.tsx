import type { ResponseOf } from "@centrala/contract";
import { ActionIcon, Button, Group, Select, Textarea, TextInput, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPhone, IconPlus, IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, call } from "../api/call.ts";
import { useDial } from "../history/dial.ts";
import { type Problems, problemsFrom } from "../studio/problems.ts";
import { Chip, ErrorNote, formatPhone } from "../ui/index.ts";
import { useCardClients } from "./clients.ts";
import css from "./customers.module.css";
import { type CardDraft, cleanDraft, draftOf, forgetDraft, keepDraft, keptDraft, sameDraft } from "./draft.ts";

type Customer = ResponseOf<"customer">;
type FormProps = {
  customer: Customer | null;
  phone?: string;
  name?: string;
  onSaved?: (customer: Customer) => void;
};

/** A card to read and to change. What was typed is kept in the browser until it is saved, also when the page is left. */
export function CustomerForm({ customer, phone = "", name = "", onSaved }: FormProps) {
  const { t } = useTranslation();
  const stored = draftOf(customer, { phone, name });
  const id = customer?.id ?? "new";
  const [draft, setDraft] = useState<CardDraft>(() => keptDraft(id) ?? stored);
  const [version, setVersion] = useState(customer?.version ?? 0);
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const queries = useQueryClient();
  const clients = useCardClients();
  const dirty = !sameDraft(draft, stored);
  const problems = problemsFrom(error, t);
  const set = (change: Partial<CardDraft>) => {
    setDraft((old) => ({ ...old, ...change }));
    if (Object.keys(problems).length > 0) setError(null);
  };
  useEffect(() => {
    if (dirty) keepDraft(id, draft);
    else forgetDraft(id);
  }, [dirty, draft, id]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setPending(true);
    setError(null);
    // As it is sent, so that what is refused is shown at its own line.
    setDraft(cleanDraft(draft));
    try {
      const saved = await save(customer, draft, Math.max(version, customer?.version ?? 0), clients[0]?.id);
      forgetDraft(id);
      setDraft(draftOf(saved, { phone: "", name: "" }));
      queries.setQueryData(["customer", { id: saved.id }, null], saved);
      void queries.invalidateQueries({ queryKey: ["customers"] });
      notifications.show({ message: t("customers:saved") });
      onSaved?.(saved);
    } catch (failure) {
      setError(failure);
      // The newer version is learnt, so that saving again is a decision and not a dead end.
      if (isConflict(failure) && customer)
        await call("customer", { params: { id: customer.id } })
          .then((fresh) => setVersion(fresh.version))
          .catch(() => {});
    }
    setPending(false);
  };
  return (
    <form className={`card ${css["form"]}`} onSubmit={(event) => void submit(event)} aria-label={t("customers:card")}>
      <CardFields draft={draft} set={set} customer={customer} problems={problems} />
      {isConflict(error) ? <p role="alert">{t("customers:conflict")}</p> : null}
      {isConflict(error) || Object.keys(problems).length > 0 ? null : <ErrorNote error={error} />}
      <Group justify="space-between">
        <span>{dirty ? <Chip tone="offered">{t("customers:unsaved")}</Chip> : null}</span>
        <Group gap={8}>
          {dirty && customer ? (
            <Button variant="default" onClick={() => setDraft(stored)}>
              {t("customers:revert")}
            </Button>
          ) : null}
          <Button type="submit" loading={pending} disabled={draft.name.trim() === "" || (!dirty && customer !== null)}>
            {t("customers:save")}
          </Button>
        </Group>
      </Group>
    </form>
  );
}

function save(
  customer: Customer | null,
  draft: CardDraft,
  version: number,
  first: string | undefined,
): Promise<Customer> {
  const body = cleanDraft(draft);
  if (!customer)
    return call("createCustomer", { body: { ...body, ...(first ? { clientId: body.clientId ?? first } : {}) } });
  return call("changeCustomer", { params: { id: customer.id }, body: { ...body, version } });
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.body.code === "CONFLICT";
}

type FieldsProps = {
  draft: CardDraft;
  set: (change: Partial<CardDraft>) => void;
  customer: Customer | null;
  problems: Problems;
};
function CardFields({ draft, set, customer, problems }: FieldsProps) {
  const { t } = useTranslation();
  const clients = useCardClients();
  return (
    <>
      <TextInput
        label={t("customers:field.name")}
        required
        withAsterisk={false}
        autoFocus={!customer}
        maxLength={200}
        value={draft.name}
        error={draft.name.trim() === "" && customer ? t("customers:nameNeeded") : undefined}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <TextInput
        label={t("customers:field.company")}
        maxLength={200}
        value={draft.company}
        onChange={(event) => set({ company: event.currentTarget.value })}
      />
      <ManyFields
        label={t("customers:field.phones")}
        add={t("customers:field.addPhone")}
        values={draft.phones}
        onChange={(phones) => set({ phones })}
        problem={(index) => problems[`phones.${index}`]}
        call={customer ? { name: customer.name, customerId: customer.id } : null}
        type="tel"
      />
      <ManyFields
        label={t("customers:field.emails")}
        add={t("customers:field.addEmail")}
        values={draft.emails}
        onChange={(emails) => set({ emails })}
        problem={(index) => problems[`emails.${index}`]}
        call={null}
        type="email"
      />
      {clients.length > 1 ? (
        <Select
          label={t("customers:client.label")}
          data={clients.map(({ id, name }) => ({ value: id, label: name }))}
          allowDeselect={false}
          searchable={clients.length > 8}
          limit={100}
          value={draft.clientId ?? clients[0]?.id ?? null}
          onChange={(clientId) => clientId !== null && set({ clientId })}
        />
      ) : null}
      <Select
        label={t("customers:field.language")}
        data={[
          { value: "", label: t("customers:language.none") },
          ...(["en", "ru", "bg"] as const).map((value) => ({ value, label: t(`customers:language.${value}`) })),
        ]}
        allowDeselect={false}
        value={draft.language ?? ""}
        onChange={(value) => set({ language: value === "en" || value === "ru" || value === "bg" ? value : null })}
      />
      <Textarea
        label={t("customers:field.note")}
        autosize
        minRows={4}
        maxRows={14}
        maxLength={4000}
        value={draft.note}
        onChange={(event) => set({ note: event.currentTarget.value })}
      />
    </>
  );
}

type ManyProps = {
  label: string;
  add: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
  /** What is wrong with a line. */
  problem: (index: number) => string | undefined;
  call: { name: string; customerId: string } | null;
  type: "tel" | "email";
};
const valuesMax = 20;

function ManyFields({ label, add, values, onChange, problem, call: callable, type }: ManyProps) {
  const { t } = useTranslation();
  const dial = useDial();
  const shown = values.length === 0 ? [""] : values;
  return (
    <fieldset className={css["many"]} style={{ border: 0, padding: 0, margin: 0 }}>
      <legend style={{ fontWeight: 550, padding: "0 0 4px" }}>{label}</legend>
      {shown.map((value, index) => (
        // The place in the list is what a line is known by.
        <div className={css["line"]} key={index}>
          <TextInput
            aria-label={`${label} ${index + 1}`}
            type={type}
            maxLength={type === "tel" ? 32 : 254}
            value={value}
            error={problem(index)}
            onChange={(event) => onChange(shown.map((old, at) => (at === index ? event.currentTarget.value : old)))}
          />
          {callable && value ? (
            <Tooltip label={t("customers:call", { number: formatPhone(value) })}>
              <ActionIcon
                size={34}
                aria-label={t("customers:call", { number: formatPhone(value) })}
                onClick={() => void dial(value, callable)}
              >
                <IconPhone size={17} />
              </ActionIcon>
            </Tooltip>
          ) : (
            <span />
          )}
          {value || shown.length > 1 ? (
            <ActionIcon
              size={34}
              aria-label={t("customers:field.removeOne", { value: value || String(index + 1) })}
              onClick={() => onChange(shown.filter((_, at) => at !== index))}
            >
              <IconX size={16} />
            </ActionIcon>
          ) : (
            <span />
          )}
        </div>
      ))}
      {shown.length < valuesMax && shown.at(-1) ? (
        <Button
          variant="subtle"
          size="compact-sm"
          justify="flex-start"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange([...shown, ""])}
          w="max-content"
        >
          {add}
        </Button>
      ) : null}
    </fieldset>
  );
}
