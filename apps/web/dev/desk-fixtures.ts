/** A centre as it will be: Bulgarian and Russian names, long double names, several clients. */
const minute = 60_000;

export const session = {
  user: { id: "u1", login: "ilieva", name: "Десислава Илиева", roles: ["operator", "manager"], language: null },
  centre: {
    id: "c1",
    name: "Контакт център Тракия",
    kind: "outsourcing",
    country: "BG",
    timeZone: "Europe/Sofia",
    language: "bg",
    recordingNotice: true,
    recordCalls: true,
    recordingRetentionDays: 90,
  },
  guide: { testCall: true, colleagues: false, customers: false, number: false },
  serverTime: Date.now(),
};

const longName = "Александра-Виктория Константинова-Хаджидимитрова";
export const card = {
  id: "k1",
  name: "Василка Андонова",
  company: "ЕТ Андонов и синове",
  phones: ["+359887123456", "+35932601122"],
  emails: ["v.andonova@example.bg"],
  language: "bg",
  note: "Предпочита обаждания след 13:00.\nПитайте за улицата, преди да кажете адреса.",
  createdAt: Date.now() - 900 * 86_400_000,
  updatedAt: Date.now(),
  version: 4,
};

const queues = [
  { id: "orders", name: "Поръчки", waiting: 4, longestSince: Date.now() - 72_000, nobody: null },
  { id: "support", name: "Техническа поддръжка, първа линия", waiting: 0, longestSince: null, nobody: null },
  {
    id: "ru",
    name: "Русскоязычная линия доставки и возвратов",
    waiting: 12,
    longestSince: Date.now() - 4 * minute,
    nobody: null,
  },
];

const dispositions = [
  "Поръчката е потвърдена",
  "Нов час за доставка",
  "Нов адрес",
  "Отказ от поръчката",
  "Жалба",
  "Въпрос за фактура",
  "Грешен номер",
  "Ще се обади отново",
  "Прехвърлен към счетоводството на възложителя",
  "Друго",
].map((name, index) => ({ id: `d${index + 1}`, name }));

export function contact(more: object = {}) {
  return {
    id: "x1",
    direction: "inbound",
    phase: "talking",
    client: {
      id: "green",
      name: "Зелена къща",
      colour: "#1f6b3a",
      greeting: "Добър ден, Зелена къща, Илиева е на телефона. С какво мога да помогна?",
    },
    queue: { id: "orders", name: "Поръчки" },
    number: { id: "n1", number: "0700 11 122", label: "Линия за поръчки" },
    party: { addressId: "a1", raw: "0887123456", display: "+359 88 712 3456", e164: "+359887123456", name: null },
    customer: { id: "k1", name: card.name, phones: card.phones, note: card.note },
    startedAt: Date.now() - 3 * minute,
    waitedMs: 21_000,
    talkingSince: Date.now() - 167_000,
    path: [
      { at: 1, label: "2 Поръчки" },
      { at: 2, label: "1 Къде е поръчката ми" },
    ],
    held: false,
    heldSince: null,
    muted: false,
    recording: "on",
    consult: null,
    conference: false,
    participants: [],
    dispositionId: null,
    note: "",
    dispositions,
    wrapUpUntil: null,
    endCode: null,
    ...more,
  };
}

export function desk(more: object = {}) {
  return {
    operatorId: "u1",
    state: "available",
    since: Date.now() - 6 * minute,
    breakReasonId: null,
    stateCause: "self",
    afterCall: null,
    device: "phone",
    headset: "none",
    phones: [{ id: "p1", name: "Yealink", reachable: true }],
    offer: null,
    contact: null,
    queues,
    today: { contacts: 31, talkMs: 31 * 198_000 },
    missedOpen: 7,
    ...more,
  };
}

function row(index: number) {
  const at = Date.now() - (index + 1) * 1.7 * 86_400_000;
  const answered = index % 4 !== 1;
  return {
    id: `h${index}`,
    direction: index % 3 === 2 ? "outbound" : "inbound",
    startedAt: at,
    answeredAt: answered ? at + 20_000 : null,
    endedAt: at + 200_000,
    party: contact().party,
    customer: { id: "k1", name: card.name },
    clientName: "Зелена къща",
    queueName: ["Поръчки", "Техническа поддръжка, първа линия"][index % 2],
    number: "0700 11 122",
    operators: answered ? [{ id: "u2", name: "Михаил Колев" }] : [],
    waitMs: 21_000,
    talkMs: answered ? 61_000 * (index + 1) : 0,
    holdMs: 0,
    disposition: answered ? dispositions[index % 10]?.name : null,
    endCode: answered ? "CUSTOMER_HUNG_UP" : "ABANDONED_IN_QUEUE",
    answered,
    hasRecording: answered,
    voicemail: index === 5,
  };
}

const missedNames = [null, longName, "Сергей Мельниченко", "ЕТ Балкан", null, "Николета Петрова", "Georgi P."];
export const answers = {
  "GET /api/setup": { needed: false, version: "0.1.0" },
  "GET /api/session": session,
  "POST /api/session/language": { ok: true },
  "GET /api/config/breakReason": {
    items: [
      { id: "lunch", name: "Обяд", limitMs: 1_800_000 },
      { id: "training", name: "Обучение", limitMs: null },
    ],
    version: 1,
  },
  "GET /api/config/client": {
    items: [
      { id: "green", name: "Зелена къща" },
      { id: "ru", name: "Доставка Север" },
    ],
    version: 1,
  },
  "GET /api/missed": {
    items: missedNames.map((name, index) => ({
      contactId: `m${index}`,
      at: Date.now() - (index + 1) * 37 * minute,
      since: Date.now() - (index + 1) * 95 * minute,
      calling: index === 2 ? { operatorId: "u3", name: longName } : null,
      party: {
        addressId: null,
        raw: "+359888000111",
        display: `+359 88 800 011${index}`,
        e164: `+35988800011${index}`,
        name: null,
      },
      customer: name ? { id: `k${index}`, name } : null,
      clientName: "Зелена къща",
      queueName: index % 2 ? "Поръчки" : "Русскоязычная линия доставки и возвратов",
      tries: 1 + (index % 3),
      waitMs: 30_000,
      endCode: "ABANDONED_IN_QUEUE",
      voicemail: index === 1 || index === 3,
      messages: index === 1 ? [{ recordingId: "v1", at: Date.now(), durationMs: 23_000 }] : [],
    })),
    next: null,
  },
  "GET /api/desk/directory": {
    operators: [
      { id: "u2", name: "Михаил Колев", extension: "12", state: "available" },
      { id: "u3", name: longName, extension: "1405", state: "talking" },
      { id: "u4", name: "Ольга Сергеевна Преображенская", extension: null, state: "break" },
      { id: "u5", name: "Иван Петров", extension: "15", state: "offline" },
    ],
    queues: queues.map(({ id, name, waiting }) => ({ id, name, waiting })),
  },
  "GET /api/customers": { items: [card, { ...card, id: "k9", name: longName }], next: null },
  "GET /api/customers/k1": card,
  "GET /api/customers/k1/contacts": { items: Array.from({ length: 14 }, (_, index) => row(index)), next: "more" },
  "GET /api/customers/by-number": { items: [] },
  "PUT /api/desk/contacts/x1/note": { ok: true },
  "POST /api/desk/contacts/x1/result": { ok: true },
};
