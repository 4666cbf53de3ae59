import { Readable } from "node:stream";
import type { Language } from "@centrala/contract";
import type { FastifyReply } from "fastify";
import { csvMark, csvRow } from "../outside/csv.ts";
import type { Cell, ColumnKind } from "./cell.ts";
import { xlsxStream } from "./xlsx.ts";

export type Column<T> = {
  readonly heading: string;
  readonly kind: ColumnKind;
  /** In characters, for a spreadsheet. */
  readonly width: number;
  readonly cell: (row: T) => Cell;
};
export type Table<T> = {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly sheet: string;
  readonly columns: readonly Column<T>[];
  readonly pageAt: (cursor: string | undefined) => Promise<{ rows: readonly T[]; nextCursor: string | null }>;
};
export type TableLook = {
  readonly format: "csv" | "xlsx";
  readonly language: Language;
  readonly timeZone: string;
  readonly rowsMax: number;
  /** Stands in the last row when there are more than `rowsMax`. */
  readonly cut: string;
};

/** Written while it is read, so that a long list is never whole in the memory. */
export function sendTable<T>(reply: FastifyReply, table: Table<T>, look: TableLook) {
  const xlsx = look.format === "xlsx";
  return reply
    .header("content-disposition", `attachment; filename="${table.name}.${look.format}"`)
    .type(xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8")
    .send(Readable.from(xlsx ? xlsxOf(table, look) : csvOf(table, look), { objectMode: false }));
}

/** Pages of rows as cells, at most `rowsMax` rows and the word that there are more. */
async function* pagesOf<T>({ columns, pageAt }: Table<T>, { rowsMax, cut }: TableLook): AsyncGenerator<Cell[][]> {
  let cursor: string | undefined;
  for (let left = rowsMax; ; ) {
    const page = await pageAt(cursor);
    yield page.rows.slice(0, left).map((row) => columns.map(({ cell }) => cell(row)));
    left -= page.rows.length;
    if (left < 0 || (left === 0 && page.nextCursor !== null)) yield [[cut]];
    if (left <= 0 || page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

const secondsUnit: Readonly<Record<Language, string>> = { en: "s", ru: "с", bg: "с" };

async function* csvOf<T>(table: Table<T>, look: TableLook): AsyncGenerator<string> {
  const kinds = table.columns.map(({ kind }) => kind);
  const localTime = clockOf(look.timeZone);
  const textOf = (cell: Cell, kind: ColumnKind | undefined): string => {
    if (typeof cell !== "number") return cell ?? "";
    if (kind === "time") return localTime(cell);
    return String(kind === "length" ? Math.round(cell / 1_000) : cell);
  };
  const headings = table.columns.map(({ heading, kind }) =>
    kind === "length" ? `${heading}, ${secondsUnit[look.language]}` : heading,
  );
  yield csvMark + csvRow(headings);
  for await (const rows of pagesOf(table, look))
    yield rows.map((cells) => csvRow(cells.map((cell, at) => textOf(cell, kinds[at])))).join("");
}

const timeFormats: Readonly<Record<Language, string>> = {
  en: "yyyy\\-mm\\-dd hh:mm:ss",
  ru: "dd.mm.yyyy hh:mm:ss",
  bg: "dd.mm.yyyy hh:mm:ss",
};

function xlsxOf<T>(table: Table<T>, look: TableLook): AsyncGenerator<Uint8Array> {
  const localTime = clockOf(look.timeZone);
  const times = table.columns.flatMap(({ kind }, at) => (kind === "time" ? [at] : []));
  async function* pages() {
    for await (const rows of pagesOf(table, look)) {
      for (const cells of rows)
        for (const at of times) {
          const cell = cells[at];
          if (typeof cell === "number") cells[at] = excelDay(localTime(cell));
        }
      yield rows;
    }
  }
  return xlsxStream({
    name: table.sheet,
    columns: table.columns,
    timeFormat: timeFormats[look.language],
    pages: pages(),
  });
}

/** Days since the last one of 1899, as a clock on the wall counts them. */
function excelDay(localTime: string): number {
  return Date.parse(`${localTime.replace(" ", "T")}Z`) / 86_400_000 + 25_569;
}

/** "2026-11-28 09:05:00" by the centre's clock: every spreadsheet reads it as a time. */
function clockOf(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return (at) => format.format(at);
}
