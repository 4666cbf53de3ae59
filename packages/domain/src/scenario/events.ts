import type { ScenarioStep, TelephonyEvent } from "@centrala/contract";
import { assertNever, required } from "@centrala/kit";
import type { Contact, PhaseOf } from "../contact/contact.ts";
import { scenarioStep } from "../contact/scenario-of.ts";
import { act, type Draft, emit } from "../core/draft.ts";
import { limits } from "../core/limits.ts";
import { endContact } from "../voice/end.ts";
import { queueSpeechEnded } from "../voice/queue-speech.ts";
import { onRecordingDone, recordVoicemail, stopRecording } from "../voice/recording.ts";
import { afterNotice, askKeys, enterStep, setVariable } from "./run.ts";

type Running = PhaseOf<"scenario">;
type StepOf<K extends ScenarioStep["kind"]> = Extract<ScenarioStep, { kind: K }>;

/** Something was heard to its end (or failed: a prompt that can't be played never holds up a call). */
export function onPlayEnded(draft: Draft, input: Extract<TelephonyEvent, { kind: "playEnded" }>): void {
  const contactId = draft.state.plays.get(input.playId);
  const contact = contactId === undefined ? undefined : draft.state.contacts.get(contactId);
  if (contact === undefined) return;
  const phase = contact.phase;
  if (phase.kind === "waiting") return queueSpeechEnded(draft, contact, phase, input.playId);
  if (phase.kind === "scenario" && phase.playId === input.playId) stepSpoken(draft, contact, phase);
}

function stepSpoken(draft: Draft, contact: Contact, phase: Running): void {
  const step = scenarioStep(draft.state, contact, phase.stepId);
  if (step === undefined) return endContact(draft, contact, "SCENARIO_FAILED");
  switch (step.kind) {
    case "play":
      return enterStep(draft, contact, step.next);
    case "hang-up":
      return enterStep(draft, contact, null);
    case "queue":
    case "transfer":
      return afterNotice(draft, contact, phase.stepId, step);
    case "voicemail":
      return startMessage(draft, contact, phase, step);
    case "menu":
    case "collect":
    case "hours":
    case "set":
    case "test":
    case "wait":
    case "language":
      return;
    default:
      return assertNever(step);
  }
}

/** After the beep: the message, until the caller hangs up or its longest time is over. */
function startMessage(draft: Draft, contact: Contact, phase: Running, step: StepOf<"voicemail">): void {
  const legId = required(contact.customerLegId, "the leg of who leaves a message");
  if (phase.recordingId !== null) return;
  const { stepId } = phase;
  const until = draft.at + step.durationMsMax;
  const fixed = { attempt: 1, playId: null, collectId: null } as const;
  emit(draft, { kind: "stepEntered", contactId: contact.id, stepId, step: step.kind, ...fixed, until });
  recordVoicemail(draft, contact, legId, step);
}

export function onKeysCollected(draft: Draft, input: Extract<TelephonyEvent, { kind: "keysCollected" }>): void {
  const contactId = draft.state.plays.get(input.collectId);
  const contact = contactId === undefined ? undefined : draft.state.contacts.get(contactId);
  if (contact?.phase.kind !== "scenario" || contact.phase.collectId !== input.collectId) return;
  const phase = contact.phase;
  const step = scenarioStep(draft.state, contact, phase.stepId);
  if (step?.kind !== "menu" && step?.kind !== "collect") return;
  if (input.outcome !== "keys") return keysMissing(draft, contact, phase, step, "menu-timeout");
  const { keys, reference, length } = input;
  const choice = step.kind === "menu" ? step.choices.find((one) => one.key === keys) : undefined;
  const { stepId } = phase;
  const sensitive = step.kind === "collect" && step.sensitive;
  const label = choice?.label ?? "";
  // Sensitive keys stay in the shell even if it should hand them over by mistake.
  const shown = sensitive ? null : keys;
  // The operator is shown what was chosen, or typed where that is no secret; as many as a desk can hold.
  const toShow = contact.choices.length < limits.variables ? (label === "" ? shown : label) : null;
  emit(draft, {
    kind: "keysEntered",
    contactId: contact.id,
    stepId,
    keys: shown,
    reference,
    length,
    label,
    choice: toShow,
  });
  if (step.kind === "menu") {
    if (choice !== undefined) return enterStep(draft, contact, choice.next);
    return keysMissing(draft, contact, phase, step, "menu-invalid");
  }
  if (length < step.keysMin) return keysMissing(draft, contact, phase, step, "menu-invalid");
  const value = (sensitive ? reference : keys) ?? "";
  setVariable(draft, contact, step.into, value);
  enterStep(draft, contact, step.next);
}

function keysMissing(
  draft: Draft,
  contact: Contact,
  phase: Running,
  step: StepOf<"menu"> | StepOf<"collect">,
  say: "menu-timeout" | "menu-invalid",
): void {
  if (phase.attempt >= step.attempts) return enterStep(draft, contact, step.otherwise);
  askKeys(draft, contact, phase.stepId, step, phase.attempt + 1, say);
}

/** A step's time has come: the end of a wait or a message, or telephony never said that something ended. */
export function onStepDue(draft: Draft, contact: Contact, phase: Running): void {
  const step = scenarioStep(draft.state, contact, phase.stepId);
  if (step === undefined) return endContact(draft, contact, "SCENARIO_FAILED");
  if (step.kind === "wait") return enterStep(draft, contact, step.next);
  if (step.kind === "voicemail" && phase.recordingId !== null) return messageFull(draft, contact, step);
  if (phase.collectId !== null && (step.kind === "menu" || step.kind === "collect")) {
    act(draft, { kind: "stopCollect", collectId: phase.collectId });
    return enterStep(draft, contact, step.otherwise);
  }
  if (phase.playId !== null) act(draft, { kind: "stopPlay", playId: phase.playId });
  stepSpoken(draft, contact, phase);
}

/** A recording's end; the message that ends by itself, because the disk is full, ends its step, so that nobody speaks into nothing. */
export function onRecordingEnded(
  draft: Draft,
  input: Extract<TelephonyEvent, { kind: "recordingClosed" | "recordingFailed" }>,
): void {
  const contactId = draft.state.recordings.get(input.recordingId)?.contactId;
  onRecordingDone(draft, input);
  const contact = contactId === undefined ? undefined : draft.state.contacts.get(contactId);
  if (contact?.phase.kind !== "scenario" || contact.phase.recordingId !== input.recordingId) return;
  const step = scenarioStep(draft.state, contact, contact.phase.stepId);
  if (step?.kind === "voicemail") enterStep(draft, contact, step.next);
}

function messageFull(draft: Draft, contact: Contact, step: StepOf<"voicemail">): void {
  stopRecording(draft, contact);
  enterStep(draft, contact, step.next);
}
