import type { Audible } from "@centrala/contract";
import type { Contact, PhaseOf } from "../contact/contact.ts";
import { act, type Draft, emit, newId } from "../core/draft.ts";
import type { QueueIndex } from "../routing/queue.ts";
import { enqueue, leaveBecause, type Place, positionOf, reviewWait } from "../routing/waiting.ts";
import { answerCustomer, audible } from "./speak.ts";

/** Puts a caller into a queue and lets them hear welcome and music. */
export function enterQueue(draft: Draft, contact: Contact, place: Place): void {
  answerCustomer(draft, contact);
  enqueue(draft, contact, place);
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
  if (open && phase.reviewAt !== null && phase.reviewAt <= draft.at) reviewWait(draft, contact, phase, queue);
  if (phase.nextAt !== null && phase.nextAt <= draft.at) announce(draft, contact, phase, queue);
}
