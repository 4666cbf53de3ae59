import type { Fact } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { testConfig, testQueue } from "../testing/config.ts";
import { monday, TestCentre } from "../testing/harness.ts";
import { emptyBook, foldSegments, loadBook, saveBook } from "./book.ts";
import { metrics } from "./metrics.ts";
import { addSums, type RollupKey, rollupDeltas, slotOf } from "./rollup.ts";
import type { ClosedSegment, SegmentChange } from "./segment.ts";

const vera = { kind: "operator", operatorId: "vera" } as const;
const second = 1_000;

/** Kind, whose, start and end in seconds after the first call, and how it ended. */
function lines(segments: readonly ClosedSegment[]): string[] {
  return segments.map(({ kind, operatorId, queueId, from, to, outcome }) =>
    [kind, operatorId ?? queueId ?? "-", (from - monday) / second, (to - monday) / second, outcome ?? "-"].join(" "),
  );
}
function all(centre: TestCentre, contactId: string): string[] {
  return lines(
    centre.changes.flatMap((change) =>
      change.kind === "closed" && change.segment.contactId === contactId ? [change.segment] : [],
    ),
  );
}
function missed(centre: TestCentre, contactId: string): boolean | undefined {
  const closed = centre.changes.find((change) => change.kind === "contact-closed" && change.contactId === contactId);
  return closed?.kind === "contact-closed" ? closed.missed : undefined;
}
function sumsWhere(changes: readonly SegmentChange[], which: (key: RollupKey) => boolean): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const change of changes)
    for (const { key, sums: delta } of rollupDeltas(change)) if (which(key)) addSums(sums, delta);
  return sums;
}
const ofQueue = (queueId: string) => (key: RollupKey) => key.queueId === queueId && key.operatorId === null;

/** Two queues with their own operators. */
function twoQueues(): TestCentre {
  const queues = [
    testQueue({ operators: [{ userId: "anna", tier: 1 }] }),
    testQueue({ id: "support", operators: [{ userId: "vera", tier: 1 }] }),
  ];
  return new TestCentre(testConfig({ queues }));
}

describe("segments", () => {
  it("[M1] [M6] [M10] follow a call from its wait to the writing after it", () => {
    const centre = new TestCentre();
    const contact = centre.call();
    centre.advance(30 * second);
    centre.online("anna");
    centre.advance(2 * second);
    centre.accept("anna");
    centre.advance(60 * second);
    centre.legEnds(`${contact}-leg`);
    centre.advance(5 * second);
    centre.send({ kind: "wrapUpFinished", contactId: contact, operatorId: "anna" });
    expect(all(centre, contact)).toEqual([
      "offer anna 30 32 accepted",
      "wait sales 0 32 answered",
      "service anna 32 92 -",
      "wrap-up anna 92 97 finished",
    ]);
  });

  it("[M2] count a hold to who held, also after a consulted transfer", () => {
    const centre = new TestCentre();
    const contact = centre.talk("anna");
    centre.online("vera");
    centre.advance(60 * second);
    centre.hold(contact, "anna", true);
    centre.advance(60 * second);
    centre.hold(contact, "anna", false);
    centre.consult(contact, "anna", vera);
    centre.accept("vera");
    centre.advance(30 * second);
    centre.endConsult(contact, "anna", "transfer");
    centre.advance(10 * second);
    centre.hangUp(contact, "vera");
    expect(lines(centre.segments(contact, "service", "hold", "consult", "consulted"))).toEqual([
      "hold anna 60 120 -",
      "consult anna 120 150 transfer",
      "consulted vera 120 150 transfer",
      "hold anna 120 150 -",
      "service anna 0 150 -",
      "service vera 150 160 -",
    ]);
    expect(centre.facts("talkEnded").map(({ operatorId, talkMs, holdMs }) => [operatorId, talkMs, holdMs])).toEqual([
      ["anna", 150 * second, 90 * second],
      ["vera", 10 * second, 0],
    ]);
  });

  it("[M3] count each visit to a queue on its own, without the talk between", () => {
    const centre = new TestCentre();
    const contact = centre.call();
    centre.advance(30 * second);
    centre.online("anna");
    centre.accept("anna");
    centre.advance(120 * second);
    centre.send({ kind: "headsetLost", operatorId: "anna", legId: centre.headsetOf("anna") });
    centre.advance(30 * second);
    centre.advance(10 * second);
    centre.online("vera");
    centre.accept("vera");
    expect(lines(centre.segments(contact, "wait", "service"))).toEqual([
      "wait sales 0 30 answered",
      "service anna 30 180 -",
      "wait sales 180 190 answered",
    ]);
    expect(centre.facts("queueLeft").map((fact) => fact.waitedMs)).toEqual([30 * second, 10 * second]);
    expect(centre.facts("offerMade").map((fact) => fact.reasons?.waitedMs)).toEqual([30 * second, 10 * second]);
  });

  it("[M7] give an outside party a service without an operator", () => {
    const centre = new TestCentre();
    const contact = centre.talk("anna");
    centre.advance(10 * second);
    centre.transfer(contact, "anna", { kind: "outside", addressId: "address-out", emergency: false });
    centre.advance(5 * second);
    centre.legAnswers(centre.asked("dialTrunk")[0]?.legId ?? "");
    centre.advance(20 * second);
    centre.legEnds(`${contact}-leg`);
    expect(lines(centre.segments(contact, "service", "ring"))).toEqual([
      "service anna 0 10 -",
      "ring - 10 15 answered",
      "service - 15 35 -",
    ]);
    expect(missed(centre, contact)).toBe(false);
  });

  it("[M8] end with a crash when the run before lived last, however late the next start is", () => {
    const centre = new TestCentre();
    const talking = centre.talk("anna");
    centre.advance(20 * second);
    const waiting = centre.call();
    centre.advance(10 * second);
    const aliveUntil = centre.at;
    centre.advance(3_600 * second);
    centre.send({ kind: "recovered", legsAlive: [], aliveUntil });
    expect(lines(centre.segments(talking, "service"))).toEqual(["service anna 0 30 -"]);
    expect(lines(centre.segments(waiting, "wait"))).toEqual(["wait sales 20 30 ended"]);
  });

  it("[M8] [M22] leave the time in which the server was down out of spans and wrap-ups", () => {
    const centre = new TestCentre();
    const contact = centre.talk("anna");
    centre.advance(20 * second);
    centre.hangUp(contact, "anna");
    centre.at += 5 * second;
    const aliveUntil = centre.at;
    centre.at += 10 * second;
    centre.send({ kind: "recovered", legsAlive: [], aliveUntil });
    centre.send({ kind: "wrapUpFinished", contactId: contact, operatorId: "anna" });
    expect(lines(centre.segments(contact, "wrap-up"))).toEqual([
      "wrap-up anna 20 25 restart",
      "wrap-up anna 35 35 finished",
    ]);
    const spans = centre.changes.flatMap((change) => (change.kind === "span-closed" ? [change.span] : []));
    expect(spans.at(-2)).toMatchObject({ state: "wrap-up", to: aliveUntil });
    expect(spans.at(-1)).toMatchObject({ state: "wrap-up", from: centre.at });
  });

  it("[M9] leave nothing behind of a contact that is over", () => {
    const centre = new TestCentre();
    const contact = centre.talk("anna");
    centre.hangUp(contact, "anna");
    expect([...centre.book.contacts.keys()]).toEqual([contact]);
    centre.send({ kind: "wrapUpFinished", contactId: contact, operatorId: "anna" });
    expect([...centre.book.contacts.keys()]).toEqual([]);
  });
});

describe("spans", () => {
  it("[M20] [M21] add up to the shift, with the reason of a break and what stands behind a talk", () => {
    const centre = new TestCentre();
    const contact = centre.talk("anna");
    centre.advance(10 * second);
    centre.go("anna", "break", "lunch");
    centre.advance(5 * second);
    centre.hangUp(contact, "anna");
    centre.send({ kind: "wrapUpFinished", contactId: contact, operatorId: "anna" });
    centre.advance(60 * second);
    centre.go("anna", "offline");
    const spans = centre.changes.flatMap((change) => (change.kind === "span-closed" ? [change.span] : []));
    expect(
      spans
        .filter((span) => span.to > span.from)
        .map(({ state, duty, reasonId, contactId, load, from, to }) => [
          state,
          duty,
          reasonId,
          contactId,
          load,
          to - from,
        ]),
    ).toEqual([
      ["talking", "available", null, contact, 100, 10 * second],
      ["talking", "break", "lunch", contact, 100, 5 * second],
      ["break", "break", "lunch", null, 0, 60 * second],
    ]);
  });
});

describe("missed callers", () => {
  it("[M30] are those who gave up in a queue, and not those who were served", () => {
    const centre = new TestCentre();
    const lost = centre.call();
    centre.advance(5 * second);
    centre.legEnds(`${lost}-leg`);
    const served = centre.talk("anna");
    centre.hangUp(served, "anna");
    expect([missed(centre, lost), missed(centre, served)]).toEqual([true, false]);
  });

  it("[M31] are those, too, who were handed on to a second queue and gave up there", () => {
    const centre = twoQueues();
    const contact = centre.talk("anna");
    centre.advance(60 * second);
    centre.transfer(contact, "anna", { kind: "queue", queueId: "support" });
    centre.advance(30 * second);
    centre.legEnds(`${contact}-leg`);
    expect(missed(centre, contact)).toBe(true);
    expect(lines(centre.segments(contact, "wait"))).toEqual([
      "wait sales 0 0 answered",
      "wait support 60 90 abandoned",
    ]);
  });

  it("[M32] are never those whom an operator called", () => {
    const centre = new TestCentre();
    centre.online("anna");
    const contact = centre.dial("anna", { kind: "outside", addressId: "address-out", emergency: false });
    centre.hangUp(contact, "anna");
    expect(missed(centre, contact)).toBe(false);
  });
});

describe("roll-ups", () => {
  it("[M40] [M41] [M43] [M45] count a contact that is handed on once in each queue, and every sum adds up", () => {
    const centre = twoQueues();
    const contact = centre.talk("anna");
    centre.advance(60 * second);
    centre.transfer(contact, "anna", { kind: "queue", queueId: "support" });
    centre.advance(30 * second);
    centre.online("vera");
    centre.accept("vera");
    centre.advance(60 * second);
    centre.hangUp(contact, "vera");
    expect(sumsWhere(centre.changes, ofQueue("sales"))).toMatchObject({
      queued: 1,
      offered: 1,
      answered: 1,
      waitMs: 0,
    });
    const support = sumsWhere(centre.changes, ofQueue("support"));
    expect(support).toMatchObject({ queued: 1, offered: 1, answered: 1, answeredMs: 30 * second });
    expect(metrics.answeredWithin(support, 29 * second)).toBe(0);
    expect(metrics.answeredWithin(support, 30 * second)).toBe(1);
    const ofVera = sumsWhere(centre.changes, (key) => key.operatorId === "vera" && key.queueId === "support");
    expect(ofVera).toMatchObject({ contacts: 1, services: 1, serviceMs: 60 * second });
  });

  it("[M4] [M5] [M43] count a message under messages, and who is turned away as sent on", () => {
    const closed: Fact = { kind: "queueLeft", contactId: "c", queueId: "q", reason: "timeout", waitedMs: 0 };
    const message: Fact = {
      kind: "recordingStarted",
      contactId: "c",
      recordingId: "r",
      voicemail: true,
      queueId: null,
    };
    const book = emptyBook();
    const start: Fact = {
      kind: "contactStarted",
      contactId: "c",
      direction: "inbound",
      clientId: "shop",
      trunkId: null,
      numberId: null,
      addressId: null,
      calledAddressId: null,
      customerId: null,
      customerLegId: "leg",
      operatorId: null,
      language: "en",
      outsideAddressIds: {},
      outsideDestinations: {},
      callerTests: {},
    };
    const left = foldSegments(book, { at: monday, facts: [start, closed] });
    expect(sumsWhere(left, ofQueue("q"))).toMatchObject({ offered: 1, other: 1 });
    const settled = foldSegments(book, { at: monday + 3_600_000, facts: [message] });
    const sums = sumsWhere([...left, ...settled], (key) => key.queueId === "q" && key.slot === slotOf(monday));
    expect(sums).toMatchObject({ offered: 1, other: 0, voicemail: 1 });
  });

  it("[M42] spread an operator's time over the quarters in which it passed", () => {
    const centre = new TestCentre();
    centre.online("anna");
    centre.advance(2_000 * second);
    centre.go("anna", "offline");
    const times = centre.changes
      .flatMap(rollupDeltas)
      .map(({ key, sums }) => [(key.slot - monday) / second, sums.shiftMs]);
    expect(times).toEqual([
      [0, 900 * second],
      [900, 900 * second],
      [1_800, 200 * second],
    ]);
  });

  it("[M44] tell any limit's service level from the same sums", () => {
    const sums = { answered: 4, abandoned: 1, "answered/3": 1, "answered/20": 1, "answered/21": 1, "answered/130": 1 };
    expect([2, 3, 20, 25, 129, 130].map((limit) => metrics.answeredWithin(sums, limit * second))).toEqual([
      0, 1, 2, 3, 3, 4,
    ]);
    expect(metrics.serviceLevel(sums, 20 * second)).toBe(2 / 5);
  });

  it("[M46] divide nothing by nothing", () => {
    expect([metrics.serviceLevel({}, 20_000), metrics.occupancy({}), metrics.handlingMs({})]).toEqual([
      null,
      null,
      null,
    ]);
    expect(metrics.occupancy({ "state/talkingMs": 3, "state/availableMs": 1 })).toBe(0.75);
  });
});

describe("a saved book", () => {
  it("[M50] goes on as if nothing had been, and one of another version is left aside", () => {
    const centre = new TestCentre();
    const contact = centre.talk("anna");
    centre.advance(10 * second);
    const half = centre.entries.length;
    const saved = saveBook(centre.book);
    centre.hold(contact, "anna", true);
    centre.advance(10 * second);
    centre.hangUp(contact, "anna");
    const again = loadBook(saved);
    if (again === undefined) throw new Error("the book is refused");
    const changes = centre.entries.slice(half).flatMap((entry) => foldSegments(again, entry));
    expect(changes).toEqual(centre.changes.slice(-changes.length));
    expect(again).toEqual(centre.book);
    expect(loadBook({ ...(saved as Record<string, never>), version: 0 })).toBe(undefined);
    expect(loadBook("nonsense")).toBe(undefined);
  });
});
