import { type Sentence, say } from "@centrala/contract";
import { parse } from "csv-parse/sync";
import { readSheet as readXlsx } from "read-excel-file/node";
import { HttpProblem } from "../http/errors.ts";

export type Table = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

const rowsMax = 100_000;
const columnsMax = 100;
const cellMax = 4_000;
const unpackedBytesMax = 200 * 1024 * 1024;
const centralHeader = 0x02014b50;

/**
 * Reads a table of customers: XLSX, or CSV with comma, semicolon or tab in UTF-8, UTF-16 or windows-1251 (what Excel in
 * Bulgaria and Russia writes). The first row names the columns.
 * @throws UNSUPPORTED_FILE when it is neither, TOO_LARGE above 100,000 rows
 */
export async function readTable(name: string, bytes: Uint8Array): Promise<Table> {
  const cells = isZip(bytes) ? await readSheet(bytes) : readCsv(name, bytes);
  const filled = cells.filter((row) => row.some((cell) => cell.trim() !== ""));
  const [header, ...rows] = filled;
  if (header === undefined) throw unsupported(say("FILE_EMPTY"));
  if (rows.length > rowsMax) throw new HttpProblem("TOO_LARGE", { said: say("ROWS_MAX") });
  const width = Math.min(columnsMax, Math.max(header.length, ...rows.slice(0, 1_000).map((row) => row.length)));
  return { columns: columnNames(header, width), rows: rows.map((row) => fit(row, width)) };
}

function unsupported(said: Sentence): HttpProblem {
  return new HttpProblem("UNSUPPORTED_FILE", { said });
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

async function readSheet(bytes: Uint8Array): Promise<string[][]> {
  try {
    if (unpackedBytes(bytes) > unpackedBytesMax) throw new HttpProblem("TOO_LARGE");
    const rows = await readXlsx(Buffer.from(bytes));
    return rows.map((row) => row.map(cellText));
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw unsupported(say("SHEET_DAMAGED"));
  }
}

/** What a ZIP file says it unpacks to: the sum over its central directory (APPNOTE 4.3.12), so that a small file cannot fill the memory. */
export function unpackedBytes(zip: Uint8Array): number {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  let sum = 0;
  for (let offset = 0; offset + 46 <= zip.length; offset += 1) {
    if (zip[offset] !== 0x50 || view.getUint32(offset, true) !== centralHeader) continue;
    sum += view.getUint32(offset + 24, true);
  }
  return sum;
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  // Phone numbers typed as numbers must not come as 3.59881E+11.
  if (typeof cell === "number") return Number.isInteger(cell) ? cell.toFixed(0) : String(cell);
  return String(cell);
}

function readCsv(name: string, bytes: Uint8Array): string[][] {
  const text = decode(bytes);
  if (text.includes("\u0000")) throw unsupported(say("FILE_NOT_TEXT", { name: name.slice(0, 80) }));
  try {
    return parse(text, {
      delimiter: delimiterOf(text),
      relaxColumnCount: true,
      relaxQuotes: true,
      skipEmptyLines: true,
      bom: true,
      to: rowsMax + 2,
    });
  } catch (error) {
    throw unsupported(say("FILE_NOT_CSV", { detail: error instanceof Error ? error.message : "unknown" }));
  }
}

/** UTF-8 unless it is not; then UTF-16 by its mark, else windows-1251. */
export function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1251").decode(bytes);
  }
}

/** The separator that splits the first lines most evenly: the one which occurs equally often in each, and most. */
export function delimiterOf(text: string): string {
  const lines = text.split(/\r?\n/, 20).filter((line) => line.trim() !== "");
  let best = ",";
  let bestScore = 0;
  for (const candidate of [",", ";", "\t", "|"]) {
    const counts = lines.map((line) => outsideQuotes(line).split(candidate).length - 1);
    const least = Math.min(...counts);
    const score = least * 1_000 + (counts[0] ?? 0);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

function outsideQuotes(line: string): string {
  return line.replaceAll(/"[^"]*"/g, "");
}

/** A column without a name is called as a spreadsheet calls it, which is the same in every language: A to Z, AA, AB. */
function letterOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : `${letterOf(Math.floor(index / 26) - 1)}${last}`;
}

function columnNames(header: readonly string[], width: number): string[] {
  const names: string[] = [];
  for (let index = 0; index < width; index += 1) {
    const base = (header[index] ?? "").trim().slice(0, 100) || letterOf(index);
    let name = base;
    for (let copy = 2; names.includes(name); copy += 1) name = `${base} (${copy})`;
    names.push(name);
  }
  return names;
}

function fit(row: readonly string[], width: number): string[] {
  return Array.from({ length: width }, (_, index) => (row[index] ?? "").trim().slice(0, cellMax));
}
