import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Card, mergeCard, readCard } from "./card.ts";
import { columnNames, findHeading, guessColumns } from "./columns.ts";
import { delimitedRows, delimiterOf, type TableRow } from "./delimited.ts";
import { readPhones } from "./phones.ts";
import { ImportPlan, type KnownCard } from "./plan.ts";
import { vcardRows } from "./vcard.ts";

const limits = { columnsMax: 100, cellMax: 4_000 };
/** Whole numbers of two countries, as far as these tests write them. */
const plans = {
  BG: { code: "359", trunk: "0", whole: /^(8[789][0-9]{7}|2[0-9]{7}|700[0-9]{5})$/ },
  RU: { code: "7", trunk: "8", whole: /^[3489][0-9]{9}$/ },
};
const numbersOf =
  (country: keyof typeof plans) =>
  (typed: string): string | null => {
    const { code, trunk, whole } = plans[country];
    const international = typed.replace(/^00/, "+");
    if (international.startsWith("+") && !international.startsWith(`+${code}`)) return null;
    const rest = international.startsWith("+") ? international.slice(code.length + 1) : international;
    const national = rest.startsWith(trunk) && !whole.test(rest) ? rest.slice(1) : rest;
    return whole.test(national) ? `+${code}${national}` : null;
  };
const bg = numbersOf("BG");

const rowsOf = (text: string): TableRow[] => [...delimitedRows(text, delimiterOf(text), limits)];

/** A whole list as its cards and verdicts, as the product reads it. */
function read(text: string, known: readonly KnownCard[] = [], readPhone = bg) {
  const rows = rowsOf(text);
  const cells = rows.map((row) => row.cells);
  const heading = findHeading(cells, readPhone);
  const data = rows.slice(heading + 1);
  const names = columnNames(rows[heading]?.cells ?? [], Math.max(...cells.map((row) => row.length)));
  const columns = guessColumns(
    rows[heading]?.cells ?? names.map(() => ""),
    data.map((row) => row.cells),
    readPhone,
  );
  const plan = new ImportPlan();
  plan.know(known);
  for (const row of data) plan.place(row.line, readCard(row.cells, columns, names, readPhone));
  const planned = [...plan.planned()];
  return {
    columns,
    planned,
    figures: plan.figures(),
    cards: planned.flatMap(({ card }) => (card === null ? [] : [card])),
  };
}

const card = (given: Partial<Card>): Card => ({
  name: "",
  company: "",
  language: null,
  phones: [],
  emails: [],
  note: "",
  ...given,
});

describe("rows", () => {
  it("[IM1] keep the lines of the file over titles, empty lines and breaks inside of a cell", () => {
    expect(rowsOf('Списък;\n\nИме;Бележка\nИван;"две\nлинии"\n;;\r\nПетър;"каза ""да"""\n')).toEqual([
      { line: 1, cells: ["Списък", ""] },
      { line: 3, cells: ["Име", "Бележка"] },
      { line: 4, cells: ["Иван", "две\nлинии"] },
      { line: 7, cells: ["Петър", 'каза "да"'] },
    ]);
  });

  it("[IM2] take the separator from a line sep=; and a stray quote as a letter", () => {
    expect(rowsOf('sep=;\nИме;Телефон\nИван 5" екран;0888130100\n')).toEqual([
      { line: 2, cells: ["Име", "Телефон"] },
      { line: 3, cells: ['Иван 5" екран', "0888130100"] },
    ]);
    expect(["a;b\n1,5;2", 'a,b\n"1;5",2', "a\tb\n1\t2", "name\nIvan"].map(delimiterOf)).toEqual([";", ",", "\t", ","]);
  });

  it("[IM2] come back as they were written, whatever they hold", () => {
    const cell = fc.stringMatching(/^[a-zа-я0-9 ";,\n|]{0,12}$/).map((text) => text.trim());
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 20 }), (rows) => {
        const filled = rows.filter((row) => row.some((text) => text !== ""));
        const written = filled.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(";")).join("\n");
        expect([...delimitedRows(written, ";", limits)].map((row) => row.cells)).toEqual(filled);
      }),
    );
  });

  it("[IM3] find the heading under a title, and none where data begins at once", () => {
    expect(
      findHeading(
        [
          ["Клиенти 2026", "", ""],
          ["Име", "Телефон", ""],
          ["Иван", "0888123456", ""],
        ],
        bg,
      ),
    ).toBe(1);
    expect(
      findHeading(
        [
          ["Мария Петрова", "0888 222 333"],
          ["Иван", "0888 222 334"],
        ],
        bg,
      ),
    ).toBe(-1);
    expect(findHeading([["Name", "Phone"]], bg)).toBe(0);
  });
});

describe("columns", () => {
  it("[IM4] [IM5] of Google's export of 2024 give the name in one and both numbers", () => {
    const heading =
      "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value";
    const row =
      "Anna,Maria,Googlova,,,,,,,,Zora,,,,,,* myContacts,* ,anna@example.com,Mobile,+359 88 813 0103,Work,+359 2 987 66 03";
    expect(read(`${heading}\n${row}\n`).cards).toEqual([
      card({
        name: "Anna Maria Googlova",
        company: "Zora",
        phones: ["+359888130103", "+35929876603"],
        emails: ["anna@example.com"],
      }),
    ]);
  });

  it("[IM4] of Outlook and of other programs are known by their own headings", () => {
    const guess = (heading: string) => guessColumns(heading.split(","), [], bg);
    expect(
      guess("First Name,Last Name,Company,Business Fax,Business Phone,Mobile Phone,E-mail Address,E-mail Type,Notes"),
    ).toEqual(["firstName", "lastName", "company", null, "phone", "phone", "email", null, "note"]);
    expect(guess("№,ФИО,Мобильный телефон,Эл. почта,Дата рождения,Примечание,Организация,ИНН")).toEqual([
      null,
      "name",
      "phone",
      "email",
      null,
      "note",
      "company",
      null,
    ]);
    expect(guess("Контрагент,ЕИК,Моб. тел.,Имейл адрес,Език,Забележка")).toEqual([
      "name",
      null,
      "phone",
      "email",
      "language",
      "note",
    ]);
  });

  it("[IM5] with three names give all three, and two names both", () => {
    expect(read("Име;Презиме;Фамилия;Телефон\nИван;Петров;Георгиев;0888130101\n").cards[0]?.name).toBe(
      "Иван Петров Георгиев",
    );
    expect(read("Име;Фамилия;Телефон\nМария;О'Нийл-Петрова;0888130101\n").cards[0]?.name).toBe("Мария О'Нийл-Петрова");
    expect(read("Name;Surname;Phone\nAnna;Smith;0888130101\n").cards[0]?.name).toBe("Anna Smith");
    expect(read("Name,Given Name,Family Name,Phone\nAnna Smith,Anna,Smith,0888130101\n").cards[0]?.name).toBe(
      "Anna Smith",
    );
  });
});

describe("telephone numbers", () => {
  const phones = (cell: string, readPhone = bg) => readPhones(cell, readPhone);

  it("[IM6] hold slashes, brackets and dots, and are divided only where every part is whole", () => {
    for (const [cell, expected] of [
      ["02/987 65 04", ["+35929876504"]],
      ["0877/111 222", ["+359877111222"]],
      ["0895-11-22-33", ["+359895112233"]],
      ["+359 (0) 88 812 3459", ["+359888123459"]],
      ["00359 88 812 3458", ["+359888123458"]],
      ["888123457", ["+359888123457"]],
      ["888120015.0", ["+359888120015"]],
      ["0888 111 222, 0899 333 444", ["+359888111222", "+359899333444"]],
      ["0888111222/0899333444", ["+359888111222", "+359899333444"]],
      ["+359888111222 ::: +359899333444", ["+359888111222", "+359899333444"]],
      ["моб. 0888 111 222", ["+359888111222"]],
    ] as const)
      expect([cell, phones(cell)]).toEqual([cell, { phones: expected, beside: [], left: [] }]);
  });

  it("[IM7] keep their extension beside them", () => {
    expect(phones("02 987 6543 вътр. 12")).toEqual({
      phones: ["+35929876543"],
      beside: ["+35929876543 вътр. 12"],
      left: [],
    });
    expect(phones("(495)123-45-68 доб. 204", numbersOf("RU"))).toEqual({
      phones: ["+74951234568"],
      beside: ["+74951234568 доб. 204"],
      left: [],
    });
  });

  it("[IM8] are never made of dates, rounded numbers and halves", () => {
    for (const [text, reason] of [
      ["2025-01-01", "date"],
      ["01.06.2025", "date"],
      ["09.03.1987 г.", "date"],
      ["3,59888E+11", "rounded"],
      ["3.59888E+11", "rounded"],
      ["123", "not-whole"],
      ["0888", "not-whole"],
      ["няма", "not-whole"],
    ] as const)
      expect(phones(text)).toEqual({ phones: [], beside: [], left: [{ text, reason }] });
    expect(read("Име;Телефон;Дата\nИван;0888130105;2025-01-01\nПетър;0888130106;2024-12-31\n").columns).toEqual([
      "name",
      "phone",
      null,
    ]);
  });

  it("[IM8] stand in the note with a remark when they are none", () => {
    expect(read("Име;Телефон\nКъс;123\n").planned).toEqual([
      expect.objectContaining({
        verdict: "new",
        card: card({ name: "Къс", note: "Телефон: 123" }),
        remarks: [{ field: "phone", reason: "PHONE_INVALID", value: "123" }],
      }),
    ]);
  });
});

describe("verdicts", () => {
  it("[IM10] two people with one number stay two", () => {
    const { planned, cards } = read("Име;Телефон;Имейл\nМайка;0888130111;m@ex.bg\nДъщеря;0888130111;d@ex.bg\n");
    expect(planned.map(({ line, verdict, owner, ownerName }) => ({ line, verdict, owner, ownerName }))).toEqual([
      { line: 2, verdict: "new", owner: null, ownerName: null },
      { line: 3, verdict: "doubtful", owner: { line: 2 }, ownerName: "Майка" },
    ]);
    expect(cards.map(({ name, emails }) => ({ name, emails }))).toEqual([
      { name: "Майка", emails: ["m@ex.bg"] },
      { name: "Дъщеря", emails: ["d@ex.bg"] },
    ]);
  });

  it("[IM10] [IM11] a known card is never renamed by another name, and gets what it lacks from the same", () => {
    const known = { id: "c1", version: 3, card: card({ name: "Гама", phones: ["+359888130112"] }) };
    expect(read("Име;Телефон\nДелта;0888 130 112\n", [known]).planned).toEqual([
      expect.objectContaining({
        verdict: "doubtful",
        owner: { customerId: "c1", version: 3 },
        ownerName: "Гама",
        card: card({ name: "Делта", phones: ["+359888130112"] }),
      }),
    ]);
    expect(read("Име;Телефон;Имейл\nГАМА;0888 130 112;g@ex.bg\n", [known]).planned).toEqual([
      expect.objectContaining({
        verdict: "changed",
        card: card({ name: "Гама", phones: ["+359888130112"], emails: ["g@ex.bg"] }),
      }),
    ]);
  });

  it("[IM9] [IM12] the file of the secretary: every row has its verdict and the figures add up", () => {
    const { planned, figures } = read(`Име;Фамилия;Телефон;Имейл
Мария;О'Нийл-Петрова;0888 123 456;maria@abv.bg
Иван;Георгиев;0888123456;ivan@abv.bg
;;;
;;;само@имейл.бг
Мария;О'Нийл-Петрова;+359888123456;maria@abv.bg
Мария;О'Нийл-Петрова;+359888123456;m2@abv.bg
;;няма;
`);
    expect(planned.map(({ line, verdict, reason }) => [line, verdict, reason])).toEqual([
      [2, "new", null],
      [3, "doubtful", null],
      [5, "new", null],
      [6, "out", "ROW_REPEATED"],
      [7, "changed", null],
      [8, "out", "ROW_EMPTY"],
    ]);
    expect(figures).toEqual({ new: 2, changed: 1, doubtful: 1, out: 2 });
    expect(planned[0]?.card?.emails).toEqual(["maria@abv.bg", "m2@abv.bg"]);
  });

  const name = fc.constantFrom("Иван Петров", "Петров Иван", "Мария", "Зора", "");
  const phone = fc.constantFrom("+359888000001", "+359888000002", "+359888000003");
  const email = fc.constantFrom("a@b.bg", "c@d.bg");
  const anyCard = fc
    .record({
      name,
      company: fc.constantFrom("", "Зора"),
      phones: fc.uniqueArray(phone, { maxLength: 2 }),
      emails: fc.uniqueArray(email, { maxLength: 1 }),
      note: fc.constantFrom("", "а", "б"),
    })
    .map((given) => card(given));
  const someone = (one: Card) => one.name !== "" || one.company !== "" || one.phones.length + one.emails.length > 0;

  it("[IM9] [IM10] [IM13] no row is lost and nobody is joined unasked, whatever the list", () => {
    fc.assert(
      fc.property(
        fc.array(anyCard.filter(someone), { maxLength: 25 }),
        fc.array(anyCard.filter(someone), { maxLength: 5 }),
        (list, before) => {
          const known = before.map((one, at) => ({ id: `c${at}`, version: 1, card: one }));
          const plan = new ImportPlan();
          plan.know(known);
          list.forEach((one, at) => plan.place(at + 2, { card: one, remarks: [] }));
          const rows = [...plan.planned()];
          expect(rows.map((row) => row.line)).toEqual(list.map((_, at) => at + 2));
          expect(Object.values(plan.figures()).reduce((sum, count) => sum + count, 0)).toBe(list.length);
          const cards = [...before, ...rows.flatMap((row) => (row.card === null ? [] : [row.card]))];
          for (const one of list) {
            const key = one.name.toLowerCase().split(" ").sort().join(" ");
            for (const handle of [...one.phones, ...one.emails])
              expect(
                cards.some(
                  (kept) =>
                    [...kept.phones, ...kept.emails].includes(handle) &&
                    (one.name === "" || kept.name.toLowerCase().split(" ").sort().join(" ") === key),
                ),
              ).toBe(true);
          }
        },
      ),
    );
  });

  it("[IM11] a merge takes nothing away and is the same object when nothing is new", () => {
    fc.assert(
      fc.property(anyCard, anyCard, (one, other) => {
        const merged = mergeCard(one, other);
        for (const value of [...one.phones, ...other.phones]) expect(merged.phones).toContain(value);
        for (const value of [...one.emails, ...other.emails]) expect(merged.emails).toContain(value);
        if (one.name !== "") expect(merged.name).toBe(one.name);
        expect(mergeCard(merged, other)).toBe(merged);
      }),
    );
  });
});

describe("cards of telephones", () => {
  it("[IM14] of old and new kinds are one row each", () => {
    const old =
      "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9F;=D0=98=\r\n=D0=B2;;;\r\nTEL;CELL:0888123456\r\nTEL;WORK;FAX:029876543\r\nEND:VCARD\r\n";
    const late =
      'BEGIN:VCARD\nVERSION:4.0\nFN:Zora\\, Ltd\nitem1.TEL;TYPE="voice,work";VALUE=uri:tel:+359 2 987 66 03\nTEL:0888\n 111222\nEMAIL:a@b.bg\nORG:Zora;Sales\nNOTE:one\\ntwo\nEND:VCARD\n';
    expect([...vcardRows(old + late, (bytes) => new TextDecoder().decode(bytes))]).toEqual([
      { line: 1, cells: ["Ив П", "", "0888123456", "", ""] },
      { line: 8, cells: ["Zora, Ltd", "Zora, Sales", "+359 2 987 66 03\n0888111222", "a@b.bg", "one\ntwo"] },
    ]);
  });
});
