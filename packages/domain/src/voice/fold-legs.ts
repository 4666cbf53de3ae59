import type { Fact } from "@centrala/contract";
import { assert, required } from "@centrala/kit";
import type { Leg, Phase } from "../contact/contact.ts";
import { setPhase } from "../contact/fold-contact.ts";
import { dropPlay } from "../core/legs.ts";
import type { CentreState } from "../state.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

export function foldLegStarted(state: CentreState, fact: FactOf<"legStarted">): void {
  const contact = required(state.contacts.get(fact.contactId), "the leg's contact");
  assert(!state.legs.has(fact.legId), "a leg starts once");
  // Legs we dial to operators name a device; an operator's leg without one came from a phone that dials.
  const incoming =
    fact.role === "customer" ? contact.direction === "inbound" : fact.role === "operator" && fact.deviceId === null;
  const leg: Leg = { ...legBase(fact), incoming, state: "started", playId: null };
  state.legs.set(leg.id, leg);
  contact.legIds.push(leg.id);
  if (fact.role === "customer") contact.customerLegId = leg.id;
  linkLeg(contact.phase, leg);
}

function legBase(fact: FactOf<"legStarted">) {
  const { legId, contactId, role, operatorId, deviceId, addressId, standing, phoneId } = fact;
  return { id: legId, contactId, role, operatorId, deviceId, addressId, standing, phoneId };
}

function linkLeg(phase: Phase, leg: Leg): void {
  if (phase.kind === "dialling" && leg.role === "customer") phase.farLegId = leg.id;
  if (phase.kind === "ringing" && leg.role === "outside") phase.legId = leg.id;
}

export function foldLegEnded(state: CentreState, fact: FactOf<"legEnded">): void {
  const leg = state.legs.get(fact.legId);
  if (leg === undefined) return;
  dropPlay(state, leg);
  state.legs.delete(leg.id);
  const contact = state.contacts.get(fact.contactId);
  if (contact === undefined) return;
  contact.legIds = contact.legIds.filter((legId) => legId !== leg.id);
  if (contact.customerLegId === leg.id) contact.customerLegId = null;
  const phase = contact.phase;
  if (phase.kind === "ringing" && phase.legId === leg.id) phase.legId = null;
  if (phase.kind === "talking" && leg.operatorId === null) {
    phase.parties = phase.parties.filter((party) => party.legId !== leg.id);
    if (phase.parties.length === 0 && phase.consult === null) setPhase(state, contact, { kind: "between" });
  }
}

export function foldRecordingStarted(state: CentreState, fact: FactOf<"recordingStarted">): void {
  const contact = required(state.contacts.get(fact.contactId), "the recorded contact");
  const { recordingId, contactId, voicemail } = fact;
  state.recordings.set(recordingId, { id: recordingId, contactId, voicemail });
  contact.recordingId = recordingId;
  if (voicemail) contact.messageLeft = true;
  contact.recordingPaused = false;
  if (voicemail && contact.phase.kind === "scenario") contact.phase.recordingId = recordingId;
}
