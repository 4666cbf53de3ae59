import type { ArrivingCall, CallNumbers, Fact, Language, LegEndCode } from "@centrala/contract";
import { assert, type Instant } from "@centrala/kit";
import type { CentreState } from "../state.ts";

/** How a caller left whose numbers were still being looked up. */
export type Gone = { readonly code: LegEndCode; readonly sipStatus: number | null };

/** A call whose numbers are being looked up: the core knows its leg, a contact it becomes when that is done. */
export type Arrival = {
  /** Its leg's. */
  readonly id: string;
  readonly call: ArrivingCall;
  readonly clientId: string;
  readonly scenarioId: string;
  readonly language: Language;
  readonly known: CallNumbers;
  readonly until: Instant;
  gone: Gone | null;
};

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

export function foldCallArriving(state: CentreState, fact: FactOf<"callArriving">): void {
  const { kind: _kind, ...arriving } = fact;
  const id = fact.call.legId;
  assert(!state.arrivals.has(id) && !state.legs.has(id), "a call arrives once");
  indexArrival(state, { ...arriving, id, gone: null });
}

export function foldCallerGone(state: CentreState, { legId, code, sipStatus }: FactOf<"callerGone">): void {
  const arrival = state.arrivals.get(legId);
  if (arrival !== undefined) arrival.gone = { code, sipStatus };
}

/** It is a contact now. */
export function foldArrived(state: CentreState, legId: string): void {
  if (state.arrivals.delete(legId)) state.deadlines.set(`arrival:${legId}`, undefined);
}

export function indexArrival(state: CentreState, arrival: Arrival): void {
  state.arrivals.set(arrival.id, arrival);
  state.deadlines.set(`arrival:${arrival.id}`, arrival.until);
}

/** Whether the core knows of this leg and believes that it lives. */
export function knowsLeg(state: CentreState, legId: string): boolean {
  return state.legs.has(legId) || state.arrivals.get(legId)?.gone === null;
}
