/** A centre as it will be: three languages, long double names, hundreds of operators, a busy morning. */
import { queueSchema } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const now = Date.now();
const random = new SeededRandom(7);
export const unit = () => random.next() / 2 ** 32;
export const pick = <T>(items: readonly T[]): T => items[Math.floor(unit() * items.length)] as T;
export const below = (limit: number) => Math.floor(unit() * limit);

export const names = [
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
export const customers = [
  "Василка Андонова",
  "ООО «Северный ветер»",
  "Пётр Ильич Заболоцкий",
  "Стефан Караджов",
  "Mary O’Brien",
];
export const people = Array.from({ length: 240 }, (_, index) => ({
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

export const clients = [
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

export const dispositions = ["Поръчката е потвърдена", "Ще се обади отново", "Жалба", "Грешен номер"].map(
  (name, index) => ({
    id: `d${index + 1}`,
    name,
    solved: index !== 1,
  }),
);
const queue = (id: string, name: string, clientId: string, operators: number) =>
  queueSchema.parse({
    ...{ id, name, clientId, dispositions },
    operators: people.slice(0, operators).map((user, index) => ({ userId: user.id, tier: index < 8 ? 1 : 2 })),
  });
export const queues = [
  queue("support", "Техническа поддръжка, първа линия", "zelena-kashta", 40),
  queue("orders", "Поръчки", "zelena-kashta", 60),
  queue("tickets", "Билети и изгубени вещи", "balkan", 30),
  queue("hotline", "Горячая линия доставки и возвратов", "nord", 80),
  queue("night", "Night desk", "nord", 0),
];

export const sounds: readonly (readonly [string, string, string, string])[] = [
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
export const flow = {
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
export const entities: Record<string, readonly object[]> = {
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
      tlsCa: null,
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
      tlsCa: null,
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
    { id: "lunch", name: "Обяд", limitMs: 1_800_000 },
    { id: "training", name: "Обучение", limitMs: null },
  ],
};
