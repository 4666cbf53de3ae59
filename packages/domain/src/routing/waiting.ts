import type { Audible, QueueLeaveReason } from "@centrala/contract";
import type { Contact, PhaseOf } from "../contact/contact.ts";
import { leaveQueue } from "../contact/end.ts";
import { act, type Draft, emit, newId } from "../draft.ts";
import { enterStep, scenarioStep } from "../scenario/run.ts";
import { answerCustomer, audible } from "../scenario/speak.ts";
import { withdrawOffer } from "./offers.ts";
import { nextReview, onDutyCount, type QueueIndex, tierAllowed, waitKey } from "./queue-index.ts";

type Place = {
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

/** Puts a contact into a queue and lets it hear welcome and music; routing looks for an operator when the input is done. */
export function enqueue(draft: Draft, contact: Contact, place: Place): void {
  answerCustomer(draft, contact);
  emit(draft, { kind: "enqueued", contactId: contact.id, ...place });
  const queue = draft.state.queues.get(place.queueId);
  if (queue === undefined) return;
  const welcome = place.stepId === null ? [] : queue.config.welcome.map((prompt) => audible(contact, prompt));
  if (welcome.length === 0) speakMusic(draft, contact, queue);
  else speak(draft, contact, { phase: "welcome", items: welcome, position: null, nextAt: null });
}

type Speech = {
  readonly phase: "welcome" | "announcement" | "music";
  readonly items: readonly Audible[];
  readonly position: number | null;
  readonly nextAt: number | null;
};

function speak(draft: Draft, contact: Contact, speech: Speech): void {
  const legId = contact.customerLegId;
  if (legId === null) return;
  const playId = newId(draft, "play");
  const { phase, position, nextAt, items } = speech;
  emit(draft, { kind: "queueSpoke", contactId: contact.id, playId, position, nextAt, phase });
  act(draft, { kind: "play", playId, legId, items, loop: phase === "music" });
}

function speakMusic(draft: Draft, contact: Contact, queue: QueueIndex): void {
  const { announcements, announcePosition, announceEveryMs, music } = queue.config;
  const nextAt = announcements.length > 0 || announcePosition ? draft.at + announceEveryMs : null;
  speak(draft, contact, { phase: "music", items: [{ kind: "music", name: music }], position: null, nextAt });
}

/** Welcome or announcement is over: music until the next one. */
export function queueSpeechEnded(draft: Draft, contact: Contact, phase: PhaseOf<"waiting">, playId: string): void {
  const queue = draft.state.queues.get(phase.queueId);
  if (phase.playId === playId && phase.speech !== "music" && queue !== undefined) speakMusic(draft, contact, queue);
}

/** The caller's place in the queue, 1 for whoever is next. */
export function positionOf(queue: QueueIndex, contact: Contact, phase: PhaseOf<"waiting">): number {
  return queue.waiting.rank(waitKey(contact, phase)) + 1;
}

function announce(draft: Draft, contact: Contact, phase: PhaseOf<"waiting">, queue: QueueIndex): void {
  const position = queue.config.announcePosition ? positionOf(queue, contact, phase) : null;
  const items = queue.config.announcements.map((prompt) => audible(contact, prompt));
  if (position !== null) items.push(...positionItems(contact, position));
  speak(draft, contact, { phase: "announcement", items, position, nextAt: null });
}

function positionItems(contact: Contact, position: number): Audible[] {
  const sound = (name: string): Audible => ({ kind: "sound", name, language: contact.language });
  if (position === 1) return [sound("queue-next")];
  return [sound("queue-position-intro"), sound(position > 20 ? "more-than-20" : `n-${position}`)];
}

/** Something about a waiting contact is due: its limit, an announcement, or a further look at who may be rung. */
export function onWaitingDue(draft: Draft, contact: Contact, phase: PhaseOf<"waiting">): void {
  const queue = draft.state.queues.get(phase.queueId);
  if (queue === undefined) return leaveBecause(draft, contact, "ended");
  const open = phase.offerId === null;
  if (open && phase.until !== null && phase.until <= draft.at) return leaveBecause(draft, contact, "timeout");
  if (open && phase.reviewAt !== null && phase.reviewAt <= draft.at) review(draft, contact, phase, queue);
  if (phase.nextAt !== null && phase.nextAt <= draft.at) announce(draft, contact, phase, queue);
}

function review(draft: Draft, contact: Contact, phase: PhaseOf<"waiting">, queue: QueueIndex): void {
  const tier = tierAllowed(queue, phase.since, draft.at);
  const nextAt = nextReview(queue, phase, draft.at);
  emit(draft, { kind: "waitReviewed", contactId: contact.id, queueId: phase.queueId, tier, nextAt });
  draft.touchedContacts.add(contact.id);
}

/** Sends a waiting contact on with its scenario; whoever has no way on keeps waiting. */
export function leaveBecause(draft: Draft, contact: Contact, reason: QueueLeaveReason): void {
  const phase = contact.phase;
  if (phase.kind !== "waiting") return;
  if (phase.stepId === null && reason !== "ended") return;
  withdrawOffer(draft, phase.offerId);
  leaveQueue(draft, contact, reason);
  const step = scenarioStep(draft.state, contact, phase.stepId);
  enterStep(draft, contact, step?.kind === "queue" || step?.kind === "transfer" ? step.otherwise : null);
}
