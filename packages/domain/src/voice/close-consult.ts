import type { LegEndCode } from "@centrala/contract";
import { type Consult, type Contact, partyOf } from "../contact/contact.ts";
import { act, type Draft, emit } from "../core/draft.ts";
import { dropLeg, quiet } from "../core/legs.ts";
import { withdrawOffer } from "../routing/offers.ts";

export type ConsultEnd = "transfer" | "return" | "conference" | "failed";

/** The consultation that runs in the contact. */
export function consultOf(contact: Contact): Consult | undefined {
  return contact.phase.kind === "talking" ? (contact.phase.consult ?? undefined) : undefined;
}

/** Ends a consultation because its contact ends. */
export function abortConsult(draft: Draft, contact: Contact): void {
  const consult = consultOf(contact);
  if (consult !== undefined) closeConsult(draft, contact, consult, "failed", "DROPPED");
}

/** Takes the consulted one off again, with all that rings or plays for the consultation. */
export function closeConsult(draft: Draft, contact: Contact, consult: Consult, as: ConsultEnd, code: LegEndCode): void {
  quiet(draft, partyOf(contact, consult.by)?.legId ?? null);
  withdrawOffer(draft, consult.offerId);
  emit(draft, { kind: "consultEnded", contactId: contact.id, operatorId: consult.by, as });
  // A standing headset outlives the consultation and must not stay muted.
  if (consult.muted && consult.legId !== null && draft.state.legs.has(consult.legId))
    act(draft, { kind: "muteLeg", legId: consult.legId, muted: false });
  dropLeg(draft, contact, consult.legId, "DROPPED");
  dropLeg(draft, contact, consult.second?.legId ?? null, code);
}
