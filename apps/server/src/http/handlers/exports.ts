import { Readable } from "node:stream";
import type { ContactRow, Language } from "@centrala/contract";
import { contactRows } from "../../live/history.ts";
import { csvMark, csvRow } from "../../outside/csv.ts";
import { type Call, type Caller, type Handlers, liveOf, whoOf } from "../handler.ts";
import { contactsPage, missedPage } from "./contacts.ts";

type Names = "exportContacts" | "exportMissed";
type Page<T> = { readonly rows: readonly T[]; readonly nextCursor: string | null };

const pageRows = 200;
/** The file says in its last line that it ends here. */
const rowsMax = 100_000;

export const exportHandlers: Pick<Handlers, Names> = {
  exportContacts: async (call) => {
    const words = wordsOf(call.caller);
    const time = timeWriter(call.caller);
    await audited(call, "contacts.export");
    const pageAt = async (cursor: string | undefined): Promise<Page<ContactRow>> => {
      const page = await contactsPage(call, pageRows, cursor);
      return { rows: await contactRows(liveOf(call), page.items), nextCursor: page.nextCursor };
    };
    return sendCsv(call, "history.csv", words.contact, pageAt, (row) => [
      time(row.startedAt),
      words.direction[row.direction],
      row.customer?.name ?? row.party.name ?? "",
      row.party.e164 ?? row.party.display,
      row.clientName ?? "",
      row.queueName ?? "",
      row.number ?? "",
      row.operators.map((operator) => operator.name).join(", "),
      answerOf(row, words),
      seconds(row.waitMs),
      seconds(row.talkMs),
      seconds(row.holdMs),
      row.disposition ?? "",
      row.endCode ?? "",
    ]);
  },

  exportMissed: async (call) => {
    const words = wordsOf(call.caller);
    const time = timeWriter(call.caller);
    await audited(call, "missed.export");
    return sendCsv(
      call,
      "missed.csv",
      words.missed,
      (cursor) => missedPage(call, pageRows, cursor),
      (row) => [
        time(row.at),
        time(row.since),
        row.customer?.name ?? row.party.name ?? "",
        row.party.e164 ?? row.party.display,
        row.clientName ?? "",
        row.queueName ?? "",
        String(row.tries),
        seconds(row.waitMs),
        String(row.messages.length),
      ],
    );
  },
};

/** Written while it is read, so that a long history is never whole in the memory. */
function sendCsv<T>(
  call: Pick<Call<Names>, "reply" | "caller">,
  name: string,
  headings: readonly string[],
  pageAt: (cursor: string | undefined) => Promise<Page<T>>,
  cellsOf: (row: T) => readonly string[],
) {
  const cut = wordsOf(call.caller).cut;
  async function* pieces() {
    yield csvMark + csvRow(headings);
    let cursor: string | undefined;
    for (let rows = 0; rows < rowsMax; rows += pageRows) {
      const page = await pageAt(cursor);
      yield page.rows.map((row) => csvRow(cellsOf(row))).join("");
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
    yield csvRow([cut]);
  }
  return call.reply
    .header("content-disposition", `attachment; filename="${name}"`)
    .type("text/csv; charset=utf-8")
    .send(Readable.from(pieces()));
}

async function audited(
  { app, caller, query }: Pick<Call<Names>, "app" | "caller" | "query">,
  what: `${string}.export`,
) {
  const target = what === "missed.export" ? "missed" : "contacts";
  await app.store.audit.add(caller.centre.id, { who: whoOf(caller), what, target, detail: { ...query } });
}

function answerOf(row: ContactRow, words: Words): string {
  if (row.endedAt === null) return words.running;
  return row.answered ? words.yes : words.no;
}

function seconds(ms: number): string {
  return String(Math.round(ms / 1_000));
}

/** "2026-11-28 09:05:00" by the centre's clock: every spreadsheet reads it as a time. */
function timeWriter(caller: Caller): (at: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: caller.centre.config.current.centre.timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return (at) => format.format(at);
}

function wordsOf(caller: Caller): Words {
  const { user, centre } = caller.centre.config.current;
  return texts[user.find((each) => each.id === caller.userId)?.language ?? centre.language];
}

type Words = {
  readonly contact: readonly string[];
  readonly missed: readonly string[];
  readonly direction: Readonly<Record<ContactRow["direction"], string>>;
  readonly yes: string;
  readonly no: string;
  readonly running: string;
  readonly cut: string;
};
const texts: Readonly<Record<Language, Words>> = {
  en: {
    contact:
      "Time;Direction;Name;Number;Client;Queue;Own number;Operators;Answered;Wait, s;Talk, s;Hold, s;Result;End".split(
        ";",
      ),
    missed: "Last call;First call;Name;Number;Client;Queue;Calls;Wait, s;Messages".split(";"),
    direction: { inbound: "Incoming", outbound: "Outgoing", internal: "Internal" },
    yes: "yes",
    no: "no",
    running: "still running",
    cut: "The file ends here, at 100,000 rows. Choose a shorter time.",
  },
  bg: {
    contact:
      "Време;Посока;Име;Номер;Клиент;Опашка;Собствен номер;Оператори;Отговорено;Чакане, с;Разговор, с;Задържане, с;Резултат;Край".split(
        ";",
      ),
    missed: "Последно обаждане;Първо обаждане;Име;Номер;Клиент;Опашка;Обаждания;Чакане, с;Съобщения".split(";"),
    direction: { inbound: "Входящо", outbound: "Изходящо", internal: "Вътрешно" },
    yes: "да",
    no: "не",
    running: "още тече",
    cut: "Файлът свършва тук, на 100 000 реда. Изберете по-кратък период.",
  },
  ru: {
    contact:
      "Время;Направление;Имя;Номер;Заказчик;Очередь;Свой номер;Операторы;Отвечен;Ожидание, с;Разговор, с;Удержание, с;Результат;Завершение".split(
        ";",
      ),
    missed: "Последний звонок;Первый звонок;Имя;Номер;Заказчик;Очередь;Звонков;Ожидание, с;Сообщений".split(";"),
    direction: { inbound: "Входящий", outbound: "Исходящий", internal: "Внутренний" },
    yes: "да",
    no: "нет",
    running: "ещё идёт",
    cut: "Файл заканчивается здесь, на 100 000 строк. Выберите период короче.",
  },
};
