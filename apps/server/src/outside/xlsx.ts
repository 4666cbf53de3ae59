import { say } from "@centrala/contract";
import type { TableRow } from "@centrala/domain/import";
import { FileRefused } from "./refusal.ts";
import { attributeOf, type XmlHandler, XmlReader } from "./xml.ts";
import { unpack, type ZipEntry, zipEntries } from "./zip.ts";

export type SheetName = { readonly name: string; readonly hidden: boolean };
export type Workbook = {
  readonly sheets: readonly SheetName[];
  /** The filled rows of a sheet with their own numbers, as they stream in. */
  rows(sheet: number): AsyncGenerator<TableRow>;
};
export type SheetLimits = {
  /** Cells further right are not looked at. */
  readonly columnsMax: number;
  readonly cellMax: number;
};

/** What a part of a workbook may unpack to in passing, and what is held: the shared texts. */
const streamedBytesMax = 250 * 1024 * 1024;
const heldTextMax = 30 * 1024 * 1024;
const sheetsMax = 200;

/** Opens an XLSX file without reading its sheets. @throws FileRefused when it is none */
export async function openWorkbook(bytes: Uint8Array, limits: SheetLimits): Promise<Workbook> {
  const parts = new Parts(bytes);
  const workbook = await readWorkbook(parts);
  return {
    sheets: workbook.sheets.map(({ name, hidden }) => ({ name, hidden })),
    rows: (sheet) => rowsOf(parts, workbook.sheets[sheet]?.path ?? "", workbook.base1904, limits),
  };
}

/** The files inside of a workbook, unpacked as they are asked for, each within a budget. */
class Parts {
  readonly #zip: Uint8Array;
  readonly #entries: ReadonlyMap<string, ZipEntry>;

  constructor(zip: Uint8Array) {
    this.#zip = zip;
    this.#entries = zipEntries(zip);
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  async *text(path: string): AsyncGenerator<string> {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw damaged();
    const decoder = new TextDecoder();
    let streamed = 0;
    const take = (bytes: number): void => {
      streamed += bytes;
      if (streamed > streamedBytesMax) throw new FileRefused("TOO_LARGE", say("FILE_TOO_HEAVY"));
    };
    for await (const piece of unpack(this.#zip, entry, take)) yield decoder.decode(piece, { stream: true });
  }

  async read(path: string, handler: Partial<XmlHandler>): Promise<void> {
    if (!this.has(path)) return;
    const reader = new XmlReader({ open: nothing, close: nothing, text: nothing, ...handler });
    for await (const piece of this.text(path)) reader.write(piece);
  }
}

type SheetPart = SheetName & { readonly path: string };

async function readWorkbook(parts: Parts): Promise<{ sheets: SheetPart[]; base1904: boolean }> {
  if (!parts.has("xl/workbook.xml")) throw damaged();
  const targets = new Map<string, string>();
  await parts.read("xl/_rels/workbook.xml.rels", {
    open: (name, attributes) => {
      if (name === "Relationship")
        targets.set(attributeOf(attributes, "Id") ?? "", attributeOf(attributes, "Target") ?? "");
    },
  });
  const sheets: SheetPart[] = [];
  let base1904 = false;
  await parts.read("xl/workbook.xml", {
    open: (name, attributes) => {
      if (name === "workbookPr") base1904 = /^(1|true)$/.test(attributeOf(attributes, "date1904") ?? "");
      if (name !== "sheet" || sheets.length >= sheetsMax) return;
      const target = targets.get(relationOf(attributes)) ?? `worksheets/sheet${sheets.length + 1}.xml`;
      const path = target.startsWith("/") ? target.slice(1) : `xl/${target}`;
      if (!parts.has(path)) return;
      const hidden = (attributeOf(attributes, "state") ?? "visible") !== "visible";
      sheets.push({ name: (attributeOf(attributes, "name") ?? "").slice(0, 100), hidden, path });
    },
  });
  if (sheets.length === 0) throw damaged();
  return { sheets, base1904 };
}

/** The relation's prefix is usually r, but a file may choose another. */
function relationOf(attributes: string): string {
  return /\s\w+:id=["']([^"']*)["']/.exec(attributes)?.[1] ?? "";
}

async function* rowsOf(parts: Parts, path: string, base1904: boolean, limits: SheetLimits): AsyncGenerator<TableRow> {
  const texts = await readSharedTexts(parts, limits.cellMax);
  const dates = await readDateStyles(parts);
  const rows: TableRow[] = [];
  const reader = new XmlReader(new SheetHandler(texts, dates, base1904, limits, rows));
  for await (const piece of parts.text(path)) {
    reader.write(piece);
    yield* rows.splice(0);
  }
}

/** Turns a sheet's XML into rows: every cell goes where its own address says, and nothing is made for those that are not there. */
class SheetHandler implements XmlHandler {
  readonly #texts: readonly string[];
  readonly #dates: ReadonlySet<number>;
  readonly #base1904: boolean;
  readonly #limits: SheetLimits;
  readonly #rows: TableRow[];
  #line = 0;
  #cells: string[] = [];
  #column = -1;
  #type = "n";
  #style = 0;
  #value = "";
  #collects = false;
  #phonetic = false;

  constructor(
    texts: readonly string[],
    dates: ReadonlySet<number>,
    base1904: boolean,
    limits: SheetLimits,
    rows: TableRow[],
  ) {
    this.#texts = texts;
    this.#dates = dates;
    this.#base1904 = base1904;
    this.#limits = limits;
    this.#rows = rows;
  }

  open(name: string, attributes: string): void {
    if (name === "c") this.#openCell(attributes);
    else if (name === "v" || name === "t") this.#collects = !this.#phonetic;
    else if (name === "rPh") this.#phonetic = true;
    else if (name === "row") {
      this.#line = Number(attributeOf(attributes, "r") ?? this.#line + 1);
      this.#cells = [];
      this.#column = -1;
    }
  }

  close(name: string): void {
    if (name === "v" || name === "t") this.#collects = false;
    else if (name === "rPh") this.#phonetic = false;
    else if (name === "c") this.#closeCell();
    else if (name === "row" && this.#cells.some((cell) => cell !== undefined && cell !== ""))
      this.#rows.push({ line: this.#line, cells: Array.from(this.#cells, (cell) => cell ?? "") });
  }

  text(text: string): void {
    if (this.#collects && this.#value.length < this.#limits.cellMax)
      this.#value += text.slice(0, this.#limits.cellMax - this.#value.length);
  }

  #openCell(attributes: string): void {
    const address = attributeOf(attributes, "r");
    this.#column = address === undefined ? this.#column + 1 : columnOf(address);
    this.#type = attributeOf(attributes, "t") ?? "n";
    this.#style = Number(attributeOf(attributes, "s") ?? 0);
    this.#value = "";
  }

  #closeCell(): void {
    if (this.#column < 0 || this.#column >= this.#limits.columnsMax || this.#value === "") return;
    const text = this.#cellText().trim();
    if (text !== "") this.#cells[this.#column] = text;
  }

  #cellText(): string {
    switch (this.#type) {
      case "s":
        return this.#texts[Number(this.#value)] ?? "";
      case "n":
        return this.#dates.has(this.#style) ? dateText(this.#value, this.#base1904) : numberText(this.#value);
      case "d":
        return this.#value.replace(/T00:00:00(\.0+)?Z?$/, "");
      case "e":
        return "";
      default:
        return this.#value;
    }
  }
}

async function readSharedTexts(parts: Parts, cellMax: number): Promise<string[]> {
  const texts: string[] = [];
  let held = 0;
  let text = "";
  let collects = false;
  let phonetic = false;
  await parts.read("xl/sharedStrings.xml", {
    open: (name) => {
      if (name === "si") text = "";
      else if (name === "t") collects = !phonetic;
      else if (name === "rPh") phonetic = true;
    },
    text: (piece) => {
      if (collects && text.length < cellMax) text += piece.slice(0, cellMax - text.length);
    },
    close: (name) => {
      if (name === "t") collects = false;
      else if (name === "rPh") phonetic = false;
      else if (name === "si") {
        texts.push(text);
        held += text.length + 16;
        if (held > heldTextMax) throw new FileRefused("TOO_LARGE", say("FILE_TOO_HEAVY"));
      }
    },
  });
  return texts;
}

/** Places in the list of cell styles whose numbers are dates or times (ECMA-376 part 1, 18.8.30). */
async function readDateStyles(parts: Parts): Promise<Set<number>> {
  const formats = new Set<number>();
  const dates = new Set<number>();
  let inCells = false;
  let style = 0;
  await parts.read("xl/styles.xml", {
    open: (name, attributes) => {
      if (name === "numFmt" && isDateFormat(attributeOf(attributes, "formatCode") ?? ""))
        formats.add(Number(attributeOf(attributes, "numFmtId")));
      else if (name === "cellXfs") inCells = true;
      else if (name === "xf" && inCells) {
        const format = Number(attributeOf(attributes, "numFmtId") ?? 0);
        if (isBuiltInDate(format) || formats.has(format)) dates.add(style);
        style += 1;
      }
    },
    close: (name) => {
      if (name === "cellXfs") inCells = false;
    },
  });
  return dates;
}

function isBuiltInDate(format: number): boolean {
  return (
    (format >= 14 && format <= 22) ||
    (format >= 27 && format <= 36) ||
    (format >= 45 && format <= 47) ||
    (format >= 50 && format <= 58)
  );
}

function isDateFormat(code: string): boolean {
  return /[dmyhs]/i.test(code.replaceAll(/"[^"]*"|\[[^\]]*\]|\\./g, ""));
}

/** Column of an address like "AB12", from 0. */
function columnOf(address: string): number {
  let column = 0;
  for (let at = 0; at < address.length; at += 1) {
    const code = address.charCodeAt(at) & 0xdf;
    if (code < 65 || code > 90 || at > 3) break;
    column = column * 26 + code - 64;
  }
  return column - 1;
}

/** Phone numbers typed as numbers must not come as 3.59881E+11. */
function numberText(value: string): string {
  const number = Number(value);
  if (!Number.isFinite(number)) return value;
  return Number.isInteger(number) && Math.abs(number) < 1e16 ? number.toFixed(0) : String(number);
}

/** A day as Excel counts it, as 2026-11-28, with the time where it has one. */
function dateText(value: string, base1904: boolean): string {
  const serial = Number(value);
  if (!Number.isFinite(serial) || serial < 0 || serial > 2_958_466) return value;
  const days = serial + (base1904 ? 1_462 : 0) - 25_569;
  const text = new Date(Math.round(days * 86_400) * 1_000).toISOString();
  const day = text.slice(0, 10);
  if (Number.isInteger(serial)) return day;
  return serial < 1 ? text.slice(11, 16) : `${day} ${text.slice(11, 16)}`;
}

function nothing(): void {
  // Most parts of a workbook are passed over.
}

function damaged(): FileRefused {
  return new FileRefused("UNSUPPORTED_FILE", say("SHEET_DAMAGED"));
}
