import type { ArrivingCall, CallNumbers, ContactEndCode, Input } from "@centrala/contract";
import { required } from "@centrala/kit";
import type { Arrival, Gone } from "../contact/arrival.ts";
import type { Contact } from "../contact/contact.ts";
import { act, type Draft, emit, follow, refuse } from "../core/draft.ts";
import { limits, times } from "../core/limits.ts";
import { customerEndCode, endContact } from "./end.ts";

type Arrived = Extract<Input, { kind: "callArrived" }>;
type Arriving = Extract<Input, { kind: "callArriving" }>;
type Identified = Extract<Input, { kind: "callIdentified" }>;
type Ended = Extract<Input, { kind: "legEnded" }>;
type Flow = Pick<Arrival, "clientId" | "scenarioId" | "language">;

/** What a caller is told who comes when the centre is full. */
const retryAfterS = 30;

/** A call from outside: it becomes a contact and enters its number's scenario. */
export function onCallArrived(draft: Draft, input: Arrived): void {
  const flow = flowOf(draft, input);
  if (flow !== undefined) becomeContact(draft, { call: input, ...flow, gone: null }, input);
}

/** A call of which something has to be looked up first: it is the core's already, so that whatever happens to it is heard. */
export function onCallArriving(draft: Draft, input: Arriving): void {
  const flow = flowOf(draft, input);
  if (flow === undefined) return;
  const { contactId, legId, trunkId, numberId, known } = input;
  const call = { contactId, legId, trunkId, numberId };
  emit(draft, { kind: "callArriving", call, ...flow, known, until: draft.at + times.identifyMs });
  act(draft, { kind: "identifyCaller", contactId, legId });
}

/** Too late for a call that went on without it: nothing happens. */
export function onCallIdentified(draft: Draft, input: Identified): void {
  const arrival = draft.state.arrivals.get(input.legId);
  if (arrival !== undefined) becomeContact(draft, arrival, input);
}

/** Nobody waits longer for what is not found. */
export function onArrivalDue(draft: Draft, legId: string): void {
  const arrival = draft.state.arrivals.get(legId);
  if (arrival !== undefined) becomeContact(draft, arrival, arrival.known);
}

/** A caller who hangs up meanwhile is registered with the number, as soon as that is found. */
export function onArrivalEnded(draft: Draft, { legId, code, sipStatus }: Ended): void {
  if (draft.state.arrivals.get(legId)?.gone === null) emit(draft, { kind: "callerGone", legId, code, sipStatus });
}

/** The server was away: whoever was arriving has gone, and is registered when the time for the look-up is over. */
export function endArrivals(draft: Draft): void {
  for (const { id: legId, gone } of draft.state.arrivals.values()) {
    if (gone !== null) continue;
    emit(draft, { kind: "callerGone", legId, code: "SERVER_RESTARTED", sipStatus: null });
    act(draft, { kind: "dropLeg", legId, code: "SERVER_RESTARTED" });
  }
}

/** Where a call goes; undefined when it is known already, or is refused. */
function flowOf(draft: Draft, call: ArrivingCall): Flow | undefined {
  const { contacts, ended, legs, arrivals, config } = draft.state;
  const { contactId, legId } = call;
  if (contacts.has(contactId) || ended.has(contactId) || legs.has(legId) || arrivals.has(legId)) return undefined;
  const number = config.numbers.get(call.numberId);
  if (number === undefined) return reject(draft, call, "NUMBER_UNKNOWN", 404);
  if (contacts.size + arrivals.size >= limits.contacts) return reject(draft, call, "LIMIT_REACHED", 503);
  const scenario = number.scenarioId === null ? undefined : config.scenarios.get(number.scenarioId);
  if (scenario === undefined) return reject(draft, call, "NUMBER_UNKNOWN", 480);
  return { clientId: number.clientId, scenarioId: scenario.id, language: scenario.language };
}

function reject(
  draft: Draft,
  { contactId, legId }: ArrivingCall,
  code: "NUMBER_UNKNOWN" | "LIMIT_REACHED",
  status: number,
): undefined {
  refuse(draft, code, { contactId });
  act(draft, status === 503 ? { kind: "rejectLeg", legId, status, retryAfterS } : { kind: "rejectLeg", legId, status });
}

function becomeContact(draft: Draft, arrival: Pick<Arrival, "call" | "gone"> & Flow, numbers: CallNumbers): void {
  const { call, gone } = arrival;
  startContact(draft, call, arrival, numbers);
  const contact = required(draft.state.contacts.get(call.contactId), "the contact of a call");
  if (gone !== null) return endUnserved(draft, contact, call.legId, gone);
  follow(draft, { kind: "scenarioReached", contactId: contact.id, scenarioId: arrival.scenarioId });
  follow(draft, { kind: "callStarted", contactId: contact.id, legId: call.legId });
}

function endUnserved(draft: Draft, contact: Contact, legId: string, { code, sipStatus }: Gone): void {
  emit(draft, { kind: "legEnded", legId, contactId: contact.id, code, sipStatus });
  const left = code === "CANCELLED" || code === "HUNG_UP";
  endContact(draft, contact, left ? "ABANDONED_IN_SCENARIO" : customerEndCode(contact, code));
}

function startContact(draft: Draft, call: ArrivingCall, flow: Flow, numbers: CallNumbers): void {
  const { callerAddressId, calledAddressId, customerId, outsideAddressIds, outsideDestinations, callerTests } = numbers;
  const { contactId, legId, trunkId, numberId } = call;
  emit(draft, {
    kind: "contactStarted",
    contactId,
    direction: "inbound",
    clientId: flow.clientId,
    trunkId,
    numberId,
    addressId: callerAddressId,
    calledAddressId,
    customerId,
    customerLegId: legId,
    operatorId: null,
    language: flow.language,
    outsideAddressIds,
    outsideDestinations,
    callerTests,
  });
  const fixed = {
    role: "customer",
    operatorId: null,
    deviceId: null,
    standing: false,
    phoneId: null,
    charge: null,
  } as const;
  emit(draft, { kind: "legStarted", legId, contactId, addressId: callerAddressId, ...fixed });
}

/** The scenario waits for something without having answered: the caller hears ringing meanwhile. */
export function ringUnanswered(draft: Draft, contactId: string, legId: string): void {
  if (draft.state.legs.get(legId)?.state !== "started") return;
  emit(draft, { kind: "legRinging", legId, contactId, earlyMedia: false });
  act(draft, { kind: "ringLeg", legId });
}

/** Ends a contact because of a bug in or after deciding about it: this call alone, the centre goes on. */
export function abandonContact(draft: Draft, contactId: string, code: ContactEndCode = "SCENARIO_FAILED"): void {
  const contact = draft.state.contacts.get(contactId);
  if (contact !== undefined) endContact(draft, contact, code);
}
