import type { RefusalCode, Target } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import { type Contact, partyOf } from "../contact/contact.ts";
import type { Draft } from "../core/draft.ts";
import { pickDevice } from "../operator/device.ts";
import { type Operator, operatorState } from "../operator/operator.ts";
import { callRefusal, phoneOf } from "../outgoing/ask.ts";
import { queueRefuses } from "../routing/waiting.ts";

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

/** Why an operator can't be rung right now. */
export function operatorRefusal(draft: Draft, operator: Operator): RefusalCode | undefined {
  const state = operatorState(operator);
  if (state === "offline") return "OPERATOR_OFFLINE";
  if (state !== "available") return "OPERATOR_BUSY";
  return pickDevice(draft.state, operator) === null ? "NO_DEVICE" : undefined;
}
