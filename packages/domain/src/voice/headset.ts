import type { Input } from "@centrala/contract";
import { partyOf } from "../contact/contact.ts";
import { act, type Draft, emit, operatorOf } from "../core/draft.ts";
import { quiet } from "../core/legs.ts";
import { times } from "../core/limits.ts";
import type { Operator } from "../operator/operator.ts";
import { missOffer } from "../routing/offers.ts";
import { endConsult } from "./consult.ts";
import { endContact } from "./end.ts";
import { playLoop } from "./play.ts";
import { syncRecording } from "./recording.ts";
import { syncRoom } from "./room.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;

/** The newest headset replaces the old one, in the middle of a conversation, too. */
export function onHeadsetAttached(draft: Draft, input: InputOf<"headsetAttached">): void {
  const operator = operatorOf(draft, input.operatorId);
  if (operator === undefined) return act(draft, { kind: "dropLeg", legId: input.legId, code: "DROPPED" });
  const old = operator.headsetLegId;
  const { operatorId, legId } = input;
  if (old === legId || draft.state.legs.has(legId)) return;
  if (old !== null) act(draft, { kind: "dropLeg", legId: old, code: "DROPPED" });
  stopComfort(draft, operator);
  emit(draft, { kind: "headsetAttached", operatorId, legId });
  if (operator.work.kind === "talking") resume(draft, operator, operator.work.contactId, legId);
}

/** The comfort tone ends when the operator is heard again; a held customer goes on hearing music. */
function stopComfort(draft: Draft, operator: Operator): void {
  const contact = operator.work.kind === "talking" ? draft.state.contacts.get(operator.work.contactId) : undefined;
  const phase = contact?.phase;
  if (contact === undefined || phase?.kind !== "talking" || phase.hold !== null) return;
  const party = partyOf(contact, operator.id);
  if (party !== undefined && party.lostUntil !== null) quiet(draft, contact.customerLegId);
}

/** The conversation goes on over the new leg. */
function resume(draft: Draft, operator: Operator, contactId: string, legId: string): void {
  const contact = draft.state.contacts.get(contactId);
  if (contact === undefined) return;
  const party = partyOf(contact, operator.id);
  if (party?.legId === legId && party.muted) act(draft, { kind: "muteLeg", legId, muted: true });
  syncRoom(draft, contact);
  if (contact.direction !== "internal") syncRecording(draft, contact);
}

export function onHeadsetLost(draft: Draft, input: InputOf<"headsetLost">): void {
  headsetGone(draft, input.operatorId, input.legId);
}

export function headsetGone(draft: Draft, operatorId: string, legId: string): void {
  const operator = draft.state.operators.get(operatorId);
  if (operator === undefined || operator.headsetLegId !== legId) return;
  const talking = operator.work.kind === "talking";
  const until = draft.at + (talking ? times.reattachMs : times.deviceWaitMs);
  headsetLost(draft, operatorId, legId, until, "headset-lost");
}

/** The standing leg is gone: a ringing offer goes to somebody else, a conversation waits for it to come back. */
export function headsetLost(
  draft: Draft,
  operatorId: string,
  legId: string,
  until: number,
  cause: "headset-lost" | "restart",
): void {
  emit(draft, { kind: "headsetLost", operatorId, legId, until, cause });
  const work = draft.state.operators.get(operatorId)?.work;
  if (work?.kind === "offered") {
    const offer = draft.state.offers.get(work.offerId);
    if (offer?.device.kind === "headset") missOffer(draft, offer, "unreachable");
  }
  if (work?.kind === "talking") talkLost(draft, operatorId, legId, work.contactId);
}

function talkLost(draft: Draft, operatorId: string, legId: string, contactId: string): void {
  const contact = draft.state.contacts.get(contactId);
  if (contact === undefined) return;
  const phase = contact.phase;
  if (phase.kind === "dialling" && phase.legId === legId) return endContact(draft, contact, "MEDIA_LOST");
  if (phase.kind !== "talking") return;
  if (phase.consult?.operatorId === operatorId) return endConsult(draft, contact, "return");
  const party = partyOf(contact, operatorId);
  if (party === undefined || party.lostUntil === null) return;
  syncRoom(draft, contact);
  syncRecording(draft, contact);
  const customer = contact.customerLegId;
  if (customer === null || phase.hold !== null || phase.parties.length > 1) return;
  const { country } = draft.state.config.core;
  playLoop(draft, contact, customer, "comfort", { kind: "tone", tone: "comfort", country });
}
