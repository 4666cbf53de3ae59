import type { ContactEndCode, LegEndCode, Target } from "@centrala/contract";
import { assert } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import { scenarioStep } from "../contact/scenario-of.ts";
import { type Draft, emit, follow } from "../core/draft.ts";
import { dropLeg, quiet } from "../core/legs.ts";
import { times } from "../core/limits.ts";
import { customerEndCode, endContact } from "./end.ts";
import { enterQueue } from "./queue-speech.ts";
import { operatorRefusal } from "./refusal.ts";
import { ringTarget } from "./transfer.ts";

/** Nobody answered at the target: back to who transferred, or on with the scenario. The caller is never lost. */
export function targetFailed(draft: Draft, contact: Contact, code: LegEndCode): void {
  const phase = contact.phase;
  if (phase.kind !== "ringing") return;
  dropLeg(draft, contact, phase.legId, "CANCELLED");
  quiet(draft, contact.customerLegId);
  const step = scenarioStep(draft.state, contact, phase.stepId);
  if (step?.kind === "transfer")
    return follow(draft, { kind: "stepReached", contactId: contact.id, stepId: step.otherwise });
  returnContact(draft, contact, phase.from, customerEndCode(contact, code));
}

/**
 * Finds a contact another way on: to the operator it came from when free, to its queue with its old place, into its
 * number's scenario; only when there is none of them does it end.
 */
export function returnContact(draft: Draft, contact: Contact, from: string | null, code: ContactEndCode): void {
  const { kind } = contact.phase;
  assert(kind === "between" || kind === "ringing", "who still talks or waits needs no other way on");
  if (from !== null && ringBack(draft, contact, from)) return;
  const { queueId } = contact;
  if (queueId !== null && draft.state.queues.has(queueId)) {
    const since = contact.queueSince ?? contact.startedAt;
    return enterQueue(draft, contact, { queueId, priority: 100, stepId: null, since });
  }
  const scenarioId =
    contact.numberId === null ? null : (draft.state.config.numbers.get(contact.numberId)?.scenarioId ?? null);
  if (scenarioId !== null && draft.state.config.scenarios.has(scenarioId)) {
    return follow(draft, { kind: "scenarioReached", contactId: contact.id, scenarioId });
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
