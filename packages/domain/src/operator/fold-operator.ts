import type { Fact } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import type { Leg } from "../contact/contact.ts";
import { foldPlayed } from "../core/legs.ts";
import type { CentreState } from "../state.ts";
import { newOperator, type Operator, type Work } from "./operator.ts";

// Part of the fold: each function changes the operators alone. What is derived of them (queues, deadlines) follows where
// the facts are folded one after the other.

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

/** A new configuration brings new members; whoever is busy keeps what they do. */
export function foldConfiguredOperators(state: CentreState): void {
  for (const operator of state.operators.values()) {
    if (state.config.operators.has(operator.id) || operator.work.kind !== "none") continue;
    if (operator.headsetLegId !== null) state.legs.delete(operator.headsetLegId);
    state.operators.delete(operator.id);
    state.deadlines.set(`operator:${operator.id}`, undefined);
  }
  for (const { id } of state.config.core.operators) {
    if (!state.operators.has(id)) state.operators.set(id, newOperator(id));
  }
}

export function foldOperatorChanged(state: CentreState, fact: FactOf<"operatorChanged">, at: Instant): void {
  const operator = required(state.operators.get(fact.operatorId), "the operator who changes");
  const { state: duty, cause, reasonId } = fact;
  operator.duty = duty === "break" ? { state: duty, since: at, cause, reasonId } : { state: duty, since: at, cause };
  operator.missesInRow = 0;
  operator.deviceWait = null;
  if (fact.state === "available" && operator.work.kind === "none") operator.idleSince = at;
}

/** The operator does something from now on; only who has nothing else to do begins it, or goes on with the same contact. */
export function occupy(operator: Operator, work: Exclude<Work, { kind: "none" }>): void {
  const same = operator.work.kind === "talking" && operator.work.contactId === work.contactId;
  assert(operator.work.kind === "none" || same, "an operator serves one voice contact at a time");
  operator.work = work;
}

/** The operator has nothing to do with the contact any more; false when that was so already. */
export function release(operator: Operator, contactId: string, at: Instant): boolean {
  if (operator.work.kind === "none" || operator.work.contactId !== contactId) return false;
  operator.work = { kind: "none" };
  operator.idleSince = at;
  return true;
}

export function foldWrapUpStarted(state: CentreState, fact: FactOf<"wrapUpStarted">, at: Instant): void {
  const operator = required(state.operators.get(fact.operatorId), "the operator in wrap-up");
  assert(operator.work.kind === "none", "wrap-up follows the end of the talk");
  occupy(operator, { kind: "wrap-up", since: at, contactId: fact.contactId, until: fact.until });
}

export function foldWrapUpEnded(state: CentreState, fact: FactOf<"wrapUpEnded">, at: Instant): void {
  const operator = required(state.operators.get(fact.operatorId), "the operator in wrap-up");
  operator.work = { kind: "none" };
  operator.idleSince = at;
}

/** The new headset's leg stands in place of the old one; gives the old one's id. */
export function foldHeadsetAttached(state: CentreState, fact: FactOf<"headsetAttached">): string | null {
  const operator = required(state.operators.get(fact.operatorId), "the headset's operator");
  const old = operator.headsetLegId;
  if (old !== null && old !== fact.legId) {
    foldPlayed(state, old, null);
    state.legs.delete(old);
  }
  operator.headsetLegId = fact.legId;
  if (!state.legs.has(fact.legId)) state.legs.set(fact.legId, headsetLeg(fact.legId, operator.id));
  return old;
}

function headsetLeg(id: string, operatorId: string): Leg {
  const fixed = {
    id,
    contactId: null,
    role: "operator",
    operatorId,
    deviceId: null,
    phoneId: null,
    addressId: null,
  } as const;
  return { ...fixed, standing: true, incoming: false, state: "answered", playId: null };
}

export function foldHeadsetLost(state: CentreState, fact: FactOf<"headsetLost">): void {
  const operator = required(state.operators.get(fact.operatorId), "the headset's operator");
  foldPlayed(state, fact.legId, null);
  state.legs.delete(fact.legId);
  operator.headsetLegId = null;
  operator.deviceWait = { until: fact.until, cause: fact.cause };
}

export function foldDeviceReachable(state: CentreState, fact: FactOf<"deviceReachable">): void {
  if (fact.reachable) state.reachableDevices.add(fact.deviceId);
  else state.reachableDevices.delete(fact.deviceId);
}

export function foldDeviceMissing(state: CentreState, fact: FactOf<"deviceMissing">): void {
  const operator = required(state.operators.get(fact.operatorId), "the operator without a device");
  operator.deviceWait = { until: fact.until, cause: "headset-lost" };
}
