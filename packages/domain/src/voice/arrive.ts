import type { ContactEndCode, Input } from "@centrala/contract";
import { act, type Draft, emit, follow, refuse } from "../core/draft.ts";
import { limits } from "../core/limits.ts";
import { endContact } from "./end.ts";

type Arrived = Extract<Input, { kind: "callArrived" }>;

/** What a caller is told who comes when the centre is full. */
const retryAfterS = 30;

/** A call from outside: it becomes a contact and enters its number's scenario. */
export function onCallArrived(draft: Draft, input: Arrived): void {
  const { contacts, ended, legs, config } = draft.state;
  const { contactId, legId } = input;
  if (contacts.has(contactId) || ended.has(contactId) || legs.has(legId)) return;
  const number = config.numbers.get(input.numberId);
  if (number === undefined) return reject(draft, input, "NUMBER_UNKNOWN", 404);
  if (contacts.size >= limits.contacts) return reject(draft, input, "LIMIT_REACHED", 503);
  const scenario = number.scenarioId === null ? undefined : config.scenarios.get(number.scenarioId);
  if (scenario === undefined) return reject(draft, input, "NUMBER_UNKNOWN", 480);
  startContact(draft, input, number.clientId, scenario.language);
  follow(draft, { kind: "scenarioReached", contactId, scenarioId: scenario.id });
  follow(draft, { kind: "callStarted", contactId, legId });
}

function reject(draft: Draft, input: Arrived, code: "NUMBER_UNKNOWN" | "LIMIT_REACHED", status: number): void {
  refuse(draft, code, { contactId: input.contactId });
  const { legId } = input;
  act(draft, status === 503 ? { kind: "rejectLeg", legId, status, retryAfterS } : { kind: "rejectLeg", legId, status });
}

function startContact(draft: Draft, input: Arrived, clientId: string, language: "en" | "ru" | "bg"): void {
  const { contactId, legId, trunkId, numberId, callerAddressId, calledAddressId, customerId, outsideAddressIds } =
    input;
  emit(draft, {
    kind: "contactStarted",
    contactId,
    direction: "inbound",
    clientId,
    trunkId,
    numberId,
    addressId: callerAddressId,
    calledAddressId,
    customerId,
    customerLegId: legId,
    operatorId: null,
    language,
    outsideAddressIds,
    outsideDestinations: input.outsideDestinations ?? {},
    callerTests: input.callerTests ?? {},
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
