import type { HolidayAnswer, HolidayQuestion } from "../../holidays/list.ts";
import { type Handlers, languageOf } from "../handler.ts";

/** Calendars do not change while the server runs; more questions than these are asked anew. */
const answersMax = 200;
const answers = new Map<string, HolidayAnswer>();

export const holidayHandlers: Pick<Handlers, "holidays"> = {
  holidays: async ({ services, caller, query }) => {
    const years = [...new Set(query.years.split(",").map(Number))].sort();
    const question: HolidayQuestion = {
      country: query.country,
      region: query.region ?? null,
      years,
      language: query.language ?? languageOf(caller),
    };
    const key = JSON.stringify(question);
    const answer = answers.get(key) ?? (await services.outside.run("holidays", question));
    if (answers.size >= answersMax) answers.clear();
    answers.set(key, answer);
    return { items: [...answer.items], regions: [...answer.regions] };
  },
};
