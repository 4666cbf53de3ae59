import type { Language } from "@centrala/contract";
import type { OutReason, Remark } from "@centrala/domain/import";

export type RowCode = OutReason | Remark["reason"];

type RowWords = {
  readonly line: string;
  readonly reason: string;
  readonly said: Readonly<Record<RowCode, string>>;
};

/** Why a row of a list needs a look, in the file of such rows: the same that the pages say, which a test holds. */
export const rowWords: Readonly<Record<Language, RowWords>> = {
  en: {
    line: "Row",
    reason: "Reason",
    said: {
      ROW_EMPTY: "Neither a name nor a number nor an e-mail",
      ROW_KNOWN: "This card is there already, with all of it",
      ROW_REPEATED: "Says the same as row {{line}}",
      PHONE_IS_DATE: "{{value}} is a date, not a number",
      PHONE_ROUNDED: "A spreadsheet has cut the number {{value}}",
      PHONE_INVALID: "{{value}} is not a whole phone number",
      EMAIL_INVALID: "{{value}} is not an e-mail address",
    },
  },
  ru: {
    line: "Строка",
    reason: "Причина",
    said: {
      ROW_EMPTY: "Нет ни имени, ни номера, ни эл. почты",
      ROW_KNOWN: "Такая карточка уже есть, со всеми этими данными",
      ROW_REPEATED: "Повторяет строку {{line}}",
      PHONE_IS_DATE: "{{value}} — дата, а не номер",
      PHONE_ROUNDED: "Таблица обрезала номер {{value}}",
      PHONE_INVALID: "{{value}} — не полный номер телефона",
      EMAIL_INVALID: "{{value}} — не адрес эл. почты",
    },
  },
  bg: {
    line: "Ред",
    reason: "Причина",
    said: {
      ROW_EMPTY: "Няма нито име, нито номер, нито имейл",
      ROW_KNOWN: "Такъв картон вече има, с всички тези данни",
      ROW_REPEATED: "Повтаря ред {{line}}",
      PHONE_IS_DATE: "{{value}} е дата, а не номер",
      PHONE_ROUNDED: "Таблицата е отрязала номера {{value}}",
      PHONE_INVALID: "{{value}} не е пълен телефонен номер",
      EMAIL_INVALID: "{{value}} не е имейл адрес",
    },
  },
};
