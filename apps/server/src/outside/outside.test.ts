import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { Outside } from "./outside.ts";
import { FileRefused } from "./refusal.ts";
import { textRow, workbookOf, zipOf } from "./testing/workbook.ts";

const head = textRow(1, ["Name", "Phone"]);
const ivan = textRow(2, ["Ivan", "0888 123 456"]);
const megabyte = 1024 * 1024;

/** Files that stopped the server when they were read where calls are, and what becomes of them now. */
const attacks: readonly { readonly what: string; readonly bytes: () => Uint8Array; readonly status: number }[] = [
  {
    what: "two cells at the ends of the sheet",
    bytes: () => workbookOf([{ xml: `${head}${ivan}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>` }]),
    status: 200,
  },
  {
    what: "a row number of two thousand million",
    bytes: () => workbookOf([{ xml: `${head}<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>` }]),
    status: 200,
  },
  {
    what: "one cell of 190 MB",
    bytes: () => workbookOf([{ xml: around(`${head}<row r="2"><c r="A2" t="str"><v>`, 190, "</v></c></row>") }]),
    status: 200,
  },
  {
    what: "a shared text of 190 MB",
    bytes: () =>
      workbookOf([{ xml: `${head}<row r="2"><c r="A2" t="s"><v>0</v></c></row>` }], {
        "xl/sharedStrings.xml": around("<sst><si><t>", 190, "</t></si></sst>"),
      }),
    status: 200,
  },
  { what: "more than 250 MB", bytes: () => workbookOf([{ xml: around(head, 251, "") }]), status: 413 },
  {
    what: "101,000 rows, of which the first are shown",
    bytes: () =>
      workbookOf([{ xml: Array.from({ length: 101_000 }, (_, at) => textRow(at + 1, ["Ivan", `${at}`])).join("") }]),
    status: 200,
  },
  { what: "a tag without an end", bytes: () => workbookOf([{ xml: around('<row r="1" ', 1, "") }]), status: 415 },
  { what: "entities that expand", bytes: () => workbookOf([{ xml: '<!DOCTYPE a [<!ENTITY b "c">]>' }]), status: 415 },
  { what: "a ZIP that is no workbook", bytes: () => zipOf({ "a.txt": "a" }), status: 415 },
  { what: "19 MB in one line", bytes: () => Buffer.alloc(19 * megabyte, "x"), status: 200 },
  { what: "19 MB of commas", bytes: () => Buffer.alloc(19 * megabyte, ","), status: 200 },
  { what: "19 MB of stray quotes", bytes: () => Buffer.alloc(19 * megabyte, '"x,'), status: 200 },
];

/** Megabytes of one letter between two texts. */
function around(before: string, megabytes: number, after: string): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.alloc(megabytes * megabyte, "x"), Buffer.from(after)]);
}

describe("files from outside", () => {
  let test: TestApp;
  let manager: string;
  beforeAll(async () => {
    test = await testApp();
    manager = await test.setUp();
  });
  afterAll(() => test.stop());

  const upload = (bytes: Uint8Array) => {
    const start = '------t\r\nContent-Disposition: form-data; name="file"; filename="customers.xlsx"\r\n\r\n';
    return test.servers.http.inject({
      method: "POST",
      url: "/api/imports",
      headers: {
        host: "localhost:8080",
        origin: "http://localhost:8080",
        cookie: manager,
        "content-type": "multipart/form-data; boundary=----t",
      },
      payload: Buffer.concat([Buffer.from(start), bytes, Buffer.from("\r\n------t--\r\n")]),
    });
  };

  /** How often this thread could answer while something was read elsewhere. */
  const servedDuring = async <T>(work: Promise<T>): Promise<{ readonly served: number; readonly result: T }> => {
    let running = true;
    const done = work.finally(() => {
      running = false;
    });
    let served = 0;
    while (running) {
      const answer = await test.send("GET", "/healthz", null);
      expect(answer.statusCode).toBe(200);
      served += 1;
      await turn();
    }
    return { served, result: await done };
  };

  for (const { what, bytes, status } of attacks) {
    it(`takes or refuses ${what} while everything else is answered`, async () => {
      const { served, result } = await servedDuring(upload(bytes()));
      expect([result.statusCode, result.statusCode === 200 ? "" : result.json().said.code]).toEqual([
        status,
        status === 200 ? "" : expect.any(String),
      ]);
      expect(served).toBeGreaterThan(5);
    });
  }

  it("reads a centre file of nothing but brackets and ones of dashes and anchors elsewhere, too", async () => {
    for (const yaml of ["[".repeat(900_000), "- ".repeat(400_000), `a: ${"&a ".repeat(300_000)}`]) {
      const { served, result } = await servedDuring(test.send("POST", "/api/centre-file/plan", manager, { yaml }));
      expect(result.statusCode === 413 || result.json().problems.length > 0).toBe(true);
      expect(served).toBeGreaterThan(5);
    }
  });
});

describe("the threads for files", () => {
  it("work one file at a time, let some wait and refuse the next", async () => {
    const outside = new Outside({ waitingMax: 1 });
    const yaml = "version: 1\n";
    const [first, second, third] = await Promise.allSettled([
      outside.run("centreFile", yaml),
      outside.run("centreFile", yaml),
      outside.run("centreFile", yaml),
    ]);
    expect([first.status, second.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(third).toMatchObject({ status: "rejected", reason: { code: "OVERLOADED" } });
    await outside.close();
    await expect(outside.run("centreFile", yaml)).rejects.toBeInstanceOf(FileRefused);
  });
});
