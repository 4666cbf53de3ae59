import type { Target } from "@centrala/contract";
import type { Contact } from "../contact/contact.ts";
import { act, type Draft, emit } from "../core/draft.ts";
import { type Asking, askMayDial, reportRefused } from "../outgoing/ask.ts";
import type { CentreState } from "../state.ts";

type Outside = Extract<Target, { kind: "outside" }>;

export type Dialling = Asking & {
  readonly legId: string;
  readonly role: "customer" | "consulted" | "outside";
  readonly callerNumberId: string | null;
  readonly ringTimeoutMs: number;
};

/** The one place where the core dials a number outside. False when it may not be dialled (any more); then nothing was. */
export function dialOut(draft: Draft, contact: Contact, target: Outside, dialling: Dialling): boolean {
  const { legId, role, callerNumberId, ringTimeoutMs, operatorId, deviceId } = dialling;
  const { addressId, emergency, destination } = target;
  const verdict = askMayDial(draft, target, { operatorId, deviceId }, trunksFor(draft.state, callerNumberId));
  if (!verdict.allowed) {
    reportRefused(draft, contact.id, dialling, target, verdict);
    return false;
  }
  const { trunkIds } = verdict;
  const contactId = contact.id;
  const fixed = { operatorId: null, deviceId: null, standing: false, phoneId: null } as const;
  const counted = destination !== undefined && !emergency;
  const charge = counted ? { operatorId, deviceId, trunkId: trunkIds[0] ?? null, destination } : null;
  emit(draft, { kind: "legStarted", legId, contactId, role, addressId, ...fixed, charge });
  // A caller who goes on outside may be shown to whoever is called; a called one was called by the centre.
  const onBehalf = role !== "customer" && contact.direction === "inbound" ? { onBehalfOf: contact.addressId } : {};
  const how = { trunkIds, addressId, callerNumberId, ringTimeoutMs, emergency, ...onBehalf };
  act(draft, { kind: "dialTrunk", legId, contactId, ...how });
  return true;
}

/** Whose number the called one sees: the one asked for, the number that was called, or the client's. */
export function callerNumberOf(state: CentreState, contact: Contact): string | null {
  return contact.numberId ?? state.config.clients.get(contact.clientId)?.callerNumberId ?? null;
}

/** The trunks to try: first the one that the caller's number belongs to, then the others by priority. */
export function trunksFor(state: CentreState, callerNumberId: string | null): readonly string[] {
  const own = callerNumberId === null ? undefined : state.config.numbers.get(callerNumberId)?.trunkId;
  const { trunkIds } = state.config;
  return own === undefined || !trunkIds.includes(own) ? trunkIds : [own, ...trunkIds.filter((id) => id !== own)];
}
