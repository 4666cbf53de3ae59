/** What happens in that centre on a busy morning, and what the server would answer about it. */
import { outgoingSchema, type Sentence, say } from "@centrala/contract";
import { session } from "./desk-fixtures.ts";
import {
  below,
  clients,
  customers,
  day,
  dispositions,
  entities,
  flow,
  hour,
  minute,
  names,
  now,
  people,
  pick,
  queues,
  sounds,
  unit,
} from "./pages-centre.ts";
import type { Answers } from "./stage.ts";

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
    const [waiting, longest, free, , answered, abandoned, answeredWithin] = figures[index] as (typeof figures)[number];
    return {
      id: each.id,
      name: each.name,
      clientName: clients.find((client) => client.id === each.clientId)?.name ?? "",
      waiting,
      longestSince: longest === null ? null : now - longest,
      free,
      onDuty: each.operators.length,
      offered: answered + abandoned + (answered === 0 ? 0 : (index % 3) + index * 2),
      answered,
      abandoned,
      voicemail: answered === 0 ? 0 : index % 3,
      other: answered === 0 ? 0 : index * 2,
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
  outgoing: [{ scope: "person", name: "Георги Стоянов", measure: "spent", full: false }],
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
  missedClosed: null,
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

function checked(id: string, title: Sentence, detail: Sentence, mend: Sentence | null) {
  const texts = { title: title.message, detail: detail.message, mend: mend?.message ?? null };
  return { id, ok: mend === null, ...texts, said: { title, detail, mend } };
}

export const system = {
  version: "0.1.0",
  localAddresses: ["192.168.1.20", "10.8.0.4"],
  publicAddress: "203.0.113.77",
  publicAddressFrom: "learnt",
  reachable: "unknown",
  reachableWhy: say("REACH_NO_ADDRESS").message,
  reachableSaid: say("REACH_NO_ADDRESS"),
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
  database: "embedded PostgreSQL",
  databaseSaid: say("DATABASE_EMBEDDED"),
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
    outgoing: outgoingSchema.parse({ countries: ["RO", "DE"], deniedPrefixes: ["+35970"], prefixPrices: [] }),
  },
  "GET /api/outgoing": {
    currency: "EUR",
    countries: ["BG", "RO", "DE"],
    used: [
      {
        scope: "centre",
        id: null,
        name: manager.centre.name,
        atOnce: 7,
        calls: 318,
        minutes: 902,
        spent: 61.4,
        percent: 12,
      },
      {
        scope: "person",
        id: "u2",
        name: "Георги Стоянов",
        atOnce: 1,
        calls: 41,
        minutes: 122,
        spent: 42.18,
        percent: 84,
      },
      { scope: "device", id: "d1", name: "SIP phone", atOnce: 4, calls: 12, minutes: 33, spent: 3.3, percent: 100 },
      {
        scope: "trunk",
        id: "vivacom",
        name: "Vivacom, SIP транк",
        atOnce: 7,
        calls: 318,
        minutes: 902,
        spent: 61.4,
        percent: null,
      },
    ],
    refused: [
      {
        at: now - 60_000,
        operator: "Георги Стоянов",
        code: "CLASS_NOT_ALLOWED",
        scope: null,
        country: null,
        class: "satellite",
      },
      {
        at: now - 200_000,
        operator: "Анна Колева",
        code: "COUNTRY_NOT_ALLOWED",
        scope: null,
        country: "NG",
        class: "mobile",
      },
      {
        at: now - 900_000,
        operator: "Анна Колева",
        code: "CALLS_AT_ONCE",
        scope: "device",
        country: "BG",
        class: "mobile",
      },
    ],
    refusedTotal: 3,
  },
  "POST /api/outgoing/try": {
    kind: "outside",
    display: "+881 612 345 678",
    allowed: false,
    code: "CLASS_NOT_ALLOWED",
    scope: null,
    country: null,
    class: "satellite",
    perMinute: 10,
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
      since: row.startedAt - (index % 3) * 2_700_000,
      calling:
        index === 2 ? { operatorId: "u3", name: "Петър Андонов" } : index === 4 ? { operatorId: "u1", name: "" } : null,
      party: row.party,
      customer: row.customer,
      clientName: row.clientName,
      queueName: row.queueName,
      tries: 1 + (index % 3),
      waitMs: row.waitMs,
      endCode: "ABANDONED_IN_QUEUE",
      voicemail: index % 4 === 1,
      messages:
        index % 4 === 1
          ? Array.from({ length: index === 1 ? 2 : 1 }, (_, place) => ({
              recordingId: `v${index}-${place}`,
              at: row.startedAt,
              durationMs: 23_000 - place * 9_000,
            }))
          : [],
    })),
  ),
  "GET /api/customers": page(cards),
  "GET /api/customers/k1": cards[1],
  "GET /api/customers/k1/contacts": page(contacts.slice(0, 30)),
  "GET /api/system": system,
  "GET /api/system/doctor": {
    checks: [
      checked("disk", say("CHECK_DISK"), say("DISK_FREE", { gigabytes: 51.3 }), null),
      checked(
        "ports",
        say("CHECK_PORTS"),
        say("PORTS_FINE", { port: 5060, first: 10_000, last: 10_999, count: 249 }),
        null,
      ),
      checked(
        "trunk/zadarma",
        say("CHECK_TRUNK", { name: "Zadarma" }),
        say("TRUNK_STATE_SIP", { registration: "refused", health: "up", status: 403 }),
        say("MEND_TRUNK_REFUSED"),
      ),
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
    problems: [{ path: "phone", line: 41, ...say("PHONE_INVALID", { value: "няма" }) }],
  },
};
