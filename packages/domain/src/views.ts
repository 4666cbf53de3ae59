import type { Direction, Language, OperatorDevice, Target } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { Contact, Phase } from "./contact/contact.ts";
import { pickDevice } from "./operator/device.ts";
import { type Operator, type OperatorState, operatorSince, operatorState } from "./operator/operator.ts";
import { positionOf } from "./routing/waiting.ts";
import type { CentreState } from "./state.ts";

/** What live screens show of a running contact. Ids only: names and numbers are looked up by whoever shows them. */
export type ContactView = {
  readonly contactId: string;
  readonly direction: Direction;
  readonly clientId: string;
  readonly trunkId: string | null;
  readonly numberId: string | null;
  readonly addressId: string | null;
  readonly calledAddressId: string | null;
  readonly customerId: string | null;
  readonly language: Language;
  readonly startedAt: Instant;
  readonly answered: boolean;
  readonly phase: Exclude<Phase["kind"], "between">;
  readonly queueId: string | null;
  /** Since when it waits, and its place; null outside a queue. */
  readonly waitingSince: Instant | null;
  readonly position: number | null;
  readonly operatorIds: readonly string[];
  readonly choices: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly recordingId: string | null;
  readonly dispositionId: string | null;
};

export type TalkView = {
  readonly contact: ContactView;
  readonly as: "operator" | "consulted" | "dialling";
  readonly since: Instant;
  readonly customerLegId: string | null;
  readonly legId: string | null;
  readonly muted: boolean;
  readonly heldSince: Instant | null;
  readonly recording: "off" | "on" | "paused";
  readonly conference: boolean;
  /** Set while the headset is lost and may come back. */
  readonly lostUntil: Instant | null;
  readonly consult: {
    readonly by: string;
    readonly target: Target;
    readonly operatorId: string | null;
    readonly state: "ringing" | "talking";
  } | null;
};

export type OperatorView = {
  readonly operatorId: string;
  readonly state: OperatorState;
  readonly since: Instant;
  /** What the state will be when the present work is over. */
  readonly duty: "offline" | "available" | "break";
  readonly breakReasonId: string | null;
  readonly device: OperatorDevice | null;
  readonly headset: boolean;
  readonly phones: readonly string[];
  readonly chosen: "headset" | "phone" | null;
  readonly offer: {
    readonly offerId: string;
    readonly queueId: string | null;
    readonly purpose: "queue" | "transfer" | "consult" | "internal";
    /** Who calls or asks, when that is a colleague. */
    readonly fromOperatorId: string | null;
    readonly device: OperatorDevice;
    readonly since: Instant;
    readonly until: Instant;
    readonly contact: ContactView;
  } | null;
  readonly talk: TalkView | null;
  readonly wrapUp: { readonly contactId: string; readonly since: Instant; readonly until: Instant } | null;
};

/** What the running contacts look like now. */
export function contactViews(state: CentreState): ContactView[] {
  return [...state.contacts.values()].map((contact) => viewOf(state, contact));
}

function viewOf(state: CentreState, contact: Contact): ContactView {
  const phase = contact.phase;
  const queue = phase.kind === "waiting" ? state.queues.get(phase.queueId) : undefined;
  const waiting = phase.kind === "waiting" ? phase : undefined;
  return {
    contactId: contact.id,
    direction: contact.direction,
    clientId: contact.clientId,
    trunkId: contact.trunkId,
    numberId: contact.numberId,
    addressId: contact.addressId,
    calledAddressId: contact.calledAddressId,
    customerId: contact.customerId,
    language: contact.language,
    startedAt: contact.startedAt,
    answered: contact.answered,
    phase: phase.kind === "between" ? "scenario" : phase.kind,
    queueId: contact.queueId,
    waitingSince: waiting?.enteredAt ?? null,
    position: queue === undefined || waiting === undefined ? null : positionOf(queue, contact, waiting),
    operatorIds: operatorsIn(phase),
    choices: [...contact.choices],
    variables: { ...contact.variables },
    recordingId: contact.recordingId,
    dispositionId: contact.dispositionId,
  };
}

function operatorsIn(phase: Phase): string[] {
  if (phase.kind === "dialling") return [phase.operatorId];
  if (phase.kind !== "talking") return [];
  return phase.parties.flatMap((party) => (party.operatorId === null ? [] : [party.operatorId]));
}

/** What an operator's desk and the floor show; undefined when there is no such operator. */
export function operatorView(state: CentreState, operatorId: string): OperatorView | undefined {
  const operator = state.operators.get(operatorId);
  if (operator === undefined) return undefined;
  const { work, duty } = operator;
  const devices = state.config.operators.get(operatorId)?.deviceIds ?? [];
  return {
    operatorId,
    state: operatorState(operator),
    since: operatorSince(operator),
    duty: duty.state,
    breakReasonId: duty.state === "break" ? duty.reasonId : null,
    device: pickDevice(state, operator),
    headset: operator.headsetLegId !== null,
    phones: devices.filter((deviceId) => state.reachableDevices.has(deviceId)),
    chosen: operator.chosen,
    offer: offerView(state, operator),
    talk: talkView(state, operator),
    wrapUp: work.kind === "wrap-up" ? { contactId: work.contactId, since: work.since, until: work.until } : null,
  };
}

function offerView(state: CentreState, operator: Operator): OperatorView["offer"] {
  const offer = operator.work.kind === "offered" ? state.offers.get(operator.work.offerId) : undefined;
  const contact = offer === undefined ? undefined : state.contacts.get(offer.contactId);
  if (offer === undefined || contact === undefined) return null;
  const { id: offerId, queueId, purpose, device, since, until } = offer;
  const fromOperatorId = askerOf(contact.phase);
  return { offerId, queueId, purpose, fromOperatorId, device, since, until, contact: viewOf(state, contact) };
}

function askerOf(phase: Phase): string | null {
  if (phase.kind === "dialling") return phase.operatorId;
  if (phase.kind === "ringing") return phase.from;
  return phase.kind === "talking" ? (phase.consult?.by ?? null) : null;
}

function talkView(state: CentreState, operator: Operator): TalkView | null {
  const contact = operator.work.kind === "talking" ? state.contacts.get(operator.work.contactId) : undefined;
  if (contact === undefined || operator.work.kind !== "talking") return null;
  const phase = contact.phase;
  const talking = phase.kind === "talking" ? phase : undefined;
  const party = talking?.parties.find((one) => one.operatorId === operator.id);
  const consult = talking?.consult ?? null;
  const { recordingId, recordingPaused } = contact;
  return {
    contact: viewOf(state, contact),
    as: phase.kind === "dialling" ? "dialling" : operator.work.as,
    since: operator.work.since,
    customerLegId: contact.customerLegId,
    legId: party?.legId ?? (phase.kind === "dialling" ? phase.legId : (consult?.legId ?? null)),
    muted: party?.muted ?? false,
    heldSince: talking?.hold?.since ?? null,
    recording: recordingId === null ? "off" : recordingPaused ? "paused" : "on",
    conference: (talking?.parties.length ?? 0) > (contact.direction === "internal" ? 2 : 1),
    lostUntil: party?.lostUntil ?? null,
    consult: consult === null ? null : consultView(consult),
  };
}

function consultView(consult: NonNullable<Extract<Phase, { kind: "talking" }>["consult"]>): TalkView["consult"] {
  const { by, target, operatorId, talking } = consult;
  return { by, target, operatorId, state: talking ? "talking" : "ringing" };
}
