import type { Fact } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import type { Phase } from "../contact/contact.ts";
import { evolve } from "../evolve.ts";
import { operatorState } from "../operator/operator.ts";
import type { OpenContact } from "../report/open.ts";
import type { ClosedSegment, ClosedSpan, SegmentKind } from "../report/segment.ts";
import { emptyState } from "../state.ts";
import type { TestCentre } from "./harness.ts";

/** What is open agrees with the state, after every step. */
export function checkOpen(centre: Pick<TestCentre, "state" | "book">): void {
  const { state, book } = centre;
  for (const contact of state.contacts.values()) {
    const open = required(book.contacts.get(contact.id), "a running contact is in the book");
    checkPhase(open, contact.phase);
  }
  for (const open of book.contacts.values()) {
    if (state.contacts.has(open.contactId)) continue;
    const kinds = open.open.map((each) => each.segment.kind);
    assert(open.ended && kinds.every((kind) => kind === "wrap-up"), "of an ended contact only the writing goes on");
    assert(kinds.length > 0, "a contact of which nothing is open is forgotten");
  }
  for (const operator of state.operators.values()) {
    const span = book.operators.get(operator.id)?.span ?? null;
    assert((span?.state ?? "offline") === operatorState(operator), `${operator.id}'s span is their state`);
    assert(span === null || span.duty === operator.duty.state, `${operator.id}'s span knows the duty`);
  }
}

function checkPhase(open: OpenContact, phase: Phase): void {
  const of = (kind: SegmentKind) => open.open.filter((each) => each.segment.kind === kind).map((each) => each.segment);
  const life = open.open.map((each) => each.segment.kind).filter((kind) => lives.includes(kind));
  if (phase.kind === "talking") {
    assert(life.length === phase.parties.length, "everybody who talks has a service");
    const operators = of("service").map((segment) => segment.operatorId);
    for (const party of phase.parties) assert(operators.includes(party.operatorId), "a service is of who talks");
    assert(of("hold").length === (phase.hold === null ? 0 : 1), "a hold is open as long as somebody holds");
    assert(phase.hold === null || of("hold")[0]?.operatorId === phase.hold.by, "a hold is of who holds");
    assert(of("consult").length === (phase.consult === null ? 0 : 1), "a consultation is open as long as it goes on");
    return;
  }
  const kind = { scenario: "flow", waiting: "wait", ringing: "ring", dialling: "dial", between: "flow" }[phase.kind];
  assert(life.length === 1 && life[0] === kind, `a contact in ${phase.kind} is in one ${kind}`);
}

const lives: readonly SegmentKind[] = ["flow", "wait", "ring", "dial", "service"];

/** Everything that has closed adds up: contacts to their lives, operators to their shifts. */
export function checkAccounts(centre: Pick<TestCentre, "entries" | "changes" | "book">): void {
  const ofContact = new Map<string, ClosedSegment[]>();
  const ofOperator = new Map<string, ClosedSpan[]>();
  const started = new Map<string, Instant>();
  for (const { at, facts } of centre.entries) {
    for (const fact of facts) {
      if (fact.kind === "contactStarted") started.set(fact.contactId, at);
      if (fact.kind === "talkEnded") assert(fact.holdMs <= fact.talkMs, "nobody holds longer than they talk");
      if (fact.kind === "queueLeft")
        assert(fact.waitedMs <= at - required(started.get(fact.contactId), "a start"), "nobody waits before they call");
    }
  }
  for (const change of centre.changes) {
    if (change.kind === "closed") gather(ofContact, change.segment.contactId, change.segment);
    if (change.kind === "span-closed") gather(ofOperator, change.span.operatorId, change.span);
  }
  for (const change of centre.changes) {
    if (change.kind !== "contact-closed") continue;
    const from = required(started.get(change.contactId), "the contact's start");
    checkLife(ofContact.get(change.contactId) ?? [], from, change.at);
  }
  for (const spans of ofOperator.values()) checkSpans(spans);
  checkShifts(centre, ofOperator);
}

function gather<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function checkLife(segments: readonly ClosedSegment[], from: Instant, to: Instant): void {
  const life = segments.filter((segment) => lives.includes(segment.kind)).sort((a, b) => a.from - b.from || a.n - b.n);
  let until = from;
  let before: SegmentKind = "flow";
  for (const segment of life) {
    const beside = before === "service" && segment.kind === "service";
    assert(
      beside ? segment.from <= until : segment.from === until,
      `a life has neither gap nor overlap: ${segment.kind}`,
    );
    until = Math.max(until, segment.to);
    before = segment.kind;
  }
  assert(until === to, "a contact's segments add up to its life");
  for (const { kind, from: start, to: end, operatorId } of segments) {
    if (kind !== "wrap-up") assert(from <= start && end <= to, `what belongs to a contact lies in its life: ${kind}`);
    else
      assert(
        segments.some((each) => each.operatorId === operatorId && each.to <= start),
        "writing comes after",
      );
  }
  for (const hold of segments.filter((segment) => segment.kind === "hold")) {
    const inside = segments.some(
      ({ kind, operatorId, from: start, to: end }) =>
        kind === "service" && operatorId === hold.operatorId && start <= hold.from && hold.to <= end,
    );
    assert(inside, "a hold lies inside the service of who held");
  }
}

function checkSpans(spans: readonly ClosedSpan[]): void {
  let until = 0;
  for (const span of spans) {
    assert(span.from >= until && span.to >= span.from, "an operator is in one state at a time");
    until = span.to;
  }
}

/** The spans against the states themselves: folded once more, whoever was not offline between two entries was on a shift. */
function checkShifts(
  centre: Pick<TestCentre, "entries" | "book">,
  closed: ReadonlyMap<string, readonly ClosedSpan[]>,
): void {
  const state = emptyState();
  const shifts = new Map<string, number>();
  let before: Instant = centre.entries[0]?.at ?? 0;
  for (const { at, facts } of centre.entries) {
    const until = livedUntil(before, at, facts);
    for (const operator of state.operators.values()) {
      if (operatorState(operator) === "offline") continue;
      shifts.set(operator.id, (shifts.get(operator.id) ?? 0) + until - before);
    }
    for (const fact of facts) evolve(state, fact, at);
    before = at;
  }
  for (const [operatorId, shift] of shifts) {
    const open = centre.book.operators.get(operatorId)?.span ?? null;
    const spans = closed.get(operatorId) ?? [];
    const sum = spans.reduce((total, span) => total + span.to - span.from, open === null ? 0 : before - open.from);
    assert(sum === shift, `${operatorId}'s spans add up to the shift: ${sum} of ${shift}`);
  }
}

function livedUntil(before: Instant, at: Instant, facts: readonly Fact[]): Instant {
  for (const fact of facts) {
    if (fact.kind === "recovered") return Math.min(at, Math.max(before, fact.aliveUntil ?? before));
  }
  return at;
}
