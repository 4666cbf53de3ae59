import type { DeviceId, IncomingLeg, LegEndCode, LegId, RemoteAudio, TrunkId, TrunkState } from "@centrala/contract";
import type { Entropy, Instant } from "@centrala/kit";
import type { Binding } from "@centrala/sip";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface SignallingOptions {
  /** The address to listen on: one of the machine's, or "0.0.0.0" or "::" for all. */
  readonly bind: string;
  /** UDP and TCP port; 0 takes a free one. */
  readonly sipPort: number;
  /** TLS port, null for none. Needs `tls`. */
  readonly sipsPort: number | null;
  readonly tls: { readonly certPem: string; readonly keyPem: string } | null;
  /** The address others outside reach us by, when it is set; else it is learnt from registrars. */
  readonly publicAddress: string | null;
  readonly userAgent: string;
  /** The realm of the phones' accounts. Default "centrala". */
  readonly realm?: string;
  readonly clock: () => Instant;
  readonly entropy: Entropy;
  readonly log: (level: LogLevel, message: string, details: Record<string, unknown>) => void;
  /**
   * Which of these trunks, all of which the source address fits, owns the number that was called; null: 404. Quick
   * and without side effects. `called` is as the wire brought it; each trunk may read it from another header.
   */
  readonly ownerOf: (candidates: readonly { readonly trunkId: TrunkId; readonly called: string }[]) => TrunkId | null;
  /** Whether a leg may follow its carrier's redirection to another number; unset: it may. */
  readonly mayRedirect?: (legId: LegId, number: string) => boolean;
  /** Gives a new leg's id for an incoming call. */
  readonly newLegId: () => LegId;
  /** True when the shell takes no more calls for now: they get 503 with Retry-After. */
  readonly overloaded?: () => boolean;
  /** The messages of a leg, told once, a moment after its end. */
  readonly onTrace?: (legId: LegId, messages: readonly TracedMessage[]) => void;
  /** Names to addresses; the system's resolver unless given. */
  readonly resolver?: NameResolver;
  /** How long a trunk's target may show no sign of life before the next one is tried. Default 4 seconds. */
  readonly attemptMs?: number;
  /** Seconds between keep-alives toward registrars over UDP. Default 25. */
  readonly keepAliveS?: number;
}

/** DNS as RFC 3263 needs it. Both give an empty list when the name has no such records, and reject on failure. */
export interface NameResolver {
  addresses(host: string): Promise<readonly string[]>;
  services(
    name: string,
  ): Promise<
    readonly { readonly host: string; readonly port: number; readonly priority: number; readonly weight: number }[]
  >;
}

/** One message of a leg. Authorization headers are left out of `text`. */
export interface TracedMessage {
  readonly at: Instant;
  readonly direction: "in" | "out";
  /** "udp 192.0.2.1:5060". */
  readonly peer: string;
  readonly firstLine: string;
  readonly text: string;
}

export type SignallingEvent =
  /** `remote` is null when the caller wants our offer first. */
  | { readonly kind: "incoming"; readonly leg: IncomingLeg; readonly remote: RemoteAudio | null }
  | { readonly kind: "ringing"; readonly legId: LegId }
  /** The far end sends sound before the answer; its `remoteAudio` came before. */
  | { readonly kind: "earlyMedia"; readonly legId: LegId }
  /** Where and how to send; again whenever it changes (hold, move). */
  | { readonly kind: "remoteAudio"; readonly legId: LegId; readonly remote: RemoteAudio }
  | { readonly kind: "answered"; readonly legId: LegId; readonly trunkId: TrunkId | null }
  | {
      readonly kind: "ended";
      readonly legId: LegId;
      readonly code: LegEndCode;
      readonly sipStatus: number | null;
    }
  | { readonly kind: "key"; readonly legId: LegId; readonly key: string }
  /** What became of `ask`. */
  | { readonly kind: "asked"; readonly legId: LegId; readonly alive: boolean }
  /** A phone's transfer key; `reportTransfer` tells it what became of it. */
  | { readonly kind: "transferAsked"; readonly legId: LegId; readonly target: string }
  /** The same while the phone has two calls, which it wants joined. */
  | { readonly kind: "joinAsked"; readonly legId: LegId; readonly otherLegId: LegId }
  | { readonly kind: "trunkState"; readonly state: TrunkState }
  | {
      readonly kind: "deviceBindings";
      readonly deviceId: DeviceId;
      /** Empty: not reachable any more. To be stored and given to `restoreBindings` after a restart. */
      readonly bindings: readonly StoredBinding[];
      /** False also when a phone behind a router is silent although its registration has not expired. */
      readonly reachable: boolean;
    }
  | { readonly kind: "publicAddress"; readonly address: string };

/** A place where a phone is reached, `uri` being its Contact. */
export type StoredBinding = Binding & { readonly uri: string };

/** A trunk call out. The RTP port is open already. */
export interface DialTrunk {
  readonly legId: LegId;
  /** In order of preference. */
  readonly trunkIds: readonly TrunkId[];
  /** The number to dial as the carrier wants it. */
  readonly number: string;
  /** Shown to the called; null withholds it. */
  readonly caller: string | null;
  readonly callerName: string | null;
  /** The number of a caller who goes on outside, where the trunk wants it; null withholds it. */
  readonly onBehalfOf?: string | null;
  readonly ringTimeoutMs: number;
  /** Passes every limit of ours. */
  readonly emergency: boolean;
  readonly rtpPort: number;
}

export interface DialDevice {
  readonly legId: LegId;
  readonly deviceId: DeviceId;
  readonly caller: string | null;
  readonly callerName: string | null;
  readonly ringTimeoutMs: number;
  readonly autoAnswer: boolean;
  readonly rtpPort: number;
}

export interface SignallingCounters {
  readonly calls: number;
  readonly transactions: number;
  readonly connections: number;
  readonly malformed: number;
  readonly challenged: number;
  readonly rateLimited: number;
  readonly oversized: number;
  readonly refusedByLimit: number;
}
