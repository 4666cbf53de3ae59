import { say } from "@centrala/contract";
import { delimitedRows, delimiterOf, type TableRow } from "@centrala/domain/import";
import { FileRefused } from "../outside/refusal.ts";
import { decodeText, guessEncoding } from "../outside/text.ts";
import { openWorkbook } from "../outside/xlsx.ts";

export type Table = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

const rowsMax = 100_000;
const limits = { columnsMax: 100, cellMax: 4_000 };

/**
 * Reads a table of customers: XLSX, or CSV with comma, semicolon, tab or bar. The first filled row names the columns. Runs
 * in a worker (outside/).
 * @throws FileRefused when it is neither, TOO_LARGE above 100,000 rows
 */
export async function readTable(file: { readonly name: string; readonly bytes: Uint8Array }): Promise<Table> {
  const filled: TableRow[] = [];
  for await (const row of rowsOf(file.name, file.bytes)) {
    filled.push(row);
    if (filled.length > rowsMax + 1) throw new FileRefused("TOO_LARGE", say("ROWS_MAX"));
  }
  const [header, ...rows] = filled;
  if (header === undefined) throw new FileRefused("UNSUPPORTED_FILE", say("FILE_EMPTY"));
  const width = filled.reduce((most, row) => Math.max(most, row.cells.length), 0);
  return { columns: columnNames(header.cells, width), rows: rows.map((row) => fit(row.cells, width)) };
}

async function* rowsOf(name: string, bytes: Uint8Array): AsyncGenerator<TableRow> {
  if (isZip(bytes)) {
    const workbook = await openWorkbook(bytes, limits);
    const visible = workbook.sheets.findIndex((sheet) => !sheet.hidden);
    yield* workbook.rows(Math.max(0, visible));
    return;
  }
  const text = decodeText(bytes, guessEncoding(bytes));
  if (text.includes("\u0000"))
    throw new FileRefused("UNSUPPORTED_FILE", say("FILE_NOT_TEXT", { name: name.slice(0, 80) }));
  yield* delimitedRows(text, delimiterOf(text), limits);
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

/** A column without a name is called as a spreadsheet calls it, which is the same in every language: A to Z, AA, AB. */
function letterOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : `${letterOf(Math.floor(index / 26) - 1)}${last}`;
}

function columnNames(header: readonly string[], width: number): string[] {
  const names: string[] = [];
  for (let index = 0; index < width; index += 1) {
    const base = (header[index] ?? "").slice(0, 100) || letterOf(index);
    let name = base;
    for (let copy = 2; names.includes(name); copy += 1) name = `${base} (${copy})`;
    names.push(name);
  }
  return names;
}

function fit(row: readonly string[], width: number): string[] {
  return Array.from({ length: width }, (_, index) => row[index] ?? "");
}
