import type { Fact } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import { foldPlayed } from "../core/legs.ts";
import type { CentreState } from "../state.ts";
import type { PhaseOf } from "./contact.ts";
import { setPhase } from "./fold-contact.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

export function foldEnqueued(state: CentreState, fact: FactOf<"enqueued">, at: Instant): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact that waits");
  const { queueId, priority, since, stepId, until, reviewAt } = fact;
  assert(state.queues.has(queueId), "a contact waits in a queue");
  const phase: PhaseOf<"waiting"> = {
    kind: "waiting",
    queueId,
    priority,
    since,
    enteredAt: at,
    stepId,
    playId: null,
    speech: "music",
    nextAt: null,
    until,
    reviewAt,
    offerId: null,
    missed: [],
  };
  setPhase(state, contact, phase);
  contact.queueId = queueId;
  contact.queueSince = since;
}

export function foldQueueSpoke(state: CentreState, fact: FactOf<"queueSpoke">): void {
  const contact = state.contacts.get(fact.contactId);
  if (contact?.phase.kind !== "waiting") return;
  contact.phase.playId = fact.playId;
  contact.phase.speech = fact.phase;
  contact.phase.nextAt = fact.nextAt;
  foldPlayed(state, contact.customerLegId, fact.playId);
}

export function foldWaitReviewed(state: CentreState, fact: FactOf<"waitReviewed">, at: Instant): void {
  const contact = state.contacts.get(fact.contactId);
  if (contact?.phase.kind !== "waiting") return;
  contact.phase.missed = contact.phase.missed.filter((missed) => missed.until > at);
  contact.phase.reviewAt = fact.nextAt;
}

export function foldQueueLeft(state: CentreState, fact: FactOf<"queueLeft">): void {
  const contact = state.contacts.get(fact.contactId);
  if (contact?.phase.kind === "waiting") setPhase(state, contact, { kind: "between" });
}
