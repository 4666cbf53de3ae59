import { say } from "@centrala/contract";
import { centreScope, StoreError } from "@centrala/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { textRow, workbookOf } from "../outside/testing/workbook.ts";

/** Text in an old table of letters, as programs of Bulgaria and Russia write it. */
function encoded(text: string, encoding: string): Uint8Array {
  const letters = new TextDecoder(encoding).decode(Uint8Array.from({ length: 256 }, (_, code) => code));
  return Uint8Array.from(text, (letter) => letters.indexOf(letter));
}
const csv =
  "Име;Телефон;Имейл;Бележка\nИван Петров;0888 123 456;ivan@example.bg;редовен\n;;;\nЗора ООД;+359 2 400 00 00; ;\nНикой;12;не-поща;\n;;;само бележка\n";

describe("importing over HTTP", () => {
  let test: TestApp;
  let manager: string;
  beforeAll(async () => {
    test = await testApp();
    manager = await test.setUp();
  });
  afterAll(() => test.stop());

  const upload = async (content: Uint8Array | string) => {
    const head = '------t\r\nContent-Disposition: form-data; name="file"; filename="customers.csv"\r\n\r\n';
    const payload = Buffer.concat([
      Buffer.from(head),
      Buffer.from(content as string),
      Buffer.from("\r\n------t--\r\n"),
    ]);
    const headers = {
      host: "localhost:8080",
      origin: "http://localhost:8080",
      cookie: manager,
      "content-type": "multipart/form-data; boundary=----t",
    };
    return (await test.servers.http.inject({ method: "POST", url: "/api/imports", headers, payload })).json();
  };
  const post = async (url: string, body?: unknown) =>
    (await test.send("POST", `/api/imports/${url}`, manager, body)).json();
  const get = async (url: string) => (await test.send("GET", `/api/imports/${url}`, manager)).json();
  const names = async (search: string): Promise<string[]> =>
    (await test.send("GET", `/api/customers?search=${encodeURIComponent(search)}`, manager))
      .json()
      .items.map((item: { name: string }) => item.name)
      .sort();

  /** Asks until the import stands in one of the states: it runs by itself. */
  const until = async (id: string, ...states: string[]) => {
    for (;;) {
      const now = await get(id);
      if (states.includes(now.state)) return now;
      if (now.state === "failed" && !states.includes("failed")) throw new Error(JSON.stringify(now));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const checked = async (content: Uint8Array | string, choices: object = {}) => {
    const reading = await upload(content);
    await post(`${reading.id}/check`, { ...reading.options, ...choices });
    return until(reading.id, "checked");
  };
  const stored = async (content: Uint8Array | string, choices: object = {}) => {
    const { id } = await checked(content, choices);
    await post(`${id}/run`);
    return until(id, "done");
  };

  it("shows the cards as they will be, stores them, and says of each row what became of it", async () => {
    const reading = await upload(encoded(csv, "windows-1251"));
    expect(reading).toMatchObject({
      options: { encoding: "windows-1251", heading: 1, country: "BG", columns: ["name", "phone", "email", "note"] },
    });
    expect(reading.cards.slice(0, 2)).toEqual([
      {
        line: 2,
        card: expect.objectContaining({ name: "Иван Петров", phones: ["+359888123456"], note: "редовен" }),
        remarks: [],
      },
      { line: 4, card: expect.objectContaining({ name: "Зора ООД", phones: ["+35924000000"] }), remarks: [] },
    ]);
    await post(`${reading.id}/check`, reading.options);
    expect(await until(reading.id, "checked")).toMatchObject({
      total: 4,
      figures: { new: 3, changed: 0, doubtful: 0, out: 1 },
      remarks: 1,
    });
    expect(await names("Иван")).toEqual([]);
    await post(`${reading.id}/run`);
    expect(await until(reading.id, "done")).toMatchObject({ made: 3, changed: 0, conflicts: 0, done: 4 });
    expect(await names("Иван")).toEqual(["Иван Петров"]);
    const found = (await test.send("GET", "/api/customers/by-number?number=0888123456", manager)).json();
    expect(found.items).toEqual([expect.objectContaining({ name: "Иван Петров", note: "редовен" })]);
    const problems = await test.send("GET", `/api/imports/${reading.id}/problems?language=bg`, manager);
    expect(problems.body.split("\r\n")).toEqual([
      "\ufeffРед;Причина;Име;Телефон;Имейл;Бележка",
      "5;12 не е пълен телефонен номер | не-поща не е имейл адрес;Никой;12;не-поща;",
      `6;"Няма нито име, нито номер, нито имейл";;;;само бележка`,
      "",
    ]);
    const english = await test.send("GET", `/api/imports/${reading.id}/problems?language=en`, manager);
    expect(english.body).toContain("5;12 is not a whole phone number | не-поща is not an e-mail address;");
    expect((await test.send("GET", "/api/imports", manager)).json()).toEqual({
      items: [expect.objectContaining({ id: reading.id, state: "done" })],
    });
  });

  it("asks about a number that two people have, keeps two, joins when told, and takes it all back", async () => {
    const list = "Име;Телефон;Имейл\nМайка;0888130111;m@example.bg\nДъщеря;0888130111;d@example.bg\n";
    const { id } = await checked(list);
    expect((await get(`${id}/rows?verdict=doubtful`)).items).toEqual([
      expect.objectContaining({ line: 3, ownerName: "Майка", ownerLine: 2, decision: null }),
    ]);
    await post(`${id}/run`);
    expect(await until(id, "done")).toMatchObject({ made: 2 });
    expect([...(await names("Майка")), ...(await names("Дъщеря"))]).toEqual(["Майка", "Дъщеря"]);
    await post(`${id}/undo`);
    expect(await until(id, "undone")).toMatchObject({ kept: 0 });
    expect([...(await names("Майка")), ...(await names("Дъщеря"))]).toEqual([]);

    const again = await checked(list);
    await post(`${again.id}/decisions`, { lines: null, decision: "one" });
    await post(`${again.id}/run`);
    await until(again.id, "done");
    const [one] = (await test.send("GET", "/api/customers?search=0888130111", manager)).json().items;
    expect(one).toMatchObject({ name: "Майка", emails: ["m@example.bg", "d@example.bg"] });
  });

  it("shows nobody's name and card to a technician, who may not read customers, and takes any line there is not", async () => {
    await stored("Име;Телефон;Имейл\nТайна;0888130119;secret@example.bg\n");
    const { id } = await checked("Име;Телефон;Имейл\nТайна;0888130119;new@example.bg\nНикой;0888130119;\n");
    const { cookie } = await test.addPerson("list-technician", ["technician"]);
    const rows = async (reader: string, verdict: string) =>
      (await test.send("GET", `/api/imports/${id}/rows?verdict=${verdict}`, reader)).json().items[0];
    expect((await rows(manager, "changed")).card.emails).toEqual(["secret@example.bg", "new@example.bg"]);
    expect((await rows(manager, "doubtful")).ownerName).toBe("Тайна");
    expect(await rows(cookie, "changed")).toMatchObject({ card: null, ownerName: "–" });
    expect(await rows(cookie, "doubtful")).toMatchObject({ ownerName: "–", card: { name: "Никой" } });
    const none = await test.send("GET", `/api/imports/${id}/rows?verdict=new&cursor=${"9".repeat(300)}`, manager);
    expect([none.statusCode, none.json().items]).toEqual([200, []]);
    const decide = (lines: number[]) =>
      test.send("POST", `/api/imports/${id}/decisions`, manager, { lines, decision: "two" });
    expect([(await decide([77, 77, 3])).statusCode, (await decide([2 ** 40])).statusCode]).toEqual([200, 400]);
    // Of two presses at once one counts.
    const press = () => test.send("POST", `/api/imports/${id}/run`, manager, {});
    const presses = (await Promise.all([press(), press(), press()])).map(({ statusCode }) => statusCode);
    expect(presses.filter((status) => status === 200)).toHaveLength(1);
    await until(id, "done");
    expect(await names("0888130119")).toEqual(["Никой", "Тайна"]);
  });

  it("never renames a known card, and an undo leaves what somebody changed since", async () => {
    await stored("Име;Телефон\nГама;0888130112\n");
    const { id } = await checked("Име;Телефон;Имейл\nДелта;0888 130 112;\nГама;0888130112;g@example.bg\n");
    expect(await get(id)).toMatchObject({ figures: { new: 0, changed: 1, doubtful: 1, out: 0 } });
    await post(`${id}/run`);
    await until(id, "done");
    expect(await names("0888130112")).toEqual(["Гама", "Делта"]);
    const [delta] = (await test.send("GET", "/api/customers?search=Делта", manager)).json().items;
    await test.send("PUT", `/api/customers/${delta.id}`, manager, { name: "Делта Плюс", version: delta.version });
    await post(`${id}/undo`);
    expect(await until(id, "undone")).toMatchObject({ kept: 1 });
    expect(await names("0888130112")).toEqual(["Гама", "Делта Плюс"]);
    const [gama] = (await test.send("GET", "/api/customers?search=Гама", manager)).json().items;
    expect(gama.emails).toEqual([]);
  });

  it("five people with slashes in their numbers stay five, with both their names", async () => {
    const list = `Име;Фамилия;Телефон;Имейл\n${["111 222", "333 444", "555 666", "777 888", "999 000"]
      .map((number, at) => `Човек;Номер${at};0877/${number};a${at}@ex.bg`)
      .join("\n")}`;
    expect(await stored(list)).toMatchObject({ made: 5, figures: { new: 5, changed: 0, doubtful: 0, out: 0 } });
    expect(await names("Човек")).toEqual([0, 1, 2, 3, 4].map((at) => `Човек Номер${at}`));
  });

  it("reads the usual encodings by itself, and another one when told", async () => {
    const people = "ФИО;Телефон;Комментарий\nИванова Анна Сергеевна;8 (912) 345-67-89;любит звонки после шести\n";
    for (const encoding of ["windows-1251", "koi8-r", "ibm866", "x-mac-cyrillic"])
      expect((await upload(encoded(people, encoding))).options.encoding).toBe(encoding);
    const latin = encoded("Name;Phone\nJosé Müller;+4930123456\n", "windows-1252");
    const reading = await upload(latin);
    expect([reading.options.encoding, reading.cards[0].card.name]).toEqual(["windows-1252", "José Müller"]);
    const wide = Buffer.from(people, "utf16le");
    expect((await upload(wide)).options.encoding).toBe("utf-16le");
    const other = await post(`${reading.id}/reading`, { ...reading.options, encoding: "windows-1251", columns: null });
    expect(other.cards[0].card.name).toBe("Josй Mьller");
  });

  it("splits the cells where somebody says so, and guesses else", async () => {
    const text = "Име|Бележка;още;и още|Телефон\nИван|а;б;в|0888123456\nМария|г;д;е|0888123457\n";
    const reading = await upload(text);
    const read = (delimiter: string | null) =>
      post(`${reading.id}/reading`, { ...reading.options, delimiter, heading: null, columns: null });
    const names = ({ columns }: { columns: readonly { name: string }[] }) => columns.map((column) => column.name);
    expect(names(await read("|"))).toEqual(["Име", "Бележка;още;и още", "Телефон"]);
    expect(names(await read(";"))).toEqual(["Име|Бележка", "още", "и още|Телефон"]);
    expect((await read(null)).options.delimiter).toMatch(/^[;|]$/);
    expect((await read("\t")).options.delimiter).toBe("\t");
  });

  it("reads national numbers of the country that is chosen", async () => {
    const reading = await upload("ФИО;Телефон\nПетров Пётр;8 (912) 345-67-89\n");
    const other = await post(`${reading.id}/reading`, { ...reading.options, country: "RU", columns: null });
    expect(other.cards[0].card.phones).toEqual(["+79123456789"]);
  });

  it("passes over titles, hidden and empty sheets, and takes a list without headings", async () => {
    const title = textRow(1, ["Клиенти 2026"]);
    const sheet = `${title}${textRow(3, ["Име", "Телефон"])}<row r="7"><c r="A7" t="inlineStr"><is><t>Иван</t></is></c><c r="B7"><v>888123457</v></c></row>`;
    const book = workbookOf([
      { name: "тайно", state: "hidden", xml: textRow(1, ["a", "b"]) + textRow(2, ["c", "d"]) },
      { name: "празно", xml: "" },
      { name: "клиенти", xml: sheet },
    ]);
    expect(await upload(book)).toMatchObject({
      kind: "sheet",
      options: { sheet: 2, heading: 3 },
      cards: [{ line: 7, card: { name: "Иван", phones: ["+359888123457"] } }],
    });
    expect(await upload("Мария Петрова;0888 222 333\nИван Иванов;0888 222 334\n")).toMatchObject({
      options: { heading: 0, columns: ["name", "phone"] },
      cards: [{ line: 1, card: { name: "Мария Петрова" } }, { line: 2 }],
    });
  });

  it("never makes a number of a date in a sheet, nor of a fraction", async () => {
    const cells =
      '<c r="A2" t="inlineStr"><is><t>Иван</t></is></c><c r="B2" s="1"><v>45658</v></c><c r="C2"><v>888120015</v></c>';
    const book = workbookOf([{ xml: `${textRow(1, ["Име", "Тел.", "Мобилен"])}<row r="2">${cells}</row>` }], {
      "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    });
    expect((await upload(book)).cards).toEqual([
      {
        line: 2,
        card: expect.objectContaining({ phones: ["+359888120015"], note: "Тел.: 2025-01-01" }),
        remarks: [{ code: "PHONE_IS_DATE", params: { value: "2025-01-01", field: "phone" } }],
      },
    ]);
  });

  it("says that the time in which an import could be undone is over", async () => {
    const { id } = await stored("Име;Телефон\nСтара;0888 131 101\n");
    const known = await test.store.customerImports.get(centreScope(test.centre().id), id);
    const report = { ...known?.report, undoUntil: 1 } as NonNullable<typeof known>["report"];
    await test.store.customerImports.change(centreScope(test.centre().id), id, { report });
    expect(await post(`${id}/undo`)).toMatchObject({ code: "CONFLICT", said: { code: "IMPORT_UNDO_OVER" } });
    expect(await names("Стара")).toEqual(["Стара"]);
  });

  it("calls an undo that was stopped so, and goes on with it", async () => {
    const { id } = await stored("Име;Телефон\nПърва;0888 131 201\n");
    await test.store.customerImports.change(centreScope(test.centre().id), id, { state: "undoing" });
    expect(await get(id)).toMatchObject({ state: "undoStopped" });
    expect(await post(`${id}/run`)).toMatchObject({ code: "CONFLICT" });
    await post(`${id}/undo`);
    expect(await until(id, "undone")).toMatchObject({ kept: 0 });
    expect(await names("Първа")).toEqual([]);
  });

  it("leaves out a heading that comes once more, and reads Outlook's ninety columns and more", async () => {
    const { id } = await checked("Име;Телефон\nИван;0888 131 001\n\ufeffИме;Телефон\nМария;0888 131 002\n");
    expect(await get(id)).toMatchObject({ total: 3, figures: { new: 2, out: 1 } });
    expect((await get(`${id}/rows?verdict=out`)).items).toMatchObject([
      { line: 3, reason: { code: "ROW_REPEATED", params: { line: 1 } } },
    ]);
    const wide = `Име${",x".repeat(150)},Телефон\nИван${",".repeat(150)},0888 131 003\n`;
    expect((await upload(wide)).cards).toMatchObject([{ card: { name: "Иван", phones: ["+359888131003"] } }]);
  });

  it("refuses what is no list, in words", async () => {
    expect((await upload(new Uint8Array(64))).said).toEqual({
      code: "FILE_NOT_TEXT",
      params: { name: "customers.csv" },
    });
    expect((await upload(Buffer.from("PK\u0003\u0004broken"))).said).toEqual({ code: "SHEET_DAMAGED", params: {} });
    expect((await upload(Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0]))).said).toEqual({ code: "SHEET_OLD", params: {} });
    for (const text of [
      '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><body><table><tr><td>Иван</td></tr></table></body></html>',
      '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    ])
      expect((await upload(text)).said).toEqual({ code: "SHEET_OLD", params: {} });
    for (const text of ["%PDF-1.4\n1 0 obj", '[{"name":"Иван","phone":"0888123456"}]', "<!doctype html><p>Иван"])
      expect((await upload(text)).said).toEqual({ code: "FILE_NO_LIST", params: { name: "customers.csv" } });
    const reading = await upload("Име;Телефон\n");
    await post(`${reading.id}/check`, reading.options);
    expect(await until(reading.id, "failed")).toMatchObject({ failure: { code: say("FILE_EMPTY").code } });
  });

  it("is not the file's fault where the disk is full or the database away, and goes on afterwards", async () => {
    const { customerImports } = test.store;
    const applyNext = customerImports.applyNext.bind(customerImports);
    const { id } = await checked("Име;Телефон\nПълен Диск;0888 909 909\n");
    for (const [error, code] of [
      [new StoreError("DISK_FULL", "could not extend file"), "IMPORT_DISK_FULL"],
      [new StoreError("DATABASE_AWAY", "terminating connection"), "IMPORT_INTERRUPTED"],
    ] as const) {
      Object.assign(customerImports, { applyNext: () => Promise.reject(error) });
      await post(`${id}/run`);
      expect(await until(id, "failed")).toMatchObject({ failure: { code } });
    }
    Object.assign(customerImports, { applyNext });
    await post(`${id}/run`);
    expect(await until(id, "done")).toMatchObject({ failure: null, made: 1 });
    expect(await names("Пълен Диск")).toEqual(["Пълен Диск"]);
    Object.assign(customerImports, {
      create: () => Promise.reject(Object.assign(new Error("write"), { code: "ENOSPC" })),
    });
    expect(await upload("Име;Телефон\nА;0888 909 908\n")).toMatchObject({ code: "DISK_FULL" });
  });

  it("is nobody's but its own centre's managers' and technicians'", async () => {
    const { cookie } = await test.addPerson("oper", ["operator"]);
    expect((await test.send("GET", "/api/imports", cookie)).statusCode).toBe(403);
    expect((await test.send("GET", `/api/imports/${"0".repeat(36)}`, manager)).statusCode).toBe(404);
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
