import type { Cell, ColumnKind } from "./cell.ts";
import { type ZipFile, zipStream } from "./zip.ts";

export type XlsxColumn = { readonly heading: string; readonly kind: ColumnKind; readonly width: number };
export type XlsxSheet = {
  /** At most 31 characters, none of : \ / ? * [ ] */
  readonly name: string;
  readonly columns: readonly XlsxColumn[];
  /** How a time is written, for example "dd.mm.yyyy hh:mm". */
  readonly timeFormat: string;
  /** Pages of rows: a text, a number, or nothing a cell; times are days as Excel counts them, lengths are milliseconds. */
  readonly pages: AsyncIterable<readonly (readonly Cell[])[]>;
};

/** What Excel takes in a cell. */
const cellMax = 32_767;
/** Places in the list of cell formats of `stylesPart`. */
const styles: Readonly<Record<ColumnKind | "heading", number>> = { count: 0, heading: 1, text: 2, time: 3, length: 4 };
const daySeconds = 86_400;

/** A workbook of one sheet as it streams out (ECMA-376): its headings stand still, its texts are texts whatever they begin with. */
export function xlsxStream(sheet: XlsxSheet): AsyncGenerator<Uint8Array> {
  return zipStream(partsOf(sheet));
}

function* partsOf(sheet: XlsxSheet): Generator<ZipFile> {
  yield { name: "[Content_Types].xml", content: [contentTypes] };
  yield { name: "_rels/.rels", content: [relations] };
  yield { name: "xl/workbook.xml", content: [workbookPart(sheet.name)] };
  yield { name: "xl/_rels/workbook.xml.rels", content: [workbookRelations] };
  yield { name: "xl/styles.xml", content: [stylesPart(sheet.timeFormat)] };
  yield { name: "xl/worksheets/sheet1.xml", content: sheetPart(sheet) };
}

async function* sheetPart({ columns, pages }: XlsxSheet): AsyncGenerator<string> {
  const letters = columns.map((_, index) => letterOf(index));
  const kinds = columns.map(({ kind }) => kind);
  const widths = columns.map(
    ({ width }, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
  );
  const headings = columns.map(({ heading }, index) => textCell(`${letters[index]}1`, heading, styles.heading));
  yield `${xmlHead}<worksheet xmlns="${mainSpace}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths.join("")}</cols><sheetData><row r="1">${headings.join("")}</row>`;
  let line = 1;
  for await (const rows of pages) {
    yield rows
      .map((cells) => {
        line += 1;
        return `<row r="${line}">${cells.map((cell, at) => cellOf(`${letters[at]}${line}`, cell, kinds[at] ?? "text")).join("")}</row>`;
      })
      .join("");
  }
  yield `</sheetData><autoFilter ref="A1:${letters.at(-1) ?? "A"}${line}"/></worksheet>`;
}

function cellOf(address: string, cell: Cell, kind: ColumnKind): string {
  if (cell === null || cell === "") return "";
  if (typeof cell === "string") return textCell(address, cell, styles.text);
  const value = kind === "length" ? Math.round(cell / 1_000) / daySeconds : cell;
  return `<c r="${address}" s="${styles[kind]}"><v>${value}</v></c>`;
}

/** The text stands in its own cell, so that none has to be remembered for the end of the file; it is never a formula. */
function textCell(address: string, text: string, style: number): string {
  return `<c r="${address}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${xmlText(text)}</t></is></c>`;
}

// oxlint-disable-next-line no-control-regex
const plain = /^[^&<>_\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]*$/;

/** What XML 1.0 cannot say is left out, and what Excel would take for its own way of saying that is told apart (18.4.12, _xHHHH_). */
function xmlText(text: string): string {
  if (text.length <= cellMax && plain.test(text)) return text;
  return (
    text
      .slice(0, cellMax)
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
  );
}

function letterOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter;
}

const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const mainSpace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packageSpace = "http://schemas.openxmlformats.org/package/2006";
const kindOf = "application/vnd.openxmlformats-officedocument.spreadsheetml";

const contentTypes = `${xmlHead}<Types xmlns="${packageSpace}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${kindOf}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kindOf}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${kindOf}.styles+xml"/></Types>`;
const relations = `${xmlHead}<Relationships xmlns="${packageSpace}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;
const workbookRelations = `${xmlHead}<Relationships xmlns="${packageSpace}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/></Relationships>`;

function workbookPart(name: string): string {
  return `${xmlHead}<workbook xmlns="${mainSpace}" xmlns:r="${office}"><sheets><sheet name="${xmlText(name).replaceAll('"', "&quot;")}" sheetId="1" r:id="rId1"/></sheets></workbook>`;
}

/** Formats 46 ([h]:mm:ss) and 49 (text) are built in (18.8.30). */
function stylesPart(timeFormat: string): string {
  const formats = [0, 0, 49, 164, 46].map(
    (format, at) =>
      `<xf numFmtId="${format}" fontId="${at === styles.heading ? 1 : 0}" fillId="0" borderId="0" xfId="0"${format === 0 ? "" : ' applyNumberFormat="1"'}${at === styles.heading ? ' applyFont="1"' : ""}/>`,
  );
  return `${xmlHead}<styleSheet xmlns="${mainSpace}"><numFmts count="1"><numFmt numFmtId="164" formatCode="${timeFormat}"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${formats.length}">${formats.join("")}</cellXfs></styleSheet>`;
}
