import type { Fact, JournalEntry } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { type ContactProjection, foldContact, isContactFact } from "./contact.ts";

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
  readonly contacts: ReadonlyMap<string, ContactProjection>;
  readonly recordings: ReadonlyMap<string, RecordingPatch>;
  readonly reached: readonly Reached[];
};

/** Which contacts an entry concerns: found by contact in the ladder and the contact's timeline. */
export function contactsOf(entry: JournalEntry): readonly string[] {
  const ids = new Set<string>();
  for (const part of [entry.input, ...entry.facts]) {
    if ("contactId" in part && typeof part.contactId === "string") ids.add(part.contactId);
  }
  return [...ids];
}

/** Contacts whose present row must be known before the entries can be folded. */
export function contactsNeeded(entries: readonly JournalEntry[]): readonly string[] {
  const needed = new Set<string>();
  const started = new Set<string>();
  for (const entry of entries) {
    for (const fact of entry.facts) {
      if (!isContactFact(fact)) continue;
      if (fact.kind === "contactStarted") started.add(fact.contactId);
      else if (!started.has(fact.contactId)) needed.add(fact.contactId);
    }
  }
  return [...needed];
}

/** Folds the entries' facts over the contacts known so far. Pure. */
export function foldBatch(
  known: ReadonlyMap<string, ContactProjection>,
  entries: readonly JournalEntry[],
): BatchChanges {
  const contacts = new Map<string, ContactProjection>();
  const recordings = new Map<string, RecordingPatch>();
  const reached: Reached[] = [];
  for (const entry of entries) {
    for (const fact of entry.facts) {
      if (!isContactFact(fact)) continue;
      const before = contacts.get(fact.contactId) ?? known.get(fact.contactId);
      const after = foldContact(before, entry.at, fact);
      if (after !== undefined && after !== before) contacts.set(fact.contactId, { ...after, folded: entry.seq });
      if (after !== undefined) noteReached(reached, before, after);
      foldRecording(recordings, entry.at, fact);
    }
  }
  return { contacts, recordings, reached };
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
