import { type Consult, type Contact, type PhaseOf, roomIdOf } from "../contact/contact.ts";
import { act, type Draft } from "../core/draft.ts";
import type { CentreState } from "../state.ts";

type Matrix = Record<string, readonly string[]>;

/** Tells telephony who hears whom now; a contact that never had a room needs none. */
export function syncRoom(draft: Draft, contact: Contact): void {
  if (!contact.roomOpen) return;
  act(draft, { kind: "setRoom", roomId: roomIdOf(contact), hears: roomMatrix(draft.state, contact) });
}

/** Who hears whom, derived of the contact's phase alone: held and ringing parties are in no room. */
export function roomMatrix(state: CentreState, contact: Contact): Matrix {
  const phase = contact.phase;
  if (phase.kind === "dialling") return early(state, phase.legId, phase.farLegId);
  if (phase.kind === "ringing") return early(state, contact.customerLegId, phase.legId);
  if (phase.kind !== "talking") return {};
  if (phase.consult === null) return talkMatrix(state, contact, phase);
  const asks = phase.consult.second?.legId;
  if (asks === undefined) return consultMatrix(state, phase);
  // The phone's two calls stand side by side: it says itself, by its hold key, which of them it hears.
  return {
    ...(phase.hold === null ? talkMatrix(state, contact, phase) : {}),
    ...askedMatrix(state, phase.consult, asks),
  };
}

function talkMatrix(state: CentreState, contact: Contact, phase: PhaseOf<"talking">): Matrix {
  const legs = partyLegs(state, phase);
  if (phase.hold !== null) {
    const held = phase.hold.legId;
    const others = legs.filter((leg) => leg !== held);
    return others.length > 1 ? everyone(others) : {};
  }
  return everyone(contact.customerLegId === null ? legs : [contact.customerLegId, ...legs]);
}

/** The legs of those who talk and are there: neither lost for a while nor just ended. */
export function partyLegs(state: CentreState, phase: PhaseOf<"talking">): string[] {
  const there = phase.parties.filter((party) => party.lostUntil === null && state.legs.has(party.legId));
  return there.map((party) => party.legId);
}

function everyone(legs: readonly string[]): Matrix {
  const hears: Matrix = {};
  for (const leg of legs) hears[leg] = legs.filter((other) => other !== leg);
  return hears;
}

function consultMatrix(state: CentreState, phase: PhaseOf<"talking">): Matrix {
  const consult = phase.consult;
  const party = phase.parties.find((one) => one.operatorId === consult?.by);
  if (consult === null || party === undefined) return {};
  return party.lostUntil === null ? askedMatrix(state, consult, party.legId) : {};
}

/** The operator, on this leg, and the consulted one. */
function askedMatrix(state: CentreState, consult: Consult, legId: string): Matrix {
  if (consult.legId === null || !state.legs.has(legId)) return {};
  if (consult.talking) return everyone([legId, consult.legId]);
  return early(state, legId, consult.legId);
}

/** Early media: the far end is heard before it answers, and hears nobody yet. */
function early(state: CentreState, near: string | null, far: string | null): Matrix {
  if (near === null || far === null || state.legs.get(far)?.state !== "early") return {};
  return { [near]: [far], [far]: [] };
}
