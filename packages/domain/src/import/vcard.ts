import type { TableRow } from "./delimited.ts";

/** What the rows of {@link vcardRows} hold. */
export const vcardColumns = ["name", "company", "phone", "email", "note"] as const;

/** Cards of telephones and address books (vCard 2.1, 3.0, 4.0: RFC 6350), one row each, on the line on which they begin. */
export function* vcardRows(text: string): Generator<TableRow> {
  let line = 0;
  let begin = 0;
  let fields: Record<(typeof vcardColumns)[number], string[]> | null = null;
  let parts = "";
  for (const { content, first } of unfolded(text)) {
    line = first;
    const property = /^(?:[\w-]+\.)?([\w-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/s.exec(content);
    if (property === null) continue;
    const [, name = "", parameters = "", raw = ""] = property;
    const kind = name.toUpperCase();
    if (kind === "BEGIN") {
      begin = line;
      fields = { name: [], company: [], phone: [], email: [], note: [] };
      parts = "";
    }
    if (fields === null) continue;
    const value = /quoted-printable/i.test(parameters) ? quotedPrintable(raw) : raw;
    if (kind === "FN") fields.name.push(unescaped(value));
    else if (kind === "N") parts = nameOf(value);
    else if (kind === "ORG") fields.company.push(unescaped(divided(value).filter(Boolean).join(", ")));
    else if (kind === "TEL" && !/\bfax\b/i.test(parameters)) fields.phone.push(value.replace(/^tel:/i, ""));
    else if (kind === "EMAIL") fields.email.push(unescaped(value));
    else if (kind === "NOTE") fields.note.push(unescaped(value));
    else if (kind === "END") {
      const card = fields;
      if (card.name.join("").trim() === "") card.name = [parts];
      yield { line: begin, cells: vcardColumns.map((column) => card[column].join("\n").trim()) };
      fields = null;
    }
  }
}

/** Lines with those joined that continue them: by a blank, or by "=" where quoted-printable breaks. */
function* unfolded(text: string): Generator<{ readonly content: string; readonly first: number }> {
  let content = "";
  let first = 1;
  let line = 0;
  for (const { 0: raw } of text.matchAll(/[^\r\n]*(?:\r\n|\n|\r|$)/g)) {
    line += 1;
    const next = raw.replace(/[\r\n]+$/, "");
    const soft = /quoted-printable/i.test(content) && content.endsWith("=");
    if (soft) content = content.slice(0, -1) + next;
    else if (/^[ \t]/.test(next) && content !== "") content += next.slice(1);
    else {
      if (content !== "") yield { content: content.slice(0, contentMax), first };
      content = next;
      first = line;
    }
    if (content.length > 4 * contentMax) content = content.slice(0, contentMax);
  }
  if (content !== "") yield { content: content.slice(0, contentMax), first };
}

/** A photograph is passed over; nothing that is kept is longer. */
const contentMax = 64 * 1024;

function nameOf(value: string): string {
  const [family = "", given = "", middle = ""] = divided(value).map(unescaped);
  return [given, middle, family].filter((part) => part !== "").join(" ");
}

function divided(value: string): string[] {
  return value.split(/(?<!\\);/).map((part) => part.trim());
}

function unescaped(value: string): string {
  return value
    .replace(/\\n/gi, "\n")
    .replace(/\\([,;:\\])/g, "$1")
    .trim();
}

function quotedPrintable(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll("%", "%25").replaceAll(/=([0-9A-F]{2})/gi, "%$1"));
  } catch {
    return value;
  }
}
