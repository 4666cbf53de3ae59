import type { ImportField } from "@centrala/contract";
import { noWholeNumber, type ReadPhone, readPhones } from "./phones.ts";

export type Columns = readonly (ImportField | null)[];

/** Headings of address books and customer programs that look like a field and are none: labels, fax, sound of a name, dates. */
const nothing =
  /(\b(label|type|fax|phonetic|yomi|photo|prefix|suffix|title|birthday|anniversary|date|time|url|web|street|city|postal|country|pager|telex|display name|display as|id|status|account|created|modified|amount)\b|факс|дата|дни|рожд|тип|статус|сайт|сума|сумма|индекс|пощенски|град|город|улица|държава|страна|създаден|создан|изменен|егн|еик|булстат|показвано|краткое имя|код организации|\bинн|огрн|№)/i;
const guesses: readonly (readonly [ImportField, RegExp])[] = [
  ["email", /(e-?mail|електронна поща|\bmail|почта|имейл|поща|мейл|е-?мейл|эл\. ?адрес)/i],
  [
    "phone",
    /(phone|mobile|cell|\btel(?:\b|efon|ephone|\.)|\bgsm|telefon|телефон|мобил|моб\.|(^|\s)тел\.?(\s|$)|сотов|джиесем|whatsapp|viber)/i,
  ],
  ["middleName", /^(middle ?name|additional name|patronymic|отчество|презиме|бащино име|второ име|2-?ро име)$/i],
  ["lastName", /^(last ?name|surname|family ?name|фамилия|фамилно име|фамилия на клиента)$/i],
  ["firstName", /^(first ?name|given ?name|forename|имя|собствено име|първо име|лично име)$/i],
  [
    "company",
    /(company|account ?name|organi[sz]ation( name)?$|\bfirm\b|business name|компания|организаци|фирма|дружество|работодател)/i,
  ],
  ["language", /^(lang|language|язык|език|preferred language)$/i],
  ["note", /(note|comment|remark|description|заметк|примечан|комментар|бележк|коментар|забележк|описание)/i],
  [
    "name",
    /^(full ?name|name|names|customer( name)?|client( name)?|contact( name)?|file as|display ?name|фио|ф\.?\s?и\.?\s?о\.?|имена|три имена|име|име на клиент[аи]?|имя клиента|имя и фамилия|име и фамилия|фамилия имя( отчество)?|клиент|контакт|контактно лице|контактное лицо|лице за контакт|мол|contact person|контрагент|наименование|название|абонат|титуляр|fn|cn)$/i,
  ],
];
/** "Номер" may be a telephone or a running number: what stands beneath decides. */
const perhapsPhone = /(number|номер|^no\.?$|^nr\.?$)/i;
const email = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Which column holds what: by its heading in English, Russian or Bulgarian, else by what stands in it. */
export function guessColumns(
  heading: readonly string[],
  samples: readonly (readonly string[])[],
  readPhone: ReadPhone,
): (ImportField | null)[] {
  const columns = heading.map((title, index) => {
    const cells = samples.map((row) => row[index] ?? "").filter((cell) => cell !== "");
    return guessByHeading(title.trim(), cells, readPhone) ?? guessByContent(title.trim(), cells, readPhone);
  });
  return onlyOneOf(firmsOf(columns, heading), "language");
}

const contactPerson = /(contact ?(person|name)|контактн|лице за контакт|^мол$|представител)/i;
const customerName = /(контрагент|наименован|название|клиент|customer|client)/i;

/** Where a list names the customer and a person there, the customer is a firm. */
function firmsOf(columns: readonly (ImportField | null)[], heading: readonly string[]): (ImportField | null)[] {
  const titled = (pattern: RegExp) => (index: number) =>
    columns[index] === "name" && pattern.test(heading[index] ?? "");
  const places = [...columns.keys()];
  const isFirm = titled(customerName);
  const isPerson = titled(contactPerson);
  if (columns.includes("company") || !places.some(isPerson)) return [...columns];
  return columns.map((column, index) => (isFirm(index) && !isPerson(index) ? "company" : column));
}

function guessByHeading(title: string, cells: readonly string[], readPhone: ReadPhone): ImportField | null {
  if (title === "" || (nothing.test(title) && !/e-?mail ?address|mobile ?phone$|^account ?name$/i.test(title)))
    return null;
  const field = guesses.find(([, pattern]) => pattern.test(title))?.[0];
  if (field === "company" && /(department|position|отдел|длъжност|должность)/i.test(title)) return null;
  if (field !== undefined) return field;
  return perhapsPhone.test(title) && mostly(cells, (cell) => isPhone(cell, readPhone)) ? "phone" : null;
}

function guessByContent(title: string, cells: readonly string[], readPhone: ReadPhone): ImportField | null {
  if (title !== "" && nothing.test(title)) return null;
  if (mostly(cells, (cell) => email.test(cell))) return "email";
  return mostly(cells, (cell) => isPhone(cell, readPhone)) ? "phone" : null;
}

function isPhone(cell: string, readPhone: ReadPhone): boolean {
  return noWholeNumber(cell) === null && readPhones(cell, readPhone).phones.length > 0;
}

function mostly(cells: readonly string[], test: (cell: string) => boolean): boolean {
  return cells.length > 0 && cells.filter(test).length >= cells.length * 0.8;
}

function onlyOneOf(columns: (ImportField | null)[], field: ImportField): (ImportField | null)[] {
  const first = columns.indexOf(field);
  return columns.map((column, index) => (column === field && index !== first ? null : column));
}

/**
 * Which of the first rows names the columns: the one whose cells are known headings. Titles above it are passed over.
 * @returns its place among the rows; -1 when the file begins with data
 */
export function findHeading(rows: readonly (readonly string[])[], readPhone: ReadPhone): number {
  const known = rows.slice(0, 30).map((row) => row.filter((cell) => isHeading(cell)).length);
  const best = Math.max(0, ...known);
  if (best > 0) {
    // One known word in a long title is no heading as long as a row beneath knows as many.
    const place = known.indexOf(best);
    if (best > 1 || rows[place]?.filter((cell) => cell !== "").length !== 1 || (rows[place + 1] ?? []).length <= 1)
      return place;
  }
  const width = Math.max(0, ...rows.slice(0, 30).map(filled));
  const first = rows.findIndex((row) => filled(row) >= Math.min(2, width));
  const row = rows[first] ?? [];
  return first < 0 || row.some((cell) => email.test(cell) || isPhone(cell, readPhone)) ? -1 : first;
}

function filled(row: readonly string[]): number {
  return row.filter((cell) => cell !== "").length;
}

function isHeading(cell: string): boolean {
  return cell.length <= 60 && !/[0-9]{5}/.test(cell) && guesses.some(([, pattern]) => pattern.test(cell.trim()));
}

/** Columns by the names people see: without a name as a spreadsheet calls it (A, B, AA), the same name numbered. */
export function columnNames(heading: readonly string[], width: number): string[] {
  const names: string[] = [];
  const taken = new Set<string>();
  for (let index = 0; index < width; index += 1) {
    const base = (heading[index] ?? "").trim().slice(0, 100) || letterOf(index);
    let name = base;
    for (let copy = 2; taken.has(name); copy += 1) name = `${base} (${copy})`;
    taken.add(name);
    names.push(name);
  }
  return names;
}

function letterOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : `${letterOf(Math.floor(index / 26) - 1)}${last}`;
}
