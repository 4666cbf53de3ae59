import type {
  DeviceAccount,
  IncomingLeg,
  MediaItem,
  TelephonyCommand,
  TelephonyEvent,
  TrunkSettings,
  TrunkState,
} from "@centrala/contract";
import type { Entropy, Instant, Result } from "@centrala/kit";
import type { SignallingService } from "../signalling/index.ts";

/** What of signalling is looked at: refusals, pauses, and the messages of legs that are not over. */
export type SignallingView = Pick<SignallingService, "refusals" | "pauses" | "trace">;

/** A telephony command with everything looked up: numbers to dial, files to play, where to record. */
export type PhoneCommand =
  | Exclude<TelephonyCommand, { kind: "dialTrunk" | "dialDevice" | "play" | "record" }>
  | (Omit<
      Extract<TelephonyCommand, { kind: "dialTrunk" }>,
      "addressId" | "callerNumberId" | "contactId" | "onBehalfOf"
    > & {
      readonly number: string;
      readonly callerId: string | null;
      /** The number of a caller who goes on outside; null withholds it. */
      readonly onBehalfOf?: string | null;
    })
  | (Omit<Extract<TelephonyCommand, { kind: "dialDevice" }>, "contactId"> & {
      readonly caller: { readonly number: string; readonly name: string };
    })
  | (Omit<Extract<TelephonyCommand, { kind: "play" }>, "items"> & { readonly items: readonly MediaItem[] })
  | (Omit<Extract<TelephonyCommand, { kind: "record" }>, "contactId"> & { readonly path: string });

export type PhoneLog = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  details: Readonly<Record<string, unknown>>,
) => void;

export type PhoneServiceOptions = {
  readonly bind: string;
  /** 0 lets the system choose (tests). */
  readonly sipPort: number;
  readonly sipsPort: number;
  /** How long neither sound nor report may come of a far end that should send before it is asked; 0: it never is. */
  readonly silentAfterMs: number;
  readonly rtpPorts: { readonly first: number; readonly last: number };
  /** Where carriers reach us; learnt from their answers when null. */
  readonly publicAddress: string | null;
  readonly tls: { readonly certPem: string; readonly keyPem: string } | null;
  /** Addresses at which browsers reach the first RTP port, the best first. */
  readonly webRtcAddresses: readonly string[];
  readonly entropy: Entropy;
  readonly clock: () => Instant;
  readonly userAgent: string;
  readonly log: PhoneLog;
  /** While it says yes, new calls get 503 with Retry-After. Asked for every call: quick, without side effects. */
  readonly overloaded?: () => boolean;
};

export type MayRedirect = (legId: string, number: string) => boolean;
export type OwnerOf = (candidates: readonly { readonly trunkId: string; readonly called: string }[]) => string | null;

export type HeadsetState =
  /** Sound can flow from now on: its way was found and its keys are agreed. */
  | { readonly kind: "up"; readonly legId: string }
  | { readonly kind: "lost"; readonly legId: string; readonly reason: string }
  | { readonly kind: "level"; readonly legId: string; readonly inDbfs: number; readonly outDbfs: number };

export type TraceMessage = {
  readonly legId: string;
  readonly at: Instant;
  readonly direction: "in" | "out";
  readonly peer: string;
  readonly text: string;
};

/** Keys collected, before the shell decides what of them the core may see. */
export type PhoneEvent = TelephonyEvent;

/** Telephony as one thing: SIP signalling and the media engine joined by leg ids. */
export interface PhoneService {
  readonly sipPort: number;
  perform(command: PhoneCommand): void;
  onEvent(listener: (event: PhoneEvent) => void): void;
  /** A call came in from a known trunk or telephone; nothing has been answered but 100. `perform` goes on with it. */
  onIncoming(listener: (leg: IncomingLeg) => void): void;
  /** Says which of the trunks that a call may have come by owns the called number; null: 404. Quick, without side effects. */
  setOwnerOf(ownerOf: OwnerOf): void;
  /** Whether a call may follow its carrier's redirection (3xx) to another number. Unset: it may. */
  setMayRedirect(mayRedirect: MayRedirect): void;
  setTrunks(trunks: readonly TrunkSettings[]): void;
  setDevices(accounts: readonly DeviceAccount[]): void;
  trunkStates(): readonly TrunkState[];
  onTrunkState(listener: (state: TrunkState) => void): void;
  onDevice(listener: (deviceId: string, reachable: boolean) => void): void;
  deviceReachable(deviceId: string): boolean;
  deviceAccount(deviceId: string, username: string, password: string): DeviceAccount;
  attachHeadset(legId: string, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }>>;
  /** The addresses that browsers are told from now on, the best first. */
  setWebRtcAddresses(addresses: readonly string[]): void;
  detachHeadset(legId: string): void;
  onHeadset(listener: (state: HeadsetState) => void): void;
  watchLevels(legIds: readonly string[], on: boolean): void;
  /** Plays the items, then lets the leg hear itself for `echoMs`. */
  echoTest(legId: string, intro: readonly MediaItem[], outro: readonly MediaItem[], echoMs: number): void;
  publicAddress(): { readonly address: string | null; readonly from: "setting" | "learnt" | "none" };
  /** SIP messages of legs, for ladders; credentials are already removed. */
  onTrace(listener: (message: TraceMessage) => void): void;
  /** Standing dialogs, to be stored and given to `endStored` after a crash. */
  onDialog(listener: (legId: string, dialog: string | null) => void): void;
  endStored(dialogs: readonly string[]): void;
  /** Registrar bindings, to be stored and given back after a restart. */
  onBindings(
    listener: (
      deviceId: string,
      bindings: readonly { readonly uri: string; readonly binding: unknown; readonly expiresAt: Instant }[],
    ) => void,
  ): void;
  restoreBindings(bindings: readonly { readonly deviceId: string; readonly binding: unknown }[]): void;
  /** From now on new calls get 503. */
  refuseNewCalls(): void;
  readonly wire: SignallingView;
  /** Legs with signalling that are not over. */
  calls(): number;
  /** All legs that are not over by id, headsets included. */
  legs(): ReadonlyMap<string, unknown>;
  counters(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}
