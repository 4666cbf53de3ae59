import type { Card } from "@centrala/domain/import";
import type { Instant } from "@centrala/kit";
import type { CustomerHandle, CustomerInput, CustomerRow, ImportRow } from "../port.ts";
import { cleanText, toJson } from "../text.ts";
import { newId } from "./id.ts";
import { customerWords, foldText } from "./words.ts";

/** Free field of a card that holds its note. */
export const noteField = "note";

/** Trimmed, without what PostgreSQL refuses, e-mail in lower case, handles once each. */
export function cleanCustomer(customer: CustomerInput): CustomerInput {
  const handles = new Map<string, CustomerHandle>();
  for (const handle of customer.handles) {
    const text = cleanText(handle.value.trim());
    const value = handle.kind === "email" ? text.toLowerCase() : text;
    const key = `${handle.kind}:${value}`;
    if (value !== "" && !handles.has(key))
      handles.set(key, { kind: handle.kind, value, label: cleanText(handle.label) });
  }
  const { clientId, language, fields } = customer;
  const [name, company] = [cleanText(customer.name.trim()), cleanText(customer.company.trim())];
  return { clientId, name, company, language, handles: [...handles.values()], fields };
}

/** What the card's name is sorted by. */
export function sortName({ name, company }: Pick<CustomerInput, "name" | "company">): string {
  return foldText(name === "" ? company : name);
}

/** A customer as a list's card says; what stood on the customer's card before and in no list stays. */
export function inputOf(card: Card, clientId: string, before: CustomerRow | undefined): CustomerInput {
  const labels = new Map(before?.handles.map((handle) => [handle.value, handle.label]));
  const handle = (kind: "phone" | "email") => (value: string) => ({ kind, value, label: labels.get(value) ?? "" });
  // Whoever has nothing but a number is called by it.
  const name = card.name || (card.company === "" ? (card.phones[0] ?? card.emails[0] ?? "") : "");
  return {
    clientId,
    name: name === "" ? card.company : name,
    company: card.company,
    language: card.language,
    handles: [...card.phones.map(handle("phone")), ...card.emails.map(handle("email"))],
    fields: { ...before?.fields, ...(card.note === "" ? {} : { [noteField]: card.note }) },
  };
}

/**
 * Rows of a checked list as the text that `addRows` stores. What a new card is stored as is made ready here, where no call
 * waits, so that the database stores it by itself (store_new_cards of migration 9).
 */
export function importRowsText(rows: readonly ImportRow[], now: Instant): string {
  return toJson(
    rows.map((row) => ({
      line: row.line,
      verdict: row.verdict,
      remarks: row.remarks.length,
      body: row,
      made: row.card !== null && (row.verdict === "new" || row.verdict === "doubtful") ? madeOf(row.card, now) : null,
    })),
  );
}

function madeOf(card: Card, now: Instant): object {
  const { clientId: _, ...customer } = cleanCustomer(inputOf(card, "", undefined));
  return { ...customer, id: newId(now), sort_name: sortName(customer), words: customerWords(customer) };
}
