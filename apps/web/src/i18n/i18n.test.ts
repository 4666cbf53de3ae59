import {
  type ContactEndCode,
  centreKindSchema,
  errorTable,
  type Fact,
  type LegEndCode,
  type OfferOutcome,
  operatorStateSchema,
  type QueueLeaveReason,
  type RefusalCode,
  roleSchema,
  sayIssue,
  scenarioStepSchema,
  sentences,
  trunkStateViewSchema,
} from "@centrala/contract";
import i18next from "i18next";
import { describe, expect, it, vi } from "vitest";
import { firstLanguage, languages, startI18n } from "./index.ts";
import { fieldName, said } from "./said.ts";
import { resources } from "./testing/resources.ts";

const plurals = { en: ["one", "other"], ru: ["one", "few", "many", "other"], bg: ["one", "other"] } as const;
const pluralEnding = /_(zero|one|two|few|many|other)$/;
const all = resources();
const english = all["en"] ?? {};

function flatten(value: unknown, path = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, each]) => flatten(each, path ? `${path}.${key}` : key));
}
function keysOf(language: string, area: string): string[] {
  return flatten(all[language]?.[area] ?? {}).map(([key]) => key);
}
function withoutPlural(keys: readonly string[]): string[] {
  return [...new Set(keys.map((key) => key.replace(pluralEnding, "")))].sort();
}

describe.each(Object.keys(english))("texts of %s", (area) => {
  it.each(languages)("has the same keys in %s as in English", (language) => {
    expect(withoutPlural(keysOf(language, area))).toEqual(withoutPlural(keysOf("en", area)));
  });

  it.each(languages)("has every plural form of %s", (language) => {
    const keys = keysOf(language, area);
    const missing = keys
      .filter((key) => pluralEnding.test(key))
      .flatMap((key) => plurals[language].map((form) => key.replace(pluralEnding, `_${form}`)))
      .filter((key) => !keys.includes(key));
    expect(missing).toEqual([]);
  });

  it.each(languages)("has no empty text in %s", (language) => {
    const empty = flatten(all[language]?.[area]).filter(([, text]) => typeof text !== "string" || text.trim() === "");
    expect(empty).toEqual([]);
  });

  it.each(["ru", "bg"] as const)("names the same values in %s as in English", (language) => {
    const wanted = new Map(flatten(english[area]).map(([key, text]) => [key, placeholders(text)]));
    const wrong = flatten(all[language]?.[area])
      .filter(([key]) => wanted.has(key))
      .filter(([key, text]) => placeholders(text).some((name) => !wanted.get(key)?.includes(name)))
      .map(([key]) => key);
    expect(wrong).toEqual([]);
  });
});

function placeholders(text: unknown): string[] {
  return [...String(text).matchAll(/\{\{(\w+)/g)].map((match) => match[1] ?? "");
}

describe("texts used by the code", () => {
  const sources = import.meta.glob<string>("../**/*.{ts,tsx}", { eager: true, query: "?raw", import: "default" });
  it("are all there", () => {
    const known = new Set(
      Object.keys(english).flatMap((area) =>
        keysOf("en", area).map((key) => `${area}:${key.replace(pluralEnding, "")}`),
      ),
    );
    const used = Object.entries(sources)
      .filter(([path]) => !path.includes(".test."))
      .flatMap(([path, text]) => [...text.matchAll(/\bt\(\s*"([a-z]+:[^"]+)"/g)].map((match) => `${path} ${match[1]}`));
    expect(used.filter((each) => !known.has(each.split(" ")[1] ?? ""))).toEqual([]);
  });
});

/** Names every member of a union once: a member that is added and not named here does not compile. */
function everyOne<T extends string>(names: Readonly<Record<T, true>>): T[] {
  return Object.keys(names) as T[];
}

const refusals = everyOne<RefusalCode>({
  CONTACT_UNKNOWN: true,
  CONTACT_ENDED: true,
  OFFER_OVER: true,
  NOT_YOURS: true,
  NOT_TALKING: true,
  NOT_IN_WRAP_UP: true,
  OPERATOR_UNKNOWN: true,
  OPERATOR_BUSY: true,
  OPERATOR_OFFLINE: true,
  NO_DEVICE: true,
  QUEUE_UNKNOWN: true,
  NO_TRUNK: true,
  ALREADY_CONSULTING: true,
  NOT_CONSULTING: true,
  SAME_OPERATOR: true,
  LIMIT_REACHED: true,
  DISPOSITION_UNKNOWN: true,
  BREAK_REASON_UNKNOWN: true,
  NOT_RECORDING: true,
  NUMBER_UNKNOWN: true,
  TARGET_UNKNOWN: true,
  IN_CONFERENCE: true,
  NOT_IN_INTERNAL_CALL: true,
  COUNTRY_NOT_ALLOWED: true,
  CLASS_NOT_ALLOWED: true,
  NUMBER_NOT_ALLOWED: true,
  OFF_DUTY: true,
  CALLS_AT_ONCE: true,
  CALLS_A_DAY: true,
  MINUTES_A_DAY: true,
  SPENDING_A_DAY: true,
});
const ends = everyOne<ContactEndCode | LegEndCode>({
  CUSTOMER_HUNG_UP: true,
  OPERATOR_HUNG_UP: true,
  SCENARIO_ENDED: true,
  ABANDONED_IN_QUEUE: true,
  ABANDONED_IN_SCENARIO: true,
  TRANSFERRED_OUTSIDE: true,
  BUSY: true,
  NO_ANSWER: true,
  DECLINED: true,
  CANCELLED: true,
  UNREACHABLE: true,
  NUMBER_UNKNOWN: true,
  TRUNK_REJECTED: true,
  VOICEMAIL_LEFT: true,
  MEDIA_FAILED: true,
  MEDIA_LOST: true,
  SERVER_RESTARTED: true,
  OVERLOADED: true,
  SCENARIO_FAILED: true,
  NOT_STORED: true,
  INTERNAL: true,
  OUTGOING_LIMIT: true,
  HUNG_UP: true,
  DROPPED: true,
  RTP_PORTS_EXHAUSTED: true,
});
const facts = everyOne<Fact["kind"]>({
  callArriving: true,
  callerGone: true,
  configured: true,
  configChanged: true,
  contactStarted: true,
  legStarted: true,
  legRinging: true,
  legAnswered: true,
  legEnded: true,
  scenarioEntered: true,
  stepEntered: true,
  keysEntered: true,
  variableSet: true,
  languageSet: true,
  hoursTested: true,
  enqueued: true,
  queueSpoke: true,
  waitReviewed: true,
  queueLeft: true,
  offerMade: true,
  offerEnded: true,
  talkStarted: true,
  dialStarted: true,
  played: true,
  outsideJoined: true,
  heldChanged: true,
  mutedChanged: true,
  keysSent: true,
  consultStarted: true,
  consultAnswered: true,
  consultEnded: true,
  transferred: true,
  talkEnded: true,
  wrapUpStarted: true,
  wrapUpEnded: true,
  recordingStarted: true,
  recordingPaused: true,
  recordingStopped: true,
  recordingClosed: true,
  recordingFailed: true,
  contactEnded: true,
  dispositionSet: true,
  customerLinked: true,
  operatorChanged: true,
  headsetAttached: true,
  headsetLost: true,
  deviceReachable: true,
  deviceChosen: true,
  deviceMissing: true,
  refused: true,
  outgoingAlarm: true,
  outgoingDayBegan: true,
  outgoingRefused: true,
  recovered: true,
});
/** Facts that belong to no contact, and so to no contact's history. */
const outsideContacts = [
  "callArriving",
  "callerGone",
  "configured",
  "configChanged",
  "operatorChanged",
  "headsetAttached",
  "headsetLost",
  "deviceReachable",
  "deviceChosen",
  "deviceMissing",
  "outgoingAlarm",
  "outgoingDayBegan",
];
const recordingFailures = [
  "RECORDING_DISK_FULL",
  "RECORDING_DISK_SLOW",
  "RECORDING_LIMIT",
  "RECORDING_UNREADABLE",
  "RECORDING_WRITE_FAILED",
  "MEDIA_FAILED",
];
const headsetFailures = [
  "DENIED",
  "NO_MICROPHONE",
  "MICROPHONE_BUSY",
  "INSECURE",
  "NO_MEDIA",
  "OFFLINE",
  "DESCRIPTION_REFUSED",
  "RTP_PORTS_EXHAUSTED",
  "UNKNOWN",
];
const breakCauses = ["missed", "supervisor", "headset-lost", "restart"];

describe.each(languages)("codes of the server in %s", (language) => {
  const absent = (area: string, paths: readonly string[]): string[] => {
    const keys = keysOf(language, area).map((key) => key.replace(pluralEnding, ""));
    return paths.filter((path) => !keys.some((key) => key === path || key.startsWith(`${path}.`)));
  };
  it("has a text for every error, refusal and end", () => {
    expect(absent("errors", Object.keys(errorTable))).toEqual([]);
    expect(
      absent(
        "errors",
        refusals.map((code) => `refusal.${code}`),
      ),
    ).toEqual([]);
    expect(
      absent(
        "errors",
        ends.map((code) => `end.${code}`),
      ),
    ).toEqual([]);
    expect(
      absent(
        "errors",
        recordingFailures.map((code) => `recording.${code}`),
      ),
    ).toEqual([]);
  });

  it("has a text for every sentence the server makes", () => {
    expect(absent("said", Object.keys(sentences))).toEqual([]);
  });

  it("has a line for every fact of a contact", () => {
    const shown = facts.filter((kind) => !outsideContacts.includes(kind));
    expect(
      absent(
        "history",
        shown.map((kind) => `fact.${kind}`),
      ),
    ).toEqual([]);
  });

  it("has a word for every state, role and kind that a screen shows", () => {
    const line = trunkStateViewSchema.shape;
    const steps = scenarioStepSchema.options.map((option) => option.shape.kind.value);
    const named = (group: string, names: readonly string[]): string[] => names.map((name) => `${group}.${name}`);
    expect(absent("common", named("state", operatorStateSchema.options))).toEqual([]);
    expect(absent("studio", named("lines.reg", line.registration.shape.state.options))).toEqual([]);
    expect(absent("studio", named("lines.health", line.health.shape.state.options))).toEqual([]);
    expect(absent("said", named("registration", line.registration.shape.state.options))).toEqual([]);
    expect(absent("said", named("health", line.health.shape.state.options))).toEqual([]);
    expect(absent("studio", named("role", roleSchema.options))).toEqual([]);
    expect(absent("studio", [...named("step", steps), ...named("stepText", steps)])).toEqual([]);
    expect(absent("studio", named("kind", centreKindSchema.options))).toEqual([]);
    const outcomes = everyOne<OfferOutcome>({
      accepted: true,
      declined: true,
      "rung-out": true,
      withdrawn: true,
      unreachable: true,
    });
    expect(absent("history", named("fact.offerEnded", outcomes))).toEqual([]);
    const reasons = everyOne<QueueLeaveReason>({
      answered: true,
      abandoned: true,
      overflow: true,
      timeout: true,
      nobody: true,
      transferred: true,
      ended: true,
    });
    expect(absent("history", named("fact.queueLeft", reasons))).toEqual([]);
  });

  it("has a text for every failure of a headset and every cause of a break", () => {
    expect(
      absent(
        "desk",
        headsetFailures.flatMap((code) => [`headset.code.${code}`, `headset.mend.${code}`]),
      ),
    ).toEqual([]);
    expect(
      absent(
        "desk",
        breakCauses.map((cause) => `because.${cause}`),
      ),
    ).toEqual([]);
  });
});

/** What a native reader corrected, as far as a program can see it; the rules stand in docs/glossary.md. */
const slips: Record<"ru" | "bg", Readonly<Record<string, RegExp>>> = {
  ru: {
    // "Положил трубку", "Не дождался" beside a woman's name: a noun in its place.
    "a sentence that begins with a verb in the past and no subject":
      /^(?:Не )?(?!Отдел|Канал|Раздел|Предел|Сигнал|Журнал|Файл|Портал|Сначала)\p{Lu}\p{Ll}+(?:л|ла|лся|лась)(?=[\s,.:;]|$)/u,
    "a short dash between words": /\p{L} – \p{L}|^\{\{\w+\}\} – /u,
    "seconds or days cut short with a full stop or a letter too many": /(?:^|\s)(?:сек|мин\.|дн\.?)(?=\s|$)/u,
    "a count without brackets after All": /^все \{\{/iu,
  },
  bg: {
    "a participle that stands for a person without a noun":
      /^(?:Не )?\p{L}*(?:чакал|изчакал|затворил|отговорил)(?=[\s,.:;]|$)/iu,
    // Вие сте свободни, поканени: an adjective or participle with the polite form would have to be singular.
    "an adjective or participle after сте": /(?:^|\s)сте\s+\p{Ll}+(?:ни|ени|ани|ати|яти|ти)(?=[\s,.:;]|$)/u,
    "the count form for people":
      /\{\{count\}\} (?:оператора|клиента|служителя|супервайзора|потребителя)(?=[\s,.:;]|$)/u,
    "никой where никого is meant": /(?:^|\s)няма никой/iu,
    "изпуснати for callers who gave up or were missed": /изпуснат/iu,
    "a count without brackets after All": /^всички \{\{/iu,
    "a loudspeaker's words for the microphone": /(?:Без|Със) звук(?=[\s,.]|$)/u,
  },
};

describe.each(["ru", "bg"] as const)("a native reader of %s", (language) => {
  it.each(Object.entries(slips[language]))("finds nowhere %s", (_name, slip) => {
    const found = Object.keys(english).flatMap((area) =>
      flatten(all[language]?.[area])
        .filter(([, text]) => slip.test(String(text)))
        .map(([key, text]) => `${area}:${key} ${String(text)}`),
    );
    expect(found).toEqual([]);
  });
});

describe("what the server says", () => {
  it("uses the same values in every language as in the contract", () => {
    const wrong = languages.flatMap((language) =>
      flatten(all[language]?.["said"])
        .map(([key, text]) => [key.replace(pluralEnding, ""), text] as const)
        .filter(([code, text]) => {
          const given: readonly string[] = placeholders(sentences[code as keyof typeof sentences] ?? "");
          return code in sentences && placeholders(text).some((name) => !given.includes(name));
        })
        .map(([code]) => `${language} ${code}`),
    );
    expect(wrong).toEqual([]);
  });

  it("reads in the reader's language, with its values and its plural, and in English as the last resort", async () => {
    const i18n = i18next.createInstance();
    await i18n.init({ resources: resources() as never, lng: "ru", interpolation: { escapeValue: false } });
    expect(said(i18n.t, { code: "QUEUE_MISSING", params: { id: "sales" } })).toBe("Нет очереди «sales»");
    expect(said(i18n.t, { code: "CERTIFICATE_LOCAL", params: { count: 23 } })).toBe(
      "выпущен здесь, действует ещё 23 дня",
    );
    const line = { registration: "refused", health: "up", status: 403 };
    expect(said(i18n.t, { code: "TRUNK_STATE_SIP", params: line })).toBe("в регистрации отказано (SIP 403); работает");
    expect(said(i18n.t, { code: "DISK_FREE", params: { gigabytes: 51.3 } })).toBe("свободно 51,3 ГБ");
    expect(said(i18n.t, { code: "OF_TOMORROW", params: {}, message: "is new" })).toBe("is new");
    expect(fieldName(i18n.t, "operators.2.userId")).toBe("Сотрудник");
    expect(fieldName(i18n.t, "steps.greeting.unknownField")).toBe("steps.greeting.unknownField");
  });

  it("names what a schema found by kind and bound", () => {
    const issue = { code: "too_big", origin: "string", maximum: 64, message: "Too big" };
    expect(sayIssue(issue)).toEqual({ code: "FIELD_TOO_LONG", params: { max: 64 }, message: "Too big" });
    const form = { code: "invalid_format", message: sentences.FORM_KEY };
    expect(sayIssue(form)).toEqual({ code: "FORM_KEY", params: {}, message: sentences.FORM_KEY });
  });
});

describe("what a browser fetches", () => {
  it("holds every area of a language, each language on its own", async () => {
    vi.stubGlobal("localStorage", { getItem: () => "bg", setItem: () => {} });
    vi.stubGlobal("navigator", { languages: [] });
    vi.stubGlobal("document", { documentElement: { lang: "" } });
    await startI18n();
    expect(Object.keys(i18next.store.data)).toEqual(["bg"]);
    await i18next.changeLanguage("ru");
    expect(i18next.store.data).toEqual({ bg: all["bg"], ru: all["ru"] });
    expect(document.documentElement.lang).toBe("ru");
    vi.unstubAllGlobals();
  });
});

describe("the first language", () => {
  it("is the stored one, else the browser's first that we have, else English", () => {
    expect(firstLanguage("bg", ["ru"])).toBe("bg");
    expect(firstLanguage(null, ["de-DE", "ru-RU", "bg"])).toBe("ru");
    expect(firstLanguage("xx", ["de"])).toBe("en");
  });
});
