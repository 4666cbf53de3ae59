import type { Input, RefusalCode, Target, TelephonyEvent } from "@centrala/contract";
import { type Contact, type PhaseOf, partyOf } from "../contact/contact.ts";
import { act, type Draft, refuse } from "../core/draft.ts";
import type { Operator } from "../operator/operator.ts";
import { askFirst, endConsult } from "./consult.ts";
import { hold, unhold } from "./hold.ts";
import { syncRecording } from "./recording.ts";
import { transferRefusal } from "./refusal.ts";
import { syncRoom } from "./room.ts";
import { transfer } from "./transfer.ts";

type Dialled = Extract<Input, { kind: "operatorDialled" }>;
type EventOf<K extends TelephonyEvent["kind"]> = Extract<TelephonyEvent, { kind: K }>;

/** A talk as a SIP phone sees it: by its first call, or by its second one. */
type PhoneTalk = { readonly contact: Contact; readonly phase: PhaseOf<"talking">; readonly operatorId: string };

/** A phone calls somebody while its operator talks: it asks first. False when the operator does not talk. */
export function secondCall(draft: Draft, operator: Operator, input: Dialled, legId: string): boolean {
  const { work } = operator;
  const contact = work.kind === "talking" ? draft.state.contacts.get(work.contactId) : undefined;
  if (contact === undefined || partyOf(contact, operator.id) === undefined) return false;
  draft.about = contact.id;
  const second = { legId, phoneId: input.deviceId ?? null };
  const why = askFirst(draft, contact, operator.id, input.target, second);
  if (why === undefined) return true;
  refuse(draft, why, { contactId: contact.id, operatorId: operator.id });
  const status = statusOf(why);
  act(draft, { kind: "rejectLeg", legId, status: status === declined ? busy : status });
  return true;
}

/** The transfer key of a phone: extensions of colleagues are known here, everything else is looked up by the shell. */
export function onPhoneTransfer(draft: Draft, input: EventOf<"phoneTransfer">): void {
  const to = draft.state.config.extensions.get(input.target);
  // Who else may be meant the shell knows, which then asks once more or tells the phone that there is nobody.
  if (to === undefined) return refuse(draft, "TARGET_UNKNOWN", {});
  transferTo(draft, input.legId, { kind: "operator", operatorId: to });
}

export function onPhoneTransferTo(draft: Draft, input: Extract<Input, { kind: "phoneTransferTo" }>): void {
  transferTo(draft, input.legId, input.target);
}

/** At once; to whom the second call already rings or talks it is handed over as if the two had been joined. */
function transferTo(draft: Draft, legId: string, target: Target): void {
  const talk = talkOfPhone(draft, legId);
  if (talk === undefined) return refuseTransfer(draft, legId, "NOT_TALKING", undefined);
  const { contact, phase, operatorId } = talk;
  const { consult } = phase;
  if (consult?.second != null && consult.by === operatorId && sameTarget(consult.target, target)) {
    return joinCalls(draft, legId, contact);
  }
  const why = transferRefusal(draft, contact, operatorId, target);
  if (why !== undefined) return refuseTransfer(draft, legId, why, talk);
  act(draft, { kind: "reportTransfer", legId, status: 200 });
  transfer(draft, contact, operatorId, target);
}

/** The transfer key of a phone with two calls: whoever is on them talks, or rings, with each other. */
export function onPhoneJoin(draft: Draft, input: EventOf<"phoneJoin">): void {
  const { legId, otherLegId } = input;
  const talk = talkOfPhone(draft, legId);
  if (talk === undefined) return refuseTransfer(draft, legId, "NOT_TALKING", undefined);
  const { contact, phase, operatorId } = talk;
  const second = phase.consult?.by === operatorId ? phase.consult.second : null;
  const calls = [partyOf(contact, operatorId)?.legId, second?.legId];
  const both = second !== null && legId !== otherLegId && calls.includes(otherLegId);
  if (!both) return refuseTransfer(draft, legId, "NOT_CONSULTING", talk);
  joinCalls(draft, legId, contact);
}

/** The phone is told before its calls end. */
function joinCalls(draft: Draft, legId: string, contact: Contact): void {
  act(draft, { kind: "reportTransfer", legId, status: 200 });
  endConsult(draft, contact, "transfer");
}

function refuseTransfer(draft: Draft, legId: string, code: RefusalCode, talk: PhoneTalk | undefined): void {
  refuse(draft, code, { contactId: talk?.contact.id, operatorId: talk?.operatorId });
  act(draft, { kind: "reportTransfer", legId, status: statusOf(code) });
}

function talkOfPhone(draft: Draft, legId: string): PhoneTalk | undefined {
  const leg = draft.state.legs.get(legId);
  const contact = leg?.contactId == null ? undefined : draft.state.contacts.get(leg.contactId);
  const operatorId = leg?.operatorId ?? null;
  if (contact?.phase.kind !== "talking" || operatorId === null) return undefined;
  const { phase } = contact;
  const mine = partyOf(contact, operatorId)?.legId === legId || phase.consult?.second?.legId === legId;
  return mine ? { contact, phase, operatorId } : undefined;
}

function sameTarget(one: Target, other: Target): boolean {
  if (one.kind === "operator" && other.kind === "operator") return one.operatorId === other.operatorId;
  if (one.kind === "outside" && other.kind === "outside") return one.addressId === other.addressId;
  return one.kind === "queue" && other.kind === "queue" && one.queueId === other.queueId;
}

/** The hold key of a phone. While somebody is asked on the same call, the customer hears music anyway. */
export function onLegHeld(draft: Draft, input: EventOf<"legHeld">): void {
  const talk = talkOfPhone(draft, input.legId);
  if (talk === undefined) return;
  const { contact, phase, operatorId } = talk;
  if (partyOf(contact, operatorId)?.legId !== input.legId) return;
  if (phase.consult !== null && phase.consult.second === null) return;
  if (input.on === (phase.hold !== null) || (phase.hold !== null && phase.hold.by !== operatorId)) return;
  if (input.on) hold(draft, contact, operatorId);
  else unhold(draft, contact, operatorId);
  syncRoom(draft, contact);
  syncRecording(draft, contact);
}

const busy = 486;
const declined = 603;
const forbidden = 403;
const statuses: Readonly<Partial<Record<RefusalCode, number>>> = {
  OPERATOR_UNKNOWN: 404,
  QUEUE_UNKNOWN: 404,
  OPERATOR_OFFLINE: 480,
  NO_DEVICE: 480,
  OPERATOR_BUSY: busy,
  NO_TRUNK: 503,
  LIMIT_REACHED: 503,
  COUNTRY_NOT_ALLOWED: forbidden,
  CLASS_NOT_ALLOWED: forbidden,
  NUMBER_NOT_ALLOWED: forbidden,
  OFF_DUTY: forbidden,
  CALLS_AT_ONCE: forbidden,
  CALLS_A_DAY: forbidden,
  MINUTES_A_DAY: forbidden,
  SPENDING_A_DAY: forbidden,
};

/** What a phone is told of a refusal (RFC 3261 section 21). */
export function statusOf(code: RefusalCode): number {
  return statuses[code] ?? declined;
}
