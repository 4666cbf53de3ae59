import type { Fact } from "@centrala/contract";
import { assert, type Instant } from "@centrala/kit";
import type { Open, OpenContact, SegmentBook } from "./open.ts";
import type { ClosedSegment, Segment, SegmentChange, SegmentKind, SegmentOutcome } from "./segment.ts";

/** One entry being folded. `at`: when its segments begin and end; `now`: the entry's own time, later only after a crash. */
export type Fold = {
  readonly book: SegmentBook;
  readonly at: Instant;
  readonly now: Instant;
  readonly changes: SegmentChange[];
  /** Contacts of which something ended. */
  readonly ended: Set<string>;
};

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;
type Whose = { readonly queueId: string | null; readonly operatorId: string | null; readonly key?: string };

const nobody: Whose = { queueId: null, operatorId: null };

/** What one fact does to its contact's segments; facts of contacts that the book does not know change nothing. */
export function foldContactFact(fold: Fold, fact: Fact): void {
  if (fact.kind === "recovered") return cutWrapUps(fold);
  if (!("contactId" in fact) || fact.contactId === null || fact.kind === "refused") return;
  if (fact.kind === "contactStarted") return startContact(fold, fact);
  const contact = fold.book.contacts.get(fact.contactId);
  if (contact === undefined) return;
  if (!foldLife(fold, contact, fact)) foldInside(fold, contact, fact);
}

function startContact(fold: Fold, fact: FactOf<"contactStarted">): void {
  const { contactId, direction, clientId, operatorId } = fact;
  const contact: OpenContact = {
    contactId,
    direction,
    clientId,
    diallerId: operatorId,
    n: 0,
    open: [],
    served: {},
    counted: [],
    lastWait: null,
    wanted: false,
    alone: true,
    ended: false,
  };
  fold.book.contacts.set(contactId, contact);
  if (operatorId === null) open(fold, contact, "flow", nobody);
  else open(fold, contact, "dial", { queueId: null, operatorId });
}

/** The stretches that make up the contact's life. False for facts that are not about them. */
function foldLife(fold: Fold, contact: OpenContact, fact: Fact): boolean {
  switch (fact.kind) {
    case "hoursTested":
      contact.wanted ||= !fact.open;
      return true;
    case "scenarioEntered":
    case "stepEntered":
      if (!isIn(contact, "flow")) goOn(fold, contact, "failed", "flow", nobody);
      return true;
    case "transferred":
      goOn(fold, contact, "failed", "ring", nobody);
      return true;
    case "enqueued":
      contact.wanted = true;
      goOn(fold, contact, "failed", "wait", { queueId: fact.queueId, operatorId: null });
      return true;
    case "queueLeft":
      leaveQueue(fold, contact, fact);
      return true;
    case "talkStarted":
      serve(fold, contact, { queueId: fact.queueId, operatorId: fact.operatorId });
      return true;
    case "outsideJoined":
      serve(fold, contact, { queueId: null, operatorId: null, key: fact.legId });
      return true;
    case "talkEnded":
      closeOf(fold, contact, ["hold", "service"], fact.operatorId, null);
      return true;
    case "legEnded":
      closeKey(fold, contact, "service", fact.legId, null);
      return true;
    case "contactEnded":
      endContact(fold, contact, fact);
      return true;
    default:
      return false;
  }
}

/** What lies inside the life, and the writing after it. */
function foldInside(fold: Fold, contact: OpenContact, fact: Fact): void {
  switch (fact.kind) {
    case "offerMade":
      return open(fold, contact, "offer", { ...who(fact), queueId: fact.queueId, key: fact.offerId });
    case "offerEnded":
      return closeKey(fold, contact, "offer", fact.offerId, fact.outcome);
    case "heldChanged":
      close(fold, contact, ["hold"], null);
      return fact.on ? open(fold, contact, "hold", ofService(contact, fact.operatorId)) : undefined;
    case "consultStarted":
      return open(fold, contact, "consult", ofService(contact, fact.operatorId));
    case "consultAnswered":
      return answerConsult(fold, contact, fact.consultedOperatorId);
    case "consultEnded":
      return endConsult(fold, contact, fact.as);
    case "recordingStarted":
      return fact.voicemail ? settle(fold, contact) : undefined;
    case "wrapUpStarted":
      // Nobody could write while the server was down.
      return open({ ...fold, at: fold.now }, contact, "wrap-up", ofService(contact, fact.operatorId));
    case "wrapUpEnded":
      return closeOf(fold, contact, ["wrap-up"], fact.operatorId, fact.reason);
    default:
      return;
  }
}

function who(fact: { readonly operatorId: string }): Whose {
  return { queueId: null, operatorId: fact.operatorId };
}

/** What an operator does in a contact counts to the queue through which it came to them. */
function ofService(contact: OpenContact, operatorId: string): Whose {
  return { queueId: contact.served[operatorId] ?? null, operatorId };
}

const waysTo = ["flow", "ring", "dial"] as const;

function isIn(contact: OpenContact, kind: SegmentKind): boolean {
  return contact.open.some(({ segment }) => segment.kind === kind);
}

/** The contact's life goes on in another way; what led here did not come to a talk. */
function goOn(fold: Fold, contact: OpenContact, outcome: SegmentOutcome, kind: SegmentKind, whose: Whose): void {
  close(fold, contact, waysTo, outcome);
  contact.alone = true;
  open(fold, contact, kind, whose);
}

function serve(fold: Fold, contact: OpenContact, whose: Whose): void {
  close(fold, contact, waysTo, "answered");
  contact.lastWait = null;
  contact.alone = false;
  open(fold, contact, "service", whose);
  if (whose.operatorId !== null) contact.served[whose.operatorId] ??= whose.queueId;
}

/** A queue that lets nobody in is left without having been entered: a wait of no length. */
function leaveQueue(fold: Fold, contact: OpenContact, fact: FactOf<"queueLeft">): void {
  if (!isIn(contact, "wait")) {
    contact.wanted = true;
    goOn(fold, contact, "failed", "wait", { queueId: fact.queueId, operatorId: null });
  }
  const [closed] = close(fold, contact, ["wait"], fact.reason);
  contact.lastWait = fact.reason === "answered" || closed === undefined ? null : closed;
}

/** Who leaves a message after a wait was not lost in it: the wait ended in a message. */
function settle(fold: Fold, contact: OpenContact): void {
  const wait = contact.lastWait;
  if (wait === null || wait.outcome === "voicemail") return;
  contact.lastWait = { ...wait, outcome: "voicemail" };
  fold.changes.push({ kind: "settled", segment: contact.lastWait, before: wait.outcome });
}

function answerConsult(fold: Fold, contact: OpenContact, consultedId: string | null): void {
  for (const each of contact.open) if (each.segment.kind === "consult") each.talking = true;
  if (consultedId !== null) open(fold, contact, "consulted", { queueId: null, operatorId: consultedId });
}

/** Handed over while it still rings, the customer now waits for whoever was asked. */
function endConsult(fold: Fold, contact: OpenContact, as: FactOf<"consultEnded">["as"]): void {
  const talking = contact.open.some((each) => each.segment.kind === "consult" && each.talking);
  close(fold, contact, ["consult", "consulted"], as);
  if (as === "transfer" && !talking) goOn(fold, contact, "failed", "ring", nobody);
}

function endContact(fold: Fold, contact: OpenContact, fact: FactOf<"contactEnded">): void {
  if (contact.ended) return;
  const served = Object.keys(contact.served).length > 0 || fact.answered;
  const missed = wasMissed(contact, fact, served);
  close(fold, contact, ["hold", "consult", "consulted", "offer", "service"], null);
  close(fold, contact, ["flow", "ring", "dial", "wait"], "failed");
  contact.ended = true;
  fold.ended.add(contact.contactId);
  fold.changes.push({ kind: "contact-closed", contactId: contact.contactId, at: fold.at, missed });
}

/**
 * A caller who wanted a person and in the end was with none, although somebody may have talked with them before. Who
 * heard a call flow to its end without having waited, and not because it was closed, got what they wanted from it; who was
 * sent to a number outside was answered there.
 */
function wasMissed(contact: OpenContact, { code }: FactOf<"contactEnded">, served: boolean): boolean {
  if (contact.direction !== "inbound") return false;
  if (code === "TRANSFERRED_OUTSIDE" || code === "NUMBER_UNKNOWN") return false;
  if (served) return contact.alone;
  return code !== "SCENARIO_ENDED" || contact.wanted;
}

/** A wrap-up that a crash cut off ends with the run before, and goes on now. */
function cutWrapUps(fold: Fold): void {
  if (fold.at === fold.now) return;
  for (const contact of fold.book.contacts.values()) {
    for (const { segment } of contact.open.filter((each) => each.segment.kind === "wrap-up")) {
      closeOf(fold, contact, ["wrap-up"], segment.operatorId, "restart");
      open({ ...fold, at: fold.now }, contact, "wrap-up", segment);
    }
  }
}

function open(fold: Fold, contact: OpenContact, kind: SegmentKind, whose: Whose): void {
  contact.n += 1;
  const { contactId, n, direction, clientId } = contact;
  const { queueId, operatorId } = whose;
  const fixed = { contactId, n, kind, medium: "voice", direction, clientId, queueId, operatorId } as const;
  const segment: Segment = { ...fixed, from: fold.at, to: null, outcome: null };
  contact.open.push({ segment, key: whose.key ?? null, talking: false });
  fold.changes.push({ kind: "opened", segment });
}

function closeOf(
  fold: Fold,
  contact: OpenContact,
  kinds: readonly SegmentKind[],
  operatorId: string | null,
  outcome: SegmentOutcome | null,
): void {
  closeWhere(fold, contact, (each) => kinds.includes(each.kind) && each.operatorId === operatorId, outcome);
}

function closeKey(
  fold: Fold,
  contact: OpenContact,
  kind: SegmentKind,
  key: string,
  outcome: SegmentOutcome | null,
): void {
  const found = contact.open.find((each) => each.segment.kind === kind && each.key === key);
  if (found !== undefined) closeWhere(fold, contact, (segment) => segment === found.segment, outcome);
}

function close(
  fold: Fold,
  contact: OpenContact,
  kinds: readonly SegmentKind[],
  outcome: SegmentOutcome | null,
): ClosedSegment[] {
  return closeWhere(fold, contact, (segment) => kinds.includes(segment.kind), outcome);
}

/** Ways that were passed within one entry are not told of: most calls go straight from their flow to a queue. */
const passing: readonly SegmentKind[] = ["flow", "ring", "dial"];

function closeWhere(
  fold: Fold,
  contact: OpenContact,
  which: (segment: Segment) => boolean,
  outcome: SegmentOutcome | null,
): ClosedSegment[] {
  const closed: ClosedSegment[] = [];
  const left: Open[] = [];
  for (const each of contact.open) {
    if (which(each.segment)) closed.push({ ...each.segment, to: Math.max(fold.at, each.segment.from), outcome });
    else left.push(each);
  }
  if (closed.length === 0) return closed;
  contact.open = left;
  fold.ended.add(contact.contactId);
  for (const segment of closed) {
    assert(segment.to >= segment.from, "a segment ends after it began");
    if (!(passing.includes(segment.kind) && isUntold(fold, segment))) report(fold, contact, segment);
  }
  return closed;
}

/** Takes back that the segment was opened, if that was in this very entry. */
function isUntold({ changes }: Fold, { contactId, n }: ClosedSegment): boolean {
  const opened = changes.findIndex(
    (change) => change.kind === "opened" && change.segment.n === n && change.segment.contactId === contactId,
  );
  if (opened >= 0) changes.splice(opened, 1);
  return opened >= 0;
}

function report(fold: Fold, contact: OpenContact, segment: ClosedSegment): void {
  const { kind, operatorId } = segment;
  const again = kind === "service" && operatorId !== null && contact.counted.includes(operatorId);
  if (kind === "service" && operatorId !== null && !again) contact.counted.push(operatorId);
  fold.changes.push({ kind: "closed", segment, again });
}
