import type { ResponseOf } from "@centrala/contract";
import { formatPhone } from "../ui/phone.ts";

type Customer = ResponseOf<"customer">;
/** A card as it stands in the form. */
export type CardDraft = {
  /** Absent: the server decides, because there is nothing to choose. */
  clientId?: string;
  name: string;
  company: string;
  phones: string[];
  emails: string[];
  language: "en" | "ru" | "bg" | null;
  note: string;
};

export function draftOf(customer: Customer | null, start: { phone: string; name: string }): CardDraft {
  if (!customer) {
    return {
      name: start.name,
      company: "",
      phones: start.phone ? [start.phone] : [],
      emails: [],
      language: null,
      note: "",
    };
  }
  const { clientId, name, company, phones, emails, language, note } = customer;
  return { clientId, name, company, phones: phones.map(formatPhone), emails, language, note };
}

/** What is sent: texts trimmed, empty lines left out. */
export function cleanDraft(draft: CardDraft): CardDraft {
  const lines = (values: readonly string[]) => values.map((value) => value.trim()).filter((value) => value !== "");
  return {
    ...draft,
    name: draft.name.trim(),
    company: draft.company.trim(),
    phones: lines(draft.phones),
    emails: lines(draft.emails),
  };
}

/** Whether saving one would store the same as the other. */
export function sameDraft(a: CardDraft, b: CardDraft): boolean {
  return JSON.stringify(cleanDraft(a)) === JSON.stringify(cleanDraft(b));
}

const storageKey = (id: string) => `centrala.customer.${id}`;

/** Drafts live in this tab only: a card is personal data and must not stay on a shared computer. */
export function keepDraft(id: string, draft: CardDraft): void {
  try {
    sessionStorage.setItem(storageKey(id), JSON.stringify(draft));
  } catch {
    // A full or forbidden storage costs the draft's survival, nothing else.
  }
}

export function forgetDraft(id: string): void {
  sessionStorage.removeItem(storageKey(id));
}

export function keptDraft(id: string): CardDraft | null {
  const text = sessionStorage.getItem(storageKey(id));
  if (!text) return null;
  try {
    const value = JSON.parse(text) as Partial<CardDraft>;
    return typeof value.name === "string" && Array.isArray(value.phones) && Array.isArray(value.emails)
      ? (value as CardDraft)
      : null;
  } catch {
    return null;
  }
}
