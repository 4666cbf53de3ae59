import type { TableRow } from "./delimited.ts";

/** What the rows of {@link vcardRows} hold. */
export const vcardColumns = ["name", "company", "phone", "email", "note"] as const;

/** Bytes as text in an encoding by its name; null where nobody knows that name. */
export type DecodeBytes = (bytes: Uint8Array, charset: string) => string | null;

/** Cards of telephones and address books (vCard 2.1, 3.0, 4.0: RFC 6350), one row each, on the line on which they begin. */
export function* vcardRows(text: string, decode: DecodeBytes): Generator<TableRow> {
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
    const value = /quoted-printable/i.test(parameters) ? quotedPrintable(raw, charsetOf(parameters), decode) : raw;
    if (kind === "FN") fields.name.push(unescaped(value));
    else if (kind === "N") parts = nameOf(value);
    else if (kind === "ORG") fields.company.push(unescaped(divided(value).filter(Boolean).join(", ")));
    else if (kind === "TEL" && !/\bfax\b/i.test(parameters)) fields.phone.push(numberOf(value));
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

function charsetOf(parameters: string): string {
  return /charset="?([\w-]+)/i.exec(parameters)?.[1] ?? "utf-8";
}

/** What telephones dial after a pause, and the extension of a number's address (RFC 3966), stand behind the number. */
function numberOf(value: string): string {
  const bare = value.replace(/^tel:/i, "").trim();
  const address = /^([^;]+)((?:;[\w-]+=[^;]*)+)$/.exec(bare);
  if (address !== null) {
    const extension = /;ext=([0-9]+)/i.exec(address[2] ?? "")?.[1];
    return extension === undefined ? (address[1] ?? "") : `${address[1]} ext. ${extension}`;
  }
  return bare.replace(/(?<=[0-9)])\s*[,;pw]+\s*([0-9]{1,6})#?$/i, " ext. $1");
}

function quotedPrintable(value: string, charset: string, decode: DecodeBytes): string {
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at += 1) {
    const hex = value[at] === "=" ? /^[0-9A-F]{2}/i.exec(value.slice(at + 1, at + 3))?.[0] : undefined;
    const code = value.charCodeAt(at);
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    } else if (code < 0x80) bytes.push(code);
    // Letters that are written out: the text is no quoted-printable, whatever it says.
    else return value;
  }
  return decode(Uint8Array.from(bytes), charset) ?? value;
}
