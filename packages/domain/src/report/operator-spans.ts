import type { Fact } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { OpenOperator, SegmentBook } from "./open.ts";
import type { OperatorSpan, SegmentChange } from "./segment.ts";

type Work = OpenOperator["work"];

/** What one fact does to operators; who was touched stands in `touched` afterwards. Read before the contact's own fold. */
export function foldOperatorFact(book: SegmentBook, fact: Fact, touched: Set<string>): void {
  switch (fact.kind) {
    case "configured":
      return keepOnly(book, new Set(fact.config.operators.map((operator) => operator.id)), touched);
    case "configChanged":
      return retire(book, fact.change.lists.operators?.gone ?? [], touched);
    case "operatorChanged": {
      const operator = operatorOf(book, fact.operatorId, touched);
      operator.duty = fact.state;
      operator.reasonId = fact.state === "break" ? fact.reasonId : null;
      return;
    }
    case "contactStarted":
      if (fact.operatorId !== null) occupy(book, fact.operatorId, touched, "talking", fact.contactId);
      return;
    case "offerMade":
      return occupy(book, fact.operatorId, touched, "offered", fact.contactId);
    case "offerEnded":
      return release(book, fact.operatorId, touched, "offered", fact.contactId);
    case "talkStarted":
      return occupy(book, fact.operatorId, touched, "talking", fact.contactId);
    case "talkEnded":
      return release(book, fact.operatorId, touched, "talking", fact.contactId);
    case "consultAnswered":
      if (fact.consultedOperatorId !== null) occupy(book, fact.consultedOperatorId, touched, "talking", fact.contactId);
      return;
    case "consultEnded":
      return releaseIn(book, fact.contactId, touched, "consulted");
    case "contactEnded":
      return releaseIn(book, fact.contactId, touched, "dial");
    case "wrapUpStarted":
      return occupy(book, fact.operatorId, touched, "wrap-up", fact.contactId);
    case "wrapUpEnded":
      return release(book, fact.operatorId, touched, "wrap-up", fact.contactId);
    default:
      return;
  }
}

function operatorOf(book: SegmentBook, operatorId: string, touched: Set<string>): OpenOperator {
  touched.add(operatorId);
  const known = book.operators.get(operatorId);
  if (known !== undefined) return known;
  const operator: OpenOperator = { operatorId, duty: "offline", reasonId: null, work: null, span: null };
  book.operators.set(operatorId, operator);
  return operator;
}

function occupy(
  book: SegmentBook,
  operatorId: string,
  touched: Set<string>,
  state: NonNullable<Work>["state"],
  contactId: string,
): void {
  operatorOf(book, operatorId, touched).work = { state, contactId };
}

function release(
  book: SegmentBook,
  operatorId: string,
  touched: Set<string>,
  state: NonNullable<Work>["state"],
  contactId: string,
): void {
  const operator = operatorOf(book, operatorId, touched);
  if (operator.work?.state === state && operator.work.contactId === contactId) operator.work = null;
}

/** The end of a consultation or of a contact frees operators without naming them. */
function releaseIn(book: SegmentBook, contactId: string, touched: Set<string>, kind: "consulted" | "dial"): void {
  for (const { segment } of book.contacts.get(contactId)?.open ?? []) {
    if (segment.kind !== kind || segment.operatorId === null) continue;
    release(book, segment.operatorId, touched, "talking", contactId);
  }
}

/** Whoever is no operator any more is forgotten, but not in the middle of something. */
function keepOnly(book: SegmentBook, operatorIds: ReadonlySet<string>, touched: Set<string>): void {
  retire(
    book,
    [...book.operators.keys()].filter((operatorId) => !operatorIds.has(operatorId)),
    touched,
  );
}

function retire(book: SegmentBook, operatorIds: readonly string[], touched: Set<string>): void {
  for (const operatorId of operatorIds) {
    const operator = book.operators.get(operatorId);
    if (operator === undefined || operator.work !== null) continue;
    operator.duty = "offline";
    touched.add(operatorId);
  }
}

/** While the server was down nobody was on a shift. */
export function closeShifts(book: SegmentBook, at: Instant, changes: SegmentChange[]): void {
  for (const operator of book.operators.values()) closeSpan(operator, at, changes);
}

/** After an entry: whose state is another than before begins a new span. Whoever is off duty and free is forgotten. */
export function openShifts(
  book: SegmentBook,
  operatorIds: Iterable<string>,
  at: Instant,
  changes: SegmentChange[],
): void {
  for (const operatorId of operatorIds) {
    const operator = book.operators.get(operatorId);
    if (operator === undefined) continue;
    const now = spanOf(operator, at);
    if (now === null || operator.span === null || !isSame(now, operator.span)) {
      closeSpan(operator, at, changes);
      operator.span = now;
      if (now !== null) changes.push({ kind: "span-opened", span: now });
    }
    if (now === null) book.operators.delete(operatorId);
  }
}

function closeSpan(operator: OpenOperator, at: Instant, changes: SegmentChange[]): void {
  const { span } = operator;
  operator.span = null;
  if (span !== null) changes.push({ kind: "span-closed", span: { ...span, to: Math.max(at, span.from) } });
}

function spanOf({ operatorId, duty, reasonId, work }: OpenOperator, from: Instant): OperatorSpan | null {
  const state = work?.state ?? (duty === "offline" ? null : duty);
  if (state === null) return null;
  const load = work === null ? 0 : 100;
  return { operatorId, from, to: null, state, duty, reasonId, contactId: work?.contactId ?? null, load };
}

function isSame(left: OperatorSpan, right: OperatorSpan): boolean {
  const { state, duty, reasonId, contactId } = left;
  return state === right.state && duty === right.duty && reasonId === right.reasonId && contactId === right.contactId;
}
