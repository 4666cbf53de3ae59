import type { Effect, Fact, Input } from "@centrala/contract";
import { type CentreState, contactOf } from "@centrala/domain";

/** What ends the contacts that an entry was about which can't be stored: its input's own one, or all of which it told. */
export function afterLostEntry(state: CentreState, input: Input, facts: readonly Fact[]): Input[] {
  const own = contactOf(state, input);
  const named = facts.flatMap((fact) => ("contactId" in fact && fact.contactId !== null ? [fact.contactId] : []));
  return [...new Set(own === undefined ? named : [own])]
    .filter((contactId) => state.contacts.has(contactId))
    .map((contactId) => ({ kind: "contactFailed", contactId, code: "NOT_STORED" }));
}

/** What an effect that failed by a bug costs: its recording, or its contact; undefined when it belongs to none that runs. */
export function afterFailedEffect(state: CentreState, effect: Effect): Input | undefined {
  if (effect.kind === "record")
    return { kind: "recordingFailed", recordingId: effect.recordingId, code: "RECORDING_WRITE_FAILED" };
  const contactId = contactOfEffect(state, effect);
  return contactId === undefined || !state.contacts.has(contactId)
    ? undefined
    : { kind: "contactFailed", contactId, code: "INTERNAL" };
}

function contactOfEffect(state: CentreState, effect: Effect): string | undefined {
  if ("contactId" in effect) return effect.contactId;
  if ("legId" in effect) return state.legs.get(effect.legId)?.contactId ?? undefined;
  if ("playId" in effect) return state.plays.get(effect.playId);
  if ("collectId" in effect) return state.plays.get(effect.collectId);
  if ("recordingId" in effect) return state.recordings.get(effect.recordingId)?.contactId;
  if (!("hears" in effect)) return undefined;
  // A room's legs are in one contact, but for headsets, which outlive it.
  const contacts = Object.keys(effect.hears).map((legId) => state.legs.get(legId)?.contactId);
  return contacts.find((id) => id != null) ?? undefined;
}
