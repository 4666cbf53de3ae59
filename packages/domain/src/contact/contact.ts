import type { Destination, Direction, Language, Target } from "@centrala/contract";
import type { Instant } from "@centrala/kit";

/** One who talks with the customer: an operator, or somebody outside. */
export type Party = {
  readonly operatorId: string | null;
  legId: string;
  readonly queueId: string | null;
  readonly since: Instant;
  /** How long this operator has held the other side so far, without a hold that goes on. */
  holdMs: number;
  muted: boolean;
  /** Set while the headset is lost and may come back. */
  lostUntil: Instant | null;
};

export type Hold = {
  readonly by: string;
  /** The leg that hears music meanwhile. */
  readonly legId: string | null;
  readonly since: Instant;
};

export type Consult = {
  readonly by: string;
  readonly target: Target;
  /** The consulted one's leg: outside from the start, an operator's from the answer. */
  legId: string | null;
  offerId: string | null;
  operatorId: string | null;
  talking: boolean;
  /** The consulted one speaks without being heard. */
  muted: boolean;
  /** The second call of a SIP phone that it goes by; null when the operator asks on the leg of the talk. */
  readonly second: SecondCall | null;
};

/** `held`: the customer was on hold before it, and stays so when it ends. */
export type SecondCall = { readonly legId: string; readonly held: boolean };

/** An operator who missed the contact is not rung for it again until then. */
export type Missed = { readonly operatorId: string; readonly since: Instant; readonly until: Instant };

export type Phase =
  /** Between two phases, inside one step only. */
  | { readonly kind: "between" }
  | {
      readonly kind: "scenario";
      readonly stepId: string;
      readonly attempt: number;
      readonly playId: string | null;
      readonly collectId: string | null;
      readonly until: Instant | null;
      recordingId: string | null;
    }
  | {
      readonly kind: "waiting";
      readonly queueId: string;
      readonly priority: number;
      readonly since: Instant;
      readonly enteredAt: Instant;
      readonly stepId: string | null;
      playId: string | null;
      speech: "welcome" | "announcement" | "music";
      nextAt: Instant | null;
      until: Instant | null;
      reviewAt: Instant | null;
      offerId: string | null;
      missed: Missed[];
    }
  /** Rings one target, an operator or somebody outside, while the customer hears ringback. */
  | {
      readonly kind: "ringing";
      readonly target: Target;
      readonly from: string | null;
      readonly stepId: string | null;
      offerId: string | null;
      legId: string | null;
    }
  /** An operator calls somebody: first the operator's own leg, then the far one. */
  | {
      readonly kind: "dialling";
      readonly operatorId: string;
      readonly legId: string;
      readonly target: Target;
      readonly callerNumberId: string | null;
      farLegId: string | null;
      offerId: string | null;
    }
  | {
      readonly kind: "talking";
      parties: Party[];
      hold: Hold | null;
      consult: Consult | null;
    };

export type PhaseOf<K extends Phase["kind"]> = Extract<Phase, { kind: K }>;

export type Contact = {
  readonly id: string;
  /** Counts up through the centre: who came first among contacts of the same instant. */
  readonly order: number;
  readonly direction: Direction;
  readonly clientId: string;
  readonly trunkId: string | null;
  readonly numberId: string | null;
  readonly addressId: string | null;
  readonly calledAddressId: string | null;
  readonly outsideAddressIds: Readonly<Record<string, string>>;
  readonly outsideDestinations: Readonly<Record<string, Destination>>;
  readonly callerTests: Readonly<Record<string, boolean>>;
  readonly startedAt: Instant;
  customerId: string | null;
  language: Language;
  customerLegId: string | null;
  /** Live legs that belong to the contact; standing headset legs belong to their operators. */
  legIds: string[];
  scenarioKey: string | null;
  variables: Record<string, string>;
  /** What the caller chose in menus, for the operator's screen; never sensitive keys. */
  choices: string[];
  noticeHeard: boolean;
  messageLeft: boolean;
  answered: boolean;
  queueId: string | null;
  queueSince: Instant | null;
  recordingId: string | null;
  recordingPaused: boolean;
  operatorIds: string[];
  dispositionId: string | null;
  roomOpen: boolean;
  phase: Phase;
};

/** A leg as the core knows it: `incoming` ones wait for our answer, `dialled` ones for the far end's. */
export type Leg = {
  readonly id: string;
  readonly contactId: string | null;
  readonly role: "customer" | "operator" | "consulted" | "outside";
  readonly operatorId: string | null;
  readonly deviceId: string | null;
  /** The telephone that dialled, of its own incoming leg. */
  readonly phoneId: string | null;
  readonly addressId: string | null;
  readonly standing: boolean;
  readonly incoming: boolean;
  state: "started" | "ringing" | "early" | "answered";
  /** What was last played to it, until it was stopped by something else. */
  playId: string | null;
};

/** What is kept of a contact that ended, as long as operators may still write their results. */
export type EndedContact = {
  readonly id: string;
  readonly operatorIds: readonly string[];
  readonly queueId: string | null;
  readonly endedAt: Instant;
};

export type Recording = { readonly id: string; readonly contactId: string; readonly voicemail: boolean };

/** The party of an operator, undefined when the operator is not in this talk. */
export function partyOf(contact: Contact, operatorId: string): Party | undefined {
  if (contact.phase.kind !== "talking") return undefined;
  return contact.phase.parties.find((party) => party.operatorId === operatorId);
}

/** Who hears the music when this operator holds: the customer, or in an internal call the other side. */
export function heldLegOf(contact: Contact, operatorId: string): string | null {
  if (contact.customerLegId !== null) return contact.customerLegId;
  if (contact.phase.kind !== "talking") return null;
  return contact.phase.parties.find((party) => party.operatorId !== operatorId)?.legId ?? null;
}

/** Room ids are made of the contact's, so that both sides of a restart agree on them. */
export function roomIdOf(contact: Contact): string {
  return `room-${contact.id}`;
}

export function earliestOf(...instants: ReadonlyArray<Instant | null>): Instant | undefined {
  let best: Instant | undefined;
  for (const instant of instants) if (instant !== null && (best === undefined || instant < best)) best = instant;
  return best;
}

/** When something about the contact is due by itself; offers and operators have deadlines of their own. */
export function contactDeadline(contact: Contact): Instant | undefined {
  const phase = contact.phase;
  if (phase.kind === "scenario") return phase.until ?? undefined;
  if (phase.kind === "talking") return earliestOf(...phase.parties.map((party) => party.lostUntil));
  if (phase.kind !== "waiting") return undefined;
  // While an offer rings nobody else is looked for, and the wait limit does not send the caller away.
  if (phase.offerId !== null) return phase.nextAt ?? undefined;
  return earliestOf(phase.nextAt, phase.reviewAt, phase.until);
}
