import type { ImportField, Language } from "@centrala/contract";
import type { Columns } from "./columns.ts";
import { type ReadPhone, readPhones } from "./phones.ts";

/** A customer as a row of a list gives it. */
export type Card = {
  readonly name: string;
  readonly company: string;
  readonly language: Language | null;
  readonly phones: readonly string[];
  readonly emails: readonly string[];
  readonly note: string;
};

/** What of a row could not be read as its column says; it stands in the note, so that nothing is lost. */
export type Remark = {
  readonly field: ImportField;
  readonly reason: "PHONE_INVALID" | "PHONE_IS_DATE" | "PHONE_ROUNDED" | "EMAIL_INVALID";
  readonly value: string;
};

export type ReadCard = { readonly card: Card; readonly remarks: readonly Remark[] };

const handlesMax = 20;
const reasons = { date: "PHONE_IS_DATE", rounded: "PHONE_ROUNDED", "not-whole": "PHONE_INVALID" } as const;
const email = /^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/;

/**
 * A row as the card that it becomes; null when it has neither a name nor a company nor a number nor an e-mail.
 * @param names the columns' names, which say in the note where a text comes from
 */
export function readCard(
  cells: readonly string[],
  columns: Columns,
  names: readonly string[],
  readPhone: ReadPhone,
): ReadCard | null {
  const texts: Partial<Record<ImportField, string[]>> = {};
  const notes: string[] = [];
  const phones = new Set<string>();
  const emails = new Set<string>();
  const remarks: Remark[] = [];
  cells.forEach((cell, index) => {
    const field = columns[index] ?? null;
    if (field === null || cell === "") return;
    if (field === "phone") {
      const read = readPhones(cell, readPhone);
      for (const phone of read.phones) phones.add(phone);
      notes.push(...read.beside);
      for (const { text, reason } of read.left) {
        notes.push(`${names[index] ?? ""}: ${text}`);
        remarks.push({ field, reason: reasons[reason], value: text.slice(0, 60) });
      }
    } else if (field === "email") {
      const { addresses, words } = addressesOf(cell);
      if (words !== "") notes.push(words);
      for (const part of addresses.split(/[,;|\s]+|:::/)) {
        const address = part.trim().replace(/^<|>$/g, "").toLowerCase();
        if (address === "") continue;
        if (email.test(address) && address.length <= 254) emails.add(address);
        else {
          notes.push(`${names[index] ?? ""}: ${part}`);
          remarks.push({ field, reason: "EMAIL_INVALID", value: part.slice(0, 60) });
        }
      }
    } else (texts[field] ??= []).push(field === "note" ? cell.replaceAll(/<br\s*\/?>/gi, "\n") : cell);
  });
  const text = (field: ImportField): string => (texts[field] ?? []).join(" ").replace(/\s+/g, " ").trim();
  const name = nameOf(text("name"), text("firstName"), text("middleName"), text("lastName"));
  const company = text("company").slice(0, 200);
  if (name === "" && company === "" && phones.size === 0 && emails.size === 0) return null;
  const card: Card = {
    name: name.slice(0, 200),
    company,
    language: languageOf(text("language")),
    phones: [...phones].slice(0, handlesMax),
    emails: [...emails].slice(0, handlesMax),
    note: [...(texts.note ?? []), ...notes, ...[...phones].slice(handlesMax), ...[...emails].slice(handlesMax)]
      .join("\n")
      .slice(0, 4_000),
  };
  return { card, remarks };
}

/** "Ivan Petrov <ivan@example.com>" and "Ivan Petrov (ivan@example.com)": the addresses, and the words beside them. */
function addressesOf(cell: string): { readonly addresses: string; readonly words: string } {
  const inside = [...cell.matchAll(/[<(]\s*([^\s<>()@]+@[^\s<>()@]+)\s*[>)]/g)];
  if (inside.length === 0) return { addresses: cell, words: "" };
  const rest = inside.reduce((left, { 0: whole }) => left.replace(whole, " "), cell);
  const words = rest.replace(/[\s"',;]+/g, " ").trim();
  const addresses = inside.map((found) => found[1]).join(" ");
  return words.includes("@") ? { addresses: `${rest} ${addresses}`, words: "" } : { addresses, words };
}

/** One to three parts of a name as one; a part that the whole name holds already is not said twice. */
function nameOf(whole: string, first: string, middle: string, last: string): string {
  const words = new Set(whole.toLowerCase().split(" "));
  const missing = (part: string): boolean =>
    part !== "" &&
    !part
      .toLowerCase()
      .split(" ")
      .every((word) => words.has(word));
  const before = [first].filter(missing);
  const after = [middle, last].filter(missing);
  return [...before, ...(whole === "" ? [] : [whole]), ...after].join(" ");
}

const languages: readonly (readonly [Language, RegExp])[] = [
  ["ru", /^(ru|rus|russian|рус)/i],
  ["bg", /^(bg|bul|bulgarian|бълг|болг)/i],
  ["en", /^(en|eng|english|анг)/i],
];

function languageOf(text: string): Language | null {
  return languages.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** Names are the same whatever their case, order, punctuation, and ё or е. */
export function sameName(left: string, right: string): boolean {
  return left === right || nameKey(left) === nameKey(right);
}

function nameKey(name: string): string {
  const words =
    name
      .toLowerCase()
      .replaceAll("ё", "е")
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.sort((one, other) => (one < other ? -1 : 1)).join(" ");
}

/**
 * A card with what another says of the same person: empty fields are filled, numbers, addresses and notes added, nothing
 * is replaced; a name only where the card was called by its number. The same object when nothing is new.
 */
export function mergeCard(before: Card, added: Card): Card {
  const phones = union(before.phones, added.phones);
  const emails = union(before.emails, added.emails);
  const nameless = before.name === "" || before.phones.includes(before.name) || before.emails.includes(before.name);
  const name = nameless && added.name !== "" ? added.name : before.name;
  const company = before.company === "" ? added.company : before.company;
  const language = before.language ?? added.language;
  const news = added.note.split("\n").filter((line) => line !== "" && !before.note.includes(line));
  const note = [before.note, ...news]
    .filter((line) => line !== "")
    .join("\n")
    .slice(0, 4_000);
  const same =
    phones === before.phones &&
    emails === before.emails &&
    name === before.name &&
    company === before.company &&
    language === before.language &&
    note === before.note;
  return same ? before : { name, company, language, phones, emails, note };
}

function union(before: readonly string[], added: readonly string[]): readonly string[] {
  const news = added.filter((value) => !before.includes(value));
  return news.length === 0 || before.length >= handlesMax ? before : [...before, ...news].slice(0, handlesMax);
}
