import { readFile } from "node:fs/promises";
import {
  type ImportDelimiter,
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
  type Figures,
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
import { importRowsText } from "@centrala/store/import-rows";
import type { z } from "zod";

import { FileRefused } from "../outside/refusal.ts";
import type { Ask } from "../outside/tasks.ts";
import { decodeCharset, decodeText, guessEncoding, textEncodings } from "../outside/text.ts";
import { openWorkbook, type Workbook } from "../outside/xlsx.ts";
import { listedNumber } from "./number.ts";

export type ImportOptions = z.infer<typeof importOptionsSchema>;
export type ListFile = { readonly path: string; readonly name: string; readonly options: ImportOptions };
export type Reading = Omit<ResponseOf<"importRead">, "id" | "fileName">;
/** What planning asks the thread that knows the database. */
export type PlanQuestion =
  | { readonly kind: "known"; readonly handles: readonly string[]; readonly rows: number }
  | { readonly kind: "rows"; readonly text: string };
export type Planned = {
  readonly rows: number;
  readonly figures: Figures;
  readonly remarks: number;
  /** Names of the columns, for a file of rows to mend. */
  readonly columns: readonly string[];
};

const rowsMax = 100_000;
const limits = { columnsMax: 300, cellMax: 4_000 };
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
  const data = samples.filter((row) => row.line > layout.heading && row.cells.join("\n") !== layout.titles);
  return {
    kind: list.kind,
    options: {
      ...file.options,
      encoding: list.encoding,
      delimiter: list.delimiter,
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
export async function planList(file: ListFile, ask: Ask): Promise<Planned> {
  const list = await openList(file);
  const planning = new Planning(ask);
  const samples: TableRow[] = [];
  let layout: Layout | null = null;
  const begin = async (): Promise<Layout> => {
    const known = layoutOf(list, samples, file.options);
    for (const sample of samples) await planning.take(sample, known);
    return known;
  };
  for await (const row of list.rows()) {
    if (layout !== null) await planning.take(row, layout);
    else if (samples.push(row) >= samplesMax) layout = await begin();
  }
  layout ??= await begin();
  return { ...(await planning.finish()), columns: layout.names };
}

/** A number: the row is the heading of that line once more. */
type ReadRow = { readonly row: TableRow; readonly read: ReadCard | number | null };

/** A list on its way through the plan: while the database looks for known cards, or stores, the next rows are read. */
class Planning {
  readonly #ask: Ask;
  readonly #plan = new ImportPlan();
  /** The text of the rows that people may want to see as they stood in the file. */
  readonly #texts = new Map<number, readonly string[]>();
  #batch: ReadRow[] = [];
  #taken = 0;
  #asked: Promise<unknown> = Promise.resolve();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async take(row: TableRow, { heading, titles, columns, names, readPhone }: Layout): Promise<void> {
    if (row.line <= heading) return;
    this.#taken += 1;
    if (this.#taken > rowsMax) throw new FileRefused("TOO_LARGE", say("ROWS_MAX"));
    const again = heading > 0 && row.cells.length > 1 && row.cells.join("\n") === titles;
    const read = again ? heading : readCard(row.cells, columns, names, readPhone);
    this.#batch.push({ row, read });
    if (this.#batch.length >= batchRows) await this.#flush();
  }

  async finish(): Promise<Omit<Planned, "columns">> {
    await this.#flush();
    await this.#asked;
    if (this.#plan.rows === 0) throw new FileRefused("UNSUPPORTED_FILE", say("FILE_EMPTY"));
    let rows: ImportRow[] = [];
    let remarks = 0;
    for (const row of this.#plan.planned()) {
      if (row.remarks.length > 0) remarks += 1;
      rows.push({ ...row, cells: this.#texts.get(row.line) ?? [] });
      if (rows.length < batchRows) continue;
      await this.#store(rows);
      rows = [];
    }
    if (rows.length > 0) await this.#store(rows);
    await this.#asked;
    return { rows: this.#plan.rows, figures: this.#plan.figures(), remarks };
  }

  /** Asks for the known cards of a batch, and places it when they are there: the next ones are read meanwhile. */
  async #flush(): Promise<void> {
    await this.#asked;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    const cards = batch.flatMap(({ read }) => (read === null || typeof read === "number" ? [] : [read.card]));
    const handles = new Set(cards.flatMap(({ phones, emails }) => [...phones, ...emails]));
    const question: PlanQuestion = { kind: "known", handles: [...handles], rows: this.#taken };
    this.#asked = this.#ask(question).then((known) => this.#place(batch, known as readonly KnownCard[]));
    // A question that fails is told by the one who waits for it next.
    this.#asked.catch(() => undefined);
  }

  #place(batch: readonly ReadRow[], known: readonly KnownCard[]): void {
    this.#plan.know(known);
    for (const { row, read } of batch) {
      if (typeof read === "number") {
        this.#plan.repeat(row.line, read);
        this.#texts.set(row.line, row.cells);
        continue;
      }
      const verdict = this.#plan.place(row.line, read);
      if (verdict === "out" || verdict === "doubtful" || (read?.remarks.length ?? 0) > 0)
        this.#texts.set(row.line, row.cells);
    }
  }

  async #store(rows: readonly ImportRow[]): Promise<void> {
    const text = importRowsText(rows, Date.now());
    await this.#asked;
    this.#asked = this.#ask({ kind: "rows", text } satisfies PlanQuestion);
    this.#asked.catch(() => undefined);
  }
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
  readonly delimiter: ImportDelimiter | null;
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
  const markup = text.slice(0, 4_000);
  if (/schemas-microsoft-com|<table[\s>]/i.test(markup) && /^\s*</.test(markup))
    throw new FileRefused("UNSUPPORTED_FILE", say("SHEET_OLD"));
  if (/^\s*(?:%PDF-|\{\\rtf|<[!?a-z]|\{\s*"|\[\s*[[{])/i.test(markup))
    throw new FileRefused("UNSUPPORTED_FILE", say("FILE_NO_LIST", { name: name.slice(0, 80) }));
  const cards = /^\s*BEGIN:VCARD\s*$/im.test(text.slice(0, 2_000));
  const delimiter = options.delimiter ?? delimiterOf(text);
  return {
    kind: cards ? "cards" : "text",
    encoding,
    delimiter: cards ? null : delimiter,
    encodings: samplesOf(bytes),
    sheets: [],
    sheet: null,
    rows: async function* () {
      yield* cards ? vcardRows(text, decodeCharset) : delimitedRows(text, delimiter, limits);
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
    delimiter: null,
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
  /** That row as it stands in the file. */
  readonly titles: string;
  readonly names: readonly string[];
  readonly columns: Columns;
  readonly readPhone: (digits: string) => string | null;
};

function layoutOf(list: List, samples: readonly TableRow[], options: ImportOptions): Layout {
  const readPhone = (digits: string): string | null => listedNumber(digits, options.country);
  const cells = samples.map((row) => row.cells);
  if (list.kind === "cards")
    return { heading: 0, titles: "", names: vcardColumns, columns: options.columns ?? vcardColumns, readPhone };
  const guessed = options.heading ?? samples[findHeading(cells, readPhone)]?.line ?? 0;
  const heading = samples.find((row) => row.line === guessed);
  const data = samples.filter((row) => row.line > guessed).map((row) => row.cells);
  const width = Math.max(heading?.cells.length ?? 0, ...data.map((row) => row.length));
  const names = columnNames(heading?.cells ?? [], width);
  const headings = Array.from({ length: width }, (_, index) => heading?.cells[index] ?? "");
  const columns = guessColumns(headings, data, readPhone);
  // Without a heading the first column of words is the name.
  if (!columns.some((column) => column === "name" || column === "firstName" || column === "lastName")) {
    const place = columns.findIndex(
      (column, index) =>
        column === null && headings[index] === "" && data.some((row) => /\p{L}{2}/u.test(row[index] ?? "")),
    );
    if (place >= 0) columns[place] = "name";
  }
  return {
    heading: guessed,
    titles: (heading?.cells ?? []).join("\n"),
    names,
    columns: options.columns ?? columns,
    readPhone,
  };
}
