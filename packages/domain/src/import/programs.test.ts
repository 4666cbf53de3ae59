import { describe, expect, it } from "vitest";
import { readCard } from "./card.ts";
import { columnNames, guessColumns } from "./columns.ts";
import { delimitedRows, delimiterOf } from "./delimited.ts";
import { ImportPlan } from "./plan.ts";
import { vcardColumns, vcardRows } from "./vcard.ts";

const readPhone = (typed: string): string | null =>
  /^\+?[0-9]{9,12}$/.test(typed) ? `+${typed.replace(/^\+/, "")}` : null;
const decode = (bytes: Uint8Array, charset: string) => new TextDecoder(charset).decode(bytes);

/** The cards of a text whose first row names the columns. */
function cardsOf(text: string) {
  const [heading = { cells: [] }, ...rows] = delimitedRows(text, delimiterOf(text), {
    columnsMax: 300,
    cellMax: 4_000,
  });
  const cells = rows.map((row) => row.cells);
  const columns = guessColumns(heading.cells, cells, readPhone);
  const names = columnNames(heading.cells, columns.length);
  return cells.map((row) => readCard(row, columns, names, readPhone));
}

function vcardOf(...lines: readonly string[]) {
  const rows = [...vcardRows(["BEGIN:VCARD", ...lines, "END:VCARD"].join("\r\n"), decode)];
  return rows.map((row) => readCard(row.cells, vcardColumns, vcardColumns, readPhone)?.card);
}

describe("lists as other programs write them", () => {
  it("[IM2] Excel and amoCRM: numbers shielded as formulas and with an apostrophe, and names that begin with one", () => {
    const text = `Имя,Телефон\nИван,="+359888123456"\nПётр,'+359888123457\n's Hertog,"=""359888123458"""\n`;
    expect(cardsOf(text).map((read) => [read?.card.name, read?.card.phones, read?.remarks])).toEqual([
      ["Иван", ["+359888123456"], []],
      ["Пётр", ["+359888123457"], []],
      ["'s Hertog", ["+359888123458"], []],
    ]);
  });

  it("[IM4] Bitrix24: what only sounds like a telephone is none, and breaks of a page are lines", () => {
    const text =
      "ID;Имя;Фамилия;Мобильный телефон;Номер факса;Telegram;Компания;Комментарий\n12;Ольга;Сидорова;+359888123456, +359888123457;+359888123458;@olga;Ромашка;раз<br>два\n";
    expect(cardsOf(text)).toEqual([
      {
        card: expect.objectContaining({
          ...{ name: "Ольга Сидорова", company: "Ромашка", note: "раз\nдва" },
          phones: ["+359888123456", "+359888123457"],
        }),
        remarks: [],
      },
    ]);
  });

  it("[IM4] 1C and Bulgarian accounting: the customer is the firm where a person is named beside it", () => {
    expect(cardsOf("Контрагент;ИНН;Контактное лицо;Телефон\nРомашка;770;Анна;+359888123456\n")[0]?.card).toMatchObject({
      ...{ name: "Анна", company: "Ромашка" },
    });
    expect(
      cardsOf("№;Наименование;ЕИК;МОЛ;Телефон\n1;Зора ООД;831;Иван Петров;+359888123456\n")[0]?.card,
    ).toMatchObject({
      ...{ name: "Иван Петров", company: "Зора ООД" },
    });
    expect(cardsOf("Контрагент;Телефон\nРомашка;+359888123456\n")[0]?.card).toMatchObject({ name: "Ромашка" });
  });

  it("[IM4] Outlook in Bulgarian and Zoho: names of addresses are none, accounts are firms", () => {
    const outlook =
      "Собствено име,Фамилно име,Имейл адрес,Показвано име на имейл\nИван,Петров,ivan@zora.bg,Иван Петров (ivan@zora.bg)\n";
    expect(cardsOf(outlook)).toEqual([
      { card: expect.objectContaining({ name: "Иван Петров", emails: ["ivan@zora.bg"], note: "" }), remarks: [] },
    ]);
    expect(cardsOf("First Name,Account Name,Mobile\nIvan,Zora,+359888123456\n")[0]?.card).toMatchObject({
      company: "Zora",
    });
  });

  it("[IM13] an address in brackets after a name is the address, and the name is kept", () => {
    expect(cardsOf('Фирма,Имейл\nЗора,"Иван Петров <ivan@zora.bg>; Мария (m@zora.bg)"\n')).toEqual([
      {
        card: expect.objectContaining({ emails: ["ivan@zora.bg", "m@zora.bg"], note: "Иван Петров Мария" }),
        remarks: [],
      },
    ]);
  });

  it("[IM9] [IM12] a heading that comes once more is left out and counted", () => {
    const plan = new ImportPlan();
    plan.place(2, {
      card: { name: "Иван", company: "", language: null, phones: [], emails: [], note: "" },
      remarks: [],
    });
    plan.repeat(3, 1);
    expect(plan.figures()).toEqual({ new: 1, changed: 0, doubtful: 0, out: 1 });
    expect([...plan.planned()][1]).toMatchObject({ line: 3, reason: "ROW_REPEATED", owner: { line: 1 } });
  });

  it("[IM7] [IM14] telephones: digits after a pause and extensions of an address stand beside the number", () => {
    expect(vcardOf("FN:A", "TEL:+359888123456,12", "TEL;VALUE=uri:tel:+359-888-123-457;ext=7")).toMatchObject([
      { phones: ["+359888123456", "+359888123457"], note: "+359888123456 ext. 12\n+359888123457 ext. 7" },
    ]);
    expect(vcardOf("FN:A", "TEL:tel:+359888123457;phone-context=example.com")).toMatchObject([
      { phones: ["+359888123457"], note: "" },
    ]);
  });

  it("[IM14] telephones: quoted-printable in the encoding that the line names", () => {
    const letters = (text: string, code: (letter: string) => number) =>
      [...text].map((letter) => `=${code(letter).toString(16).toUpperCase()}`).join("");
    const win = letters("Иван", (letter) => (letter.codePointAt(0) ?? 0) - 0x410 + 0xc0);
    expect(vcardOf(`FN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:${win}`)).toMatchObject([{ name: "Иван" }]);
    expect(vcardOf("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=D0=98 =3D x")).toMatchObject([{ name: "И = x" }]);
    expect(vcardOf("FN;ENCODING=QUOTED-PRINTABLE:Иван=20")).toMatchObject([{ name: "Иван=20" }]);
  });
});
