import type { Fact, JournalEntry } from "@centrala/contract";
import { foldSegments, type SegmentBook, type SegmentChange } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import { type ContactProjection, foldContact, foldSegment, isContactFact } from "./contact.ts";
import { noReport, type ReportChanges, reportChanges } from "./report.ts";

/** What a recording's facts of one batch say; `state` grows from running to closed or failed. */
export type RecordingPatch = {
  readonly id: string;
  readonly contact_id: string;
  readonly started_at: Instant;
  readonly voicemail: boolean;
  readonly state: "running" | "closed" | "failed";
  readonly duration_ms: number | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly fail_code: string | null;
};
/** Somebody at this address was spoken to at this time, so what they missed before is settled. */
export type Reached = { readonly address_id: string; readonly client_id: string; readonly at: Instant };

export type BatchChanges = {
  /** Contacts that begin in the batch. */
  readonly started: ReadonlySet<string>;
  readonly contacts: ReadonlyMap<string, ContactProjection>;
  readonly recordings: ReadonlyMap<string, RecordingPatch>;
  readonly reached: readonly Reached[];
  readonly report: ReportChanges;
};

/** An entry, and what it changes in the book of segments. */
export type Counted = { readonly entry: JournalEntry; readonly changes: readonly SegmentChange[] };

/** Which contacts an entry concerns: found by contact in the ladder and the contact's timeline. */
export function contactsOf(entry: JournalEntry): readonly string[] {
  const ids = new Set<string>();
  for (const part of [entry.input, ...entry.facts]) {
    if ("contactId" in part && typeof part.contactId === "string") ids.add(part.contactId);
  }
  return [...ids];
}

/** Folds the entries into the book, which changes. */
export function count(book: SegmentBook, entries: readonly JournalEntry[]): readonly Counted[] {
  return entries.map((entry) => ({ entry, changes: foldSegments(book, entry) }));
}

/** Contacts whose present row must be known before the entries can be folded. */
export function contactsNeeded(counted: readonly Counted[]): readonly string[] {
  const needed = new Set<string>();
  const started = new Set<string>();
  const need = (id: string | undefined): void => {
    if (id !== undefined && !started.has(id)) needed.add(id);
  };
  for (const { entry, changes } of counted) {
    for (const fact of entry.facts) {
      if (!isContactFact(fact)) continue;
      if (fact.kind === "contactStarted") started.add(fact.contactId);
      else need(fact.contactId);
    }
    for (const change of changes) need(contactOf(change));
  }
  return [...needed];
}

function contactOf(change: SegmentChange): string | undefined {
  if ("segment" in change) return change.segment.contactId;
  return change.kind === "contact-closed" ? change.contactId : undefined;
}

/** Folds the entries over the contacts known so far. Pure. */
export function foldBatch(known: ReadonlyMap<string, ContactProjection>, counted: readonly Counted[]): BatchChanges {
  const contacts = new Map<string, ContactProjection>();
  const recordings = new Map<string, RecordingPatch>();
  const reached: Reached[] = [];
  const started = new Set<string>();
  const change = (
    id: string,
    seq: number,
    to: (before: ContactProjection | undefined) => ContactProjection | undefined,
  ): void => {
    const before = contacts.get(id) ?? known.get(id);
    const after = to(before);
    if (after === undefined || after === before) return;
    contacts.set(id, { ...after, folded: seq });
    noteReached(reached, before, after);
  };
  for (const { entry, changes } of counted) {
    const { seq, at } = entry;
    for (const fact of entry.facts) {
      if (!isContactFact(fact)) continue;
      if (fact.kind === "contactStarted") started.add(fact.contactId);
      change(fact.contactId, seq, (before) => foldContact(before, at, fact));
      foldRecording(recordings, at, fact);
    }
    for (const each of changes) {
      const id = contactOf(each);
      if (id !== undefined) change(id, seq, (before) => (before === undefined ? undefined : foldSegment(before, each)));
    }
  }
  return { started, contacts, recordings, reached, report: reportChanges(counted.flatMap(({ changes }) => changes)) };
}

function noteReached(reached: Reached[], before: ContactProjection | undefined, after: ContactProjection): void {
  const newly = after.answered && before?.answered !== true && after.direction !== "internal";
  if (newly && after.address_id !== null) {
    reached.push({
      address_id: after.address_id,
      client_id: after.client_id,
      at: after.answered_at ?? after.started_at,
    });
  }
}

function foldRecording(recordings: Map<string, RecordingPatch>, at: Instant, fact: Fact): void {
  switch (fact.kind) {
    case "recordingStarted":
      recordings.set(fact.recordingId, { ...blank(fact, at), voicemail: fact.voicemail });
      return;
    case "recordingClosed": {
      const before = recordings.get(fact.recordingId) ?? blank(fact, at);
      const { durationMs: duration_ms, bytes, sha256 } = fact;
      recordings.set(fact.recordingId, { ...before, state: "closed", duration_ms, bytes, sha256 });
      return;
    }
    case "recordingFailed": {
      const before = recordings.get(fact.recordingId) ?? blank(fact, at);
      recordings.set(fact.recordingId, { ...before, state: "failed", fail_code: fact.code });
      return;
    }
    default:
      return;
  }
}

function blank(fact: { readonly recordingId: string; readonly contactId: string }, at: Instant): RecordingPatch {
  return {
    id: fact.recordingId,
    contact_id: fact.contactId,
    started_at: at,
    voicemail: false,
    state: "running",
    duration_ms: null,
    bytes: null,
    sha256: null,
    fail_code: null,
  };
}

export const noChanges: BatchChanges = {
  started: new Set(),
  contacts: new Map(),
  recordings: new Map(),
  reached: [],
  report: noReport,
};
