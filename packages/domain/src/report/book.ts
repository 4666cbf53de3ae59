import type { Fact, JournalEntry } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { JsonValue } from "../snapshot.ts";
import { type Fold, foldContactFact } from "./contact-segments.ts";
import type { OpenContact, OpenOperator, SegmentBook } from "./open.ts";
import { closeShifts, foldOperatorFact, openShifts } from "./operator-spans.ts";
import type { SegmentChange } from "./segment.ts";

export function emptyBook(): SegmentBook {
  return { contacts: new Map(), operators: new Map(), lastAt: 0 };
}

/**
 * Opens and closes segments and spans by the facts of one entry, and says what changed. The one place that knows how long
 * anything took: facts and the entry's time are all it looks at. It changes the given book.
 */
export function foldSegments(book: SegmentBook, entry: Pick<JournalEntry, "at" | "facts">): SegmentChange[] {
  const changes: SegmentChange[] = [];
  const lived = livedUntil(book, entry);
  if (lived !== null) closeShifts(book, lived, changes);
  const fold: Fold = { book, at: lived ?? entry.at, now: entry.at, changes, ended: new Set() };
  const touched = new Set<string>();
  for (const fact of entry.facts) {
    // Operators first: whose a contact was is not known any more when its own fold has closed it.
    foldOperatorFact(book, fact, touched);
    foldContactFact(fold, fact);
  }
  for (const contactId of fold.ended) forgetClosed(book, contactId);
  openShifts(book, lived === null ? touched : [...book.operators.keys()], entry.at, changes);
  book.lastAt = entry.at;
  return changes;
}

/** An entry as one contact's history sees it. */
export function ofContact(
  { at, facts }: Pick<JournalEntry, "at" | "facts">,
  contactId: string,
): Pick<JournalEntry, "at" | "facts"> {
  const own = (fact: Fact) => fact.kind === "recovered" || ("contactId" in fact && fact.contactId === contactId);
  return { at, facts: facts.filter(own) };
}

/** What a crash cut off ended when the run before is known to have lived last; null when nothing was cut off. */
function livedUntil({ lastAt }: SegmentBook, { at, facts }: Pick<JournalEntry, "at" | "facts">): Instant | null {
  const recovered = facts.find((fact): fact is Extract<Fact, { kind: "recovered" }> => fact.kind === "recovered");
  if (recovered === undefined) return null;
  const lived = Math.min(at, Math.max(lastAt, recovered.aliveUntil ?? lastAt));
  return lived < at ? lived : null;
}

/** A contact that ended is forgotten as soon as nobody writes about it. */
function forgetClosed(book: SegmentBook, contactId: string): void {
  const contact = book.contacts.get(contactId);
  if (contact?.ended === true && contact.open.length === 0) book.contacts.delete(contactId);
}

/** Raised whenever the shape of a saved book changes: an older one is left aside and the journal folded from its start. */
export const bookVersion = 1;

type SavedBook = {
  readonly version: number;
  readonly contacts: readonly OpenContact[];
  readonly operators: readonly OpenOperator[];
  readonly lastAt: Instant;
};

/** The book as JSON: what is kept beside a position of the journal, so that a start folds from there on. A copy. */
export function saveBook({ contacts, operators, lastAt }: SegmentBook): JsonValue {
  const saved: SavedBook = {
    version: bookVersion,
    contacts: [...contacts.values()],
    operators: [...operators.values()],
    lastAt,
  };
  return JSON.parse(JSON.stringify(saved)) as JsonValue;
}

/** The book of what was saved; undefined when it is of another version. */
export function loadBook(json: JsonValue): SegmentBook | undefined {
  const saved = JSON.parse(JSON.stringify(json)) as SavedBook | null;
  if (saved === null || typeof saved !== "object" || saved.version !== bookVersion) return undefined;
  return {
    contacts: new Map(saved.contacts.map((contact) => [contact.contactId, contact])),
    operators: new Map(saved.operators.map((operator) => [operator.operatorId, operator])),
    lastAt: saved.lastAt,
  };
}
