import type {
  CentreConfig,
  DeviceAccount,
  Effect,
  EntityKind,
  ExternalNumber,
  Input,
  JournalEntry,
  RefusalCode,
  Scenario,
  SipPause,
  SipRefusal,
  TelephonyEvent,
  Trunk,
  TrunkState,
} from "@centrala/contract";
import type { CentreState } from "@centrala/domain";
import type { Entropy, Instant, Result } from "@centrala/kit";
import type { Projector, Store, TraceInput } from "@centrala/store";
import type { Logger } from "pino";
import type { RefusedCalls } from "./core/refused-calls.ts";
import type { Proxies } from "./http/proxies.ts";
import type { Settings } from "./settings/schema.ts";

/** What one process is made of. Built by the composition root (serve.ts), handed to HTTP, live push and commands. */
export type App = {
  readonly settings: Settings;
  readonly store: Store;
  readonly log: Logger;
  readonly clock: () => Instant;
  readonly entropy: Entropy;
  readonly version: string;
  /** Centres that run in this process, by id. Empty until the set-up guide has made the first one. */
  readonly centres: ReadonlyMap<string, Centre>;
  /** Loads a centre that was just created and starts its core. */
  startCentre(centreId: string): Promise<Centre>;
  /** Called when a centre runs here no more, though the process goes on: another server has it. */
  onCentreClosed(listener: (centreId: string) => void): void;
  readonly phone: Phone;
  readonly places: Places;
  readonly network: Network;
  /** How requests reach us, directly or through a reverse proxy. */
  readonly proxies: Proxies;
  readonly watch: Watch;
};

/** What the installation keeps an eye on: its disk, its clock, its database. */
export type Watch = {
  /** What people must know of, worst first. */
  notices(): readonly WatchNotice[];
  /** Whether anything may be deleted because its time is over. */
  mayDelete(): boolean;
  /** A person has looked: the clock is right as it is. */
  confirmClock(): void;
};
export type WatchNotice =
  | { readonly code: "DISK_LOW" | "DISK_SHORT" | "DISK_FULL"; readonly freeBytes: number }
  | { readonly code: "CLOCK_AHEAD" | "CLOCK_BEHIND"; readonly newestAt: Instant }
  | { readonly code: "DATABASE_STUCK" };

/** A running centre. */
export type Centre = {
  readonly id: string;
  readonly core: CentreCore;
  readonly config: ConfigService;
  /** Writes what is read in lists, a moment after it happened, and keeps the sums that live views begin with. */
  readonly projector: Pick<Projector, "figures" | "report" | "onRebuilt">;
};

export type SubmitCode = RefusalCode | "OVERLOADED" | "DATABASE_AWAY" | "STOPPED" | "NOT_STORED";

/** The single-writer loop of a centre (ARCHITECTURE.md, The core). */
export interface CentreCore {
  /**
   * Decides an input in order and resolves once its facts are committed. A refusal of the core comes back as its code;
   * OVERLOADED when the inbox is full.
   */
  submit(input: Input): Promise<Result<{ readonly facts: JournalEntry["facts"] }, SubmitCode>>;
  /** The state after everything decided so far; read only, changes under one's hands between awaits. */
  readonly state: CentreState;
  readonly seq: number;
  /** Calls out that were not dialled, and why. */
  readonly refusedCalls: RefusedCalls;
  /** For how long what was decided could not be stored, in milliseconds; 0 when nothing waits for it. */
  readonly stuckMs: number;
  /** Called after a batch was committed, in order of seq. Listeners must be quick and never throw. */
  onCommitted(listener: (entries: readonly JournalEntry[]) => void): () => void;
}

/** How a centre phones itself up: the trunk stands only while a test call runs. */
export type TestLine = {
  readonly trunk: Trunk | null;
  readonly number: ExternalNumber;
  readonly scenario: Scenario;
};

/** The configuration of a centre in memory, and the one way to change it. */
export interface ConfigService {
  readonly current: CentreConfig;
  /** The same with the line of a running test call, which is nowhere stored: for telephony and the core. */
  readonly running: CentreConfig;
  /** Puts the line of test calls beside the configuration, or takes its trunk away; told like any change. */
  setTestLine(line: TestLine): Promise<void>;
  /** Reads the stored configuration again, tells the core, trunks and phones about it, and pushes `changed: config`. Call after every change of entities or of the centre. */
  reload(): Promise<void>;
  /** Called after every change, when the core knows it. Gives a function that ends it. */
  onChange(listener: (config: CentreConfig) => void | Promise<void>): () => void;
  name(kind: EntityKind, id: string): string;
}

/** Telephony as the shell uses it: signalling and media joined (packages/phone). */
export interface Phone {
  perform(centreId: string, command: Effect): void;
  /** The one who hears what happens to a centre's legs. Gives a function that ends it. */
  onEvent(centreId: string, listener: (event: TelephonyEvent) => void): () => void;
  /** Answers the browser's offer for the standing headset leg of an operator. */
  attachHeadset(centreId: string, legId: string, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }>>;
  detachHeadset(centreId: string, legId: string): void;
  /** Sound can flow over a headset leg, its media went away, or level events (when watched). */
  onHeadset(listener: (event: HeadsetEvent) => void): void;
  watchLevels(centreId: string, legIds: readonly string[], on: boolean): void;
  /** Speaks the introduction into a leg, then lets it hear itself for ten seconds. */
  echoTest(centreId: string, legId: string, language: "en" | "ru" | "bg"): void;
  trunkStates(centreId: string): readonly TrunkState[];
  onTrunkState(listener: (centreId: string, state: TrunkState) => void): void;
  deviceReachable(centreId: string, deviceId: string): boolean;
  /** Telephones whose passwords can be guessed. */
  weakDevices(centreId: string): ReadonlySet<string>;
  /** SIP requests that were refused lately, as this centre may see them. */
  refusals(centreId: string): readonly SipRefusal[];
  /** Whose SIP passwords are not tried for now. */
  pauses(centreId: string): readonly SipPause[];
  /** SIP messages of a contact's legs that are not in the store yet; once it is told, whatever is on its way is there. */
  liveMessages(centreId: string, contactId: string): Promise<readonly TraceInput[]>;
  /** SHA-256 and MD5 HA1 for a phone's account in the registrar's realm. */
  deviceAccount(deviceId: string, username: string, password: string): DeviceAccount;
}

export type HeadsetEvent =
  | { readonly kind: "up"; readonly legId: string }
  | { readonly kind: "lost"; readonly legId: string; readonly reason: string }
  | { readonly kind: "level"; readonly legId: string; readonly inDbfs: number; readonly outDbfs: number };

/** Folders below the data folder. */
export type Places = {
  readonly data: string;
  readonly recordings: string;
  readonly trash: string;
  readonly prompts: string;
  readonly keys: string;
  readonly backups: string;
  /** Absolute path of a recording's file. */
  recording(centreId: string, recordingId: string): string;
  /** Where a recording's file lies while it is in the trash. */
  trashed(centreId: string, recordingId: string): string;
  /** Absolute path of a prompt's stored WAV. */
  prompt(centreId: string, promptId: string): string;
};

/** What the machine knows of its own addresses. */
export type Network = {
  /** Addresses others can reach us at, as the machine has them now; none where only this machine may. */
  readonly localAddresses: readonly string[];
  publicAddress(): { readonly address: string | null; readonly from: "setting" | "learnt" | "none" };
  readonly httpUrl: string;
  readonly httpsUrl: string;
  readonly sipPort: number;
  readonly certificate: {
    readonly kind: "local" | "given";
    readonly validUntil: Instant;
    readonly authorityFingerprint: string | null;
    readonly authorityPem: string | null;
  };
};
