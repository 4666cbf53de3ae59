import {
  type CentreConfig,
  centreSchema,
  clientSchema,
  hoursSchema,
  type Language,
  queueSchema,
  type ScenarioStep,
  scenarioSchema,
} from "@centrala/contract";

export type NewCentre = {
  readonly kind: "home" | "in-house" | "outsourcing";
  readonly country: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly name: string;
};

type Names = {
  readonly main: string;
  readonly hours: string;
  readonly scenario: string;
  readonly solved: string;
  readonly callBack: string;
  readonly wrongNumber: string;
  readonly complaint: string;
  readonly lunch: string;
  readonly shortBreak: string;
  readonly training: string;
};

const names: Readonly<Record<Language, Names>> = {
  en: {
    main: "Main queue",
    hours: "Opening hours",
    scenario: "Main call flow",
    solved: "Solved",
    callBack: "Call back",
    wrongNumber: "Wrong number",
    complaint: "Complaint",
    lunch: "Lunch",
    shortBreak: "Short break",
    training: "Training",
  },
  ru: {
    main: "Основная очередь",
    hours: "Часы работы",
    scenario: "Основной сценарий",
    solved: "Решено",
    callBack: "Перезвонить",
    wrongNumber: "Ошиблись номером",
    complaint: "Жалоба",
    lunch: "Обед",
    shortBreak: "Короткий перерыв",
    training: "Обучение",
  },
  bg: {
    main: "Основна опашка",
    hours: "Работно време",
    scenario: "Основен сценарий",
    solved: "Решено",
    callBack: "Обратно обаждане",
    wrongNumber: "Грешен номер",
    complaint: "Жалба",
    lunch: "Обяд",
    shortBreak: "Кратка почивка",
    training: "Обучение",
  },
};

/**
 * The configuration a new centre starts with: one client (itself), opening hours, one queue, one call flow from greeting
 * to queue or voicemail, and reasons for breaks. People, trunks and numbers come afterwards.
 */
export function defaultConfig(centre: NewCentre): CentreConfig {
  const words = names[centre.language];
  return {
    version: 1,
    centre: centreSchema.parse(centre),
    client: [clientSchema.parse({ id: "main", name: centre.name, language: centre.language, country: centre.country })],
    trunk: [],
    number: [],
    user: [],
    device: [],
    skill: [],
    hours: [defaultHours(words, centre.timeZone)],
    queue: [defaultQueue(words, centre)],
    scenario: [defaultScenario(words, centre.language)],
    prompt: [],
    breakReason: [
      { id: "lunch", name: words.lunch, limitMs: 30 * 60_000 },
      { id: "short-break", name: words.shortBreak, limitMs: 10 * 60_000 },
      { id: "training", name: words.training, limitMs: null },
    ],
  };
}

function defaultHours(words: Names, timeZone: string) {
  const open = [{ from: "09:00", to: "18:00" }];
  const week = { mon: open, tue: open, wed: open, thu: open, fri: open, sat: [], sun: [] };
  return hoursSchema.parse({ id: "main", name: words.hours, timeZone, week });
}

function defaultQueue(words: Names, centre: NewCentre) {
  return queueSchema.parse({
    id: "main",
    name: words.main,
    clientId: "main",
    // Nobody waits for ever: without anybody on duty, and after five minutes, the flow goes on to the voicemail.
    leaveWhenNobody: true,
    waitMsMax: 5 * 60_000,
    // At home nobody works by the minute: wrap-up is short.
    wrapUpMsMax: centre.kind === "home" ? 30_000 : 60_000,
    serviceLevel: { percent: 80, withinMs: centre.kind === "outsourcing" ? 20_000 : 30_000 },
    dispositions: [
      { id: "solved", name: words.solved },
      { id: "call-back", name: words.callBack, solved: false },
      { id: "wrong-number", name: words.wrongNumber },
      { id: "complaint", name: words.complaint, solved: false },
    ],
  });
}

function defaultScenario(words: Names, language: Language) {
  const sound = (name: string) => ({ kind: "sound", name }) as const;
  const label = "";
  const steps: Record<string, ScenarioStep> = {
    greeting: { label, kind: "play", prompts: [sound("greeting"), sound("recording-notice")], next: "hours" },
    hours: { label, kind: "hours", hoursId: "main", open: "queue", closed: "closed" },
    queue: { label, kind: "queue", queueId: "main", priority: 50, otherwise: "busy" },
    busy: { label, kind: "play", prompts: [sound("all-lines-busy")], next: "voicemail" },
    closed: { label, kind: "play", prompts: [sound("closed")], next: "voicemail" },
    voicemail: {
      label,
      kind: "voicemail",
      prompts: [sound("leave-message")],
      queueId: "main",
      durationMsMax: 120_000,
      next: "goodbye",
    },
    goodbye: { label, kind: "hang-up", prompts: [sound("voicemail-saved"), sound("goodbye")] },
  };
  return scenarioSchema.parse({
    id: "main",
    name: words.scenario,
    clientId: "main",
    language,
    start: "greeting",
    steps,
  });
}
