import type { ContactRow, Language } from "@centrala/contract";
import type { ColumnKind } from "../../exports/cell.ts";
import { endWords } from "../../exports/end-words.ts";
import { type Column, sendTable, type TableLook } from "../../exports/table.ts";
import { type ContactColumn, type ExportWords, exportWords, type MissedColumn } from "../../exports/words.ts";
import { contactRows } from "../../live/history.ts";
import { type Call, type Caller, type Handlers, languageOf, liveOf, whoOf } from "../handler.ts";
import { contactsPage, missedPage } from "./contacts.ts";

type Names = "exportContacts" | "exportMissed";
type Exported = Pick<Call<Names>, "app" | "caller" | "query">;
type Missed = Awaited<ReturnType<typeof missedPage>>["rows"][number];

const pageRows = 200;
/** The file says in its last line that it ends here. */
const rowsMax = 500_000;

export const exportHandlers: Pick<Handlers, Names> = {
  exportContacts: async (call) => {
    const look = lookOf(call.caller, call.query);
    await audited(call, "contacts.export", "contacts");
    return sendTable(
      call.reply,
      {
        name: "history",
        sheet: exportWords[look.language].history,
        columns: contactColumns(look.language),
        pageAt: async (cursor) => {
          const page = await contactsPage(call, pageRows, cursor);
          return { rows: await contactRows(liveOf(call), page.items), nextCursor: page.nextCursor };
        },
      },
      look,
    );
  },

  exportMissed: async (call) => {
    const look = lookOf(call.caller, call.query);
    await audited(call, "missed.export", "missed");
    return sendTable(
      call.reply,
      {
        name: "missed",
        sheet: exportWords[look.language].missed,
        columns: missedColumns(look.language),
        pageAt: (cursor) => missedPage(call, pageRows, cursor),
      },
      look,
    );
  },
};

function contactColumns(language: Language): Column<ContactRow>[] {
  const words = exportWords[language];
  const ends = endWords[language];
  const column = columnsOf<ContactColumn, ContactRow>(words.contact);
  return [
    column("time", "time", 19, (row) => row.startedAt),
    column("direction", "text", 11, (row) => words.direction[row.direction]),
    column("name", "text", 28, nameOf),
    column("number", "text", 18, (row) => numberOf(row, words)),
    column("client", "text", 22, (row) => row.clientName),
    column("queue", "text", 22, (row) => row.queueName),
    column("own", "text", 18, (row) => row.number),
    column("operators", "text", 28, (row) => row.operators.map((operator) => operator.name).join(", ")),
    column("answered", "text", 11, (row) => answerOf(row, words)),
    column("wait", "length", 11, (row) => row.waitMs),
    column("talk", "length", 11, (row) => row.talkMs),
    column("hold", "length", 11, (row) => row.holdMs),
    column("result", "text", 24, (row) => row.disposition),
    column("end", "text", 32, (row) => endOf(ends, row)),
  ];
}

function missedColumns(language: Language): Column<Missed>[] {
  const words = exportWords[language];
  const ends = endWords[language];
  const column = columnsOf<MissedColumn, Missed>(words.caller);
  return [
    column("last", "time", 19, (row) => row.at),
    column("first", "time", 19, (row) => row.since),
    column("name", "text", 28, nameOf),
    column("number", "text", 18, (row) => numberOf(row, words)),
    column("client", "text", 22, (row) => row.clientName),
    column("queue", "text", 22, (row) => row.queueName),
    column("calls", "count", 10, (row) => row.tries),
    column("wait", "length", 11, (row) => row.waitMs),
    column("messages", "count", 11, (row) => row.messages.length),
    column("end", "text", 32, (row) => endOf(ends, row)),
  ];
}

export function columnsOf<K extends string, T>(headings: Readonly<Record<K, string>>) {
  return (key: K, kind: ColumnKind, width: number, cell: Column<T>["cell"]): Column<T> => ({
    heading: headings[key],
    kind,
    width: Math.max(width, headings[key].length + 2),
    cell,
  });
}

type Who = Pick<ContactRow, "customer" | "party">;
function nameOf(row: Who): string {
  return row.customer?.name ?? row.party.name ?? "";
}

function numberOf({ party }: Who, words: ExportWords): string {
  const number = party.e164 ?? party.display;
  return number === "" ? words.hidden : number;
}

function endOf(ends: Readonly<Record<string, string>>, { endCode }: Pick<ContactRow, "endCode">): string {
  return endCode === null ? "" : (ends[endCode] ?? endCode);
}

function answerOf(row: ContactRow, words: ExportWords): string {
  if (row.endedAt === null) return words.running;
  return row.answered ? words.yes : words.no;
}

async function audited({ app, caller, query }: Exported, what: `${string}.export`, target: string) {
  await app.store.audit.add(caller.centre.id, { who: whoOf(caller), what, target, detail: { ...query } });
}

type Look = { readonly format?: "csv" | "xlsx" | undefined; readonly language?: Language | undefined };

/** In the language of the page, else of the person, else of the centre; by the centre's clock. */
export function lookOf(caller: Caller, asked: Look): TableLook {
  const language = asked.language ?? languageOf(caller);
  return {
    format: asked.format ?? "csv",
    language,
    timeZone: caller.centre.config.current.centre.timeZone,
    rowsMax,
    cut: exportWords[language].cut(rowsMax),
  };
}
