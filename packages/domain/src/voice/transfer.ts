import type { Input, LegEndCode, Target } from "@centrala/contract";
import { assert, assertNever } from "@centrala/kit";
import { type Contact, partyOf } from "../contact/contact.ts";
import { type Draft, emit, follow, newId, refuse, talkOf } from "../core/draft.ts";
import { times } from "../core/limits.ts";
import { makeOffer } from "../routing/offers.ts";
import { queueRefuses } from "../routing/waiting.ts";
import { callerNumberOf, dialOut } from "./dial-out.ts";
import { unhold } from "./hold.ts";
import { leaveTalk } from "./leave.ts";
import { soundRinging } from "./play.ts";
import { enterQueue } from "./queue-speech.ts";
import { syncRecording } from "./recording.ts";
import { operatorRefusal, transferRefusal } from "./refusal.ts";
import { syncRoom } from "./room.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;

/** A transfer at once: the operator is free, the customer hears ringback or music until somebody answers. */
export function onTransferAsked(draft: Draft, input: InputOf<"transferAsked">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact === undefined) return;
  const why = transferRefusal(draft, contact, input.operatorId, input.target);
  if (why !== undefined) return refuse(draft, why, input);
  transfer(draft, contact, input.operatorId, input.target);
}

/** Hands the contact over at once; whether that is possible was asked before. */
export function transfer(draft: Draft, contact: Contact, operatorId: string, target: Target): void {
  const party = partyOf(contact, operatorId);
  assert(contact.phase.kind === "talking" && party !== undefined, "who hands over talks with the customer");
  unhold(draft, contact, operatorId);
  leaveTalk(draft, contact, contact.phase, party);
  syncRecording(draft, contact);
  syncRoom(draft, contact);
  emit(draft, { kind: "transferred", contactId: contact.id, fromOperatorId: operatorId, target });
  ringTarget(draft, contact, target, times.ringTimeoutMs);
}

/** Rings a contact's target; the contact is in phase ringing (or goes to a queue). */
export function ringTarget(draft: Draft, contact: Contact, target: Target, ringTimeoutMs: number): void {
  assert(contact.phase.kind === "ringing", "a target is rung for who was handed on");
  switch (target.kind) {
    case "operator":
      return ringOperator(draft, contact, target.operatorId, ringTimeoutMs);
    case "queue": {
      const why = queueRefuses(draft, target.queueId);
      if (why === "unknown" || why === "overflow") return failed(draft, contact, "BUSY");
      // The wait remembers the scenario's step, so that whoever waits too long goes on from there.
      const stepId = contact.phase.kind === "ringing" ? contact.phase.stepId : null;
      return enterQueue(draft, contact, { queueId: target.queueId, priority: 50, stepId, since: draft.at });
    }
    case "outside":
      return ringOutside(draft, contact, target, ringTimeoutMs);
    default:
      return assertNever(target);
  }
}

function ringOperator(draft: Draft, contact: Contact, operatorId: string, ringTimeoutMs: number): void {
  const operator = draft.state.operators.get(operatorId);
  const free = operator !== undefined && operatorRefusal(draft, operator) === undefined;
  const how = { queueId: null, ringTimeoutMs, reasons: null, consulted: false };
  if (!free || !makeOffer(draft, contact, operator, how)) return failed(draft, contact, "BUSY");
  soundRinging(draft, contact);
}

function ringOutside(
  draft: Draft,
  contact: Contact,
  target: Extract<Target, { kind: "outside" }>,
  ringTimeoutMs: number,
): void {
  if (draft.state.config.trunkIds.length === 0) return failed(draft, contact, "TRUNK_REJECTED");
  const legId = newId(draft, "leg");
  const callerNumberId = callerNumberOf(draft.state, contact);
  // Who transferred answers for the call, although their own part is over.
  const operatorId = contact.phase.kind === "ringing" ? contact.phase.from : null;
  const how = { legId, role: "outside", callerNumberId, ringTimeoutMs, operatorId, deviceId: null } as const;
  if (dialOut(draft, contact, target, how)) soundRinging(draft, contact);
  else failed(draft, contact, "OUTGOING_LIMIT");
}

function failed(draft: Draft, contact: Contact, code: LegEndCode): void {
  follow(draft, { kind: "targetFailed", contactId: contact.id, code });
}
