import type { Contact, Party, PhaseOf } from "../contact/contact.ts";
import { act, type Draft, emit, livedUntil } from "../core/draft.ts";
import { dropLeg, quiet } from "../core/legs.ts";
import { times } from "../core/limits.ts";
import { unhold } from "./hold.ts";

/** One operator leaves the talk and goes to wrap-up; what becomes of the contact is decided by the caller. */
export function leaveTalk(draft: Draft, contact: Contact, phase: PhaseOf<"talking">, party: Party): void {
  if (party.operatorId === null) return;
  if (phase.hold?.by === party.operatorId) unhold(draft, contact, party.operatorId);
  endTalk(draft, contact, phase, party);
  dropLeg(draft, contact, party.legId, "DROPPED");
  startWrapUp(draft, contact, party.operatorId, party.queueId);
}

/** Takes one operator out of the talk; their own phone leg stays for the caller to drop. */
export function endTalk(draft: Draft, contact: Contact, phase: PhaseOf<"talking">, party: Party): void {
  if (party.operatorId === null) return;
  const leg = draft.state.legs.get(party.legId);
  // A standing headset outlives the talk: neither silence nor a tone of this call may stay on it.
  if (leg?.standing === true) {
    quiet(draft, leg.id);
    if (party.muted) act(draft, { kind: "muteLeg", legId: leg.id, muted: false });
  }
  // Whom this one holds may be a colleague, whose headset outlives the talk as well.
  const held = phase.hold?.by === party.operatorId ? phase.hold.legId : null;
  if (held !== null && draft.state.legs.get(held)?.standing === true) quiet(draft, held);
  const until = livedUntil(draft);
  const goesOn = phase.hold?.by === party.operatorId ? Math.max(0, until - phase.hold.since) : 0;
  const talkMs = Math.max(0, until - party.since);
  const holdMs = Math.min(talkMs, party.holdMs + goesOn);
  emit(draft, { kind: "talkEnded", contactId: contact.id, operatorId: party.operatorId, talkMs, holdMs });
}

/** Work after the conversation; none after internal calls and where the queue sets none. */
export function startWrapUp(draft: Draft, contact: Contact, operatorId: string, queueId: string | null): void {
  if (contact.direction === "internal") return;
  const operator = draft.state.operators.get(operatorId);
  if (operator === undefined || operator.work.kind !== "none") return;
  const queue = queueId === null ? undefined : draft.state.queues.get(queueId);
  const wrapUpMs = queue?.config.wrapUpMsMax ?? times.wrapUpMs;
  if (wrapUpMs === 0) return;
  emit(draft, { kind: "wrapUpStarted", contactId: contact.id, operatorId, until: draft.at + wrapUpMs });
}
