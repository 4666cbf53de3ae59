import type { Result } from "@centrala/kit";
import type {
  AddressId,
  CollectId,
  ContactId,
  DeviceId,
  Language,
  LegId,
  NumberId,
  PlayId,
  RecordingId,
  RoomId,
  TrunkId,
} from "./ids.ts";

/** What is heard: a shipped sound by name, a prompt of the centre, music, a tone of the network, or nothing for a while. */
export type Audible =
  | { readonly kind: "sound"; readonly name: string; readonly language: Language }
  | { readonly kind: "prompt"; readonly promptId: string }
  | { readonly kind: "music"; readonly name: string }
  | {
      readonly kind: "tone";
      readonly tone: "ringback" | "busy" | "congestion" | "beep" | "comfort";
      readonly country: string;
    }
  | { readonly kind: "silence"; readonly durationMs: number };

/** Why a leg ended. `fault` says whose it was; the error reference has a page for every code. */
export type LegEndCode =
  | "HUNG_UP" // by the far end, after answering
  | "DROPPED" // by us
  | "BUSY"
  | "DECLINED"
  | "NO_ANSWER"
  | "CANCELLED" // the caller gave up before the answer
  | "UNREACHABLE" // not registered, no route, DNS failed, timeouts
  | "NUMBER_UNKNOWN"
  | "TRUNK_REJECTED"
  | "MEDIA_FAILED"
  | "MEDIA_LOST"
  | "RTP_PORTS_EXHAUSTED"
  | "SERVER_RESTARTED"
  | "OVERLOADED"
  | "OUTGOING_LIMIT"; // by us: a limit of calls out is used up

/** What the core asks of telephony. Ids are the core's; every command is idempotent by its ids. */
export type TelephonyCommand =
  /** 180 Ringing on an incoming leg. */
  | { readonly kind: "ringLeg"; readonly legId: LegId }
  /** 183 with SDP on an incoming leg, so that what follows is heard before the answer (not charged). */
  | { readonly kind: "progressLeg"; readonly legId: LegId }
  /** 200 OK with SDP on an incoming leg. */
  | { readonly kind: "answerLeg"; readonly legId: LegId }
  | { readonly kind: "rejectLeg"; readonly legId: LegId; readonly status: number; readonly retryAfterS?: number }
  /** A new outgoing leg through the first trunk that takes it. `addressId` names the number to dial, kept outside the journal. */
  | {
      readonly kind: "dialTrunk";
      readonly legId: LegId;
      readonly contactId: ContactId;
      readonly trunkIds: readonly TrunkId[];
      readonly addressId: AddressId;
      readonly callerNumberId: NumberId | null;
      /** A caller who goes on outside, for lines that show whose call it is; null when they do not want to be known. */
      readonly onBehalfOf?: AddressId | null;
      readonly ringTimeoutMs: number;
      readonly emergency: boolean;
    }
  /** A new outgoing leg to an operator's SIP phone. What its display shows is looked up from the contact by the shell. */
  | {
      readonly kind: "dialDevice";
      readonly legId: LegId;
      readonly contactId: ContactId;
      readonly deviceId: DeviceId;
      readonly ringTimeoutMs: number;
      readonly autoAnswer: boolean;
    }
  /** Ends a leg in whatever state it is: CANCEL, BYE or final refusal. */
  | { readonly kind: "dropLeg"; readonly legId: LegId; readonly code: LegEndCode }
  /** Puts legs into a room with the given matrix; legs left out leave the room. Replaces the room's matrix as a whole. */
  | { readonly kind: "setRoom"; readonly roomId: RoomId; readonly hears: Readonly<Record<LegId, readonly LegId[]>> }
  | { readonly kind: "closeRoom"; readonly roomId: RoomId }
  /** Plays to one leg, in order; `loop` repeats for ever; a leg plays one thing at a time: the new replaces the old. */
  | {
      readonly kind: "play";
      readonly playId: PlayId;
      readonly legId: LegId;
      readonly items: readonly Audible[];
      readonly loop: boolean;
    }
  | { readonly kind: "stopPlay"; readonly playId: PlayId }
  /** Gathers keys; a first key stops the prompt that plays to the leg when `bargeIn`. Sensitive keys never leave the shell. */
  | {
      readonly kind: "collectKeys";
      readonly collectId: CollectId;
      readonly legId: LegId;
      readonly keysMax: number;
      readonly terminator: string | null;
      readonly firstKeyTimeoutMs: number;
      readonly nextKeyTimeoutMs: number;
      readonly bargeIn: boolean;
      readonly sensitive: boolean;
      /** The first-key clock starts when this play ends, so that a long prompt is not a time-out. */
      readonly afterPlayId: PlayId | null;
    }
  | { readonly kind: "stopCollect"; readonly collectId: CollectId }
  | { readonly kind: "sendKeys"; readonly legId: LegId; readonly keys: string }
  /** Left channel the customer, right channel everyone in `operatorLegIds`. A repeated command changes the operators' legs. */
  | {
      readonly kind: "record";
      readonly recordingId: RecordingId;
      readonly contactId: ContactId;
      readonly customerLegId: LegId;
      readonly operatorLegIds: readonly LegId[];
      /** It ends by itself a moment after so long, even if nobody is there to stop it. */
      readonly longestMs?: number;
    }
  | { readonly kind: "pauseRecording"; readonly recordingId: RecordingId; readonly paused: boolean }
  | { readonly kind: "stopRecording"; readonly recordingId: RecordingId }
  /** SIP hold seen by the far end is not used: held parties hear music in the room model. Mute discards what a leg says. */
  | { readonly kind: "muteLeg"; readonly legId: LegId; readonly muted: boolean }
  /** What became of the transfer that a phone asked for on this leg: 200, or why not (the status as RFC 3515 2.4.5 wants it). */
  | { readonly kind: "reportTransfer"; readonly legId: LegId; readonly status: number };

/** What telephony tells the core (becomes journal inputs, see journal.ts). */
export type TelephonyEvent =
  | { readonly kind: "legRinging"; readonly legId: LegId }
  | { readonly kind: "legEarlyMedia"; readonly legId: LegId }
  /** `trunkId`: the line that took a leg outside. */
  | { readonly kind: "legAnswered"; readonly legId: LegId; readonly trunkId?: TrunkId | null }
  | { readonly kind: "legEnded"; readonly legId: LegId; readonly code: LegEndCode; readonly sipStatus: number | null }
  | { readonly kind: "playEnded"; readonly playId: PlayId; readonly reason: "finished" | "stopped" | "failed" }
  | {
      readonly kind: "keysCollected";
      readonly collectId: CollectId;
      readonly outcome: "keys" | "timeout" | "cancelled";
      /** Null when sensitive: then `reference` names them in the shell. */
      readonly keys: string | null;
      readonly reference: string | null;
      readonly length: number;
    }
  | {
      readonly kind: "recordingClosed";
      readonly recordingId: RecordingId;
      readonly durationMs: number;
      readonly bytes: number;
      readonly sha256: string;
    }
  | { readonly kind: "recordingFailed"; readonly recordingId: RecordingId; readonly code: string }
  | { readonly kind: "mediaLost"; readonly legId: LegId }
  /** A desk phone's own transfer key (REFER): `target` is what was dialled there. */
  | { readonly kind: "phoneTransfer"; readonly legId: LegId; readonly target: string }
  /** The same key while the phone has two calls (REFER with Replaces): whoever is on them talks with each other. */
  | { readonly kind: "phoneJoin"; readonly legId: LegId; readonly otherLegId: LegId }
  /** A far end's own hold key: it listens no more, or listens again. */
  | { readonly kind: "legHeld"; readonly legId: LegId; readonly on: boolean };

// ---- Media engine: one interface of serialisable messages, ids given by the caller (ARCHITECTURE.md, Engines) ----

export type Codec = "pcmu" | "pcma";

/** Where a plain RTP leg's far end is, as its SDP said. Media latches from there (symmetric RTP). */
export type RemoteAudio = {
  readonly address: string;
  readonly port: number;
  readonly codec: Codec;
  /** RTP payload type numbers as negotiated; null when the far end takes no RFC 4733 keys. */
  readonly payloadType: number;
  readonly telephoneEventPayloadType: number | null;
  /** The number keys come with when it is another one: our own, after our offer. */
  readonly receiveTelephoneEventPayloadType?: number;
  /** Keys to this far end go by signalling (SIP INFO): it takes no RFC 4733 keys and says that it takes those. */
  readonly keysBySignalling?: boolean;
  /** Where the far end's signalling comes from: behind a router its sound does, too. */
  readonly signallingAddress?: string;
  readonly ptimeMs: number;
  /** Whether we may send (far end is not holding us) and whether it sends. */
  readonly sends: boolean;
  readonly receives: boolean;
};

/** Audio files an `Audible` resolves to before it reaches an engine: WAV files (G.711 or PCM16, 8 kHz mono after upload). */
export type MediaItem =
  | { readonly kind: "file"; readonly path: string }
  | {
      readonly kind: "tone";
      readonly tone: "ringback" | "busy" | "congestion" | "beep" | "comfort";
      readonly country: string;
    }
  | { readonly kind: "silence"; readonly durationMs: number };

export type MediaCommand =
  | { readonly kind: "setRemote"; readonly legId: LegId; readonly remote: RemoteAudio }
  | { readonly kind: "closeLeg"; readonly legId: LegId }
  | { readonly kind: "setRoom"; readonly roomId: RoomId; readonly hears: Readonly<Record<LegId, readonly LegId[]>> }
  | { readonly kind: "closeRoom"; readonly roomId: RoomId }
  | {
      readonly kind: "play";
      readonly playId: PlayId;
      readonly legId: LegId;
      readonly items: readonly MediaItem[];
      readonly loop: boolean;
    }
  | { readonly kind: "stopPlay"; readonly playId: PlayId }
  | {
      readonly kind: "collectKeys";
      readonly collectId: CollectId;
      readonly legId: LegId;
      readonly keysMax: number;
      readonly terminator: string | null;
      readonly firstKeyTimeoutMs: number;
      readonly nextKeyTimeoutMs: number;
      readonly bargeIn: boolean;
      /** What the leg says meanwhile is not recorded: its keys may be tones. */
      readonly sensitive?: boolean;
      readonly afterPlayId: PlayId | null;
    }
  | { readonly kind: "stopCollect"; readonly collectId: CollectId }
  /** A key that came by signalling (SIP INFO) counts as if it came by RFC 4733. */
  | { readonly kind: "injectKey"; readonly legId: LegId; readonly key: string }
  | { readonly kind: "sendKeys"; readonly legId: LegId; readonly keys: string }
  /** Starts a recording, or changes who is on its second channel. */
  | {
      readonly kind: "record";
      readonly recordingId: RecordingId;
      readonly path: string;
      readonly leftLegId: LegId;
      readonly rightLegIds: readonly LegId[];
      readonly codec: Codec;
      /** It ends by itself a moment after so long, even if nobody is there to stop it. */
      readonly longestMs?: number;
    }
  | { readonly kind: "pauseRecording"; readonly recordingId: RecordingId; readonly paused: boolean }
  | { readonly kind: "stopRecording"; readonly recordingId: RecordingId }
  | { readonly kind: "muteLeg"; readonly legId: LegId; readonly muted: boolean }
  /** Signalling heard from the far end: a leg without sound is waited for as long again. */
  | { readonly kind: "legAlive"; readonly legId: LegId }
  /** Level events for a leg at most four a second (both directions), until switched off. */
  | { readonly kind: "watchLevel"; readonly legId: LegId; readonly on: boolean };

export type MediaEvent =
  /** First authentic audio arrived (plain RTP) or ICE and DTLS are done (WebRTC). */
  | { readonly kind: "legUp"; readonly legId: LegId }
  | { readonly kind: "legLost"; readonly legId: LegId; readonly reason: string }
  | { readonly kind: "playEnded"; readonly playId: PlayId; readonly reason: "finished" | "stopped" | "failed" }
  | {
      readonly kind: "keysCollected";
      readonly collectId: CollectId;
      readonly outcome: "keys" | "timeout" | "cancelled";
      readonly keys: string;
    }
  /** A key outside any collection. */
  | { readonly kind: "key"; readonly legId: LegId; readonly key: string }
  /** Keys for a far end that takes them by signalling. */
  | { readonly kind: "keysToSignal"; readonly legId: LegId; readonly keys: string }
  | { readonly kind: "level"; readonly legId: LegId; readonly inDbfs: number; readonly outDbfs: number }
  | {
      readonly kind: "quality";
      readonly legId: LegId;
      readonly packetsReceived: number;
      readonly packetsLost: number;
      /** Packets of others, or that were none of ours to take. */
      readonly packetsRefused: number;
      readonly jitterMs: number;
      readonly mos: number;
    }
  /** Neither sound nor reports arrived for the time-out although the far end should send; again after `legAlive`. */
  | { readonly kind: "mediaLost"; readonly legId: LegId }
  | {
      readonly kind: "recordingClosed";
      readonly recordingId: RecordingId;
      readonly durationMs: number;
      readonly bytes: number;
      readonly sha256: string;
      /** How much of the end of the call, or of its middle, is missing because the disk was full or too slow. */
      readonly cutMs?: number;
    }
  | { readonly kind: "recordingFailed"; readonly recordingId: RecordingId; readonly code: string };

export type MediaErrorCode =
  | "RTP_PORTS_EXHAUSTED"
  | "MEDIA_FAILED"
  | "DESCRIPTION_REFUSED"
  | "UNKNOWN_LEG"
  | "NOT_SUPPORTED"
  | "ENGINE_CLOSED";

export interface MediaEngine {
  readonly capabilities: {
    readonly webrtc: boolean;
    readonly mixing: boolean;
    readonly recording: boolean;
    readonly transcoding: readonly Codec[];
  };
  /** Reserves a port for a plain RTP leg; its SDP can then be written. */
  openRtpLeg(legId: LegId): Promise<Result<{ readonly port: number }, MediaErrorCode>>;
  /** Answers a browser's SDP offer; the same leg may offer again (page reload, ICE restart). */
  openWebRtcLeg(legId: LegId, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }, MediaErrorCode>>;
  /** Never throws; a command for an unknown id is counted and ignored. */
  command(command: MediaCommand): void;
  onEvent(listener: (event: MediaEvent) => void): void;
  /** Legs that still have media, for recovery. */
  stats(): Promise<{
    readonly legs: number;
    readonly packetsReceived: number;
    readonly packetsSent: number;
    readonly packetsRefused: number;
    readonly recordings: number;
  }>;
  close(): Promise<void>;
}

// ---- Signalling: legs as SIP sees them; phone joins it with the media engine ----

/** Ids of incoming legs begin so, and no others do. */
export const incomingLegPrefix = "in-";

/** An incoming call as the wire brought it, before anything was looked up. */
export type IncomingLeg = {
  readonly legId: LegId;
  readonly from:
    | { readonly kind: "trunk"; readonly trunkId: TrunkId }
    | { readonly kind: "device"; readonly deviceId: DeviceId };
  /** What was dialled: the user part of the Request-URI (or To, as the trunk's setting says). */
  readonly called: string;
  /** The caller as the trunk may assert it; null when withheld. */
  readonly caller: string | null;
  readonly callerName: string | null;
  /** P-Asserted-Identity, only from a trusting trunk. */
  readonly asserted: string | null;
  readonly sipCallId: string;
};

/** What signalling needs of a trunk; passwords come decrypted from the shell and never go to a log. */
export type TrunkSettings = {
  readonly trunkId: TrunkId;
  readonly transport: "udp" | "tcp" | "tls";
  /** Host or address of the carrier, with optional port; DNS by RFC 3263 when no port is given. */
  readonly host: string;
  readonly port: number | null;
  readonly outboundProxy: string | null;
  /** Certificates (PEM) that prove a TLS carrier, instead of the public authorities; null: those. */
  readonly tlsCa: string | null;
  /** Source addresses (IP or CIDR) that may call us; the resolved host counts too. */
  readonly sources: readonly string[];
  readonly registration: {
    readonly username: string;
    readonly authUsername: string | null;
    readonly password: string;
    readonly expiresS: number;
  } | null;
  readonly trustsIdentity: boolean;
  readonly calledFrom: "request-uri" | "to" | "diversion";
  readonly codecs: readonly Codec[];
  readonly maxCalls: number;
  readonly optionsEveryS: number | null;
  readonly callerIdIn: "from" | "p-asserted-identity" | "both";
  /** Absent: `none`. */
  readonly transferredCallerIn?: "none" | "p-asserted-identity" | "diversion" | "from";
  readonly priority: number;
};

export type TrunkState = {
  readonly trunkId: TrunkId;
  readonly registration: {
    readonly state: "none" | "trying" | "registered" | "refused" | "unreachable";
    readonly sipStatus: number | null;
    readonly until: number | null;
  };
  readonly health: {
    readonly state: "unknown" | "up" | "down";
    readonly roundTripMs: number | null;
    readonly since: number | null;
  };
  readonly learntAddress: string | null;
  readonly calls: number;
};

/** A SIP phone's account; HA1 values by RFC 7616 for the realm, both algorithms. */
export type DeviceAccount = {
  readonly deviceId: DeviceId;
  readonly username: string;
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
};
