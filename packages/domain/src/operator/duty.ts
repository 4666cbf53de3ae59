import type { Fact, Input } from "@centrala/contract";
import { type Draft, emit, follow, operatorOf, refuse } from "../core/draft.ts";
import type { Operator } from "./operator.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;
type Changed = Extract<Fact, { kind: "operatorChanged" }>;

/** Duty changes at once; work stands before it, so a break taken in a talk begins after the wrap-up. */
export function onOperatorWent(draft: Draft, input: InputOf<"operatorWent">): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined) return;
  const { to, operatorId, byUserId } = input;
  const reasonId = to === "break" ? input.reasonId : null;
  if (reasonId !== null && !draft.state.config.core.breakReasonIds.includes(reasonId)) {
    return refuse(draft, "BREAK_REASON_UNKNOWN", input);
  }
  const same = operator.duty.state === to && (operator.duty.state !== "break" || operator.duty.reasonId === reasonId);
  if (same && operator.work.kind !== "wrap-up") return;
  const cause = byUserId === null || byUserId === operatorId ? "self" : "supervisor";
  if (!same) emit(draft, { kind: "operatorChanged", operatorId, state: to, reasonId, cause, byUserId });
  if (to !== "available") leaveOffer(draft, operator);
  if (operator.work.kind === "wrap-up") endWrapUp(draft, operator, "went");
}

/** Whoever leaves duty is not rung on. */
function leaveOffer(draft: Draft, { work }: Operator): void {
  if (work.kind !== "offered") return;
  const { contactId, offerId } = work;
  follow(draft, { kind: "offerLeft", contactId, offerId });
}

export function endWrapUp(draft: Draft, operator: Operator, reason: "finished" | "limit" | "went"): void {
  if (operator.work.kind !== "wrap-up") return;
  const { contactId } = operator.work;
  emit(draft, { kind: "wrapUpEnded", contactId, operatorId: operator.id, reason });
}

export function onWrapUpFinished(draft: Draft, input: InputOf<"wrapUpFinished">): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined) return;
  const work = operator.work;
  if (work.kind !== "wrap-up" || work.contactId !== input.contactId) return refuse(draft, "NOT_IN_WRAP_UP", input);
  endWrapUp(draft, operator, "finished");
}

export function onDispositionSet(draft: Draft, input: InputOf<"dispositionSet">): void {
  if (!servedBy(draft, input)) return;
  const { contactId, operatorId, dispositionId } = input;
  emit(draft, { kind: "dispositionSet", contactId, operatorId, dispositionId });
}

export function onCustomerLinked(draft: Draft, input: InputOf<"customerLinked">): void {
  if (!servedBy(draft, input)) return;
  const { contactId, operatorId, customerId } = input;
  emit(draft, { kind: "customerLinked", contactId, customerId, operatorId });
}

/** Whether the operator talks or talked with the contact; otherwise refuses. */
function servedBy(draft: Draft, input: { readonly contactId: string; readonly operatorId: string }): boolean {
  const { contactId, operatorId } = input;
  const contact = draft.state.contacts.get(contactId);
  const work = draft.state.operators.get(operatorId)?.work;
  const now = work !== undefined && work.kind !== "none" && work.contactId === contactId;
  const operatorIds = contact?.operatorIds ?? draft.state.ended.get(contactId)?.operatorIds;
  if (operatorIds === undefined) refuse(draft, "CONTACT_UNKNOWN", input);
  else if (now || operatorIds.includes(operatorId)) return true;
  else refuse(draft, "NOT_YOURS", input);
  return false;
}

export function onDeviceReachable(draft: Draft, input: InputOf<"deviceReachable">): void {
  const { deviceId, reachable } = input;
  if (draft.state.reachableDevices.has(deviceId) === reachable) return;
  if (!draft.state.config.deviceOwners.has(deviceId) && reachable) return;
  emit(draft, { kind: "deviceReachable", deviceId, reachable });
  const owner = draft.state.config.deviceOwners.get(deviceId);
  if (owner !== undefined) draft.touchedOperators.add(owner);
}

export function onDeviceChosen(draft: Draft, input: InputOf<"deviceChosen">): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined || operator.chosen === input.device) return;
  emit(draft, { kind: "deviceChosen", operatorId: operator.id, device: input.device });
}

/** Something about an operator is due: the end of wrap-up, or of the wait for a device. */
export function onOperatorDue(draft: Draft, operator: Operator): void {
  if (operator.work.kind === "wrap-up" && operator.work.until <= draft.at) endWrapUp(draft, operator, "limit");
  const wait = operator.deviceWait;
  if (wait === null || wait.until > draft.at) return;
  const fact: Omit<Changed, "cause"> = {
    kind: "operatorChanged",
    operatorId: operator.id,
    state: "offline",
    reasonId: null,
    byUserId: null,
  };
  emit(draft, { ...fact, cause: wait.cause });
}
