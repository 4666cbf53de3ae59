import { say } from "@centrala/contract";
import { delimiterOf } from "@centrala/domain/import";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { guessMapping } from "./import.ts";
import { ImportPreviews } from "./previews.ts";
import { readTable as readTableFile } from "./table.ts";

/** windows-1251, as Excel writes it in Bulgaria and Russia. */
function windows1251(text: string): Uint8Array {
  const letters = new TextDecoder("windows-1251").decode(Uint8Array.from({ length: 256 }, (_, code) => code));
  return Uint8Array.from(text, (letter) => letters.indexOf(letter));
}
const readTable = (name: string, bytes: Uint8Array) => readTableFile({ name, bytes });
const csv =
  "Име;Телефон;Имейл;Бележка\nИван Петров;0888 123 456;ivan@example.bg;редовен\n;;;\nЗора ООД;+359 2 400 00 00; ;\nНикой;12;не-поща;\n;;;само бележка\n";

describe("reading tables", () => {
  it("finds delimiter and encoding by itself", async () => {
    expect([
      delimiterOf("a;b\n1,5;2"),
      delimiterOf('a,b\n"1;5",2'),
      delimiterOf("a\tb\n1\t2"),
      delimiterOf("name\nIvan"),
    ]).toEqual([";", ",", "\t", ","]);
    const expected = {
      columns: ["Име", "Телефон", "Имейл", "Бележка"],
      rows: expect.arrayContaining([["Иван Петров", "0888 123 456", "ivan@example.bg", "редовен"]]),
    };
    expect(await readTable("a.csv", new TextEncoder().encode(csv))).toEqual(expected);
    expect(await readTable("a.csv", windows1251(csv))).toEqual(expected);
    expect(await readTable("a.csv", Buffer.from(`\ufeff${csv}`, "utf16le"))).toEqual(expected);
  });

  it("names columns that have no name or the same one", async () => {
    const table = await readTable("a.csv", new TextEncoder().encode("Name,,Phone,Phone\nIvan,x,1,2\n"));
    expect(table.columns).toEqual(["Name", "B", "Phone", "Phone (2)"]);
  });

  it("refuses what is no table", async () => {
    await expect(readTable("a.csv", new Uint8Array(64))).rejects.toMatchObject({ code: "UNSUPPORTED_FILE" });
    await expect(readTable("a.xlsx", new TextEncoder().encode("PK\u0003\u0004broken"))).rejects.toMatchObject({
      code: "UNSUPPORTED_FILE",
    });
    await expect(readTable("a.csv", new Uint8Array(0))).rejects.toMatchObject({ code: "UNSUPPORTED_FILE" });
  });

  it("guesses columns by name in three languages, else by what stands in them", () => {
    expect(guessMapping(["ФИО", "Мобильный телефон", "Эл. почта", "Примечание", "Компания"], [])).toEqual({
      ФИО: "name",
      "Мобильный телефон": "phone",
      "Эл. почта": "email",
      Примечание: "note",
      Компания: "company",
    });
    expect(guessMapping(["First name", "Last name", "Phone", "Mobile", "x"], [["", "", "", "", "q"]])).toEqual({
      "First name": "firstName",
      "Last name": "lastName",
      Phone: "phone",
      Mobile: "phone2",
      x: null,
    });
    expect(guessMapping(["A", "B"], [["0888 123 456", "i@b.bg"]])).toEqual({ A: "phone", B: "email" });
  });
});

describe("previews", () => {
  it("are forgotten after fifteen minutes, the oldest of five, and never shown to another centre", () => {
    let now = 0;
    const previews = new ImportPreviews(() => now);
    const table = { centreId: "c", columns: [], rows: [] };
    const first = previews.add(table);
    expect([previews.get(first, "c"), previews.get(first, "other")]).toEqual([table, undefined]);
    for (let count = 0; count < 5; count += 1) previews.add(table);
    expect(previews.get(first, "c")).toBeUndefined();
    const last = previews.add(table);
    now = 15 * 60_000;
    expect(previews.get(last, "c")).toBeUndefined();
  });
});

describe("importing over HTTP", () => {
  let test: TestApp;
  let manager: string;
  beforeAll(async () => {
    test = await testApp();
    manager = await test.setUp();
  });
  afterAll(() => test.stop());

  const upload = async (bytes: Uint8Array) => {
    const boundary = "----test";
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="customers.csv"\r\n\r\n`;
    const payload = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    const headers = {
      host: "localhost:8080",
      origin: "http://localhost:8080",
      cookie: manager,
      "content-type": `multipart/form-data; boundary=${boundary}`,
    };
    return (await test.servers.http.inject({ method: "POST", url: "/api/imports", headers, payload })).json();
  };

  it("previews, takes in, and names the rows that could not be taken", async () => {
    const preview = await upload(windows1251(csv));
    expect(preview).toMatchObject({
      total: 4,
      mapping: { Име: "name", Телефон: "phone", Имейл: "email", Бележка: "note" },
    });
    const run = await test.send("POST", `/api/imports/${preview.importId}`, manager, { mapping: preview.mapping });
    expect(run.json()).toEqual({
      created: 3,
      updated: 0,
      skipped: 1,
      problems: [
        { path: "phone", line: 4, ...say("PHONE_INVALID", { value: "12" }) },
        { path: "email", line: 4, ...say("EMAIL_INVALID", { value: "не-поща" }) },
        { path: "name", line: 5, ...say("ROW_EMPTY") },
      ],
    });
    expect((await test.send("POST", `/api/imports/${preview.importId}`, manager, { mapping: {} })).statusCode).toBe(
      404,
    );
  });

  it("knows the imported callers by their number in international form", async () => {
    const found = (await test.send("GET", "/api/customers/by-number?number=0888123456", manager)).json();
    expect(found.items).toEqual([
      expect.objectContaining({ name: "Иван Петров", phones: ["+359888123456"], note: "редовен" }),
    ]);
  });

  it("updates instead of doubling when the file comes again", async () => {
    const preview = await upload(new TextEncoder().encode("Name,Phone,Company\nИван Петров,+359888123456,Зора\n"));
    const run = (
      await test.send("POST", `/api/imports/${preview.importId}`, manager, { mapping: preview.mapping })
    ).json();
    expect([run.created, run.updated]).toEqual([0, 1]);
  });

  it("keeps cards: new, changed with its version, found by name", async () => {
    const made = (
      await test.send("POST", "/api/customers", manager, {
        name: "Елена Тодорова",
        phones: ["0899 111 222"],
        emails: ["E@X.bg"],
      })
    ).json();
    expect(made).toMatchObject({ phones: ["+359899111222"], emails: ["e@x.bg"], note: "" });
    const change = { name: "Елена Тодорова", note: "VIP", version: made.version };
    expect((await test.send("PUT", `/api/customers/${made.id}`, manager, change)).json()).toMatchObject({
      note: "VIP",
      phones: ["+359899111222"],
    });
    expect((await test.send("PUT", `/api/customers/${made.id}`, manager, change)).json().code).toBe("CONFLICT");
    expect((await test.send("GET", "/api/customers?search=тодор", manager)).json().items).toEqual([
      expect.objectContaining({ id: made.id }),
    ]);
    expect((await test.send("GET", `/api/customers/${made.id}/contacts`, manager)).json()).toEqual({
      items: [],
      next: null,
    });
  });
});
