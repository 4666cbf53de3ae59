import { type ContactEndCode, type Fact, type JournalEntry, journalVersion } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { contactsNeeded, contactsOf, foldBatch } from "./batch.ts";
import { type ContactProjection, foldContact, isContactFact } from "./contact.ts";

const start = (changes: Partial<Extract<Fact, { kind: "contactStarted" }>> = {}): Fact => ({
  kind: "contactStarted",
  contactId: "a",
  direction: "inbound",
  clientId: "acme",
  trunkId: "carrier",
  numberId: "main",
  addressId: "address",
  calledAddressId: null,
  customerId: null,
  customerLegId: "leg",
  operatorId: null,
  language: "en",
  outsideAddressIds: {},
  outsideDestinations: {},
  callerTests: {},
  ...changes,
});
const end = (code: ContactEndCode, answered = false): Fact => ({
  kind: "contactEnded",
  contactId: "a",
  code,
  answered,
  endedKept: 2_000,
});
const closed: Fact = { kind: "hoursTested", contactId: "a", hoursId: "h", open: false };
const turnedAway: Fact = { kind: "queueLeft", contactId: "a", queueId: "q", reason: "nobody", waitedMs: 0 };
const queued: Fact = {
  kind: "enqueued",
  contactId: "a",
  queueId: "q",
  priority: 0,
  stepId: null,
  since: 0,
  until: null,
  reviewAt: null,
};
const talk = (operatorId: string): Fact => ({
  kind: "talkStarted",
  contactId: "a",
  operatorId,
  legId: "l",
  roomId: "r",
  queueId: null,
});

function fold(...facts: readonly Fact[]): ContactProjection | undefined {
  let contact: ContactProjection | undefined;
  facts.forEach((fact, index) => {
    if (isContactFact(fact)) contact = foldContact(contact, index, fact);
  });
  return contact;
}

describe("a contact's projection", () => {
  it.each([
    ["abandoned while waiting", [queued, end("ABANDONED_IN_QUEUE")], true],
    ["abandoned in the call flow", [end("ABANDONED_IN_SCENARIO")], true],
    ["a message left", [end("VOICEMAIL_LEFT")], true],
    ["told that it is closed", [closed, end("SCENARIO_ENDED")], true],
    ["nobody was there after waiting", [queued, end("SCENARIO_ENDED")], true],
    ["turned away because nobody was on duty", [turnedAway, end("SCENARIO_ENDED")], true],
    ["the call flow told them what they wanted", [end("SCENARIO_ENDED")], false],
    ["sent to a number outside", [end("TRANSFERRED_OUTSIDE")], false],
    ["answered", [queued, talk("maria"), end("CUSTOMER_HUNG_UP", true)], false],
    ["a restart cut it off", [queued, end("SERVER_RESTARTED")], true],
  ] as const)("counts as missed or not: %s", (_name, facts, missed) => {
    expect(fold(start(), ...facts)?.missed).toBe(missed);
  });

  it("never counts an outgoing or internal call as missed", () => {
    for (const direction of ["outbound", "internal"] as const) {
      expect(fold(start({ direction }), end("NO_ANSWER"))?.missed).toBe(false);
    }
  });

  it("takes an outgoing call for answered when the customer answers, not when the operator joins", () => {
    const outgoing = start({ direction: "outbound", operatorId: "maria" });
    expect(fold(outgoing, talk("maria"))).toMatchObject({
      answered: false,
      answered_at: null,
      operator_ids: ["maria"],
    });
    const answered: Fact = { kind: "legAnswered", legId: "leg", contactId: "a", trunkId: null };
    expect(fold(outgoing, talk("maria"), answered)).toMatchObject({ answered: true, answered_at: 2 });
  });

  it("keeps every operator's part and adds up the contact's", () => {
    const ended = (operatorId: string, talkMs: number): Fact => ({
      kind: "talkEnded",
      contactId: "a",
      operatorId,
      talkMs,
      holdMs: 1,
    });
    const contact = fold(
      start(),
      talk("maria"),
      ended("maria", 10),
      talk("ivan"),
      ended("ivan", 20),
      talk("maria"),
      ended("maria", 5),
    );
    expect(contact).toMatchObject({ operator_id: "maria", operator_ids: ["maria", "ivan"], talk_ms: 35, hold_ms: 3 });
    expect(contact?.operators).toMatchObject({ maria: { talk_ms: 15, hold_ms: 2 }, ivan: { talk_ms: 20, hold_ms: 1 } });
  });

  it("passes over facts of contacts that never started and of kinds it does not know", () => {
    expect(fold(queued)).toBeUndefined();
    const before = fold(start());
    const later = { kind: "somethingNew", contactId: "a" } as unknown as Fact;
    expect(isContactFact(later) && foldContact(before, 5, later)).toBe(before);
  });

  it("does not take a refusal for the contact's own fact, but finds the entry by it", () => {
    const refused: Fact = {
      kind: "refused",
      input: "held",
      code: "NOT_YOURS",
      contactId: "a",
      operatorId: "maria",
      scope: null,
      destination: null,
    };
    const entry: JournalEntry = { seq: 1, at: 1, version: journalVersion, input: { kind: "tick" }, facts: [refused] };
    expect(contactsNeeded([entry])).toEqual([]);
    expect(contactsOf(entry)).toEqual(["a"]);
  });
});

// ---- properties over random journals ----

const operators = ["maria", "ivan", "petya"];
const contacts = ["a", "b", "c", "d"];
const endCodes: readonly ContactEndCode[] = [
  "CUSTOMER_HUNG_UP",
  "ABANDONED_IN_QUEUE",
  "SCENARIO_ENDED",
  "SERVER_RESTARTED",
];

function randomFact(random: SeededRandom): Fact {
  const contactId = random.pick(contacts);
  const operatorId = random.pick(operators);
  const recordingId = `${contactId}-rec`;
  const facts: readonly Fact[] = [
    start({ contactId, direction: random.pick(["inbound", "outbound"]), addressId: random.pick(["x", "y", null]) }),
    { ...queued, contactId } as Fact,
    { kind: "queueLeft", contactId, queueId: "q", reason: "answered", waitedMs: random.below(1_000) },
    { ...talk(operatorId), contactId } as Fact,
    { kind: "talkEnded", contactId, operatorId, talkMs: random.below(1_000), holdMs: random.below(100) },
    { kind: "wrapUpStarted", contactId, operatorId, until: 0 },
    { kind: "wrapUpEnded", contactId, operatorId, reason: "finished" },
    { kind: "recordingStarted", contactId, recordingId, voicemail: random.below(2) === 0, queueId: null },
    { kind: "recordingClosed", contactId, recordingId, durationMs: 1, bytes: 2, sha256: "3" },
    { ...end(random.pick(endCodes), random.below(2) === 0), contactId } as Fact,
  ];
  return random.pick(facts);
}

function randomJournal(random: SeededRandom): readonly JournalEntry[] {
  let at = 0;
  return Array.from({ length: 120 }, (_, index) => {
    at += random.below(50);
    const facts = Array.from({ length: random.below(4) }, () => randomFact(random));
    return { seq: index + 1, at, version: journalVersion, input: { kind: "tick" }, facts };
  });
}

function foldInBatches(entries: readonly JournalEntry[], sizes: () => number): ReadonlyMap<string, ContactProjection> {
  const known = new Map<string, ContactProjection>();
  for (let from = 0; from < entries.length; ) {
    const to = from + sizes();
    for (const [id, contact] of foldBatch(known, entries.slice(from, to)).contacts) known.set(id, contact);
    from = to;
  }
  return known;
}

describe("folding journals", () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "gives the same however entries were grouped (seed %i)",
    (seed) => {
      const random = new SeededRandom(seed);
      const entries = randomJournal(random);
      const atOnce = foldInBatches(entries, () => entries.length);
      expect(foldInBatches(entries, () => 1)).toEqual(atOnce);
      expect(foldInBatches(entries, () => 1 + random.below(20))).toEqual(atOnce);
    },
  );

  it.each(Array.from({ length: 60 }, (_, seed) => seed))("keeps every row consistent (seed %i)", (seed) => {
    const rows = foldInBatches(randomJournal(new SeededRandom(seed)), () => 7);
    for (const row of rows.values()) {
      const parts = Object.values(row.operators);
      const sum = (key: "talk_ms" | "hold_ms" | "wrap_up_ms") => parts.reduce((total, part) => total + part[key], 0);
      expect([row.talk_ms, row.hold_ms, row.wrap_up_ms]).toEqual([sum("talk_ms"), sum("hold_ms"), sum("wrap_up_ms")]);
      expect(row.answered).toBe(row.answered_at !== null);
      expect(row.missed && (row.answered || row.direction !== "inbound" || row.ended_at === null)).toBe(false);
      expect(row.operator_ids.filter((id) => row.operators[id]?.talked !== true)).toEqual([]);
    }
  });
});
