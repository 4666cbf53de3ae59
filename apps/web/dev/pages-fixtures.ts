/** A centre as it will be: three languages, long double names, hundreds of operators, a busy morning. */
import { SeededRandom } from "@centrala/kit";
import { session } from "./desk-fixtures.ts";
import type { Answers } from "./stage.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.now();
const random = new SeededRandom(7);
const unit = () => random.next() / 2 ** 32;
const pick = <T>(items: readonly T[]): T => items[Math.floor(unit() * items.length)] as T;
const below = (limit: number) => Math.floor(unit() * limit);

const names = [
  "Десислава Илиева",
  "Александра-Виктория Константинова-Хаджидимитрова",
  "Мартин Колев",
  "Ольга Смирнова",
  "Наталья Петрова-Водкина",
  "Иван Маринов",
  "Димитринка Русева",
  "Георги Стоев",
  "Елица Танева",
  "Калоян Димов",
  "Анна Волкова",
  "Румен Христов",
  "Константин Римский-Корсаков",
  "Zornitsa Nikolova",
  "John Fitzgerald-Montgomery",
];
const customers = [
  "Василка Андонова",
  "ООО «Северный ветер»",
  "Пётр Ильич Заболоцкий",
  "Стефан Караджов",
  "Mary O’Brien",
];
const people = Array.from({ length: 240 }, (_, index) => ({
  id: `u${index + 1}`,
  login: `user${index + 1}`,
  name:
    index < names.length ? (names[index] as string) : `${pick(names).split(" ")[0]} ${pick(names).split(" ").at(-1)}`,
  roles: index === 0 ? ["operator", "manager"] : index === 1 ? ["supervisor"] : ["operator"],
  language: null,
  extension: String(200 + index),
  active: index !== 9,
  skills: index % 3 === 0 ? [{ skillId: "deutsch", level: 7 }] : [],
}));

const clients = [
  { id: "zelena-kashta", name: "Зелена къща", colour: "#1f6f43" },
  { id: "balkan", name: "Балкан Експрес", colour: "#2850d4" },
  { id: "nord", name: "Норд Сервис, техническая поддержка", colour: "#8a4f00" },
].map((client) => ({
  ...client,
  language: null,
  country: null,
  greeting: `${client.name}, добър ден!`,
  callerNumberId: null,
}));

const dispositions = ["Поръчката е потвърдена", "Ще се обади отново", "Жалба", "Грешен номер"].map((name, index) => ({
  id: `d${index + 1}`,
  name,
  solved: index !== 1,
}));
const queue = (id: string, name: string, clientId: string, operators: number) => ({
  id,
  name,
  clientId,
  language: null,
  music: "calm",
  welcome: [{ kind: "sound", name: "please-wait" }],
  announcements: [{ kind: "sound", name: "thank-you-waiting" }],
  announceEveryMs: 30_000,
  announcePosition: true,
  ringTimeoutMs: 20_000,
  wrapUpMsMax: 60_000,
  waitingMax: 200,
  waitMsMax: null,
  leaveWhenNobody: false,
  serviceLevel: { percent: 80, withinMs: 20_000 },
  missesMax: 2,
  requires: [],
  operators: people.slice(0, operators).map((user, index) => ({ userId: user.id, tier: index < 8 ? 1 : 2 })),
  tierWaitMs: 15_000,
  dispositions,
});
const queues = [
  queue("support", "Техническа поддръжка, първа линия", "zelena-kashta", 40),
  queue("orders", "Поръчки", "zelena-kashta", 60),
  queue("tickets", "Билети и изгубени вещи", "balkan", 30),
  queue("hotline", "Горячая линия доставки и возвратов", "nord", 80),
  queue("night", "Night desk", "nord", 0),
];

const sounds: readonly (readonly [string, string, string, string])[] = [
  [
    "greeting",
    "Good day. Thank you for calling.",
    "Здравствуйте! Благодарим Вас за звонок.",
    "Добър ден! Благодарим Ви за обаждането.",
  ],
  [
    "recording-notice",
    "This call is recorded to improve our service.",
    "Разговор записывается для улучшения качества.",
    "Разговорът се записва с цел подобряване на обслужването.",
  ],
  [
    "menu-main",
    "For orders, press 1. For support, press 2.",
    "Чтобы сделать заказ, нажмите 1.",
    "За поръчки натиснете 1. За поддръжка натиснете 2.",
  ],
  ["please-wait", "Please wait.", "Пожалуйста, подождите.", "Моля, изчакайте."],
  ["thank-you-waiting", "Thank you for waiting.", "Спасибо за ожидание.", "Благодарим Ви, че изчаквате."],
  [
    "closed-leave-message",
    "We are closed. Leave a message.",
    "Сейчас мы закрыты. Оставьте сообщение.",
    "В момента не работим. Оставете съобщение.",
  ],
  [
    "leave-message",
    "Leave a message after the tone.",
    "Оставьте сообщение после сигнала.",
    "Оставете съобщение след сигнала.",
  ],
  ["goodbye", "Goodbye.", "До свидания.", "Довиждане."],
];
const sound = (...all: string[]) => all.map((name) => ({ kind: "sound", name }));
const flow = {
  id: "main",
  name: "Основен сценарий за поръчки и поддръжка",
  clientId: "zelena-kashta",
  language: "bg",
  start: "greeting",
  steps: {
    greeting: { kind: "play", label: "", prompts: sound("greeting", "recording-notice"), next: "hours" },
    hours: { kind: "hours", label: "", hoursId: "office", open: "menu", closed: "closed" },
    menu: {
      kind: "menu",
      label: "",
      prompts: sound("menu-main"),
      choices: [
        { key: "1", next: "orders", label: "Поръчки" },
        { key: "2", next: "support", label: "Поддръжка" },
        { key: "0", next: "orders", label: "Оператор" },
      ],
      timeoutMs: 6_000,
      attempts: 3,
      otherwise: "orders",
    },
    orders: { kind: "queue", label: "", queueId: "orders", priority: 50, otherwise: "closed" },
    support: { kind: "queue", label: "", queueId: "support", priority: 60, otherwise: "closed" },
    closed: {
      kind: "voicemail",
      label: "",
      prompts: sound("closed-leave-message"),
      queueId: "orders",
      durationMsMax: 120_000,
      next: "bye",
    },
    bye: { kind: "hang-up", label: "", prompts: sound("goodbye") },
    forgotten: {
      kind: "transfer",
      label: "",
      target: { kind: "number", number: "+35929876543" },
      ringTimeoutMs: 30_000,
      otherwise: null,
    },
  },
};

const working = [{ from: "09:00", to: "18:00" }];
const entities: Record<string, readonly object[]> = {
  client: clients,
  user: people,
  queue: queues,
  scenario: [flow, { ...flow, id: "nord", name: "Входящая линия Норд Сервис", clientId: "nord", language: "ru" }],
  trunk: [
    {
      id: "vivacom",
      name: "Vivacom, SIP транк",
      enabled: true,
      preset: "vivacom",
      transport: "udp",
      host: "sbc.vivacom.example",
      port: 5060,
      outboundProxy: null,
      sources: ["203.0.113.0/24"],
      registration: null,
      trustsIdentity: true,
      calledFrom: "request-uri",
      codecs: ["pcma", "pcmu"],
      maxCalls: 100,
      optionsEveryS: 60,
      callerIdIn: "p-asserted-identity",
      country: "BG",
      priority: 100,
    },
    {
      id: "zadarma",
      name: "Zadarma",
      enabled: true,
      preset: "zadarma",
      transport: "udp",
      host: "sip.zadarma.com",
      port: null,
      outboundProxy: null,
      sources: [],
      registration: { username: "123456-100", authUsername: null, expiresS: 300, hasPassword: true },
      trustsIdentity: false,
      calledFrom: "to",
      codecs: ["pcma", "pcmu"],
      maxCalls: 10,
      optionsEveryS: 60,
      callerIdIn: "from",
      country: null,
      priority: 200,
    },
  ],
  number: [
    {
      id: "n1",
      number: "+35929876543",
      trunkId: "vivacom",
      clientId: "zelena-kashta",
      scenarioId: "main",
      label: "Поръчки, София",
    },
    { id: "n2", number: "+74951234567", trunkId: "zadarma", clientId: "nord", scenarioId: null, label: "Москва" },
  ],
  device: [{ id: "phone-1", userId: "u3", name: "Yealink в кабинета", username: "phone-8a31f0", hasPassword: true }],
  skill: [
    { id: "deutsch", name: "Deutsch" },
    { id: "returns", name: "Рекламации" },
  ],
  hours: [
    {
      id: "office",
      name: "Работно време на офиса",
      timeZone: "Europe/Sofia",
      week: {
        mon: working,
        tue: working,
        wed: working,
        thu: working,
        fri: [
          { from: "09:00", to: "13:00" },
          { from: "14:00", to: "17:00" },
        ],
        sat: [],
        sun: [],
      },
      exceptions: [{ date: "2026-12-24", spans: [], label: "Бъдни вечер" }],
    },
  ],
  prompt: [
    {
      id: "welcome-green",
      name: "Поздрав на Зелена къща",
      language: "bg",
      sha256: "a".repeat(64),
      durationMs: 4_200,
      text: "Добър ден! Свързахте се със Зелена къща.",
    },
    { id: "new-hours", name: "Ново работно време", language: "bg", sha256: null, durationMs: null, text: "" },
  ],
  breakReason: [
    { id: "lunch", name: "Обяд" },
    { id: "training", name: "Обучение" },
  ],
};

const states = [
  "talking",
  "talking",
  "talking",
  "talking",
  "available",
  "wrap-up",
  "break",
  "offered",
  "offline",
] as const;
const operators = people
  .filter((user) => user.roles.includes("operator"))
  .map((user, index) => {
    const state = pick(states);
    const busy = state === "talking" || state === "wrap-up" || state === "offered";
    const own = pick(queues);
    return {
      id: user.id,
      name: user.name,
      state,
      since: now - below(14 * minute),
      detail: state === "break" ? pick(["Обяд", "Обучение", "Кратка почивка"]) : null,
      contactId: busy ? `c${index}` : null,
      queueName: busy ? own.name : null,
      clientName: busy ? (clients.find((client) => client.id === own.clientId)?.name ?? null) : null,
      device: index === 11 ? "none" : "headset",
      held: state === "talking" && index % 17 === 0,
    };
  });
const figures = [
  [9, 161_000, 0, 318, 299, 19, 183],
  [4, 72_000, 1, 402, 391, 11, 311],
  [3, 38_000, 1, 251, 246, 5, 221],
  [1, 6_000, 2, 197, 195, 2, 185],
  [0, null, 0, 0, 0, 0, 0],
] as const;
export const floor = {
  operators,
  queues: queues.map((each, index) => {
    const [waiting, longest, free, offered, answered, abandoned, answeredWithin] = figures[
      index
    ] as (typeof figures)[number];
    return {
      id: each.id,
      name: each.name,
      clientName: clients.find((client) => client.id === each.clientId)?.name ?? "",
      waiting,
      longestSince: longest === null ? null : now - longest,
      free,
      onDuty: each.operators.length,
      offered,
      answered,
      abandoned,
      answeredWithin,
      target: each.serviceLevel,
    };
  }),
  waiting: Array.from({ length: 17 }, (_, index) => ({
    contactId: `w${index}`,
    queueId: queues[index % 4]?.id,
    queueName: queues[index % 4]?.name,
    party: `+35988712${String(3400 + index)}`,
    since: now - below(160_000),
  })),
  calls: 48,
  trunks: [
    { id: "vivacom", name: "Vivacom, SIP транк", state: "up" },
    { id: "zadarma", name: "Zadarma", state: "down" },
  ],
};

const party = (index: number) => ({
  addressId: `a${index}`,
  raw: `088712${String(3400 + index)}`,
  display: `+35988712${String(3400 + index)}`,
  e164: `+35988712${String(3400 + index)}`,
  name: null,
});
const ends = ["CUSTOMER_HUNG_UP", "OPERATOR_HUNG_UP", "ABANDONED_IN_QUEUE", "VOICEMAIL_LEFT", "NO_ANSWER"] as const;
export const contacts = Array.from({ length: 180 }, (_, index) => {
  const end = index === 0 ? "CUSTOMER_HUNG_UP" : pick(ends);
  const answered = end === "CUSTOMER_HUNG_UP" || end === "OPERATOR_HUNG_UP";
  const startedAt = now - index * 21 * minute - below(9 * minute);
  return {
    id: `x${index}`,
    direction: index % 7 === 3 ? "outbound" : "inbound",
    startedAt,
    answeredAt: answered ? startedAt + 40_000 : null,
    endedAt: startedAt + 5 * minute,
    party: index % 23 === 5 ? { addressId: null, raw: null, display: "", e164: null, name: null } : party(index),
    customer: index % 3 === 0 ? { id: `k${index}`, name: index === 3 ? names[1] : pick(customers) } : null,
    clientName: pick(clients).name,
    queueName: pick(queues).name,
    number: "+359 2 987 6543",
    operators: answered ? [{ id: "u3", name: index === 6 ? names[1] : pick(names) }] : [],
    waitMs: below(90_000),
    talkMs: answered ? below(9 * minute) : 0,
    holdMs: 0,
    disposition: answered ? pick(dispositions).name : null,
    endCode: end,
    answered,
    hasRecording: answered,
    voicemail: end === "VOICEMAIL_LEFT",
  };
});

const fact = (offset: number, kind: string, params: object = {}) => ({
  at: now - 21 * minute + offset,
  seq: offset,
  kind,
  params,
});
export const contactDetail = {
  ...contacts[0],
  talkMs: 161_000,
  timeline: [
    fact(0, "contactStarted", { direction: "inbound", number: "Поръчки, София" }),
    fact(10, "legStarted", { role: "customer" }),
    fact(100, "scenarioEntered", { scenario: flow.name }),
    fact(120, "stepEntered", { step: "play" }),
    fact(4_000, "hoursTested", { hours: "Работно време на офиса", open: true }),
    fact(9_000, "keysEntered", { keys: "1", label: "Поръчки" }),
    fact(9_100, "enqueued", { queue: "Поръчки" }),
    fact(9_200, "queueSpoke", { phase: "welcome", position: null }),
    fact(9_300, "offerMade", { operator: "Мартин Колев", chosenIdleMs: 312_000, candidates: 6 }),
    fact(29_300, "offerEnded", { operator: "Мартин Колев", outcome: "rung-out" }),
    fact(29_400, "offerMade", { operator: "Десислава Илиева", chosenIdleMs: 250_000, candidates: 5 }),
    fact(35_000, "offerEnded", { operator: "Десислава Илиева", outcome: "accepted" }),
    fact(35_010, "queueLeft", { queue: "Поръчки", reason: "answered", waitedMs: 25_900 }),
    fact(35_020, "talkStarted", { operator: "Десислава Илиева" }),
    fact(35_030, "recordingStarted", { voicemail: false }),
    fact(90_000, "heldChanged", { operator: "Десислава Илиева", on: true }),
    fact(118_000, "heldChanged", { operator: "Десислава Илиева", on: false }),
    fact(196_000, "talkEnded", { operator: "Десислава Илиева", talkMs: 161_000, holdMs: 28_000 }),
    fact(196_010, "contactEnded", { code: "CUSTOMER_HUNG_UP", answered: true }),
    fact(196_020, "wrapUpStarted", { operator: "Десислава Илиева" }),
    fact(214_000, "dispositionSet", { operator: "Десислава Илиева", disposition: "Поръчката е потвърдена" }),
    fact(216_000, "wrapUpEnded", { operator: "Десислава Илиева", reason: "finished" }),
    fact(217_000, "recordingClosed", { durationMs: 161_000 }),
  ],
  dispositionId: "d1",
  dispositions,
  notes: [
    {
      at: now - 18 * minute,
      operator: "Десислава Илиева",
      text: "Моли куриерът да звънне десет минути по-рано.\nАдресът е потвърден.",
    },
  ],
  recordings: [
    {
      id: "r1",
      startedAt: now - 20 * minute,
      durationMs: 161_000,
      bytes: 2_576_000,
      voicemail: false,
      available: true,
    },
  ],
};
const lane = (phase: number) =>
  Array.from({ length: 900 }, (_, index) => {
    const speaks = Math.sin(index / 37 + phase) > 0.1;
    return speaks ? 0.2 + 0.7 * unit() * Math.abs(Math.sin(index / 5)) : 0.02;
  });

const cards = Array.from({ length: 120 }, (_, index) => ({
  id: `k${index}`,
  name: index === 1 ? (names[1] as string) : pick(customers),
  company: index % 4 === 0 ? "ЕТ Андонов и синове" : "",
  phones: index % 9 === 4 ? [] : [`+35988712${String(3400 + index)}`, ...(index % 5 === 0 ? ["+35932601122"] : [])],
  emails: index % 2 === 0 ? [`customer${index}@example.bg`] : [],
  language: null,
  note: index % 3 === 0 ? "Предпочита обаждания след 13:00. Питайте за улицата, преди да кажете адреса." : "",
  createdAt: now - 900 * day,
  updatedAt: now - index * 9 * hour,
  version: 3,
}));

export const system = {
  version: "0.1.0",
  localAddresses: ["192.168.1.20", "10.8.0.4"],
  publicAddress: "203.0.113.77",
  publicAddressFrom: "learnt",
  reachable: "unknown",
  reachableWhy: "Nothing has called from outside yet.",
  sipPort: 5060,
  sipsPort: 5061,
  rtpPorts: "10000-10999",
  httpsUrl: "https://192.168.1.20:8443",
  httpUrl: "http://localhost:8080",
  certificate: {
    kind: "local",
    validUntil: now + 300 * day,
    authorityFingerprint:
      "3A:91:0C:5E:77:B2:4D:18:C0:9F:22:6B:E4:51:7A:0D:88:13:F6:2E:9B:40:D7:5C:31:EA:64:0F:A8:7D:29:C5",
  },
  disk: { freeBytes: 51.3e9, totalBytes: 120e9 },
  database: "PostgreSQL 18.1, embedded",
};
const lineStates = [
  {
    trunkId: "vivacom",
    registration: { state: "none", sipStatus: null, until: null },
    health: { state: "up", roundTripMs: 23, since: now - day },
    learntAddress: null,
    calls: 31,
  },
  {
    trunkId: "zadarma",
    registration: { state: "refused", sipStatus: 403, until: null },
    health: { state: "up", roundTripMs: 48, since: now - day },
    learntAddress: "203.0.113.77:5060",
    calls: 0,
  },
];

export const manager = { ...session, guide: { testCall: true, colleagues: true, customers: true, number: true } };
const page = (items: readonly object[]) => () => ({ items, next: null });
export const answers: Answers = {
  "GET /api/setup": { needed: false, version: "0.1.0" },
  "GET /api/session": manager,
  "GET /api/floor": floor,
  "GET /api/centre": {
    name: manager.centre.name,
    kind: "outsourcing",
    country: "BG",
    timeZone: "Europe/Sofia",
    language: "bg",
    recordingNotice: true,
    recordCalls: true,
    recordingRetentionDays: 90,
  },
  ...Object.fromEntries(
    Object.entries(entities).map(([kind, items]) => [`GET /api/config/${kind}`, { items, version: 3 }]),
  ),
  "GET /api/sounds": {
    items: sounds.map(([name, en, ru, bg]) => ({ name, texts: { en, ru, bg } })),
    music: ["calm", "bright"],
  },
  "GET /api/trunks/states": { items: lineStates },
  "GET /api/contacts": page(contacts),
  "GET /api/contacts/x0": contactDetail,
  "GET /api/recordings/r1/peaks": { durationMs: 161_000, customer: lane(0), operator: lane(Math.PI) },
  "GET /api/missed": page(
    contacts.slice(0, 14).map((row, index) => ({
      contactId: row.id,
      at: row.startedAt,
      party: row.party,
      customer: row.customer,
      clientName: row.clientName,
      queueName: row.queueName,
      tries: 1 + (index % 3),
      waitMs: row.waitMs,
      endCode: "ABANDONED_IN_QUEUE",
      voicemail: index % 4 === 1,
    })),
  ),
  "GET /api/customers": page(cards),
  "GET /api/customers/k1": cards[1],
  "GET /api/customers/k1/contacts": page(contacts.slice(0, 30)),
  "GET /api/system": system,
  "GET /api/system/doctor": {
    checks: [
      { id: "disk", ok: true, title: "Disk", detail: "51 GB free", mend: null },
      { id: "ports", ok: true, title: "Ports", detail: "5060, 5061 and 10000-10999 are ours", mend: null },
      {
        id: "trunk-zadarma",
        ok: false,
        title: "Line Zadarma",
        detail: "registration refused with 403",
        mend: "Compare login and password with the carrier’s account page.",
      },
    ],
  },
  "GET /api/tokens": {
    items: [{ id: "t1", name: "CRM", roles: ["technician"], createdAt: now - 30 * day, lastUsedAt: now - hour }],
  },
  "POST /api/users/u2/invitation": {
    url: "https://192.168.1.20:8443/invitation/4f1c9b0e7d2a4c6f8b13",
    expiresAt: now + 3 * day,
  },
  "GET /api/invitations/abc": {
    name: "Ольга Смирнова",
    login: "smirnova",
    centre: "Контакт център Тракия",
    language: "bg",
  },
  "POST /api/imports": {
    columns: ["Имена", "Фирма", "Телефон", "E-mail", "Клиент от"],
    rows: cards
      .slice(0, 12)
      .map((card) => [card.name, card.company, card.phones[0] ?? "", card.emails[0] ?? "", "2019"]),
    total: 1_248,
    mapping: { Имена: "name", Фирма: "company", Телефон: "phone", "E-mail": "email", "Клиент от": null },
    importId: "i1",
    problems: [],
  },
  "POST /api/imports/i1": {
    created: 1_213,
    updated: 22,
    skipped: 13,
    problems: [{ path: "phone", line: 41, message: "“няма” is no number", code: "NUMBER_INVALID" }],
  },
};
