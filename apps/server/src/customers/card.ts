import type { customerInputSchema, customerSchema } from "@centrala/contract";
import type { CustomerHandle, CustomerInput, CustomerRow } from "@centrala/store";
import type { z } from "zod";
import { phoneValue } from "./number.ts";

export type CustomerView = z.infer<typeof customerSchema>;
type Given = z.infer<typeof customerInputSchema>;

/** Free field of the store that holds the card's note. */
export const noteField = "note";

/** A stored card as the contract shows it. */
export function customerView(row: CustomerRow): CustomerView {
  const values = (kind: CustomerHandle["kind"]) =>
    row.handles.filter((handle) => handle.kind === kind).map((handle) => handle.value);
  return {
    id: row.id,
    clientId: row.clientId,
    name: row.name.slice(0, 200),
    company: row.company.slice(0, 200),
    phones: values("phone").slice(0, 20),
    emails: values("email").slice(0, 20),
    language: row.language,
    note: (row.fields[noteField] ?? "").slice(0, 4_000),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    version: row.version,
  };
}

/** What a person wrote on a card, ready to be stored: numbers in international form, addresses in lower case, each once. */
export function customerInput(given: Given, country: string, before?: CustomerRow): CustomerInput {
  const kept = before === undefined ? undefined : customerView(before);
  const phones = given.phones?.map((phone) => phoneValue(phone, country)) ?? kept?.phones ?? [];
  const emails = given.emails?.map((email) => email.trim().toLowerCase()) ?? kept?.emails ?? [];
  const note = given.note ?? kept?.note ?? "";
  return {
    clientId: given.clientId ?? before?.clientId ?? null,
    name: given.name.trim(),
    company: given.company ?? kept?.company ?? "",
    language: given.language === undefined ? (kept?.language ?? null) : given.language,
    handles: [...handles("phone", phones), ...handles("email", emails)],
    fields: note === "" ? without(before?.fields, noteField) : { ...before?.fields, [noteField]: note },
  };
}

function handles(kind: CustomerHandle["kind"], values: readonly string[]): CustomerHandle[] {
  const unique = new Set(values.map((value) => value.trim()).filter((value) => value !== ""));
  return [...unique].map((value) => ({ kind, value, label: "" }));
}

function without(fields: Readonly<Record<string, string>> | undefined, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([name]) => name !== key));
}
