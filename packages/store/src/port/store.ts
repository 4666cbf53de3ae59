import type { Instant } from "@centrala/kit";
import type { CredentialRepository, InvitationRepository, SessionRepository, TokenRepository } from "./access.ts";
import type { CentreRepository, EntityRepository, SecretRepository } from "./configuration.ts";
import type { ContactRepository, MissedRepository, NoteRepository, RecordingRepository } from "./contacts.ts";
import type { CustomerImportRepository } from "./imports.ts";
import type { JournalStore } from "./journal.ts";
import type { AddressRepository, CustomerRepository } from "./people.ts";
import type { Projections } from "./projector.ts";
import type {
  Archive,
  AuditRepository,
  BindingRepository,
  DialogRepository,
  SettingRepository,
  TraceRepository,
} from "./telephony.ts";

/**
 * Everything durable, behind one port. All functions reject with `StoreError` (a code) when the database is away or broken;
 * what a person can do wrong comes back as a Result. Times are `Instant`s (ms since 1970). Every list is bounded by
 * `listLimitMax` and continued by an opaque cursor; a cursor that is not ours reads as the first page.
 */
export interface Store {
  readonly journal: JournalStore;
  readonly projections: Projections;
  readonly centres: CentreRepository;
  readonly entities: EntityRepository;
  readonly secrets: SecretRepository;
  readonly credentials: CredentialRepository;
  readonly sessions: SessionRepository;
  readonly invitations: InvitationRepository;
  readonly tokens: TokenRepository;
  readonly addresses: AddressRepository;
  readonly customers: CustomerRepository;
  readonly customerImports: CustomerImportRepository;
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
  /** Whether a server lives on this folder and keeps its database (only with `share`). */
  readonly joined: boolean;
  /** Ends the server after the last commit. Idempotent. */
  stop(): Promise<void>;
};
export type EmbeddedOptions = {
  readonly dataFolder: string;
  /** Join the database of a server that runs on this folder, if one does, and leave it running (commands). */
  readonly share?: boolean;
  readonly log: (level: "info" | "warn" | "error", message: string) => void;
};
