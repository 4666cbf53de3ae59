import type { ContactEndCode, Direction, Language } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { Page, PageQuery } from "./page.ts";
import type { AddressRow } from "./people.ts";
import type { Scope } from "./scope.ts";

/** One contact as its facts tell it (projection), with the few things a person may change beside them. */
export type ContactRow = {
  readonly id: string;
  readonly direction: Direction;
  readonly clientId: string;
  readonly trunkId: string | null;
  readonly numberId: string | null;
  /** The other side: the caller's, or the number dialled. Null: withheld or internal. */
  readonly address: AddressRow | null;
  readonly calledAddressId: string | null;
  readonly customerId: string | null;
  readonly customerName: string | null;
  readonly language: Language;
  /** The queue it waited in last. */
  readonly queueId: string | null;
  /** Who talked with the customer last; of an outgoing one who dialled. */
  readonly operatorId: string | null;
  /** All who talked in it, in order. */
  readonly operatorIds: readonly string[];
  readonly startedAt: Instant;
  /** First word between customer and operator. */
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly waitMs: number;
  readonly talkMs: number;
  readonly holdMs: number;
  readonly wrapUpMs: number;
  readonly offers: number;
  readonly dispositionId: string | null;
  readonly endCode: ContactEndCode | null;
  readonly answered: boolean;
  readonly voicemail: boolean;
  readonly recorded: boolean;
  /** Incoming and ended without an answer. */
  readonly missed: boolean;
  /** When the caller was reached after this missed contact. */
  readonly reachedAt: Instant | null;
  readonly missedClosedAt: Instant | null;
  readonly missedClosedBy: string | null;
  readonly missedCloseReason: string | null;
};

export type ContactFilter = {
  readonly from?: Instant;
  readonly to?: Instant;
  readonly direction?: Direction;
  readonly clientId?: string;
  readonly numberId?: string;
  /** Digits of the other side's number: its beginning or end, at least 3. */
  readonly digits?: string;
  readonly operatorId?: string;
  readonly queueId?: string;
  readonly dispositionId?: string;
  readonly customerId?: string;
  readonly answered?: boolean;
  readonly endCode?: ContactEndCode;
  /** Beginnings of words of the customer's name, or a part of a note. */
  readonly text?: string;
};

export interface ContactRepository {
  get(scope: Scope, contactId: string): Promise<ContactRow | undefined>;
  /** Those that are there, in no order. */
  getMany(scope: Scope, contactIds: readonly string[]): Promise<readonly ContactRow[]>;
  /** Newest first. */
  list(scope: Scope, filter: ContactFilter, query?: PageQuery): Promise<Page<ContactRow>>;
  /** How many match, counted up to `max` (10,000 unless told). */
  count(scope: Scope, filter: ContactFilter, max?: number): Promise<number>;
  /** Of one customer (by link or by any of their numbers), newest first. */
  historyOfCustomer(scope: Scope, customerId: string, query?: PageQuery): Promise<Page<ContactRow>>;
  /** Of one address, newest first. */
  historyOfAddress(scope: Scope, addressId: string, query?: PageQuery): Promise<Page<ContactRow>>;
}

/** A message that a missed caller left and that can still be heard. */
export type LeftMessage = {
  readonly recordingId: string;
  readonly contactId: string;
  /** The queue of the contact in which it was left. */
  readonly queueId: string | null;
  readonly startedAt: Instant;
  readonly durationMs: number;
};
/** A caller who was missed and not reached since. */
export type MissedCaller = {
  /** The newest missed contact. */
  readonly contact: ContactRow;
  readonly address: AddressRow | null;
  readonly calls: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly voicemail: boolean;
  /** The last five, oldest first; fewer than were left when some are too old to be kept. */
  readonly messages: readonly LeftMessage[];
};
export type MissedFilter = {
  readonly queueId?: string | undefined;
  readonly clientId?: string | undefined;
  /** Only callers who were missed in one of these queues, or in none of one of these clients; absent or null: all. */
  readonly own?: { readonly queueIds: readonly string[]; readonly clientIds: readonly string[] } | null;
};
/** How many callers were missed in just these queues, and in none of just these clients; the shares together are all callers. */
export type MissedShare = {
  readonly queueIds: readonly string[];
  readonly clientIds: readonly string[];
  readonly callers: number;
};
export interface MissedRepository {
  /** The longest waiting first. Withheld numbers stand alone, and only when they left a voicemail. */
  list(scope: Scope, query?: PageQuery & MissedFilter): Promise<Page<MissedCaller>>;
  /** All callers by the queues in which they were missed: from it everybody's own number is added up. */
  shares(scope: Scope): Promise<readonly MissedShare[]>;
  /** Works off this contact and the same caller's earlier ones. Returns how many rows were closed. */
  close(scope: Scope, contactId: string, byUserId: string, reason: string): Promise<number>;
  /** Works off many as `close` does, at one time; gives those of the ids that it took off, or that went with another's. */
  closeMany(scope: Scope, contactIds: readonly string[], byUserId: string, reason: string): Promise<readonly string[]>;
  /** Takes back many as `reopen` does; gives those of the ids that stand open again. */
  reopenMany(scope: Scope, contactIds: readonly string[]): Promise<readonly string[]>;
  /** Takes back a close: the rows closed together with this contact stand open again. Returns how many those are. */
  reopen(scope: Scope, contactId: string): Promise<number>;
}

export type RecordingRow = {
  readonly id: string;
  readonly contactId: string;
  readonly voicemail: boolean;
  readonly startedAt: Instant;
  readonly state: "running" | "closed" | "failed" | "deleted";
  readonly durationMs: number | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly failCode: string | null;
  /** Path below the recordings folder, where the server noted one with setPath. */
  readonly path: string | null;
  readonly deletedAt: Instant | null;
};
export interface RecordingRepository {
  get(scope: Scope, recordingId: string): Promise<RecordingRow | undefined>;
  ofContact(scope: Scope, contactId: string): Promise<readonly RecordingRow[]>;
  setPath(scope: Scope, recordingId: string, path: string): Promise<void>;
  /** Closed or failed ones that started, or were taken out of the trash, before `before`; oldest first. */
  listDue(scope: Scope, before: Instant, limit?: number): Promise<readonly RecordingRow[]>;
  /** How many `listDue` would give without a limit. */
  countDue(scope: Scope, before: Instant): Promise<number>;
  /** How many recordings a day of the last seven that had any brought. */
  perDay(scope: Scope): Promise<number>;
  /** Still running by the facts: to be closed after a crash. */
  listRunning(scope: Scope): Promise<readonly RecordingRow[]>;
  /** Into the trash: not to be heard any more, but still to be restored. */
  markDeleted(scope: Scope, recordingIds: readonly string[]): Promise<void>;
  /** What lies in the trash, the latest first; with `before` only what came there earlier, the oldest first. */
  listTrash(scope: Scope, before?: Instant, limit?: number): Promise<readonly RecordingRow[]>;
  /** Out of the trash, for another whole retention; false when it is not there. */
  restore(scope: Scope, recordingId: string): Promise<boolean>;
  /** Gone for good. */
  markPurged(scope: Scope, recordingIds: readonly string[]): Promise<void>;
}

/** One note per contact and operator; writing again replaces it. Empty text removes it. */
export type ContactNote = {
  readonly contactId: string;
  readonly operatorId: string;
  readonly text: string;
  readonly updatedAt: Instant;
};
export interface NoteRepository {
  put(scope: Scope, contactId: string, operatorId: string, text: string): Promise<void>;
  ofContact(scope: Scope, contactId: string): Promise<readonly ContactNote[]>;
  ofContacts(scope: Scope, contactIds: readonly string[]): Promise<readonly ContactNote[]>;
}
