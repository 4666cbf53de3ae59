import { importFields, type Language, type SaidParams, type Sentence, say } from "@centrala/contract";
import type { CustomerHandle, CustomerInput, Store } from "@centrala/store";
import { readNumber } from "../core/numbers.ts";
import { noteField } from "./card.ts";
import type { ImportTable } from "./previews.ts";

export type ImportField = (typeof importFields)[number];
export type Mapping = Readonly<Record<string, string | null>>;
export type RowProblem = {
  readonly path: string;
  readonly line: number;
  readonly message: string;
  readonly code: string;
  readonly params: SaidParams;
};
export type Outcome = { created: number; updated: number; skipped: number; problems: RowProblem[] };

const guesses: readonly (readonly [ImportField, RegExp])[] = [
  ["firstName", /^(first ?name|given ?name|имя|собствено име|първо име)$/i],
  ["lastName", /^(last ?name|surname|family ?name|фамилия|фамилно име|презиме)$/i],
  ["company", /(company|organi[sz]ation|firm|компания|организация|фирма|дружество)/i],
  ["email", /(e-?mail|mail|почта|имейл|поща|мейл)/i],
  ["phone", /(phone|mobile|cell|\btel|gsm|телефон|мобил|моб\.|тел\.|номер)/i],
  ["language", /^(lang|language|язык|език)$/i],
  ["note", /(note|comment|remark|заметк|примечан|комментар|бележк|коментар|забележк)/i],
  ["name", /(name|customer|client|contact|фио|ф\.и\.о|имена|^име$|клиент|контакт|наименование|название)/i],
];
const batchRows = 500;
const problemsMax = 200;

/** Which column seems to hold what, by its name in English, Russian or Bulgarian, else by what stands in it. */
export function guessMapping(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): Record<string, string | null> {
  const taken = new Set<ImportField>();
  const mapping: Record<string, string | null> = {};
  columns.forEach((column, index) => {
    const field = guessByName(column.trim()) ?? guessByContent(rows.slice(0, 50).map((row) => row[index] ?? ""));
    mapping[column] = claim(field, taken);
  });
  return mapping;
}

function guessByName(column: string): ImportField | null {
  return guesses.find(([, pattern]) => pattern.test(column))?.[0] ?? null;
}

function guessByContent(cells: readonly string[]): ImportField | null {
  const filled = cells.filter((cell) => cell !== "");
  if (filled.length === 0) return null;
  if (filled.every((cell) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(cell))) return "email";
  if (filled.every((cell) => /^[+(]?[0-9][0-9 ()./-]{5,}$/.test(cell))) return "phone";
  return null;
}

function claim(field: ImportField | null, taken: Set<ImportField>): ImportField | null {
  if (field === null) return null;
  const second = field === "phone" ? "phone2" : field === "email" ? "email2" : null;
  const free = !taken.has(field) ? field : second !== null && !taken.has(second) ? second : null;
  if (free !== null) taken.add(free);
  return free;
}

/** Takes a previewed table in, 500 rows at a time; rows that cannot be taken are named and left out. */
export async function takeIn(
  store: Store,
  centreId: string,
  country: string,
  table: ImportTable,
  mapping: Mapping,
): Promise<Outcome> {
  const outcome: Outcome = { created: 0, updated: 0, skipped: 0, problems: [] };
  const fields = table.columns.map((column) => fieldOf(mapping[column]));
  for (let start = 0; start < table.rows.length; start += batchRows) {
    const customers: CustomerInput[] = [];
    table.rows.slice(start, start + batchRows).forEach((row, offset) => {
      // The header is line 1 of the file.
      const customer = readRow(row, fields, country, start + offset + 2, outcome.problems);
      if (customer === null) outcome.skipped += 1;
      else customers.push(customer);
    });
    const taken = await store.customers.importMany(centreId, customers);
    outcome.created += taken.created;
    outcome.updated += taken.updated;
  }
  return outcome;
}

function fieldOf(text: string | null | undefined): ImportField | null {
  return importFields.find((field) => field === text) ?? null;
}

type Cells = Partial<Record<ImportField, string>>;

function readRow(
  row: readonly string[],
  fields: readonly (ImportField | null)[],
  country: string,
  line: number,
  problems: RowProblem[],
): CustomerInput | null {
  const cells: Cells = {};
  row.forEach((cell, index) => {
    const field = fields[index] ?? null;
    if (field !== null && cell !== "") cells[field] = cells[field] === undefined ? cell : `${cells[field]} ${cell}`;
  });
  const report = (path: ImportField, sentence: Sentence): void => {
    if (problems.length < problemsMax) problems.push({ path, line, ...sentence });
  };
  const handles = [...phonesOf(cells, country, report), ...emailsOf(cells, report)];
  const name = nameOf(cells) || handles[0]?.value || "";
  if (name === "") {
    report("name", say("ROW_EMPTY"));
    return null;
  }
  return {
    clientId: null,
    name: name.slice(0, 200),
    company: (cells.company ?? "").slice(0, 200),
    language: languageOf(cells.language),
    handles,
    fields: cells.note === undefined ? {} : { [noteField]: cells.note },
  };
}

type Report = (path: ImportField, sentence: Sentence) => void;

function nameOf(cells: Cells): string {
  return cells.name ?? [cells.firstName, cells.lastName].filter((part) => part !== undefined).join(" ");
}

function phonesOf(cells: Cells, country: string, report: Report): CustomerHandle[] {
  const values = new Set<string>();
  for (const field of ["phone", "phone2"] as const) {
    for (const part of (cells[field] ?? "").split(/[,;/|\n]/)) {
      const typed = part.trim();
      if (typed === "") continue;
      const number = readNumber(typed, country);
      if (number.e164 === null) report(field, say("PHONE_INVALID", { value: typed.slice(0, 40) }));
      if (number.e164 !== null || /[0-9]{3,}/.test(number.raw)) values.add(number.e164 ?? number.raw);
    }
  }
  return [...values].slice(0, 20).map((value) => ({ kind: "phone", value, label: "" }));
}

function emailsOf(cells: Cells, report: Report): CustomerHandle[] {
  const values = new Set<string>();
  for (const field of ["email", "email2"] as const) {
    for (const part of (cells[field] ?? "").split(/[,;|\s]+/)) {
      if (part === "") continue;
      if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(part) && part.length <= 254) values.add(part.toLowerCase());
      else report(field, say("EMAIL_INVALID", { value: part.slice(0, 60) }));
    }
  }
  return [...values].slice(0, 20).map((value) => ({ kind: "email", value, label: "" }));
}

const languages: readonly (readonly [Language, RegExp])[] = [
  ["ru", /^(ru|rus|russian|рус)/i],
  ["bg", /^(bg|bul|bulgarian|бълг|болг)/i],
  ["en", /^(en|eng|english|анг)/i],
];

function languageOf(text: string | undefined): Language | null {
  return languages.find(([, pattern]) => pattern.test(text ?? ""))?.[0] ?? null;
}
