import type { QueueLeaveReason } from "@centrala/contract";
import { assert } from "@centrala/kit";
import type { Contact, PhaseOf } from "../contact/contact.ts";
import { type Draft, emit, follow, livedUntil } from "../core/draft.ts";
import { withdrawOffer } from "./offers.ts";
import type { QueueIndex } from "./queue.ts";
import { nextReview, onDutyCount, tierAllowed, waitKey } from "./queue-index.ts";

export type Place = {
  readonly queueId: string;
  readonly priority: number;
  readonly stepId: string | null;
  /** Where the contact stands among those who wait: now, or when it first came. */
  readonly since: number;
};

/** Why a contact can't wait in the queue right now; undefined when it can. */
export function queueRefuses(draft: Draft, queueId: string): "overflow" | "nobody" | "unknown" | undefined {
  const queue = draft.state.queues.get(queueId);
  if (queue === undefined) return "unknown";
  if (queue.waiting.size >= queue.config.waitingMax) return "overflow";
  return queue.config.leaveWhenNobody && onDutyCount(queue) === 0 ? "nobody" : undefined;
}

/** Puts a contact into a queue; routing looks for an operator when the input is done. */
export function enqueue(draft: Draft, contact: Contact, place: Place): void {
  const { kind } = contact.phase;
  assert(kind !== "waiting" && kind !== "talking" && kind !== "dialling", "who waits does nothing else");
  const queue = draft.state.queues.get(place.queueId);
  const waitMsMax = queue?.config.waitMsMax ?? null;
  // Only who has a way on is sent away by a limit: nobody is lost to one.
  const until = waitMsMax === null || place.stepId === null ? null : draft.at + waitMsMax;
  const reviewAt = queue === undefined ? null : nextReview(queue, { since: place.since, missed: [] }, draft.at);
  emit(draft, { kind: "enqueued", contactId: contact.id, ...place, until, reviewAt });
}

/** Takes a contact out of its queue, with how long it waited there this time. */
export function leaveQueue(draft: Draft, contact: Contact, reason: QueueLeaveReason): void {
  const phase = contact.phase;
  if (phase.kind !== "waiting") return;
  const waitedMs = Math.max(0, livedUntil(draft) - phase.enteredAt);
  emit(draft, { kind: "queueLeft", contactId: contact.id, queueId: phase.queueId, reason, waitedMs });
}

/** The caller's place in the queue, 1 for whoever is next. */
export function positionOf(queue: QueueIndex, contact: Contact, phase: PhaseOf<"waiting">): number {
  return queue.waiting.rank(waitKey(contact, phase)) + 1;
}

/** A further tier may be asked now, or whoever missed the contact may be rung again. */
export function reviewWait(draft: Draft, contact: Contact, phase: PhaseOf<"waiting">, queue: QueueIndex): void {
  const tier = tierAllowed(queue, phase.since, draft.at);
  const nextAt = nextReview(queue, phase, draft.at);
  emit(draft, { kind: "waitReviewed", contactId: contact.id, queueId: phase.queueId, tier, nextAt });
  draft.touchedContacts.add(contact.id);
}

/** A new configuration may have other tiers, or open them at other times. */
export function reviewWaiting(draft: Draft): void {
  for (const contact of draft.state.contacts.values()) {
    const { phase } = contact;
    const queue = phase.kind === "waiting" ? draft.state.queues.get(phase.queueId) : undefined;
    if (phase.kind !== "waiting" || queue === undefined) continue;
    if (nextReview(queue, phase, draft.at) !== phase.reviewAt) reviewWait(draft, contact, phase, queue);
  }
}

/** Sends a waiting contact on; whoever has no way on keeps waiting, as long as there is a queue to wait in. */
export function leaveBecause(draft: Draft, contact: Contact, reason: QueueLeaveReason): void {
  const phase = contact.phase;
  if (phase.kind !== "waiting") return;
  const { stepId, offerId } = phase;
  if (stepId === null && reason !== "ended") return;
  withdrawOffer(draft, offerId);
  leaveQueue(draft, contact, reason);
  follow(draft, { kind: "waitOver", contactId: contact.id, stepId });
}
