import { readFile } from "node:fs/promises";
import {
  type importEncodings,
  type importOptionsSchema,
  type ResponseOf,
  type SaidParams,
  say,
} from "@centrala/contract";
import {
  type Columns,
  columnNames,
  delimitedRows,
  delimiterOf,
  findHeading,
  guessColumns,
  ImportPlan,
  type KnownCard,
  type ReadCard,
  type Remark,
  readCard,
  type TableRow,
  vcardColumns,
  vcardRows,
} from "@centrala/domain/import";
import type { ImportRow } from "@centrala/store";
import type { z } from "zod";
import { readNumber } from "../core/numbers.ts";
import { FileRefused } from "../outside/refusal.ts";
import type { Ask } from "../outside/tasks.ts";
import { decodeText, guessEncoding, textEncodings } from "../outside/text.ts";
import { openWorkbook, type Workbook } from "../outside/xlsx.ts";

export type ImportOptions = z.infer<typeof importOptionsSchema>;
export type ListFile = { readonly path: string; readonly name: string; readonly options: ImportOptions };
export type Reading = Omit<ResponseOf<"importRead">, "id" | "fileName">;
/** What planning asks the thread that knows the database. */
export type PlanQuestion =
  | { readonly kind: "known"; readonly handles: readonly string[]; readonly rows: number }
  | { readonly kind: "rows"; readonly rows: readonly ImportRow[] };

const rowsMax = 100_000;
const limits = { columnsMax: 100, cellMax: 4_000 };
const samplesMax = 200;
const shownCards = 25;
const batchRows = 500;

/** How a list would be read with the choices given and the guesses for the others. Runs in a worker. */
export async function readList(file: ListFile): Promise<Reading> {
  const list = await openList(file);
  const samples: TableRow[] = [];
  for await (const row of list.rows()) {
    samples.push(row);
    if (samples.length >= samplesMax) break;
  }
  const layout = layoutOf(list, samples, file.options);
  const data = samples.filter((row) => row.line > layout.heading);
  return {
    kind: list.kind,
    options: {
      ...file.options,
      encoding: list.encoding,
      sheet: list.sheet,
      heading: layout.heading,
      columns: [...layout.columns],
    },
    encodings: list.encodings,
    sheets: list.sheets.map((sheet) => ({ ...sheet })),
    firstLines: samples.slice(0, 10).map((row) => ({ line: row.line, text: textOf(row.cells) })),
    columns: layout.names.map((name, index) => ({
      name,
      sample: (data.find((row) => (row.cells[index] ?? "") !== "")?.cells[index] ?? "").slice(0, 80),
    })),
    cards: data.slice(0, shownCards).map((row) => {
      const read = readCard(row.cells, layout.columns, layout.names, layout.readPhone);
      return {
        line: row.line,
        card: read === null ? null : { ...read.card, phones: [...read.card.phones], emails: [...read.card.emails] },
        remarks: (read?.remarks ?? []).map(remarkView),
      };
    }),
  };
}

/** Decides about every row of a list and hands the rows over in order. Runs in a worker; asks for the cards that are known. */
export async function planList(file: ListFile, ask: Ask): Promise<{ rows: number }> {
  const list = await openList(file);
  const samples: TableRow[] = [];
  const plan = new ImportPlan();
  const texts = new Map<number, readonly string[]>();
  let layout: Layout | null = null;
  let batch: { readonly row: TableRow; readonly read: ReadCard | null }[] = [];
  const flush = async (): Promise<void> => {
    const handles = new Set(batch.flatMap(({ read }) => [...(read?.card.phones ?? []), ...(read?.card.emails ?? [])]));
    const question: PlanQuestion = { kind: "known", handles: [...handles], rows: plan.rows + batch.length };
    plan.know((await ask(question)) as readonly KnownCard[]);
    for (const { row, read } of batch) {
      plan.place(row.line, read);
      texts.set(row.line, row.cells);
    }
    batch = [];
  };
  const take = async (row: TableRow, known: Layout): Promise<void> => {
    if (row.line <= known.heading) return;
    if (plan.rows + batch.length >= rowsMax) throw new FileRefused("TOO_LARGE", say("ROWS_MAX"));
    batch.push({ row, read: readCard(row.cells, known.columns, known.names, known.readPhone) });
    if (batch.length >= batchRows) await flush();
  };
  for await (const row of list.rows()) {
    if (layout !== null) await take(row, layout);
    else {
      samples.push(row);
      if (samples.length < samplesMax) continue;
      layout = layoutOf(list, samples, file.options);
      for (const sample of samples) await take(sample, layout);
    }
  }
  if (layout === null) {
    layout = layoutOf(list, samples, file.options);
    for (const sample of samples) await take(sample, layout);
  }
  if (batch.length > 0) await flush();
  if (plan.rows === 0) throw new FileRefused("UNSUPPORTED_FILE", say("FILE_EMPTY"));
  let rows: ImportRow[] = [];
  for (const row of plan.planned()) {
    // The text of a row is for people who look at what went wrong.
    const shown = row.verdict === "out" || row.verdict === "doubtful" || row.remarks.length > 0;
    rows.push({ ...row, cells: shown ? (texts.get(row.line) ?? []) : [] });
    if (rows.length < batchRows) continue;
    await ask({ kind: "rows", rows } satisfies PlanQuestion);
    rows = [];
  }
  if (rows.length > 0) await ask({ kind: "rows", rows } satisfies PlanQuestion);
  return { rows: plan.rows };
}

export function remarkView({ reason, value, field }: Remark): { code: string; params: SaidParams } {
  return { code: reason, params: { value, field } };
}

export function textOf(cells: readonly string[]): string {
  return cells
    .filter((cell) => cell !== "")
    .join(" · ")
    .slice(0, 300);
}

type Encoding = (typeof importEncodings)[number];
type List = {
  readonly kind: "text" | "sheet" | "cards";
  readonly encoding: Encoding | null;
  readonly encodings: { encoding: Encoding; sample: string }[];
  readonly sheets: Workbook["sheets"];
  readonly sheet: number | null;
  rows(): AsyncGenerator<TableRow>;
};

async function openList({ path, name, options }: ListFile): Promise<List> {
  const bytes = await readFile(path);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return openSheets(bytes, options);
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) throw new FileRefused("UNSUPPORTED_FILE", say("SHEET_OLD"));
  const encoding = options.encoding ?? guessEncoding(bytes);
  const text = decodeText(bytes, encoding);
  if (text.includes("\u0000"))
    throw new FileRefused("UNSUPPORTED_FILE", say("FILE_NOT_TEXT", { name: name.slice(0, 80) }));
  const cards = /^\s*BEGIN:VCARD\s*$/im.test(text.slice(0, 2_000));
  return {
    kind: cards ? "cards" : "text",
    encoding,
    encodings: samplesOf(bytes),
    sheets: [],
    sheet: null,
    rows: async function* () {
      yield* cards ? vcardRows(text) : delimitedRows(text, delimiterOf(text), limits);
    },
  };
}

/** Hidden and empty sheets are passed over unless somebody chooses one. */
async function openSheets(bytes: Uint8Array, options: ImportOptions): Promise<List> {
  const workbook = await openWorkbook(bytes, limits);
  const sheet = options.sheet ?? (await firstFilled(workbook));
  return {
    kind: "sheet",
    encoding: null,
    encodings: [],
    sheets: workbook.sheets,
    sheet,
    rows: () => workbook.rows(Math.min(sheet, workbook.sheets.length - 1)),
  };
}

async function firstFilled(workbook: Workbook): Promise<number> {
  for (const [index, sheet] of workbook.sheets.entries()) {
    if (sheet.hidden) continue;
    let rows = 0;
    for await (const _row of workbook.rows(index)) {
      rows += 1;
      if (rows >= 2) return index;
    }
  }
  return Math.max(
    0,
    workbook.sheets.findIndex((sheet) => !sheet.hidden),
  );
}

/** The same words in every encoding: whoever knows them sees which one it is. */
function samplesOf(bytes: Uint8Array): { encoding: Encoding; sample: string }[] {
  const first = bytes.findIndex((byte) => byte >= 0x80);
  if (first < 0) return [];
  const start = bytes.lastIndexOf(0x0a, first) + 1;
  const line = bytes.subarray(start, start + 400);
  return textEncodings.map((encoding) => {
    const wide = encoding.startsWith("utf-16");
    const text = decodeText(wide ? bytes.subarray(0, 400) : line, encoding);
    const at = wide ? 0 : Math.max(0, text.search(/[^ -~]/));
    return {
      encoding,
      sample: text
        .slice(at, at + 24)
        .replaceAll(/[\r\n\t;,"]+/g, " ")
        .trim(),
    };
  });
}

type Layout = {
  /** Line of the row that names the columns; 0 when none does. */
  readonly heading: number;
  readonly names: readonly string[];
  readonly columns: Columns;
  readonly readPhone: (digits: string) => string | null;
};

function layoutOf(list: List, samples: readonly TableRow[], options: ImportOptions): Layout {
  const readPhone = (digits: string): string | null => readNumber(digits, options.country).e164;
  const cells = samples.map((row) => row.cells);
  if (list.kind === "cards")
    return { heading: 0, names: vcardColumns, columns: options.columns ?? vcardColumns, readPhone };
  const guessed = options.heading ?? samples[findHeading(cells, readPhone)]?.line ?? 0;
  const heading = samples.find((row) => row.line === guessed);
  const data = samples.filter((row) => row.line > guessed).map((row) => row.cells);
  const width = Math.max(heading?.cells.length ?? 0, ...data.map((row) => row.length));
  const names = columnNames(heading?.cells ?? [], width);
  const titles = Array.from({ length: width }, (_, index) => heading?.cells[index] ?? "");
  const columns = guessColumns(titles, data, readPhone);
  // Without a heading the first column of words is the name.
  if (!columns.some((column) => column === "name" || column === "firstName" || column === "lastName")) {
    const place = columns.findIndex(
      (column, index) =>
        column === null && titles[index] === "" && data.some((row) => /\p{L}{2}/u.test(row[index] ?? "")),
    );
    if (place >= 0) columns[place] = "name";
  }
  return { heading: guessed, names, columns: options.columns ?? columns, readPhone };
}
