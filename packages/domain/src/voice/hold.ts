import { assert } from "@centrala/kit";
import { type Contact, heldLegOf } from "../contact/contact.ts";
import { act, type Draft, emit, newId } from "../core/draft.ts";
import { quiet } from "../core/legs.ts";
import { holdMusic } from "./play.ts";

/** The other side hears music; the room is brought up to date by the caller. */
export function hold(draft: Draft, contact: Contact, operatorId: string): void {
  assert(contact.phase.kind === "talking" && contact.phase.hold === null, "who is held already is not held again");
  const legId = heldLegOf(contact, operatorId);
  const playId = legId === null || !draft.state.legs.has(legId) ? null : newId(draft, "play");
  emit(draft, { kind: "heldChanged", contactId: contact.id, operatorId, on: true, playId });
  if (legId === null || playId === null) return;
  act(draft, { kind: "play", playId, legId, items: [holdMusic(draft, contact)], loop: true });
}

/** The music stops; the room is brought up to date by the caller. */
export function unhold(draft: Draft, contact: Contact, operatorId: string): void {
  if (contact.phase.kind !== "talking" || contact.phase.hold === null) return;
  quiet(draft, contact.phase.hold.legId);
  emit(draft, { kind: "heldChanged", contactId: contact.id, operatorId, on: false, playId: null });
}
