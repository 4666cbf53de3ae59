import type { LegEndCode } from "@centrala/contract";
import type { Contact, Leg } from "../contact/contact.ts";
import type { CentreState } from "../state.ts";
import { act, type Draft, emit } from "./draft.ts";

/** Part of the fold: a leg plays one thing at a time, the new replaces the old. */
export function foldPlayed(state: CentreState, legId: string | null, playId: string | null): void {
  const leg = legId === null ? undefined : state.legs.get(legId);
  if (leg === undefined) return;
  dropPlay(state, leg);
  leg.playId = playId;
  if (playId !== null && leg.contactId !== null) state.plays.set(playId, leg.contactId);
}

/** Part of the fold: the leg hears nothing of us any more. */
export function dropPlay(state: CentreState, leg: Leg): void {
  if (leg.playId !== null) state.plays.delete(leg.playId);
  leg.playId = null;
}

/** Stops what a leg hears; the fact that follows says what it hears instead. */
export function quiet(draft: Draft, legId: string | null): void {
  const playId = legId === null ? null : (draft.state.legs.get(legId)?.playId ?? null);
  if (playId !== null) act(draft, { kind: "stopPlay", playId });
}

/** Ends a leg of the contact from our side; standing headsets and legs that ended already are left alone. */
export function dropLeg(draft: Draft, contact: Contact, legId: string | null, code: LegEndCode): void {
  const leg = legId === null ? undefined : draft.state.legs.get(legId);
  if (leg === undefined || leg.standing || leg.contactId !== contact.id) return;
  act(draft, { kind: "dropLeg", legId: leg.id, code });
  emit(draft, { kind: "legEnded", legId: leg.id, contactId: contact.id, code, sipStatus: null });
}
