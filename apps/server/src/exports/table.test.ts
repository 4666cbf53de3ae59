import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { crc32, inflateRawSync } from "node:zlib";
import { languageSchema } from "@centrala/contract";
import type { FastifyReply } from "fastify";
import { describe, expect, it } from "vitest";
import { openWorkbook } from "../outside/xlsx.ts";
import { endWords } from "./end-words.ts";
import { rowWords } from "./row-words.ts";
import { type Column, sendTable, type TableLook } from "./table.ts";
import { xlsxStream } from "./xlsx.ts";
import { zipStream } from "./zip.ts";

type Row = { readonly text: string; readonly at: number; readonly ms: number; readonly count: number };
const columns: readonly Column<Row>[] = [
  { heading: "Име", kind: "text", width: 20, cell: (row) => row.text },
  { heading: "Време", kind: "time", width: 19, cell: (row) => row.at },
  { heading: "Разговор", kind: "length", width: 10, cell: (row) => row.ms },
  { heading: "Обаждания", kind: "count", width: 10, cell: (row) => row.count },
];
const look: TableLook = {
  format: "xlsx",
  language: "bg",
  timeZone: "Europe/Sofia",
  rowsMax: 1_000_000,
  cut: "Файлът свършва тук.",
};
const limits = { columnsMax: 20, cellMax: 40_000 };
const summer = Date.UTC(2026, 6, 1, 6, 5, 7);

/** What a table sends, whole; a page has as many rows as are given for it. */
async function sent(pages: readonly (readonly Row[])[], more: Partial<TableLook> = {}): Promise<Buffer> {
  const body = new PassThrough();
  const reply = {
    header: () => reply,
    type: () => reply,
    send: (stream: NodeJS.ReadableStream) => {
      stream.on("error", (error: Error) => body.destroy(error)).pipe(body);
      return reply;
    },
  };
  const pageAt = async (cursor: string | undefined) => {
    const at = Number(cursor ?? 0);
    return { rows: pages[at] ?? [], nextCursor: at + 1 < pages.length ? String(at + 1) : null };
  };
  sendTable(reply as unknown as FastifyReply, { name: "t", sheet: "Лист", columns, pageAt }, { ...look, ...more });
  return buffer(body);
}

async function readBack(bytes: Uint8Array): Promise<string[][]> {
  const book = await openWorkbook(bytes, limits);
  const rows: string[][] = [];
  for await (const { cells } of book.rows(0)) rows.push([...cells]);
  return rows;
}

const row = (text: string): Row => ({ text, at: summer, ms: 90_061_000, count: 3 });
const texts = [
  "+359888123456",
  "=1+1",
  "@SUM(A1)",
  '-2+cmd|" /C calc"!A0',
  'Мария О\'Нийл & <Синове> "ООД"',
  "_x0041_",
  "a\u0000b\u001fc\ud800d",
  "два\nреда",
  "007",
];

describe("a table as XLSX", () => {
  it("is read back as it was: numbers of telephones and formulas stay texts, times follow the centre's clock", async () => {
    const rows = await readBack(await sent([texts.slice(0, 4).map(row), texts.slice(4).map(row)]));
    expect(rows[0]).toEqual(["Име", "Време", "Разговор", "Обаждания"]);
    expect(rows.slice(1).map(([text]) => text)).toEqual([
      ...texts.slice(0, 5),
      "_x005F_x0041_",
      "abc\ufffdd",
      "два\nреда",
      "007",
    ]);
    expect(rows[1]).toEqual(["+359888123456", "2026-07-01 09:05", "1899-12-31 01:01", "3"]);
  });

  it("has times and lengths as numbers with a format, and not one formula", async () => {
    const xml = entry(await sent([[row("=1+1")]]), "xl/worksheets/sheet1.xml");
    expect(xml).toContain('<c r="A2" s="2" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>');
    expect(xml).toContain('<c r="C2" s="4"><v>1.042372685185185</v></c>');
    expect(Number(/<c r="B2" s="3"><v>([^<]*)/.exec(xml)?.[1])).toBeCloseTo(46204.37855, 4);
    expect(xml).not.toContain("<f");
  });

  it("says in its last row that there is more, and only then", async () => {
    const pages = [[row("1"), row("2")], [row("3")]];
    const first = async (rowsMax: number) =>
      (await readBack(await sent(pages, { rowsMax }))).slice(1).map(([text]) => text);
    expect(await first(2)).toEqual(["1", "2", look.cut]);
    expect(await first(1)).toEqual(["1", look.cut]);
    expect(await first(3)).toEqual(["1", "2", "3"]);
  });

  it("is asked for row by row as it is read: what nobody takes is not made", async () => {
    const given = Promise.withResolvers<number>();
    async function* pages() {
      let made = 0;
      try {
        for (; made < 100_000; made += 1)
          yield Array.from({ length: 200 }, (_, at) => [`name ${made} ${at} ${Math.imul(made, at + 7919)}`]);
      } finally {
        given.resolve(made);
      }
    }
    let bytes = 0;
    for await (const piece of xlsxStream({
      name: "A",
      columns: columns.slice(0, 1),
      timeFormat: "hh:mm",
      pages: pages(),
    })) {
      bytes += piece.length;
      if (bytes > 100_000) break;
    }
    expect(await given.promise).toBeLessThan(1_000);
  });

  it("breaks off when its rows cannot be read", async () => {
    async function* broken() {
      yield "a";
      throw new Error("the database went away");
    }
    const all = async () => {
      const pieces: Uint8Array[] = [];
      for await (const piece of zipStream([{ name: "a", content: broken() }])) pieces.push(piece);
      return pieces;
    };
    await expect(all()).rejects.toThrow("the database went away");
  });
});

describe("a table as CSV", () => {
  it("has lengths in seconds, and an apostrophe before what a spreadsheet would run", async () => {
    const csv = (
      await sent([["+359 (88) 812-3456", "-5", "=1+1", "@a", "+a", "-a", "＝1", "\t=1"].map(row)], { format: "csv" })
    ).toString();
    const lines = csv.split("\r\n");
    expect(lines[0]).toBe('\ufeffИме;Време;"Разговор, с";Обаждания');
    expect(lines[1]).toBe("+359 (88) 812-3456;2026-07-01 09:05:07;90061;3");
    expect(lines.slice(2, -1).map((line) => line.split(";")[0])).toEqual([
      "-5",
      "'=1+1",
      "'@a",
      "'+a",
      "'-a",
      "'＝1",
      `"'\t=1"`,
    ]);
  });
});

describe("how a call ended", () => {
  it.each(languageSchema.options)("is said in files as on the pages (%s)", (language) => {
    const page = JSON.parse(
      readFileSync(new URL(`../../../web/src/i18n/errors.${language}.json`, import.meta.url), "utf8"),
    );
    expect(page.end).toMatchObject(endWords[language]);
  });
});

describe("why a row of a list needs a look", () => {
  it.each(languageSchema.options)("is said in the file as on the pages (%s)", (language) => {
    const page = readFileSync(new URL(`../../../web/src/i18n/said.${language}.json`, import.meta.url), "utf8");
    expect(JSON.parse(page)).toMatchObject(rowWords[language].said);
  });
});

/** A file of a ZIP by its directory, unpacked and held against its sum. */
function entry(zip: Buffer, wanted: string): string {
  for (let at = zip.readUInt32LE(zip.length - 6); zip.readUInt32LE(at) === 0x02014b50; ) {
    const nameBytes = zip.readUInt16LE(at + 28);
    const start = zip.readUInt32LE(at + 42);
    if (zip.subarray(at + 46, at + 46 + nameBytes).toString() === wanted) {
      const content = inflateRawSync(
        zip.subarray(start + 30 + nameBytes, start + 30 + nameBytes + zip.readUInt32LE(at + 20)),
      );
      expect([crc32(content), content.length]).toEqual([zip.readUInt32LE(at + 16), zip.readUInt32LE(at + 24)]);
      return content.toString();
    }
    at += 46 + nameBytes;
  }
  throw new Error(`no ${wanted}`);
}
