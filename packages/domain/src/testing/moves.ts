import type { Input, LegEndCode, Target } from "@centrala/contract";
import { changeOfConfig } from "../config/change.ts";
import { checkAccounts } from "./accounts.ts";
import { type Steps, testConfig, testQueue } from "./config.ts";
import { TestCentre } from "./harness.ts";
import { checkInvariants } from "./invariants.ts";
import { testRule, toMobile, toSatellite } from "./outgoing.ts";

/** Three numbers that stand for something somebody does; which of the things there are, the last two choose. */
export type Move = readonly [number, number, number];

const steps: Steps = {
  menu: {
    kind: "menu",
    prompts: [{ kind: "sound", name: "menu-main" }],
    choices: [
      { key: "1", next: "sales" },
      { key: "2", next: "direct" },
      { key: "3", next: "outside" },
      { key: "4", next: "second" },
      { key: "5", next: "leave" },
    ],
    attempts: 2,
    otherwise: "leave",
  },
  sales: { kind: "queue", queueId: "sales", otherwise: "second" },
  second: { kind: "queue", queueId: "second", priority: 70, otherwise: "leave" },
  direct: { kind: "transfer", target: { kind: "operator", operatorId: "vera" }, otherwise: "sales" },
  outside: { kind: "transfer", target: { kind: "number", number: "0888" }, otherwise: "pause" },
  pause: { kind: "wait", durationMs: 3_000, next: "menu" },
  leave: { kind: "voicemail", prompts: [], next: null, durationMsMax: 20_000 },
};

const sales = testQueue({
  welcome: [{ kind: "sound", name: "please-wait" }],
  announcePosition: true,
  announceEveryMs: 10_000,
  waitMsMax: 60_000,
  tierWaitMs: 5_000,
  missesMax: 3,
  operators: [
    { userId: "anna", tier: 1 },
    { userId: "boris", tier: 2 },
    { userId: "vera", tier: 3 },
  ],
});
const second = testQueue({
  id: "second",
  leaveWhenNobody: true,
  waitingMax: 2,
  wrapUpMsMax: 0,
  requires: [{ skillId: "german", level: 2 }],
});

export const movesConfig = testConfig(
  {
    recordCalls: true,
    outgoing: testRule(
      { person: { atOnce: 5 }, centre: { ms: 120_000, spent: 150_000 }, trunk: { calls: 200 } },
      { callMsMax: 60_000, offDuty: true },
    ),
    queues: [sales, second],
    operators: [
      { id: "anna", extension: "11", skills: [], deviceIds: ["anna-phone"] },
      { id: "boris", extension: "12", skills: [{ skillId: "german", level: 5 }], deviceIds: ["boris-phone"] },
      { id: "vera", extension: "13", skills: [{ skillId: "german", level: 2 }], deviceIds: [] },
    ],
  },
  steps,
);

/** Without the second queue and without vera: what a manager may do at any moment. */
const smaller = { ...movesConfig, version: 2, queues: [sales], operators: movesConfig.operators.slice(0, 2) };

const operators = ["anna", "boris", "vera"];
const codes: LegEndCode[] = ["HUNG_UP", "BUSY", "NO_ANSWER", "MEDIA_LOST", "UNREACHABLE", "CANCELLED", "DECLINED"];

function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % Math.max(1, items.length)];
}

function targetOf(number: number): Target {
  const rest = number >> 3;
  if (number % 8 === 0) return { kind: "queue", queueId: pick(["sales", "second", "none"], rest) ?? "sales" };
  if (number % 8 < 4)
    return {
      kind: "outside",
      addressId: "address-out",
      emergency: rest % 5 === 0,
      destination: rest % 7 === 0 ? toSatellite : toMobile,
    };
  return { kind: "operator", operatorId: pick([...operators, "nobody"], rest) ?? "anna" };
}

type Make = (centre: TestCentre, a: number, b: number) => Input | undefined;

const attach: Make = (centre, a) => ({
  kind: "headsetAttached",
  operatorId: pick(operators, a) ?? "",
  legId: centre.name("headset"),
});
const loseHeadset: Make = (centre, a) => {
  const operatorId = pick(operators, a) ?? "";
  const legId = centre.state.operators.get(operatorId)?.headsetLegId ?? null;
  return legId === null ? undefined : { kind: "headsetLost", operatorId, legId };
};
const goAvailable: Make = (_, a) => ({
  kind: "operatorWent",
  operatorId: pick([...operators, "nobody"], a) ?? "",
  to: "available",
  reasonId: null,
  byUserId: null,
});
const goAway: Make = (_, a, b) => ({
  kind: "operatorWent",
  operatorId: pick(operators, a) ?? "",
  to: pick(["break", "offline"] as const, b) ?? "break",
  reasonId: pick([null, "lunch", "none"], b >> 1) ?? null,
  byUserId: "boss",
});
const reach: Make = (_, a, b) => ({
  kind: "deviceReachable",
  deviceId: pick(["anna-phone", "boris-phone", "other"], a) ?? "",
  reachable: b % 4 !== 0,
});
const choose: Make = (_, a, b) => ({
  kind: "deviceChosen",
  operatorId: pick(operators, a) ?? "",
  device: b % 2 === 0 ? "phone" : "headset",
});
const answerOffer =
  (kind: "offerAccepted" | "offerDeclined"): Make =>
  (centre, a, b) => {
    const offer = pick([...centre.state.offers.values()], a);
    if (offer === undefined) return undefined;
    return { kind, offerId: offer.id, operatorId: b % 9 === 0 ? "vera" : offer.operatorId };
  };

/** Somebody who talks and the contact, now and then another operator than the one who does. */
function talker(centre: TestCentre, a: number, b: number): { contactId: string; operatorId: string } | undefined {
  const busy = [...centre.state.operators.values()].flatMap(({ id, work }) =>
    work.kind === "talking" ? [{ contactId: work.contactId, operatorId: id }] : [],
  );
  const found = pick(busy, a);
  return found !== undefined && b % 11 === 0 ? { ...found, operatorId: pick(operators, b) ?? "" } : found;
}
const byTalker =
  (make: (own: { contactId: string; operatorId: string }, a: number, b: number) => Input): Make =>
  (centre, a, b) => {
    const own = talker(centre, a, b);
    return own === undefined ? undefined : make(own, a >> 3, b >> 4);
  };
const onDialled =
  (kind: "legAnswered" | "legRinging" | "legEarlyMedia"): Make =>
  (centre, a) => {
    const dialled = [...centre.telephony.legs].flatMap(([legId, state]) => (state === "dialled" ? [legId] : []));
    const legId = pick(dialled, a);
    return legId === undefined ? undefined : { kind, legId };
  };
const endLeg: Make = (centre, a, b) => {
  const legId = pick([...centre.telephony.legs.keys()], a);
  return legId === undefined
    ? undefined
    : { kind: "legEnded", legId, code: pick(codes, b) ?? "HUNG_UP", sipStatus: null };
};
const loseMedia: Make = (centre, a) => {
  const legId = pick([...centre.telephony.legs.keys()], a);
  return legId === undefined ? undefined : { kind: "mediaLost", legId };
};
const dial: Make = (centre, a, b) => ({
  kind: "operatorDialled",
  contactId: centre.name("dialled"),
  operatorId: pick([...operators, "nobody"], a) ?? "",
  legId: b % 3 === 0 ? centre.name("phone-leg") : null,
  target: targetOf(b),
  clientId: "shop",
  callerNumberId: null,
  customerId: null,
});
/** A call of a phone of an operator's, one of those who talk more often than not. */
const phoneLeg = (centre: TestCentre, a: number): string | undefined => {
  const legs = [...centre.state.legs.values()].filter((leg) => leg.operatorId !== null && leg.state === "answered");
  return pick(legs, a)?.id;
};
const phoneHolds: Make = (centre, a, b) => {
  const legId = phoneLeg(centre, a);
  return legId === undefined ? undefined : { kind: "legHeld", legId, on: b % 3 !== 0 };
};
const phoneTransfers: Make = (centre, a, b) => {
  const legId = phoneLeg(centre, a);
  if (legId === undefined) return undefined;
  if (b % 3 === 0) return { kind: "phoneTransferTo", legId, target: targetOf(b >> 2) };
  if (b % 3 === 1) return { kind: "phoneTransfer", legId, target: pick(["11", "12", "13", "99"], b >> 2) ?? "" };
  const otherLegId = pick([...centre.state.legs.keys()], b >> 2) ?? legId;
  return { kind: "phoneJoin", legId, otherLegId };
};
/** A phone of somebody who talks calls somebody else. */
const askByPhone: Make = (centre, a, b) => {
  const own = talker(centre, a, 1);
  if (own === undefined) return undefined;
  const input = dial(centre, 0, b);
  return input?.kind === "operatorDialled"
    ? { ...input, operatorId: own.operatorId, legId: centre.name("phone-leg") }
    : undefined;
};
const restart: Make = (centre, a, b) => ({
  kind: "recovered",
  legsAlive: [...centre.telephony.legs.keys()].filter((_, index) => a % 2 === 0 && (b >> (index % 8)) % 2 === 1),
  aliveUntil: centre.at - (a % 7_000),
});
const configure: Make = (centre, a) => {
  const config = a % 2 === 0 ? smaller : { ...movesConfig, version: 3 };
  if (a % 3 === 0) return { kind: "configured", config };
  const change = changeOfConfig(centre.state.config.core, config);
  return change === null ? { kind: "configured", config } : { kind: "configChanged", change };
};
const finishWrapUp: Make = (centre, a) => {
  const operator = centre.state.operators.get(pick(operators, a) ?? "");
  if (operator?.work.kind !== "wrap-up") return undefined;
  return { kind: "wrapUpFinished", contactId: operator.work.contactId, operatorId: operator.id };
};
const numbers = {
  outsideAddressIds: { "0888": "address-0888" },
  outsideDestinations: { "0888": toMobile },
  callerTests: {},
};
/** Every third caller has to be looked up. */
const call: Make = (centre, a) => {
  if (a % 3 === 0) centre.arrive();
  else centre.call(numbers);
  return undefined;
};
const identify: Make = (centre, a) => {
  const arrival = pick([...centre.state.arrivals.values()], a);
  if (arrival !== undefined) centre.identify(arrival.call.contactId, numbers);
  return undefined;
};
const wait: Make = (centre, a, b) => {
  centre.advance((a % 20) * 500 + (b % 3));
  return undefined;
};
const press: Make = (centre, a, b) => {
  const collectId = pick([...centre.telephony.collects.keys()], a);
  if (collectId === undefined) return undefined;
  const outcome = b % 13 === 0 ? "timeout" : "keys";
  const keys = pick(["1", "1", "1", "2", "3", "4", "5", "6"], b) ?? "1";
  return { kind: "keysCollected", collectId, outcome, keys, reference: null, length: 1 };
};

/** What people and telephony do, each as often as its number says. */
const table: readonly (readonly [number, Make])[] = [
  [10, call],
  [6, identify],
  [10, wait],
  [14, press],
  [4, attach],
  [3, loseHeadset],
  [10, goAvailable],
  [2, goAway],
  [3, reach],
  [1, choose],
  [16, answerOffer("offerAccepted")],
  [3, answerOffer("offerDeclined")],
  [3, byTalker((own) => ({ kind: "hungUp", ...own }))],
  [5, byTalker((own, a) => ({ kind: "held", ...own, on: a % 2 === 0 }))],
  [3, byTalker((own, a) => ({ kind: "muted", ...own, on: a % 2 === 0 }))],
  [4, byTalker((own, a) => ({ kind: "transferAsked", ...own, target: targetOf(a) }))],
  [8, byTalker((own, a) => ({ kind: "consultAsked", ...own, target: targetOf(a) }))],
  [
    5,
    byTalker((own, a) => {
      const as = pick(["transfer", "return", "conference"] as const, a) ?? "return";
      return { kind: "consultEnded", ...own, as };
    }),
  ],
  [2, byTalker((own, a) => ({ kind: "recordingPaused", ...own, on: a % 2 === 0 }))],
  [1, byTalker((own) => ({ kind: "dispositionSet", ...own, dispositionId: "solved" }))],
  [1, byTalker((own) => ({ kind: "keysSent", ...own, legId: "any", length: 1 }))],
  [1, byTalker((own) => ({ kind: "customerLinked", ...own, customerId: "customer" }))],
  [4, finishWrapUp],
  [2, onDialled("legRinging")],
  [2, onDialled("legEarlyMedia")],
  [10, onDialled("legAnswered")],
  [4, endLeg],
  [1, loseMedia],
  [5, dial],
  [4, askByPhone],
  [3, phoneHolds],
  [3, phoneTransfers],
  [1, restart],
  [1, configure],
];
const makes: readonly Make[] = table.flatMap(([count, make]) => Array.from({ length: count }, () => make));

/** A centre after these moves, with its invariants checked after each. */
export function playMoves(moves: readonly Move[]): TestCentre {
  const centre = new TestCentre(movesConfig);
  centre.online(...operators);
  centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
  centre.send({ kind: "deviceChosen", operatorId: "boris", device: "phone" });
  for (const [kind, a, b] of moves) {
    const input = pick(makes, kind)?.(centre, a, b);
    if (input !== undefined) centre.send(input);
    checkInvariants(centre);
  }
  checkAccounts(centre);
  return centre;
}
