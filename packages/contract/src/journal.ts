import { z } from "zod";
import type { ArrivingCall, CallNumbers } from "./arriving.ts";
import type { CoreConfig, CoreConfigChange } from "./config.ts";
import type { Destination, OutgoingCharge, OutgoingMeasure, OutgoingRefusal, OutgoingScope } from "./outgoing.ts";
import type { RefusalCode } from "./refusal-code.ts";
import type { Target } from "./target.ts";
import type { LegEndCode, TelephonyCommand, TelephonyEvent } from "./telephony.ts";

/**
 * The journal of a centre. An entry holds one input and the facts decided of it; states, screens, reports fold facts only.
 * Ids: contacts get UUIDs from the shell; everything else the core makes from the entry's seq ("offer17-1").
 * Personal data stays out: numbers and names are referred to by address, customer and user ids.
 */
export const journalVersion = 2;

export type Direction = "inbound" | "outbound" | "internal";
export type OperatorDevice =
  | { readonly kind: "headset"; readonly legId: string }
  | { readonly kind: "phone"; readonly deviceId: string };

export type Input =
  | TelephonyEvent
  | { readonly kind: "configured"; readonly config: CoreConfig }
  | { readonly kind: "configChanged"; readonly change: CoreConfigChange }
  /** A call came in on a line, and all of its numbers are known. */
  | ({ readonly kind: "callArrived" } & ArrivingCall & CallNumbers)
  /** The same with something still to look up: `known` is what memory knows; the core asks for the rest (`identifyCaller`). */
  | ({ readonly kind: "callArriving"; readonly known: CallNumbers } & ArrivingCall)
  | ({ readonly kind: "callIdentified"; readonly contactId: string; readonly legId: string } & CallNumbers)
  /** An operator dials from the desk, a card, or a SIP phone (then `legId` is the phone's incoming leg). */
  | {
      readonly kind: "operatorDialled";
      readonly contactId: string;
      readonly operatorId: string;
      readonly legId: string | null;
      /** The telephone whose incoming leg it is. */
      readonly deviceId?: string;
      readonly target: Target;
      readonly clientId: string;
      readonly callerNumberId: string | null;
      readonly customerId: string | null;
    }
  | {
      readonly kind: "operatorWent";
      readonly operatorId: string;
      readonly to: "available" | "break" | "offline";
      readonly reasonId: string | null;
      readonly byUserId: string | null;
    }
  /** The standing WebRTC leg of the desk. The newest replaces the old. */
  | { readonly kind: "headsetAttached"; readonly operatorId: string; readonly legId: string }
  | { readonly kind: "headsetLost"; readonly operatorId: string; readonly legId: string }
  | { readonly kind: "deviceReachable"; readonly deviceId: string; readonly reachable: boolean }
  /** What the operator wants to be rung on when both are there. */
  | { readonly kind: "deviceChosen"; readonly operatorId: string; readonly device: "headset" | "phone" }
  | { readonly kind: "offerAccepted"; readonly offerId: string; readonly operatorId: string }
  | { readonly kind: "offerDeclined"; readonly offerId: string; readonly operatorId: string }
  | { readonly kind: "hungUp"; readonly contactId: string; readonly operatorId: string }
  | { readonly kind: "held"; readonly contactId: string; readonly operatorId: string; readonly on: boolean }
  | { readonly kind: "muted"; readonly contactId: string; readonly operatorId: string; readonly on: boolean }
  | { readonly kind: "partyDropped"; readonly contactId: string; readonly operatorId: string; readonly legId: string }
  | {
      readonly kind: "keysSent";
      readonly contactId: string;
      readonly operatorId: string;
      readonly legId: string;
      readonly length: number;
    }
  | { readonly kind: "transferAsked"; readonly contactId: string; readonly operatorId: string; readonly target: Target }
  /** A phone's transfer key with a number that is no extension, looked up by the shell. */
  | { readonly kind: "phoneTransferTo"; readonly legId: string; readonly target: Target }
  | { readonly kind: "consultAsked"; readonly contactId: string; readonly operatorId: string; readonly target: Target }
  /** Ends a consultation: the customer goes to the consulted, comes back to the operator, or all three talk. */
  | {
      readonly kind: "consultEnded";
      readonly contactId: string;
      readonly operatorId: string;
      readonly as: "transfer" | "return" | "conference";
    }
  | { readonly kind: "recordingPaused"; readonly contactId: string; readonly operatorId: string; readonly on: boolean }
  | {
      readonly kind: "dispositionSet";
      readonly contactId: string;
      readonly operatorId: string;
      readonly dispositionId: string;
    }
  | {
      readonly kind: "customerLinked";
      readonly contactId: string;
      readonly customerId: string | null;
      readonly operatorId: string;
    }
  | { readonly kind: "wrapUpFinished"; readonly contactId: string; readonly operatorId: string }
  /** An entry of this contact could not be stored, or an effect of it failed: it ends, the others go on. */
  | { readonly kind: "contactFailed"; readonly contactId: string; readonly code: "NOT_STORED" | "INTERNAL" }
  /** Recordings had to stop for want of room on the disk; they may begin again. */
  | { readonly kind: "roomToRecord" }
  /** A deadline of the state has come. */
  | { readonly kind: "tick" }
  /** First input after a start: the legs that still live, and until when the run before is known to have lived. */
  | { readonly kind: "recovered"; readonly legsAlive: readonly string[]; readonly aliveUntil: number | null };

export type OfferOutcome = "accepted" | "declined" | "rung-out" | "withdrawn" | "unreachable";
export type QueueLeaveReason = "answered" | "abandoned" | "overflow" | "timeout" | "nobody" | "transferred" | "ended";
/** How a contact ended; the error reference explains each code and whose it was. */
export type ContactEndCode =
  | "CUSTOMER_HUNG_UP"
  | "OPERATOR_HUNG_UP"
  | "SCENARIO_ENDED"
  | "ABANDONED_IN_QUEUE"
  | "ABANDONED_IN_SCENARIO"
  | "TRANSFERRED_OUTSIDE"
  | "BUSY"
  | "NO_ANSWER"
  | "DECLINED"
  | "CANCELLED"
  | "UNREACHABLE"
  | "NUMBER_UNKNOWN"
  | "TRUNK_REJECTED"
  | "VOICEMAIL_LEFT"
  | "MEDIA_FAILED"
  | "MEDIA_LOST"
  | "SERVER_RESTARTED"
  | "OVERLOADED"
  | "SCENARIO_FAILED"
  | "NOT_STORED"
  | "INTERNAL"
  | "OUTGOING_LIMIT";

/** Why this operator: cheap enough to keep with every offer. */
export type RoutingReasons = {
  readonly strategy: "longest-idle";
  readonly waitedMs: number;
  readonly tier: number;
  readonly chosenIdleMs: number;
  readonly candidates: number;
  readonly excluded: Readonly<
    Partial<Record<"offline" | "break" | "busy" | "wrap-up" | "no-device" | "skill" | "tier" | "just-missed", number>>
  >;
};

export type Fact =
  | { readonly kind: "configured"; readonly config: CoreConfig }
  | { readonly kind: "configChanged"; readonly change: CoreConfigChange }
  /** A call's numbers are being looked up, until then at the longest. It is no contact yet. */
  | {
      readonly kind: "callArriving";
      readonly call: ArrivingCall;
      readonly clientId: string;
      readonly scenarioId: string;
      readonly language: "en" | "ru" | "bg";
      readonly known: CallNumbers;
      readonly until: number;
    }
  /** Its caller did not wait for that. */
  | {
      readonly kind: "callerGone";
      readonly legId: string;
      readonly code: LegEndCode;
      readonly sipStatus: number | null;
    }
  | {
      readonly kind: "contactStarted";
      readonly contactId: string;
      readonly direction: Direction;
      readonly clientId: string;
      readonly trunkId: string | null;
      readonly numberId: string | null;
      readonly addressId: string | null;
      readonly calledAddressId: string | null;
      readonly customerId: string | null;
      readonly customerLegId: string | null;
      readonly operatorId: string | null;
      readonly language: "en" | "ru" | "bg";
      readonly outsideAddressIds: Readonly<Record<string, string>>;
      readonly outsideDestinations: Readonly<Record<string, Destination>>;
      readonly callerTests: Readonly<Record<string, boolean>>;
    }
  | {
      readonly kind: "legStarted";
      readonly legId: string;
      readonly contactId: string;
      readonly role: "customer" | "operator" | "consulted" | "outside";
      readonly operatorId: string | null;
      readonly deviceId: string | null;
      readonly addressId: string | null;
      readonly standing: boolean;
      /** The telephone that dialled, of its own incoming leg. */
      readonly phoneId: string | null;
      /** Of a leg that goes out: what the limits count. Emergency calls have none. */
      readonly charge: OutgoingCharge | null;
    }
  | { readonly kind: "legRinging"; readonly legId: string; readonly contactId: string; readonly earlyMedia: boolean }
  /** `trunkId`: the line that took a leg outside. */
  | {
      readonly kind: "legAnswered";
      readonly legId: string;
      readonly contactId: string;
      readonly trunkId: string | null;
    }
  | {
      readonly kind: "legEnded";
      readonly legId: string;
      readonly contactId: string;
      readonly code: LegEndCode;
      readonly sipStatus: number | null;
    }
  | {
      readonly kind: "scenarioEntered";
      readonly contactId: string;
      readonly scenarioId: string;
      readonly configVersion: number;
    }
  | {
      readonly kind: "stepEntered";
      readonly contactId: string;
      readonly stepId: string;
      readonly step: string;
      readonly attempt: number;
      readonly playId: string | null;
      readonly collectId: string | null;
      readonly until: number | null;
    }
  | {
      readonly kind: "keysEntered";
      readonly contactId: string;
      readonly stepId: string;
      readonly keys: string | null;
      readonly reference: string | null;
      readonly length: number;
      readonly label: string;
      /** What the operator is shown of it later; null where there is nothing to show. */
      readonly choice: string | null;
    }
  | { readonly kind: "variableSet"; readonly contactId: string; readonly name: string; readonly value: string }
  | { readonly kind: "languageSet"; readonly contactId: string; readonly language: "en" | "ru" | "bg" }
  | { readonly kind: "hoursTested"; readonly contactId: string; readonly hoursId: string; readonly open: boolean }
  | {
      readonly kind: "enqueued";
      readonly contactId: string;
      readonly queueId: string;
      readonly priority: number;
      readonly stepId: string | null;
      readonly since: number;
      /** When the queue sends the contact on, and when it is looked at again for who may be rung. */
      readonly until: number | null;
      readonly reviewAt: number | null;
    }
  | {
      readonly kind: "queueSpoke";
      readonly contactId: string;
      readonly playId: string;
      readonly position: number | null;
      readonly nextAt: number | null;
      readonly phase: "welcome" | "announcement" | "music";
    }
  /** A waiting contact was looked at again: a further tier may be asked now, or operators who missed it may be rung again. */
  | {
      readonly kind: "waitReviewed";
      readonly contactId: string;
      readonly queueId: string;
      readonly tier: number;
      readonly nextAt: number | null;
    }
  | {
      readonly kind: "queueLeft";
      readonly contactId: string;
      readonly queueId: string;
      readonly reason: QueueLeaveReason;
      /** This time, for who reads a journal: figures take times from when entries were. */
      readonly waitedMs: number;
    }
  | {
      readonly kind: "offerMade";
      readonly offerId: string;
      readonly contactId: string;
      readonly operatorId: string;
      readonly queueId: string | null;
      readonly device: OperatorDevice;
      readonly legId: string | null;
      readonly until: number;
      readonly reasons: RoutingReasons | null;
    }
  | {
      readonly kind: "offerEnded";
      readonly offerId: string;
      readonly contactId: string;
      readonly operatorId: string;
      readonly outcome: OfferOutcome;
      /** Until when the operator, who missed it, is not rung for the contact again. */
      readonly missedUntil: number | null;
      /** When a contact that goes on waiting is looked at again. */
      readonly reviewAt: number | null;
    }
  | {
      readonly kind: "talkStarted";
      readonly contactId: string;
      readonly operatorId: string;
      readonly legId: string;
      readonly roomId: string;
      readonly queueId: string | null;
    }
  /** An operator dials: `legId` is the operator's own leg, which is connected first. */
  | {
      readonly kind: "dialStarted";
      readonly contactId: string;
      readonly operatorId: string;
      readonly legId: string;
      readonly target: Target;
      readonly callerNumberId: string | null;
    }
  /** Something is played to a leg apart from scenario, queue, hold and consultation, which say so in their own facts. */
  | {
      readonly kind: "played";
      readonly contactId: string;
      readonly legId: string;
      readonly playId: string;
      readonly what: "ringback" | "busy" | "comfort" | "music";
    }
  /** An outside party and the customer talk (after a transfer, or in a conference with the operators). */
  | { readonly kind: "outsideJoined"; readonly contactId: string; readonly legId: string; readonly roomId: string }
  | {
      readonly kind: "heldChanged";
      readonly contactId: string;
      readonly operatorId: string;
      readonly on: boolean;
      readonly playId: string | null;
    }
  | { readonly kind: "mutedChanged"; readonly contactId: string; readonly operatorId: string; readonly on: boolean }
  | { readonly kind: "keysSent"; readonly contactId: string; readonly operatorId: string; readonly length: number }
  | {
      readonly kind: "consultStarted";
      readonly contactId: string;
      readonly operatorId: string;
      readonly target: Target;
      readonly legId: string | null;
      readonly playId: string | null;
      /** The operator asks by a second call of a SIP phone; `held`: the customer was on hold before it. */
      readonly second: { readonly legId: string; readonly held: boolean } | null;
    }
  | {
      readonly kind: "consultAnswered";
      readonly contactId: string;
      readonly operatorId: string;
      readonly consultedOperatorId: string | null;
      readonly legId: string;
    }
  | {
      readonly kind: "consultEnded";
      readonly contactId: string;
      readonly operatorId: string;
      readonly as: "transfer" | "return" | "conference" | "failed";
    }
  | {
      readonly kind: "transferred";
      readonly contactId: string;
      readonly fromOperatorId: string | null;
      readonly target: Target;
    }
  | {
      readonly kind: "talkEnded";
      readonly contactId: string;
      readonly operatorId: string;
      /** For who reads a journal, as above; the hold is this operator's. */
      readonly talkMs: number;
      readonly holdMs: number;
    }
  | { readonly kind: "wrapUpStarted"; readonly contactId: string; readonly operatorId: string; readonly until: number }
  | {
      readonly kind: "wrapUpEnded";
      readonly contactId: string;
      readonly operatorId: string;
      readonly reason: "finished" | "limit" | "went";
    }
  | {
      readonly kind: "recordingStarted";
      readonly contactId: string;
      readonly recordingId: string;
      readonly voicemail: boolean;
      /** Of a message: the queue among whose missed callers it stands, where the flow names one. */
      readonly queueId: string | null;
    }
  | { readonly kind: "recordingPaused"; readonly contactId: string; readonly recordingId: string; readonly on: boolean }
  | { readonly kind: "recordingStopped"; readonly contactId: string; readonly recordingId: string }
  | {
      readonly kind: "recordingClosed";
      readonly contactId: string;
      readonly recordingId: string;
      readonly durationMs: number;
      readonly bytes: number;
      readonly sha256: string;
    }
  | {
      readonly kind: "recordingFailed";
      readonly contactId: string;
      readonly recordingId: string;
      readonly code: string;
    }
  | {
      readonly kind: "contactEnded";
      readonly contactId: string;
      readonly code: ContactEndCode;
      readonly answered: boolean;
      /** So many ended contacts are remembered, so that their results can be written; the oldest are forgotten. */
      readonly endedKept: number;
    }
  | {
      readonly kind: "dispositionSet";
      readonly contactId: string;
      readonly operatorId: string;
      readonly dispositionId: string;
    }
  | {
      readonly kind: "customerLinked";
      readonly contactId: string;
      readonly customerId: string | null;
      readonly operatorId: string;
    }
  | {
      readonly kind: "operatorChanged";
      readonly operatorId: string;
      readonly state: "available" | "break" | "offline";
      readonly reasonId: string | null;
      readonly cause: "self" | "supervisor" | "missed" | "headset-lost" | "restart";
      readonly byUserId: string | null;
    }
  | { readonly kind: "headsetAttached"; readonly operatorId: string; readonly legId: string }
  /** `until`: how long a running talk, and then the operator's duty, wait for the headset to come back. */
  | {
      readonly kind: "headsetLost";
      readonly operatorId: string;
      readonly legId: string;
      readonly until: number;
      readonly cause: "headset-lost" | "restart";
    }
  | { readonly kind: "deviceReachable"; readonly deviceId: string; readonly reachable: boolean }
  /** An operator on duty can't be rung on anything; so long is waited for a telephone. */
  | { readonly kind: "deviceMissing"; readonly operatorId: string; readonly until: number }
  | { readonly kind: "deviceChosen"; readonly operatorId: string; readonly device: "headset" | "phone" }
  /** A limit of a day is nearly (`percent` below 100) or wholly used up; said once a day. `id`: of a person, telephone or line. */
  | {
      readonly kind: "outgoingAlarm";
      readonly scope: OutgoingScope;
      readonly id: string | null;
      readonly measure: OutgoingMeasure;
      readonly percent: number;
    }
  /** A new day of the limits began while calls went on. */
  | { readonly kind: "outgoingDayBegan" }
  /** A call flow's call out, or one that was permitted when it was asked for, was not dialled. */
  | {
      readonly kind: "outgoingRefused";
      readonly contactId: string;
      readonly operatorId: string | null;
      readonly code: OutgoingRefusal;
      readonly scope: OutgoingScope | null;
      readonly destination: Destination | null;
    }
  | {
      readonly kind: "refused";
      readonly input: Input["kind"];
      readonly code: RefusalCode;
      /** Of a call out: whose limit it was, and where the number would have led. */
      readonly scope: OutgoingScope | null;
      readonly destination: Destination | null;
      readonly contactId: string | null;
      readonly operatorId: string | null;
    }
  /** `aliveUntil`: until when the run before is known to have lived; what the crash cut off ended then. */
  | { readonly kind: "recovered"; readonly legsLost: number; readonly aliveUntil: number | null };

/** One entry of a centre's journal. `facts` may be empty only for inputs that changed nothing; those are not stored. */
export type JournalEntry = {
  readonly seq: number;
  readonly at: number;
  readonly version: number;
  readonly input: Input;
  readonly facts: readonly Fact[];
};

/** What the core asks the shell to do. */
export type Effect =
  | TelephonyCommand
  /** Looks up what is not known of an arriving call's numbers; answered by `callIdentified`. */
  | { readonly kind: "identifyCaller"; readonly contactId: string; readonly legId: string };

/** Outer shape checked when an entry is read back; upcasters bring older versions to this one. */
export const journalEntrySchema = z.object({
  seq: z.int().min(1),
  at: z.number(),
  version: z.int().min(1),
  input: z.looseObject({ kind: z.string() }),
  facts: z.array(z.looseObject({ kind: z.string() })),
});
