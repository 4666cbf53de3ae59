import type { ContactRow, Language } from "@centrala/contract";

export type ContactColumn =
  | "time"
  | "direction"
  | "name"
  | "number"
  | "client"
  | "queue"
  | "own"
  | "operators"
  | "answered"
  | "wait"
  | "talk"
  | "hold"
  | "result"
  | "end";
export type MissedColumn =
  | "last"
  | "first"
  | "name"
  | "number"
  | "client"
  | "queue"
  | "calls"
  | "wait"
  | "messages"
  | "end";

export type CardColumn = "name" | "company" | "phones" | "emails" | "client" | "note" | "created" | "changed";

export type ExportWords = {
  readonly customers: string;
  readonly ownClient: string;
  readonly card: Readonly<Record<CardColumn, string>>;
  readonly history: string;
  readonly missed: string;
  readonly contact: Readonly<Record<ContactColumn, string>>;
  readonly caller: Readonly<Record<MissedColumn, string>>;
  readonly direction: Readonly<Record<ContactRow["direction"], string>>;
  readonly yes: string;
  readonly no: string;
  readonly running: string;
  readonly hidden: string;
  readonly cut: (rows: number) => string;
};

/** What stands in files that a person takes out, in the language of the page they took it from. */
export const exportWords: Readonly<Record<Language, ExportWords>> = {
  en: {
    customers: "Customers",
    ownClient: "No client",
    card: {
      name: "Name",
      company: "Company",
      phones: "Numbers",
      emails: "E-mail",
      client: "Client",
      note: "Note",
      created: "Created",
      changed: "Changed",
    },
    history: "History",
    missed: "Missed calls",
    contact: {
      time: "Time",
      direction: "Direction",
      name: "Name",
      number: "Number",
      client: "Client",
      queue: "Queue",
      own: "Own number",
      operators: "Operators",
      answered: "Answered",
      wait: "Wait",
      talk: "Talk",
      hold: "Hold",
      result: "Result",
      end: "End",
    },
    caller: {
      last: "Last call",
      first: "First call",
      name: "Name",
      number: "Number",
      client: "Client",
      queue: "Queue",
      calls: "Calls",
      wait: "Wait",
      messages: "Messages",
      end: "End of the last call",
    },
    direction: { inbound: "Incoming", outbound: "Outgoing", internal: "Internal" },
    yes: "yes",
    no: "no",
    running: "still running",
    hidden: "Hidden number",
    cut: (rows) => `The file ends here, at ${rows.toLocaleString("en")} rows. Choose a shorter time.`,
  },
  bg: {
    customers: "Клиенти",
    ownClient: "Без възложител",
    card: {
      name: "Име",
      company: "Фирма",
      phones: "Номера",
      emails: "Имейл",
      client: "Възложител",
      note: "Бележка",
      created: "Създадено",
      changed: "Променено",
    },
    history: "История",
    missed: "Пропуснати обаждания",
    contact: {
      time: "Време",
      direction: "Посока",
      name: "Име",
      number: "Номер",
      client: "Възложител",
      queue: "Опашка",
      own: "Собствен номер",
      operators: "Оператори",
      answered: "Отговорено",
      wait: "Чакане",
      talk: "Разговор",
      hold: "Задържане",
      result: "Резултат",
      end: "Край",
    },
    caller: {
      last: "Последно обаждане",
      first: "Първо обаждане",
      name: "Име",
      number: "Номер",
      client: "Възложител",
      queue: "Опашка",
      calls: "Обаждания",
      wait: "Чакане",
      messages: "Съобщения",
      end: "Край на последното",
    },
    direction: { inbound: "Входящо", outbound: "Изходящо", internal: "Вътрешно" },
    yes: "да",
    no: "не",
    running: "още тече",
    hidden: "Скрит номер",
    cut: (rows) => `Файлът свършва тук, на ${rows.toLocaleString("bg")} реда. Изберете по-кратък период.`,
  },
  ru: {
    customers: "Клиенты",
    ownClient: "Без заказчика",
    card: {
      name: "Имя",
      company: "Компания",
      phones: "Номера",
      emails: "Эл. почта",
      client: "Заказчик",
      note: "Заметка",
      created: "Создано",
      changed: "Изменено",
    },
    history: "История",
    missed: "Пропущенные звонки",
    contact: {
      time: "Время",
      direction: "Направление",
      name: "Имя",
      number: "Номер",
      client: "Заказчик",
      queue: "Очередь",
      own: "Свой номер",
      operators: "Операторы",
      answered: "Отвечен",
      wait: "Ожидание",
      talk: "Разговор",
      hold: "Удержание",
      result: "Результат",
      end: "Завершение",
    },
    caller: {
      last: "Последний звонок",
      first: "Первый звонок",
      name: "Имя",
      number: "Номер",
      client: "Заказчик",
      queue: "Очередь",
      calls: "Звонков",
      wait: "Ожидание",
      messages: "Сообщений",
      end: "Завершение последнего",
    },
    direction: { inbound: "Входящий", outbound: "Исходящий", internal: "Внутренний" },
    yes: "да",
    no: "нет",
    running: "ещё идёт",
    hidden: "Скрытый номер",
    cut: (rows) => `Файл заканчивается здесь, на ${rows.toLocaleString("ru")} строк. Выберите период короче.`,
  },
};
