import { type ImportDelimiter, importDelimiters } from "@centrala/contract";

/** A filled row of a table and the line of the file on which it begins, from 1. */
export type TableRow = { readonly line: number; readonly cells: readonly string[] };

export type CellLimits = {
  /** Cells further right are dropped. */
  readonly columnsMax: number;
  /** Text beyond is dropped. */
  readonly cellMax: number;
};

/** Excel's own first line "sep=;" is no row: it names the separator. */
const named = /^\ufeff?"?sep=(.)"?[ \t;,|]*\r?(?:\n|$)/i;

/** The separator that the first line names, or that splits the first lines most evenly. */
export function delimiterOf(text: string): ImportDelimiter {
  const said = named.exec(text.slice(0, 64))?.[1];
  const known = importDelimiters.find((candidate) => candidate === said);
  if (known !== undefined) return known;
  const lines = outsideQuotes(text.slice(0, 64 * 1024))
    .split(/\r\n|\n|\r/, 50)
    .filter((line) => line.trim() !== "");
  let best: ImportDelimiter = ",";
  let bestScore = 0;
  for (const candidate of importDelimiters) {
    const counts = lines.map((line) => line.split(candidate).length - 1);
    const score = evenness(counts);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** How many lines have the commonest count of separators, and how many they are: titles above and notes below do not matter. */
function evenness(counts: readonly number[]): number {
  const times = new Map<number, number>();
  for (const count of counts) if (count > 0) times.set(count, (times.get(count) ?? 0) + 1);
  let best = 0;
  for (const [count, lines] of times) best = Math.max(best, lines * 1_000 + Math.min(count, 900));
  return best;
}

function outsideQuotes(text: string): string {
  return text.replaceAll(/"[^"]*"/g, "");
}

/**
 * The filled rows of a text with separators, one after the other, so that nothing is held but one row. Quotes may hold
 * separators, line breaks and doubled quotes; a quote inside of a cell is a letter; a quote that never ends is one, too.
 */
export function* delimitedRows(text: string, delimiter: ImportDelimiter, limits: CellLimits): Generator<TableRow> {
  const scan = new Scan(text, delimiter, limits);
  scan.skip(named.exec(text.slice(0, 64))?.[0].length ?? (text.startsWith("\ufeff") ? 1 : 0));
  for (let row = scan.row(); row !== null; row = scan.row()) {
    if (row.cells.some((cell) => cell !== "")) yield row;
  }
}

/** A quoted cell is at most this long; what is longer was a stray quote. */
const quotedMax = 32 * 1024;

class Scan {
  readonly #text: string;
  readonly #delimiter: string;
  readonly #limits: CellLimits;
  #at = 0;
  #line = 1;
  /** Up to here no quote ends a cell, so none begins one: each place is looked at once. */
  #strayUntil = 0;

  constructor(text: string, delimiter: string, limits: CellLimits) {
    this.#text = text;
    this.#delimiter = delimiter;
    this.#limits = limits;
  }

  skip(characters: number): void {
    if (this.#text.slice(0, characters).includes("\n")) this.#line += 1;
    this.#at = characters;
  }

  /** The next row, empty or not; null at the end. */
  row(): TableRow | null {
    if (this.#at >= this.#text.length) return null;
    const line = this.#line;
    const cells: string[] = [];
    for (;;) {
      const cell = this.#cell();
      if (cells.length < this.#limits.columnsMax) cells.push(unshielded(cell.slice(0, this.#limits.cellMax).trim()));
      const end = this.#text[this.#at];
      this.#at += 1;
      if (end === this.#delimiter) continue;
      if (end === "\r" && this.#text[this.#at] === "\n") this.#at += 1;
      this.#line += 1;
      return { line, cells };
    }
  }

  /** Reads up to the separator or the line's end, and stands there. */
  #cell(): string {
    const quoted = this.#quoted();
    if (quoted !== null) return quoted;
    const start = this.#at;
    let at = start;
    for (; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x0a || code === 0x0d || code === this.#delimiter.charCodeAt(0)) break;
    }
    this.#at = at;
    return this.#text.slice(start, Math.min(at, start + this.#limits.cellMax * 2));
  }

  #quoted(): string | null {
    let open = this.#at;
    while (this.#text[open] === " ") open += 1;
    if (this.#text[open] !== '"' || open < this.#strayUntil) return null;
    let value = "";
    for (let from = open + 1; ; ) {
      const quote = this.#text.indexOf('"', from);
      if (quote < 0 || quote - open > quotedMax) {
        this.#strayUntil = quote < 0 ? this.#text.length : quote;
        return null;
      }
      value += this.#text.slice(from, quote);
      if (this.#text[quote + 1] === '"') {
        value += '"';
        from = quote + 2;
        continue;
      }
      let end = quote + 1;
      while (this.#text[end] === " ") end += 1;
      const next = this.#text[end];
      if (next !== undefined && next !== this.#delimiter && next !== "\n" && next !== "\r") {
        // A quote inside of the cell, not doubled: it is a letter.
        value += '"';
        from = quote + 1;
        continue;
      }
      this.#line += linesIn(this.#text, open, quote);
      this.#at = end;
      return value;
    }
  }
}

/** Programs write ="0888" and '+359888 so that a spreadsheet takes a number for a text. */
function unshielded(cell: string): string {
  const code = cell.charCodeAt(0);
  if (code === 0x3d) return /^="(.*)"$/s.exec(cell)?.[1]?.replaceAll('""', '"') ?? cell;
  return code === 0x27 && /^'[=+\-@0-9(]/.test(cell) ? cell.slice(1) : cell;
}

function linesIn(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
