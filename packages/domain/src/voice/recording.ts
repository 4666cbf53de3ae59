import type { Input, TelephonyEvent } from "@centrala/contract";
import { assert } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import { act, type Draft, emit, newId, refuse, talkOf } from "../core/draft.ts";
import type { CentreState } from "../state.ts";
import { partyLegs } from "./room.ts";

type InputOf<K extends Input["kind"]> = Extract<Input, { kind: K }>;

/**
 * Starts, changes or stops the recording so that it follows the talk: the customer left, everybody who talks with the
 * customer right. While the customer is held or somebody is consulted, the right side is silent.
 */
export function syncRecording(draft: Draft, contact: Contact): void {
  const phase = contact.phase;
  const customerLegId = contact.customerLegId;
  const recorded = isRecorded(draft.state, contact) || contact.recordingId !== null;
  if (!recorded || phase.kind !== "talking" || customerLegId === null) return stopRecording(draft, contact);
  const isNew = contact.recordingId === null;
  // The part before may have ended by itself while it was paused.
  const staysPaused = isNew && contact.recordingPaused;
  const recordingId = contact.recordingId ?? newId(draft, "rec");
  if (isNew)
    emit(draft, { kind: "recordingStarted", contactId: contact.id, recordingId, voicemail: false, queueId: null });
  // Beside a second call of the operator's phone the customer may be heard again at any moment.
  const away = phase.hold !== null || (phase.consult !== null && phase.consult.second === null);
  const operatorLegIds = away ? [] : partyLegs(draft.state, phase);
  act(draft, { kind: "record", recordingId, contactId: contact.id, customerLegId, operatorLegIds });
  if (staysPaused) pause(draft, contact, recordingId, true);
}

/** Whether a talk is recorded: as its queue says, or else the number it came by or goes out under, or else the centre. */
export function isRecorded(
  { config, queues }: CentreState,
  { queueId, numberId }: { readonly queueId: string | null; readonly numberId: string | null },
): boolean {
  const ofQueue = queueId === null ? undefined : queues.get(queueId)?.config.recording;
  const ofNumber = numberId === null ? undefined : config.numbers.get(numberId)?.recording;
  const own = ofQueue ?? ofNumber;
  return own == null ? config.core.recordCalls : own === "on";
}

export function stopRecording(draft: Draft, contact: Contact): void {
  const recordingId = contact.recordingId;
  if (recordingId === null) return;
  emit(draft, { kind: "recordingStopped", contactId: contact.id, recordingId });
  act(draft, { kind: "stopRecording", recordingId });
}

/** Records a message: the customer only. `queueId` names the queue whose operators are to call back; null leaves it open. */
export function recordVoicemail(
  draft: Draft,
  contact: Contact,
  customerLegId: string,
  { queueId, durationMsMax }: { readonly queueId: string | null; readonly durationMsMax: number },
): void {
  assert(contact.recordingId === null, "a message is recorded beside nothing else");
  const recordingId = newId(draft, "rec");
  emit(draft, { kind: "recordingStarted", contactId: contact.id, recordingId, voicemail: true, queueId });
  const longestMs = durationMsMax;
  act(draft, { kind: "record", recordingId, contactId: contact.id, customerLegId, operatorLegIds: [], longestMs });
}

export function onRecordingPaused(draft: Draft, input: InputOf<"recordingPaused">): void {
  const contact = talkOf(draft, input.contactId, input.operatorId);
  if (contact === undefined) return;
  const { recordingId } = contact;
  if (recordingId === null) return refuse(draft, "NOT_RECORDING", input);
  if (contact.recordingPaused === input.on) return;
  pause(draft, contact, recordingId, input.on);
}

function pause(draft: Draft, contact: Contact, recordingId: string, on: boolean): void {
  emit(draft, { kind: "recordingPaused", contactId: contact.id, recordingId, on });
  act(draft, { kind: "pauseRecording", recordingId, paused: on });
}

/** There is room on the disk again: talks whose recording ended for want of it go on in a further part. */
export function onRoomToRecord(draft: Draft): void {
  for (const contact of draft.state.contacts.values())
    if (contact.phase.kind === "talking" && contact.recordingId === null) syncRecording(draft, contact);
}

/** The file is complete, or could not be written; the contact may have ended long before. */
export function onRecordingDone(
  draft: Draft,
  input: Extract<TelephonyEvent, { kind: "recordingClosed" | "recordingFailed" }>,
): void {
  const recording = draft.state.recordings.get(input.recordingId);
  if (recording === undefined) return;
  emit(draft, { ...input, contactId: recording.contactId });
}
