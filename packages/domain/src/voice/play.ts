import type { Audible } from "@centrala/contract";
import type { Contact } from "../contact/contact.ts";
import { act, type Draft, emit, newId } from "../core/draft.ts";
import { quiet } from "../core/legs.ts";
import { syncRoom } from "./room.ts";

/** Plays to a leg for ever, as a fact of its own. */
export function playLoop(
  draft: Draft,
  contact: Contact,
  legId: string,
  what: "ringback" | "comfort" | "music",
  item: Audible,
): void {
  const playId = newId(draft, "play");
  emit(draft, { kind: "played", contactId: contact.id, legId, playId, what });
  act(draft, { kind: "play", playId, legId, items: [item], loop: true });
}

export function ringback(draft: Draft): Audible {
  return { kind: "tone", tone: "ringback", country: draft.state.config.core.country };
}

export function holdMusic(draft: Draft, contact: Contact): Audible {
  const queue = contact.queueId === null ? undefined : draft.state.queues.get(contact.queueId);
  return { kind: "music", name: queue?.config.music ?? "calm" };
}

/** What the customer hears while somebody is rung: our ringback once answered, the network's own before. */
export function soundRinging(draft: Draft, contact: Contact): void {
  const leg = contact.customerLegId === null ? undefined : draft.state.legs.get(contact.customerLegId);
  if (leg?.state === "answered") playLoop(draft, contact, leg.id, "ringback", ringback(draft));
}

/** The phone that dialled makes the ringing tone itself. */
export function ringDialler(draft: Draft, contact: Contact, legId: string): void {
  if (draft.state.legs.get(legId)?.state !== "started") return;
  emit(draft, { kind: "legRinging", legId, contactId: contact.id, earlyMedia: false });
  act(draft, { kind: "ringLeg", legId });
}

/** The leg that dialled, or waits, hears what the far end plays. */
export function hearEarlyOn(draft: Draft, contact: Contact, legId: string): void {
  const own = draft.state.legs.get(legId);
  if (own === undefined) return;
  quiet(draft, own.id);
  if (own.incoming && own.state !== "answered" && own.state !== "early") {
    emit(draft, { kind: "legRinging", legId: own.id, contactId: contact.id, earlyMedia: true });
    act(draft, { kind: "progressLeg", legId: own.id });
  }
  syncRoom(draft, contact);
}

/** The far end is there: the phone that dialled it is answered now. */
export function answerDialler(draft: Draft, contact: Contact, legId: string): void {
  quiet(draft, legId);
  const own = draft.state.legs.get(legId);
  if (own === undefined || own.state === "answered") return;
  act(draft, { kind: "answerLeg", legId: own.id });
  emit(draft, { kind: "legAnswered", legId: own.id, contactId: contact.id, trunkId: null });
}
