import type {
  Centre,
  CentreConfig,
  ContactEndCode,
  Direction,
  Entity,
  EntityKind,
  JournalEntry,
  Language,
  Role,
} from "@centrala/contract";
import type { Instant, Result } from "@centrala/kit";

/**
 * Everything durable, behind one port. All functions reject with `StoreError` (a code) when the database is away or broken;
 * what a person can do wrong comes back as a Result. Times are `Instant`s (ms since 1970). Every list is bounded by
 * `listLimitMax` and continued by an opaque cursor; a cursor that is not ours reads as the first page.
 */
export interface Store {
  readonly journal: JournalStore;
  readonly centres: CentreRepository;
  readonly entities: EntityRepository;
  readonly secrets: SecretRepository;
  readonly credentials: CredentialRepository;
  readonly sessions: SessionRepository;
  readonly invitations: InvitationRepository;
  readonly tokens: TokenRepository;
  readonly addresses: AddressRepository;
  readonly customers: CustomerRepository;
  readonly contacts: ContactRepository;
  readonly missed: MissedRepository;
  readonly recordings: RecordingRepository;
  readonly notes: NoteRepository;
  readonly audit: AuditRepository;
  readonly dialogs: DialogRepository;
  readonly bindings: BindingRepository;
  readonly traces: TraceRepository;
  readonly settings: SettingRepository;
  readonly archive: Archive;
  /** One cheap round trip; rejects when the database is away. For /readyz. */
  ping(): Promise<void>;
  /** Waits for running statements and closes all connections. Idempotent. */
  close(): Promise<void>;
}

export const listLimitMax = 200;

export type PageQuery = { readonly limit?: number; readonly cursor?: string | null };
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };

// ---- journal -------------------------------------------------------------------------------------------------------

export interface JournalStore {
  /**
   * Commits the entries and their projections in one transaction. `entries` have consecutive seqs. After an unknown outcome
   * append the very same entries again: those already stored are compared and skipped.
   * Rejects with FENCED when `epoch` is not the lease's, SEQ_CONFLICT when another entry stands at a seq (both: stop this core).
   * At most `appendEntriesMax` entries at once.
   */
  append(centreId: string, epoch: number, entries: readonly JournalEntry[]): Promise<void>;
  /** Entries with seq >= `seq` in order, read in portions; ends at the journal's end as it was met. */
  readFrom(centreId: string, seq: number): AsyncIterable<JournalEntry>;
  /** The newest `limit` (1000 unless told) entries that concern a contact, in order. */
  readContact(centreId: string, contactId: string, limit?: number): Promise<readonly JournalEntry[]>;
  /** The last seq, 0 for an empty journal. */
  lastSeq(centreId: string): Promise<number>;
  /** The newest snapshot of that state version. */
  loadSnapshot(centreId: string, stateVersion: number): Promise<{ seq: number; state: unknown } | undefined>;
  /** Keeps the last three snapshots. */
  saveSnapshot(centreId: string, stateVersion: number, seq: number, state: unknown): Promise<void>;
  /**
   * Takes the centre's lease: epoch + 1. LEASE_HELD when another owner's has not run out by the database's clock, unless
   * `force` (the embedded database: its folder lock already proves that no other server lives).
   */
  acquireLease(
    centreId: string,
    owner: string,
    ttlMs: number,
    force?: boolean,
  ): Promise<Result<{ readonly epoch: number }, "LEASE_HELD">>;
  /** Prolongs the lease; false when it is no longer ours. */
  renewLease(centreId: string, epoch: number, ttlMs: number): Promise<boolean>;
  releaseLease(centreId: string, epoch: number): Promise<void>;
  /** Folds the whole journal again into contact and recording rows. Returns the number of entries. */
  rebuildProjections(centreId: string): Promise<number>;
}
export const appendEntriesMax = 1_000;

// ---- centre and configuration ---------------------------------------------------------------------------------------

export type CentreRow = { readonly id: string; readonly slug: string; readonly createdAt: Instant };

export interface CentreRepository {
  /** `slug` names the centre among its installation's (keySchema). */
  create(slug: string, centre: Centre): Promise<Result<CentreRow, "SLUG_TAKEN">>;
  list(): Promise<readonly CentreRow[]>;
  get(centreId: string): Promise<{ readonly centre: Centre; readonly version: number } | undefined>;
  put(centreId: string, centre: Centre, expectedVersion?: number): Promise<Result<Changed, ChangeCode>>;
  /** Centres that have a user of this login (lower case). */
  findByLogin(login: string): Promise<readonly string[]>;
  /** Maps a host name of the web app to a centre. */
  setHost(host: string, centreId: string | null): Promise<void>;
  findByHost(host: string): Promise<string | undefined>;
}

export type Stored<T> = { readonly value: T; readonly version: number; readonly updatedAt: Instant };
export type Changed = {
  /** Of the entity. */ readonly version: number;
  /** Of the whole configuration. */ readonly configVersion: number;
};
export type ChangeCode = "VERSION_CONFLICT" | "LOGIN_TAKEN" | "EXTENSION_TAKEN" | "USERNAME_TAKEN" | "NUMBER_TAKEN";
export type EntityChange =
  | { [K in EntityKind]: { readonly put: K; readonly value: Entity<K>; readonly expectedVersion?: number } }[EntityKind]
  | { readonly delete: EntityKind; readonly id: string };

/**
 * Entities by kind and key. Passwords in `trunk.registration.password` and `device.password` are split off on writing, kept
 * encrypted, and always read as null; writing null keeps what is stored. See {@link SecretRepository}.
 */
export interface EntityRepository {
  list<K extends EntityKind>(centreId: string, kind: K): Promise<readonly Stored<Entity<K>>[]>;
  get<K extends EntityKind>(centreId: string, kind: K, id: string): Promise<Stored<Entity<K>> | undefined>;
  /** Creates or replaces. With `expectedVersion` (0: must not exist yet) refuses when someone else was faster. */
  put<K extends EntityKind>(
    centreId: string,
    kind: K,
    value: Entity<K>,
    expectedVersion?: number,
  ): Promise<Result<Changed, ChangeCode>>;
  /** False when there was none. */
  delete(centreId: string, kind: EntityKind, id: string): Promise<boolean>;
  /** All or none, one configuration version. `centre` replaces the centre's settings in the same transaction. */
  apply(
    centreId: string,
    changes: readonly EntityChange[],
    centre?: Centre,
  ): Promise<Result<{ readonly configVersion: number }, ChangeCode>>;
  /** The whole configuration in one snapshot, secrets null. */
  loadConfig(centreId: string): Promise<CentreConfig>;
  configVersion(centreId: string): Promise<number>;
}

export type SecretKind = "trunk" | "device";
export interface SecretRepository {
  /** The password of a trunk's registration or a device, decrypted. */
  get(centreId: string, kind: SecretKind, id: string): Promise<string | undefined>;
  list(centreId: string, kind: SecretKind): Promise<ReadonlyMap<string, string>>;
  clear(centreId: string, kind: SecretKind, id: string): Promise<void>;
}

// ---- people's access -------------------------------------------------------------------------------------------------

export interface CredentialRepository {
  /** Hashes (argon2id) and stores; resets failed attempts. */
  setPassword(centreId: string, userId: string, password: string): Promise<void>;
  hasPassword(centreId: string, userId: string): Promise<boolean>;
  /**
   * Checks in equal time whether or not the user exists. After `failedAttemptsMax` wrong ones in a row: LOCKED until `until`
   * (one minute, doubling to an hour); a locked account is not checked at all.
   */
  verify(
    centreId: string,
    userId: string | undefined,
    password: string,
  ): Promise<
    { readonly ok: true } | { readonly ok: false; readonly code: "WRONG" | "LOCKED"; readonly until: Instant | null }
  >;
  remove(centreId: string, userId: string): Promise<void>;
}
export const failedAttemptsMax = 5;

export type SessionRow = {
  /** Names the session in lists; not the token. */
  readonly id: string;
  readonly centreId: string;
  readonly userId: string;
  readonly createdAt: Instant;
  readonly seenAt: Instant;
  readonly expiresAt: Instant;
  readonly ip: string;
  readonly agent: string;
};
export interface SessionRepository {
  /** The token (32 random bytes, base64url) is given once; only its SHA-256 is stored. */
  create(
    centreId: string,
    userId: string,
    options: { readonly ttlMs: number; readonly ip?: string; readonly agent?: string },
  ): Promise<{ readonly token: string; readonly session: SessionRow }>;
  /** Undefined when unknown, revoked or expired. Marks it seen at most once a minute; `prolongMs` then moves the expiry. */
  find(token: string, prolongMs?: number): Promise<SessionRow | undefined>;
  revoke(centreId: string, sessionId: string): Promise<void>;
  /** All of a user's sessions, except one. */
  revokeAll(centreId: string, userId: string, exceptId?: string): Promise<number>;
  list(centreId: string, userId: string): Promise<readonly SessionRow[]>;
  deleteExpired(): Promise<number>;
}

export type InvitationRow = {
  readonly id: string;
  readonly centreId: string;
  /** The user who shall choose a password; null: the set-up link that makes the first manager. */
  readonly userId: string | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly usedAt: Instant | null;
};
export interface InvitationRepository {
  create(
    centreId: string,
    userId: string | null,
    ttlMs: number,
  ): Promise<{ readonly token: string; readonly invitation: InvitationRow }>;
  /** Undefined when unknown, used, revoked or expired. */
  find(token: string): Promise<InvitationRow | undefined>;
  /** Uses it up; of two at once one gets it. */
  redeem(token: string): Promise<InvitationRow | undefined>;
  list(centreId: string, query?: PageQuery): Promise<Page<InvitationRow>>;
  revoke(centreId: string, id: string): Promise<void>;
}

export type TokenRow = {
  readonly id: string;
  readonly centreId: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly createdBy: string | null;
  readonly createdAt: Instant;
  readonly seenAt: Instant | null;
  readonly expiresAt: Instant | null;
};
/** Machine tokens: "ct_" and 32 random bytes in base64url. */
export interface TokenRepository {
  create(
    centreId: string,
    token: {
      readonly name: string;
      readonly roles: readonly Role[];
      readonly createdBy: string | null;
      readonly ttlMs: number | null;
    },
  ): Promise<{ readonly token: string; readonly row: TokenRow }>;
  find(token: string): Promise<TokenRow | undefined>;
  list(centreId: string): Promise<readonly TokenRow[]>;
  revoke(centreId: string, id: string): Promise<boolean>;
}

// ---- addresses and customers -----------------------------------------------------------------------------------------

/** A phone number as it came, as it is shown, and normalised where that is possible. */
export type AddressInput = { readonly raw: string; readonly display: string; readonly e164: string | null };
export type AddressRow = AddressInput & { readonly id: string };

export interface AddressRepository {
  /** The same E.164 (else the same raw text) always gives the same id. */
  findOrCreate(centreId: string, address: AddressInput): Promise<string>;
  findOrCreateMany(centreId: string, addresses: readonly AddressInput[]): Promise<readonly string[]>;
  get(centreId: string, id: string): Promise<AddressRow | undefined>;
  getMany(centreId: string, ids: readonly string[]): Promise<ReadonlyMap<string, AddressRow>>;
  /** Forgets the number itself; contacts keep the empty address. */
  erase(centreId: string, id: string): Promise<void>;
}

export type CustomerHandle = {
  readonly kind: "phone" | "email" /** E.164 where possible, e-mail in lower case. */;
  readonly value: string;
  readonly label: string;
};
export type CustomerInput = {
  readonly clientId: string | null;
  readonly name: string;
  readonly company: string;
  readonly language: Language | null;
  readonly handles: readonly CustomerHandle[];
  /** Free fields of the centre's choosing, at most 50. */
  readonly fields: Readonly<Record<string, string>>;
};
export type CustomerRow = CustomerInput & {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
export type CustomerNote = {
  readonly id: string;
  readonly at: Instant;
  readonly userId: string | null;
  readonly text: string;
};

export interface CustomerRepository {
  create(centreId: string, customer: CustomerInput): Promise<CustomerRow>;
  update(
    centreId: string,
    id: string,
    customer: CustomerInput,
    expectedVersion?: number,
  ): Promise<Result<CustomerRow, "CUSTOMER_UNKNOWN" | "VERSION_CONFLICT">>;
  get(centreId: string, id: string): Promise<CustomerRow | undefined>;
  getMany(centreId: string, ids: readonly string[]): Promise<ReadonlyMap<string, CustomerRow>>;
  delete(centreId: string, id: string): Promise<boolean>;
  /** Those with this E.164 number; the client's own first, then the most recently changed. At most 20. */
  findByPhone(centreId: string, e164: string, clientId?: string | null): Promise<readonly CustomerRow[]>;
  /** Beginnings of words of name, company and e-mail (all must be there), or 3 and more digits from either end of a number. Empty text: all, by name. */
  search(
    centreId: string,
    text: string,
    query?: PageQuery & { readonly clientId?: string },
  ): Promise<Page<CustomerRow>>;
  /** Creates or updates by first phone within the client; at most `importRowsMax` rows at once. Empty new values keep the old. */
  importMany(
    centreId: string,
    customers: readonly CustomerInput[],
  ): Promise<{ readonly created: number; readonly updated: number; readonly unchanged: number }>;
  /** All, in order of id, for export. */
  listAll(centreId: string, query?: PageQuery): Promise<Page<CustomerRow>>;
  addNote(centreId: string, customerId: string, userId: string | null, text: string): Promise<CustomerNote>;
  listNotes(centreId: string, customerId: string, query?: PageQuery): Promise<Page<CustomerNote>>;
}
export const importRowsMax = 5_000;

// ---- contacts --------------------------------------------------------------------------------------------------------

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
  get(centreId: string, contactId: string): Promise<ContactRow | undefined>;
  /** Newest first. */
  list(centreId: string, filter: ContactFilter, query?: PageQuery): Promise<Page<ContactRow>>;
  /** How many match, counted up to `max` (10,000 unless told). */
  count(centreId: string, filter: ContactFilter, max?: number): Promise<number>;
  /** Of one customer (by link or by any of their numbers), newest first. */
  historyOfCustomer(centreId: string, customerId: string, query?: PageQuery): Promise<Page<ContactRow>>;
  /** Of one address, newest first. */
  historyOfAddress(centreId: string, addressId: string, query?: PageQuery): Promise<Page<ContactRow>>;
  /** Contacts not ended yet, by their last facts. At most 10,000. */
  listOpen(centreId: string): Promise<readonly ContactRow[]>;
}

/** A caller who was missed and not reached since. */
export type MissedCaller = {
  /** The newest missed contact. */
  readonly contact: ContactRow;
  readonly address: AddressRow | null;
  readonly calls: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly voicemail: boolean;
};
export interface MissedRepository {
  /** The longest waiting first. Withheld numbers stand alone, and only when they left a voicemail. */
  list(
    centreId: string,
    query?: PageQuery & { readonly queueId?: string; readonly clientId?: string },
  ): Promise<Page<MissedCaller>>;
  count(centreId: string): Promise<number>;
  /** Works off this contact and the same caller's earlier ones. Returns how many rows were closed. */
  close(centreId: string, contactId: string, byUserId: string, reason: string): Promise<number>;
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
  get(centreId: string, recordingId: string): Promise<RecordingRow | undefined>;
  ofContact(centreId: string, contactId: string): Promise<readonly RecordingRow[]>;
  setPath(centreId: string, recordingId: string, path: string): Promise<void>;
  /** Closed or failed ones that started before `before`, oldest first. */
  listDue(centreId: string, before: Instant, limit?: number): Promise<readonly RecordingRow[]>;
  /** Still running by the facts: to be closed after a crash. */
  listRunning(centreId: string): Promise<readonly RecordingRow[]>;
  markDeleted(centreId: string, recordingIds: readonly string[]): Promise<void>;
}

/** One note per contact and operator; writing again replaces it. Empty text removes it. */
export type ContactNote = {
  readonly contactId: string;
  readonly operatorId: string;
  readonly text: string;
  readonly updatedAt: Instant;
};
export interface NoteRepository {
  put(centreId: string, contactId: string, operatorId: string, text: string): Promise<void>;
  ofContact(centreId: string, contactId: string): Promise<readonly ContactNote[]>;
  ofContacts(centreId: string, contactIds: readonly string[]): Promise<readonly ContactNote[]>;
}

// ---- the rest --------------------------------------------------------------------------------------------------------

/** Who did what to what; append-only. `detail` must hold no secrets. */
export type AuditInput = {
  /** User id, "token:<id>", "cli" or "system". */
  readonly who: string;
  /** A verb and a noun: "entity.put", "session.create", "recording.play". */
  readonly what: string;
  /** What it was done to: "queue/sales". */
  readonly target: string;
  readonly detail?: Readonly<Record<string, unknown>>;
};
export type AuditRow = AuditInput & { readonly id: number; readonly at: Instant };
export interface AuditRepository {
  add(centreId: string, record: AuditInput): Promise<void>;
  /** Newest first. */
  list(
    centreId: string,
    query?: PageQuery & { readonly target?: string; readonly who?: string },
  ): Promise<Page<AuditRow>>;
}

/** SIP dialogs of answered legs, so that their peers get BYE after a crash. `dialog` is plain JSON of the phone's making. */
export type DialogRow = {
  readonly legId: string;
  readonly contactId: string | null;
  readonly dialog: unknown;
  readonly savedAt: Instant;
};
export interface DialogRepository {
  save(centreId: string, legId: string, contactId: string | null, dialog: unknown): Promise<void>;
  remove(centreId: string, legIds: readonly string[]): Promise<void>;
  list(centreId: string): Promise<readonly DialogRow[]>;
}

/** Registrar bindings of devices; `binding` is plain JSON of the phone's making. */
export type BindingRow = {
  readonly deviceId: string;
  readonly uri: string;
  readonly binding: unknown;
  readonly expiresAt: Instant;
};
export interface BindingRepository {
  /** Replaces all bindings of a device (at most 10). */
  save(centreId: string, deviceId: string, bindings: readonly Omit<BindingRow, "deviceId">[]): Promise<void>;
  /** Unexpired ones. */
  list(centreId: string): Promise<readonly BindingRow[]>;
}

export type TraceInput = {
  readonly contactId: string;
  readonly legId: string | null;
  readonly at: Instant;
  readonly direction: "in" | "out";
  readonly peer: string;
  /** The message as on the wire, credentials already removed, cut at 8 KiB. */
  readonly text: string;
};
export type TraceRow = TraceInput & { readonly id: number };
/** SIP messages of contacts for the ladder, at most `tracesPerContactMax` each. */
export interface TraceRepository {
  append(centreId: string, messages: readonly TraceInput[]): Promise<void>;
  ofContact(centreId: string, contactId: string): Promise<readonly TraceRow[]>;
  deleteBefore(centreId: string, at: Instant): Promise<number>;
}
export const tracesPerContactMax = 1_000;

/** Key and JSON value of the whole installation (no centre). */
export interface SettingRepository {
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface Archive {
  /** All tables of all centres in one consistent snapshot, as lines of JSON without line feeds, while calls run. */
  exportTables(write: (line: string) => Promise<void>): Promise<{ readonly rows: number }>;
  /** Into an empty database of the same or an older schema version. NOT_EMPTY, SCHEMA_NEWER or ARCHIVE_BROKEN otherwise; all or nothing. */
  importTables(
    lines: AsyncIterable<string>,
  ): Promise<Result<{ readonly rows: number }, "NOT_EMPTY" | "SCHEMA_NEWER" | "ARCHIVE_BROKEN">>;
}

// ---- opening ---------------------------------------------------------------------------------------------------------

/** As `pg` takes it: a URL, or host (a socket folder or name), port, database, user and password. */
export type Connection =
  | { readonly connectionString: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      readonly password: string;
    };

export type StoreOptions = {
  readonly connection: Connection;
  /** 32 bytes from the data folder; encrypts SIP passwords (AES-256-GCM). */
  readonly encryptionKey: Uint8Array;
  /** Milliseconds since 1970; the machine's clock unless told. */
  readonly now?: () => Instant;
  /** 10 unless told. */
  readonly connectionsMax?: number;
};

/** The supervised PostgreSQL of the data folder. */
export type Embedded = {
  readonly connection: Connection;
  /** Whether a running server of an earlier, crashed process was taken over. */
  readonly adopted: boolean;
  /** Ends the server after the last commit. Idempotent. */
  stop(): Promise<void>;
};
export type EmbeddedOptions = {
  readonly dataFolder: string;
  /** Join the database of a server that runs on this folder, if one does, and leave it running (commands). */
  readonly share?: boolean;
  readonly log: (level: "info" | "warn" | "error", message: string) => void;
};
