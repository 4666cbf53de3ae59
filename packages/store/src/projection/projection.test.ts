import { type ContactEndCode, type Fact, type JournalEntry, journalVersion } from "@centrala/contract";
import { emptyBook } from "@centrala/domain";
import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { contactsNeeded, contactsOf, count, foldBatch } from "./batch.ts";
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
  const entries = facts.map((fact, index) => entryOf(index + 1, index, [fact]));
  return foldBatch(new Map(), count(emptyBook(), entries)).contacts.get("a");
}

function entryOf(seq: number, at: number, facts: readonly Fact[]): JournalEntry {
  return { seq, at, version: journalVersion, input: { kind: "tick" }, facts };
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

  it("keeps every operator's part and adds up the contact's, each by how long it lasted", () => {
    const over = (operatorId: string): Fact => ({
      kind: "talkEnded",
      contactId: "a",
      operatorId,
      talkMs: 999,
      holdMs: 999,
    });
    const held = (on: boolean): Fact => ({ kind: "heldChanged", contactId: "a", operatorId: "maria", on }) as Fact;
    const contact = fold(
      start(),
      talk("maria"),
      held(true),
      held(false),
      over("maria"),
      talk("ivan"),
      over("ivan"),
      talk("maria"),
      over("maria"),
      { kind: "wrapUpStarted", contactId: "a", operatorId: "maria", until: 99 },
      end("CUSTOMER_HUNG_UP", true),
      { kind: "wrapUpEnded", contactId: "a", operatorId: "maria", reason: "finished" },
    );
    expect(contact).toMatchObject({ operator_id: "maria", operator_ids: ["maria", "ivan"], talk_ms: 5, hold_ms: 1 });
    expect(contact).toMatchObject({ wrap_up_ms: 2, folded: 12 });
    expect(contact?.operators).toMatchObject({
      maria: { talk_ms: 4, hold_ms: 1, wrap_up_ms: 2, wrap_up_since: null },
      ivan: { talk_ms: 1, hold_ms: 0 },
    });
  });

  it("misses who was talked with, handed on, and with nobody in the end", () => {
    const facts = [talk("maria"), { ...queued }, end("ABANDONED_IN_QUEUE", true)] as const;
    expect(fold(start(), ...facts)).toMatchObject({ missed: true, answered: true });
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
    expect(contactsNeeded(count(emptyBook(), [entry]))).toEqual([]);
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
  const started = new Set<string>();
  // A contact begins once.
  const isPossible = (fact: Fact): boolean => {
    if (fact.kind !== "contactStarted") return true;
    const first = !started.has(fact.contactId);
    started.add(fact.contactId);
    return first;
  };
  return Array.from({ length: 120 }, (_, index) => {
    at += random.below(50);
    const facts = Array.from({ length: random.below(4) }, () => randomFact(random)).filter(isPossible);
    return { seq: index + 1, at, version: journalVersion, input: { kind: "tick" }, facts };
  });
}

function foldInBatches(entries: readonly JournalEntry[], sizes: () => number): ReadonlyMap<string, ContactProjection> {
  const known = new Map<string, ContactProjection>();
  const book = emptyBook();
  for (let from = 0; from < entries.length; ) {
    const to = from + sizes();
    for (const [id, contact] of foldBatch(known, count(book, entries.slice(from, to))).contacts) known.set(id, contact);
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
      expect(row.missed && (row.direction !== "inbound" || row.ended_at === null)).toBe(false);
      expect(row.operator_ids.filter((id) => row.operators[id]?.talked !== true)).toEqual([]);
    }
  });
});
