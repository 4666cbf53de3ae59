import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callArrives } from "../live/testing/arrival.ts";
import { openWorkbook } from "../outside/xlsx.ts";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;
let stranger: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  stranger = (await test.addPerson("stranger", ["operator"])).cookie;
  const card = { name: "=Мария", phones: ["0888123456"], clientId: "main" };
  await test.send("POST", "/api/customers", manager, card);
  await test.send("PUT", "/api/config/client/other", manager, { name: "Другият" });
  await callArrives(test, "contact-1");
  await test.centre().core.submit({ kind: "legEnded", legId: "leg-contact-1", code: "HUNG_UP", sipStatus: null });
});
afterAll(() => test.stop());

const rowsOf = async (url: string, cookie = manager): Promise<readonly (readonly string[])[]> => {
  const answer = await test.send("GET", url, cookie);
  expect(answer.statusCode).toBe(200);
  const book = await openWorkbook(answer.rawPayload, { columnsMax: 20, cellMax: 1_000 });
  const rows: (readonly string[])[] = [];
  for await (const { cells } of book.rows(0)) rows.push(cells);
  return rows;
};

describe("the history as a file", () => {
  it("is a workbook in the language of the page, with numbers as texts and the end in words", async () => {
    const [headings, row] = await rowsOf("/api/export/contacts?format=xlsx&language=ru");
    expect(headings?.slice(0, 4)).toEqual(["Время", "Направление", "Имя", "Номер"]);
    expect(row?.[1]).toBe("Входящий");
    expect(row?.[3]).toBe("+359888123456");
    expect(row?.at(-1)).toBe("Отбой до очереди");
  });

  it("is without them a CSV in the person's or the centre's language", async () => {
    const { body, headers } = await test.send("GET", "/api/export/contacts", manager);
    expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(body).toContain("\ufeffВреме;Посока;Име;Номер;Възложител");
    expect(body).toContain("Затвори преди опашката");
    expect(body).not.toContain("ABANDONED");
  });

  it("has what the list has: nothing for somebody who sees nothing there", async () => {
    expect(await rowsOf("/api/export/contacts?format=xlsx", stranger)).toHaveLength(1);
    expect(await rowsOf("/api/export/contacts?format=xlsx&direction=outbound")).toHaveLength(1);
    expect(await rowsOf("/api/export/missed?format=xlsx", stranger)).toHaveLength(1);
    expect(await rowsOf("/api/export/missed?format=xlsx")).toHaveLength(2);
  });

  it("stands in the audit with its filter and kind", async () => {
    const rows = await test.store.audit.list(test.centre().id, { what: "contacts.export", limit: 50 });
    expect(rows.items.map(({ detail }) => detail)).toContainEqual({ format: "xlsx", direction: "outbound" });
  });
});
