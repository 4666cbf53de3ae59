import type { Instant } from "@centrala/kit";
import { release } from "../operator/fold-operator.ts";
import { operatorDeadline } from "../operator/operator.ts";
import type { CentreState } from "../state.ts";
import { hasDevice, indexQueues, indexWaiting, reindexOperator } from "./queue-index.ts";

/** Part of the fold: device wait, queue indexes and deadline follow the operator's state. */
export function touchOperator(state: CentreState, operatorId: string): void {
  const operator = state.operators.get(operatorId);
  if (operator === undefined) return;
  if (operator.duty.state === "offline" || hasDevice(state, operator)) operator.deviceWait = null;
  reindexOperator(state, operator);
  state.deadlines.set(`operator:${operatorId}`, operatorDeadline(operator));
}

/** Part of the fold: the operator has nothing to do with the contact any more. */
export function freeOperator(state: CentreState, operatorId: string, contactId: string, at: Instant): void {
  const operator = state.operators.get(operatorId);
  if (operator !== undefined && release(operator, contactId, at)) touchOperator(state, operatorId);
}

/** Makes the queues' indexes anew of configuration, operators and contacts. */
export function rebuildQueues(state: CentreState): void {
  const { queues, memberships } = indexQueues(state.config);
  state.queues = queues;
  state.memberships = memberships;
  for (const operator of state.operators.values()) reindexOperator(state, operator);
  for (const contact of state.contacts.values()) {
    if (contact.phase.kind === "waiting") indexWaiting(state, contact, contact.phase);
  }
}
