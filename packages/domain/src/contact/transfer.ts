import type { ContactEndCode, Input, LegEndCode, RefusalCode, Target } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import { type Draft, emit, newId, refuse, talkOf } from "../draft.ts";
import { pickDevice } from "../operator/device.ts";
import { type Operator, operatorState } from "../operator/operator.ts";
import { callRefusal, phoneOf } from "../outgoing/ask.ts";
import { makeOffer } from "../routing/offers.ts";
import { enqueue, queueRefuses } from "../routing/waiting.ts";
import { enterScenario, enterStep, scenarioStep } from "../scenario/run.ts";
import { times } from "../state.ts";
import { type Contact, partyOf } from "./contact.ts";
import { callerNumberOf, dialOut } from "./dial-out.ts";
import { customerEndCode, dropLeg, endContact } from "./end.ts";
import { syncRecording } from "./recording.ts";
import { playLoop, quiet, ringback, syncRoom } from "./room.ts";
import { joinOutside, leaveTalk, unhold } from "./talk.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;

/** A transfer at once: the operator is free, the customer hears ringback or music until somebody answers. */
export function onTransferAsked(draft: Draft, input: InputOf<"transferAsked">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact === undefined) return;
  const why = transferRefusal(draft, contact, input.operatorId, input.target);
  if (why !== undefined) return refuse(draft, why, input);
  transfer(draft, contact, input.operatorId, input.target);
}

/** Why this operator can't hand the contact to that target now; undefined when it is possible. */
export function transferRefusal(
  draft: Draft,
  contact: Contact,
  operatorId: string,
  target: Target,
  deviceId: string | null = null,
): RefusalCode | undefined {
  const phase = contact.phase;
  if (contact.direction === "internal") return "NOT_IN_INTERNAL_CALL";
  if (phase.kind !== "talking") return "NOT_TALKING";
  if (phase.consult !== null) return "ALREADY_CONSULTING";
  if (phase.parties.length > 1) return "IN_CONFERENCE";
  const phone = deviceId ?? phoneOf(draft.state, partyOf(contact, operatorId)?.legId);
  return targetRefusal(draft, { operatorId, deviceId: phone }, target);
}

/** Why a target can't be rung by this operator right now. */
export function targetRefusal(
  draft: Draft,
  asking: { readonly operatorId: string; readonly deviceId: string | null },
  target: Target,
): RefusalCode | undefined {
  switch (target.kind) {
    case "operator": {
      const operator = draft.state.operators.get(target.operatorId);
      if (operator === undefined) return "OPERATOR_UNKNOWN";
      return operator.id === asking.operatorId ? "SAME_OPERATOR" : operatorRefusal(draft, operator);
    }
    case "queue": {
      const why = queueRefuses(draft, target.queueId);
      return why === "unknown" ? "QUEUE_UNKNOWN" : why === "overflow" ? "LIMIT_REACHED" : undefined;
    }
    case "outside":
      return callRefusal(draft, target, asking);
    default:
      return assertNever(target);
  }
}

function operatorRefusal(draft: Draft, operator: Operator): RefusalCode | undefined {
  const state = operatorState(operator);
  if (state === "offline") return "OPERATOR_OFFLINE";
  if (state !== "available") return "OPERATOR_BUSY";
  return pickDevice(draft.state, operator) === null ? "NO_DEVICE" : undefined;
}

/** Hands the contact over at once; whether that is possible was asked before. */
export function transfer(draft: Draft, contact: Contact, operatorId: string, target: Target): void {
  const party = partyOf(contact, operatorId);
  if (contact.phase.kind !== "talking" || party === undefined) return;
  unhold(draft, contact, operatorId);
  leaveTalk(draft, contact, contact.phase, party);
  syncRecording(draft, contact);
  syncRoom(draft, contact);
  emit(draft, { kind: "transferred", contactId: contact.id, fromOperatorId: operatorId, target });
  ringTarget(draft, contact, target, times.ringTimeoutMs);
}

/** Rings a contact's target; the contact is in phase ringing (or goes to a queue). */
export function ringTarget(draft: Draft, contact: Contact, target: Target, ringTimeoutMs: number): void {
  switch (target.kind) {
    case "operator":
      return ringOperator(draft, contact, target.operatorId, ringTimeoutMs);
    case "queue": {
      const why = queueRefuses(draft, target.queueId);
      if (why === "unknown" || why === "overflow") return targetFailed(draft, contact, "BUSY");
      // The wait remembers the scenario's step, so that whoever waits too long goes on from there.
      const stepId = contact.phase.kind === "ringing" ? contact.phase.stepId : null;
      return enqueue(draft, contact, { queueId: target.queueId, priority: 50, stepId, since: draft.at });
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
  if (!free || !makeOffer(draft, contact, operator, how)) return targetFailed(draft, contact, "BUSY");
  soundRinging(draft, contact);
}

function ringOutside(
  draft: Draft,
  contact: Contact,
  target: Extract<Target, { kind: "outside" }>,
  ringTimeoutMs: number,
): void {
  if (draft.state.config.trunkIds.length === 0) return targetFailed(draft, contact, "TRUNK_REJECTED");
  const legId = newId(draft, "leg");
  const callerNumberId = callerNumberOf(draft.state, contact);
  // Who transferred answers for the call, although their own part is over.
  const operatorId = contact.phase.kind === "ringing" ? contact.phase.from : null;
  const how = { legId, role: "outside", callerNumberId, ringTimeoutMs, operatorId, deviceId: null } as const;
  if (dialOut(draft, contact, target, how)) soundRinging(draft, contact);
  else targetFailed(draft, contact, "OUTGOING_LIMIT");
}

/** What the customer hears while somebody is rung: our ringback once answered, the network's own before. */
export function soundRinging(draft: Draft, contact: Contact): void {
  const leg = contact.customerLegId === null ? undefined : draft.state.legs.get(contact.customerLegId);
  if (leg?.state === "answered") playLoop(draft, contact, leg.id, "ringback", ringback(draft));
}

/** The outside target answered. */
export function outsideAnswered(draft: Draft, contact: Contact, legId: string): void {
  joinOutside(draft, contact, legId);
}

/** Nobody answered at the target: back to who transferred, or on with the scenario. The caller is never lost. */
export function targetFailed(draft: Draft, contact: Contact, code: LegEndCode): void {
  const phase = contact.phase;
  if (phase.kind !== "ringing") return;
  dropLeg(draft, contact, phase.legId, "CANCELLED");
  quiet(draft, contact.customerLegId);
  const step = scenarioStep(draft.state, contact, phase.stepId);
  if (step?.kind === "transfer") return enterStep(draft, contact, step.otherwise);
  returnContact(draft, contact, phase.from, customerEndCode(contact, code));
}

/**
 * Finds a contact another way on: to the operator it came from when free, to its queue with its old place, into its
 * number's scenario; only when there is none of them does it end.
 */
export function returnContact(draft: Draft, contact: Contact, from: string | null, code: ContactEndCode): void {
  if (from !== null && ringBack(draft, contact, from)) return;
  const { queueId } = contact;
  if (queueId !== null && draft.state.queues.has(queueId)) {
    const since = contact.queueSince ?? contact.startedAt;
    return enqueue(draft, contact, { queueId, priority: 100, stepId: null, since });
  }
  const scenarioId =
    contact.numberId === null ? null : (draft.state.config.numbers.get(contact.numberId)?.scenarioId ?? null);
  if (scenarioId !== null && draft.state.config.scenarios.has(scenarioId)) {
    return enterScenario(draft, contact, scenarioId);
  }
  endContact(draft, contact, code);
}

function ringBack(draft: Draft, contact: Contact, operatorId: string): boolean {
  const operator = draft.state.operators.get(operatorId);
  if (operator === undefined) return false;
  if (
    operator.work.kind === "wrap-up" &&
    operator.work.contactId === contact.id &&
    operator.duty.state === "available"
  ) {
    emit(draft, { kind: "wrapUpEnded", contactId: contact.id, operatorId, reason: "went" });
  }
  if (operatorRefusal(draft, operator) !== undefined) return false;
  const target: Target = { kind: "operator", operatorId };
  emit(draft, { kind: "transferred", contactId: contact.id, fromOperatorId: null, target });
  ringTarget(draft, contact, target, times.ringTimeoutMs);
  return true;
}
