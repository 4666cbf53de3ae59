import type { Audible, ScenarioStep, Target } from "@centrala/contract";
import { assert, assertNever, required } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import { scenarioStep } from "../contact/scenario-of.ts";
import { act, type Draft, emit, newId } from "../core/draft.ts";
import { hoursOpen } from "../core/hours.ts";
import { limits, times } from "../core/limits.ts";
import { askMayDial, reportRefused } from "../outgoing/ask.ts";
import { queueRefuses } from "../routing/waiting.ts";
import { endContact } from "../voice/end.ts";
import { enterQueue } from "../voice/queue-speech.ts";
import { isRecorded } from "../voice/recording.ts";
import { returnContact } from "../voice/return.ts";
import { answerCustomer, audible, sound } from "../voice/speak.ts";
import { ringTarget } from "../voice/transfer.ts";
import { holds } from "./caller-tests.ts";

type StepOf<K extends ScenarioStep["kind"]> = Extract<ScenarioStep, { kind: K }>;
/** A step either leads to the next at once, or something is under way that will lead on. */
type Outcome = { readonly next: string | null } | "under-way";

/** Starts a scenario of the present configuration; the contact keeps this version of it until it leaves. */
export function enterScenario(draft: Draft, contact: Contact, scenarioId: string): void {
  const { config } = draft.state;
  const scenario = config.scenarios.get(scenarioId);
  if (scenario === undefined) return endContact(draft, contact, "SCENARIO_FAILED");
  const configVersion = config.core.version;
  emit(draft, { kind: "scenarioEntered", contactId: contact.id, scenarioId, configVersion });
  enterStep(draft, contact, scenario.start);
}

/**
 * Goes on at a step, and through all steps that need no waiting. `null` ends the call. A flow that runs in a circle
 * without ever waiting, or names a step that is not there, ends as SCENARIO_FAILED.
 */
export function enterStep(draft: Draft, contact: Contact, stepId: string | null): void {
  assert(draft.state.contacts.get(contact.id) === contact, "who has ended goes through no step");
  let next = stepId;
  while (next !== null) {
    const step = scenarioStep(draft.state, contact, next);
    if (step === undefined || !mayPass(draft, contact)) return failScenario(draft, contact);
    const outcome = runStep(draft, contact, next, step);
    if (outcome === "under-way") return;
    next = outcome.next;
  }
  endContact(draft, contact, contact.messageLeft ? "VOICEMAIL_LEFT" : "SCENARIO_ENDED");
}

/** One budget an input, whichever way leads from step to step: by the flow itself, a target that can't be rung, a queue that takes nobody. */
function mayPass(draft: Draft, contact: Contact): boolean {
  const passed = draft.stepsPassed.get(contact.id) ?? 0;
  draft.stepsPassed.set(contact.id, passed + 1);
  return passed < limits.stepsWithoutWaiting;
}

/** The contact left its queue unserved: on by the step that sent it there, or any other way that can be found. */
export function waitOver(draft: Draft, contact: Contact, stepId: string | null): void {
  if (stepId === null) return returnContact(draft, contact, null, "SCENARIO_ENDED");
  const step = scenarioStep(draft.state, contact, stepId);
  enterStep(draft, contact, step?.kind === "queue" || step?.kind === "transfer" ? step.otherwise : null);
}

function failScenario(draft: Draft, contact: Contact): void {
  endContact(draft, contact, "SCENARIO_FAILED");
}

function runStep(draft: Draft, contact: Contact, stepId: string, step: ScenarioStep): Outcome {
  switch (step.kind) {
    case "play":
      return playStep(draft, contact, stepId, step);
    case "menu":
    case "collect":
      askKeys(draft, contact, stepId, step, 1, null);
      return "under-way";
    case "hours":
      return hoursStep(draft, contact, stepId, step);
    case "set":
      passStep(draft, contact, stepId, step.kind);
      setVariable(draft, contact, step.variable, step.value);
      return { next: step.next };
    case "test":
      passStep(draft, contact, stepId, step.kind);
      return { next: testHolds(contact, stepId, step) ? step.then : step.otherwise };
    case "wait":
      holdStep(draft, contact, stepId, step.kind, draft.at + step.durationMs);
      return "under-way";
    case "language":
      passStep(draft, contact, stepId, step.kind);
      emit(draft, { kind: "languageSet", contactId: contact.id, language: step.language });
      return { next: step.next };
    case "transfer":
      return needsNotice(draft, contact, queueOf(targetOf(contact, step)))
        ? speakNotice(draft, contact, stepId, step)
        : transferStep(draft, contact, stepId, step);
    case "queue":
      return needsNotice(draft, contact, step.queueId)
        ? speakNotice(draft, contact, stepId, step)
        : queueStep(draft, contact, stepId, step);
    case "voicemail":
      return voicemailStep(draft, contact, stepId, step);
    case "hang-up":
      return hangUpStep(draft, contact, stepId, step);
    default:
      return assertNever(step);
  }
}

/** A scenario has at most 500 steps but may loop; the names it sets are bounded here. */
export function setVariable(draft: Draft, contact: Contact, name: string, value: string): void {
  const known = Object.hasOwn(contact.variables, name);
  if (!known && Object.keys(contact.variables).length >= limits.variables) return;
  emit(draft, { kind: "variableSet", contactId: contact.id, name, value });
}

/** A step that takes no time. */
function passStep(draft: Draft, contact: Contact, stepId: string, step: string): void {
  holdStep(draft, contact, stepId, step, null);
}

function holdStep(draft: Draft, contact: Contact, stepId: string, step: string, until: number | null): void {
  const fixed = { attempt: 1, playId: null, collectId: null } as const;
  emit(draft, { kind: "stepEntered", contactId: contact.id, stepId, step, ...fixed, until });
}

function playStep(draft: Draft, contact: Contact, stepId: string, step: StepOf<"play">): Outcome {
  const items = step.prompts.map((prompt) => audible(contact, prompt));
  if (items.length === 0) {
    passStep(draft, contact, stepId, step.kind);
    return { next: step.next };
  }
  speakStep(draft, contact, stepId, step.kind, items);
  return "under-way";
}

/** Plays something as the step's own; the end of the play leads on. */
function speakStep(draft: Draft, contact: Contact, stepId: string, step: string, items: readonly Audible[]): void {
  answerCustomer(draft, contact);
  const legId = required(contact.customerLegId, "the leg of who goes through a scenario");
  const playId = newId(draft, "play");
  const until = draft.at + times.playMsMax;
  const fixed = { attempt: 1, playId, collectId: null } as const;
  emit(draft, { kind: "stepEntered", contactId: contact.id, stepId, step, ...fixed, until });
  act(draft, { kind: "play", playId, legId, items, loop: false });
}

/** Plays the prompts and gathers keys over them; the first key stops them. */
export function askKeys(
  draft: Draft,
  contact: Contact,
  stepId: string,
  step: StepOf<"menu"> | StepOf<"collect">,
  attempt: number,
  before: string | null,
): void {
  answerCustomer(draft, contact);
  const legId = required(contact.customerLegId, "the leg of who goes through a scenario");
  const items = step.prompts.map((prompt) => audible(contact, prompt));
  if (before !== null) items.unshift(sound(contact, before));
  const playId = items.length === 0 ? null : newId(draft, "play");
  const collectId = newId(draft, "collect");
  const until = draft.at + times.playMsMax;
  const { id: contactId } = contact;
  emit(draft, { kind: "stepEntered", contactId, stepId, step: step.kind, attempt, playId, collectId, until });
  if (playId !== null) act(draft, { kind: "play", playId, legId, items, loop: false });
  act(draft, {
    kind: "collectKeys",
    collectId,
    legId,
    keysMax: step.kind === "menu" ? 1 : step.keysMax,
    terminator: step.kind === "menu" ? null : step.terminator,
    firstKeyTimeoutMs: step.timeoutMs,
    nextKeyTimeoutMs: step.timeoutMs,
    bargeIn: true,
    sensitive: step.kind === "collect" && step.sensitive,
    afterPlayId: playId,
  });
}

function hoursStep(draft: Draft, contact: Contact, stepId: string, step: StepOf<"hours">): Outcome {
  passStep(draft, contact, stepId, step.kind);
  const hours = draft.state.config.hours.get(step.hoursId);
  const open = hours !== undefined && hoursOpen(hours, draft.at);
  emit(draft, { kind: "hoursTested", contactId: contact.id, hoursId: step.hoursId, open });
  return { next: open ? step.open : step.closed };
}

/** Numbers are not known here: what tests of them come to was worked out before the call came in. */
function testHolds(contact: Contact, stepId: string, step: StepOf<"test">): boolean {
  if (step.variable === "caller" || step.variable === "called") {
    return Object.hasOwn(contact.callerTests, stepId) && contact.callerTests[stepId] === true;
  }
  return holds(step, variableOf(contact, step.variable));
}

function variableOf(contact: Contact, name: string): string {
  if (name === "language") return contact.language;
  return Object.hasOwn(contact.variables, name) ? (contact.variables[name] ?? "") : "";
}

/** Callers are told of the recording before they talk, once, unless a prompt of the scenario has done so. */
function needsNotice({ state }: Draft, contact: Contact, queueId: string | null): boolean {
  if (!state.config.core.recordingNotice || contact.noticeHeard || contact.direction !== "inbound") return false;
  return isRecorded(state, { queueId: queueId ?? contact.queueId, numberId: contact.numberId });
}

function queueOf(target: Target | undefined): string | null {
  return target?.kind === "queue" ? target.queueId : null;
}

function speakNotice(draft: Draft, contact: Contact, stepId: string, step: ScenarioStep): Outcome {
  speakStep(draft, contact, stepId, step.kind, [sound(contact, "recording-notice")]);
  return "under-way";
}

function transferStep(draft: Draft, contact: Contact, stepId: string, step: StepOf<"transfer">): Outcome {
  passStep(draft, contact, stepId, step.kind);
  const target = targetOf(contact, step);
  if (target === undefined) return { next: step.otherwise };
  if (target.kind === "queue" && queueRefuses(draft, target.queueId) !== undefined) return { next: step.otherwise };
  if (target.kind === "outside" && !mayGoOut(draft, contact, target)) return { next: step.otherwise };
  emit(draft, { kind: "transferred", contactId: contact.id, fromOperatorId: null, target });
  ringTarget(draft, contact, target, step.ringTimeoutMs);
  return "under-way";
}

/** A flow's call out is within the limits, too; where it is not, the flow goes on. */
function mayGoOut(draft: Draft, contact: Contact, target: Extract<Target, { kind: "outside" }>): boolean {
  const nobody = { operatorId: null, deviceId: null };
  const verdict = askMayDial(draft, target, nobody, draft.state.config.trunkIds);
  if (!verdict.allowed) reportRefused(draft, contact.id, nobody, target, verdict);
  return verdict.allowed;
}

function targetOf(contact: Contact, step: StepOf<"transfer">): Target | undefined {
  const { target } = step;
  if (target.kind !== "number") return target;
  const known = Object.hasOwn(contact.outsideAddressIds, target.number);
  const addressId = known ? contact.outsideAddressIds[target.number] : undefined;
  if (addressId === undefined) return undefined;
  const destination = contact.outsideDestinations[target.number];
  return { kind: "outside", addressId, emergency: false, ...(destination === undefined ? {} : { destination }) };
}

function queueStep(draft: Draft, contact: Contact, stepId: string, step: StepOf<"queue">): Outcome {
  passStep(draft, contact, stepId, step.kind);
  const { queueId, priority } = step;
  const refused = queueRefuses(draft, queueId);
  // Whoever was turned away at the door wanted a person, too: the list of missed callers must know.
  if (refused === "overflow" || refused === "nobody")
    emit(draft, { kind: "queueLeft", contactId: contact.id, queueId, reason: refused, waitedMs: 0 });
  if (refused !== undefined) return { next: step.otherwise };
  enterQueue(draft, contact, { queueId, priority, stepId, since: draft.at });
  return "under-way";
}

function voicemailStep(draft: Draft, contact: Contact, stepId: string, step: StepOf<"voicemail">): Outcome {
  const items = step.prompts.map((prompt) => audible(contact, prompt));
  items.push({ kind: "tone", tone: "beep", country: draft.state.config.core.country });
  speakStep(draft, contact, stepId, step.kind, items);
  return "under-way";
}

function hangUpStep(draft: Draft, contact: Contact, stepId: string, step: StepOf<"hang-up">): Outcome {
  const items = step.prompts.map((prompt) => audible(contact, prompt));
  if (items.length === 0) {
    passStep(draft, contact, stepId, step.kind);
    return { next: null };
  }
  speakStep(draft, contact, stepId, step.kind, items);
  return "under-way";
}

/** The notice is over: now the step itself. */
export function afterNotice(
  draft: Draft,
  contact: Contact,
  stepId: string,
  step: StepOf<"queue"> | StepOf<"transfer">,
): void {
  const outcome =
    step.kind === "queue" ? queueStep(draft, contact, stepId, step) : transferStep(draft, contact, stepId, step);
  if (outcome !== "under-way") enterStep(draft, contact, outcome.next);
}
