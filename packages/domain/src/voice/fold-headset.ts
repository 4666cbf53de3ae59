import type { Fact } from "@centrala/contract";
import { touchContact } from "../contact/fold-contact.ts";
import { foldPlayed } from "../core/legs.ts";
import type { Operator } from "../operator/operator.ts";
import type { CentreState } from "../state.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

/** Part of the fold: the conversation goes on over the new leg; wherever the old one stood, the new one stands. */
export function foldReattached(state: CentreState, fact: FactOf<"headsetAttached">, old: string | null): void {
  const operator = state.operators.get(fact.operatorId);
  if (operator?.work.kind !== "talking") return;
  reattach(state, operator, operator.work.contactId, old, fact.legId);
  touchContact(state, operator.work.contactId);
}

function reattach(state: CentreState, operator: Operator, contactId: string, old: string | null, legId: string): void {
  const contact = state.contacts.get(contactId);
  if (contact === undefined) return;
  const phase = contact.phase;
  if (phase.kind === "dialling" && phase.legId === old) contact.phase = { ...phase, legId };
  if (phase.kind !== "talking") return;
  const party = phase.parties.find((one) => one.operatorId === operator.id);
  if (party !== undefined && (party.lostUntil !== null || party.legId === old)) {
    if (phase.hold === null) foldPlayed(state, contact.customerLegId, null);
    else if (phase.hold.legId === party.legId) phase.hold = { ...phase.hold, legId };
    party.legId = legId;
    party.lostUntil = null;
  }
  if (phase.consult?.operatorId === operator.id && phase.consult.legId === old) phase.consult.legId = legId;
}

/** Part of the fold: a running conversation waits for the headset to come back. */
export function foldTalkLost(state: CentreState, fact: FactOf<"headsetLost">): void {
  const operator = state.operators.get(fact.operatorId);
  if (operator?.work.kind !== "talking") return;
  const phase = state.contacts.get(operator.work.contactId)?.phase;
  const parties = phase?.kind === "talking" ? phase.parties : [];
  for (const party of parties) if (party.legId === fact.legId) party.lostUntil = fact.until;
  touchContact(state, operator.work.contactId);
}
