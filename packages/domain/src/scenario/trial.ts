import type { ContactEndCode, Language, PromptRef, Scenario, ScenarioStep } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import { limits } from "../core/limits.ts";
import { holds } from "./caller-tests.ts";

type Flow = Pick<Scenario, "language" | "start" | "steps">;
type StepOf<K extends ScenarioStep["kind"]> = Extract<ScenarioStep, { kind: K }>;
type Target = StepOf<"transfer">["target"];

/** What is taken as given while a flow is tried. */
export type TrialGiven = {
  /** Numbers as the flow's tests see them; null when withheld. */
  readonly caller: string | null;
  readonly called: string | null;
  /** By the id of the opening hours; what is not named is closed. */
  readonly open: Readonly<Record<string, boolean>>;
  /** Whether callers are told of the recording before they talk with somebody of a queue; null: with one person. */
  readonly notice: (queueId: string | null) => boolean;
};

/** Where the caller is. What `says` is heard first, in the trial's language. */
export type TrialPlace =
  | {
      readonly kind: "speaking";
      readonly stepId: string;
      readonly says: readonly PromptRef[];
      readonly notice: boolean;
    }
  | {
      readonly kind: "asking";
      readonly stepId: string;
      readonly says: readonly PromptRef[];
      readonly attempt: number;
      readonly attempts: number;
      readonly keysMax: number;
      readonly terminator: "#" | "*" | null;
    }
  | { readonly kind: "waiting"; readonly stepId: string; readonly durationMs: number }
  | { readonly kind: "queue"; readonly stepId: string; readonly queueId: string }
  | { readonly kind: "transfer"; readonly stepId: string; readonly target: Target }
  | { readonly kind: "recording"; readonly stepId: string; readonly durationMsMax: number }
  | { readonly kind: "over"; readonly code: TrialEnd };
export type TrialEnd = Extract<
  ContactEndCode,
  "SCENARIO_ENDED" | "SCENARIO_FAILED" | "VOICEMAIL_LEFT" | "ABANDONED_IN_SCENARIO" | "ABANDONED_IN_QUEUE"
>;

/** A line of the way so far: a step left through one of its exits, or keys that were wrong or did not come. */
export type TrialLine =
  | { readonly kind: "left"; readonly stepId: string; readonly field: string }
  | { readonly kind: "again"; readonly stepId: string; readonly why: "menu-timeout" | "menu-invalid" };

export type Trial = {
  readonly flow: Flow;
  readonly given: TrialGiven;
  readonly place: TrialPlace;
  readonly path: readonly TrialLine[];
  readonly language: Language;
  readonly variables: Readonly<Record<string, string>>;
  /** Before the first step that plays the caller hears ringing, and pays nothing. */
  readonly answered: boolean;
  readonly noticeHeard: boolean;
  readonly messageLeft: boolean;
};

/** What happens next. A move that the place does not take changes nothing. */
export type TrialMove =
  /** What is said is over, the wait too, or the message has its longest length. */
  | { readonly kind: "on" }
  /** Without the terminator, at most `keysMax`; none at all when no key came in time. */
  | { readonly kind: "keys"; readonly keys: string }
  /** Nobody answers in the queue or at the target, or it takes nobody. */
  | { readonly kind: "unanswered" }
  | { readonly kind: "hungUp" };

/** More lines of the way than this are not kept: the first are forgotten. */
const pathMax = 500;
const noticeName = "recording-notice";

/** A caller comes in: the first place where something is heard, asked or waited for. */
export function startTrial(flow: Flow, given: TrialGiven): Trial {
  const fresh = { answered: false, noticeHeard: false, messageLeft: false, path: [], variables: {} };
  const place = { kind: "over", code: "SCENARIO_FAILED" } as const;
  return enter({ flow, given, place, language: flow.language, ...fresh }, flow.start);
}

/** The trial after one move: what a call would come to, without a call. */
export function moveTrial(trial: Trial, move: TrialMove): Trial {
  const { place } = trial;
  if (place.kind === "over") return trial;
  if (move.kind === "hungUp") return over(trial, abandoned(trial));
  const step = stepOf(trial, place.stepId);
  if (step === undefined) return over(trial, "SCENARIO_FAILED");
  switch (place.kind) {
    case "speaking":
      return move.kind === "on" ? spoken(trial, place.stepId, step) : trial;
    case "asking":
      return move.kind === "keys" ? pressed(trial, place, step, move.keys) : trial;
    case "waiting":
    case "recording":
      return move.kind === "on" && "next" in step ? leave(trial, place.stepId, "next", step.next) : trial;
    case "queue":
    case "transfer":
      if (move.kind !== "unanswered" || !("otherwise" in step)) return trial;
      return leave(trial, place.stepId, "otherwise", step.otherwise);
    default:
      return assertNever(place);
  }
}

function abandoned({ place, messageLeft }: Trial): TrialEnd {
  if (place.kind === "queue") return "ABANDONED_IN_QUEUE";
  return messageLeft && place.kind !== "transfer" ? "VOICEMAIL_LEFT" : "ABANDONED_IN_SCENARIO";
}

function over(trial: Trial, code: TrialEnd): Trial {
  return { ...trial, place: { kind: "over", code } };
}

function stepOf({ flow }: Trial, stepId: string): ScenarioStep | undefined {
  return Object.hasOwn(flow.steps, stepId) ? flow.steps[stepId] : undefined;
}

function leave(trial: Trial, stepId: string, field: string, to: string | null): Trial {
  return enter(noted(trial, { kind: "left", stepId, field }), to);
}

function noted(trial: Trial, line: TrialLine): Trial {
  return { ...trial, path: [...trial.path, line].slice(-pathMax) };
}

/** Goes on at a step, and through all that take no time, as a call does. */
function enter(from: Trial, stepId: string | null): Trial {
  let trial = from;
  let next = stepId;
  for (let count = 0; next !== null; count += 1) {
    const step = stepOf(trial, next);
    if (step === undefined || count >= limits.stepsWithoutWaiting) return over(trial, "SCENARIO_FAILED");
    const exit = passing(trial, step);
    if (exit === null) return stop(trial, next, step);
    trial = noted({ ...trial, ...exit.change }, { kind: "left", stepId: next, field: exit.field });
    next = exit.to;
  }
  return over(trial, trial.messageLeft ? "VOICEMAIL_LEFT" : "SCENARIO_ENDED");
}

type Exit = { readonly field: string; readonly to: string | null; readonly change?: Partial<Trial> };

/** The way out of a step that takes no time; null where the caller stays a while. */
function passing(trial: Trial, step: ScenarioStep): Exit | null {
  switch (step.kind) {
    case "play":
      return step.prompts.length === 0 ? { field: "next", to: step.next } : null;
    case "hang-up":
      return step.prompts.length === 0 ? { field: "end", to: null } : null;
    case "hours":
      return trial.given.open[step.hoursId] === true
        ? { field: "open", to: step.open }
        : { field: "closed", to: step.closed };
    case "set":
      return { field: "next", to: step.next, change: { variables: remembered(trial, step.variable, step.value) } };
    case "test":
      return holds(step, valueOf(trial, step.variable))
        ? { field: "then", to: step.then }
        : { field: "otherwise", to: step.otherwise };
    case "language":
      return { field: "next", to: step.next, change: { language: step.language } };
    case "menu":
    case "collect":
    case "wait":
    case "transfer":
    case "queue":
    case "voicemail":
      return null;
    default:
      return assertNever(step);
  }
}

function remembered({ variables }: Trial, name: string, value: string): Readonly<Record<string, string>> {
  return { ...variables, [name]: value };
}

function valueOf(trial: Trial, name: string): string {
  if (name === "caller" || name === "called") return trial.given[name] ?? "";
  if (name === "language") return trial.language;
  return Object.hasOwn(trial.variables, name) ? (trial.variables[name] ?? "") : "";
}

/** The place of a step at which the caller stays. */
function stop(trial: Trial, stepId: string, step: ScenarioStep): Trial {
  switch (step.kind) {
    case "play":
    case "hang-up":
    case "voicemail":
      return speak(trial, stepId, step.prompts, false);
    case "menu":
    case "collect":
      return ask(trial, stepId, step, 1, null);
    case "wait":
      return { ...trial, place: { kind: "waiting", stepId, durationMs: step.durationMs } };
    case "queue":
    case "transfer":
      if (trial.noticeHeard || !trial.given.notice(queueOf(step))) return handOver(trial, stepId, step);
      return speak(trial, stepId, [{ kind: "sound", name: noticeName }], true);
    case "hours":
    case "set":
    case "test":
    case "language":
      return over(trial, "SCENARIO_FAILED");
    default:
      return assertNever(step);
  }
}

function queueOf(step: StepOf<"queue" | "transfer">): string | null {
  if (step.kind === "queue") return step.queueId;
  return step.target.kind === "queue" ? step.target.queueId : null;
}

function speak(trial: Trial, stepId: string, says: readonly PromptRef[], notice: boolean): Trial {
  return { ...heard(trial, says), place: { kind: "speaking", stepId, says, notice } };
}

/** Whatever is said answers the call, and a notice among it counts as heard. */
function heard(trial: Trial, says: readonly PromptRef[]): Trial {
  const told = says.some((prompt) => prompt.kind === "sound" && prompt.name === noticeName);
  return { ...trial, answered: true, noticeHeard: trial.noticeHeard || told };
}

function handOver(trial: Trial, stepId: string, step: StepOf<"queue"> | StepOf<"transfer">): Trial {
  if (step.kind === "transfer") return { ...trial, place: { kind: "transfer", stepId, target: step.target } };
  return { ...trial, answered: true, place: { kind: "queue", stepId, queueId: step.queueId } };
}

function spoken(trial: Trial, stepId: string, step: ScenarioStep): Trial {
  switch (step.kind) {
    case "play":
      return leave(trial, stepId, "next", step.next);
    case "hang-up":
      return leave(trial, stepId, "end", null);
    case "queue":
    case "transfer":
      return handOver(trial, stepId, step);
    case "voicemail":
      return {
        ...trial,
        messageLeft: true,
        place: { kind: "recording", stepId, durationMsMax: step.durationMsMax },
      };
    default:
      return trial;
  }
}

type Asking = StepOf<"menu"> | StepOf<"collect">;

function ask(trial: Trial, stepId: string, step: Asking, attempt: number, before: string | null): Trial {
  const says = before === null ? step.prompts : [{ kind: "sound" as const, name: before }, ...step.prompts];
  const wanted =
    step.kind === "menu" ? { keysMax: 1, terminator: null } : { keysMax: step.keysMax, terminator: step.terminator };
  const place = { kind: "asking", stepId, says, attempt, attempts: step.attempts, ...wanted } as const;
  return { ...heard(trial, says), place };
}

function pressed(
  trial: Trial,
  place: Extract<TrialPlace, { kind: "asking" }>,
  step: ScenarioStep,
  keys: string,
): Trial {
  if (step.kind !== "menu" && step.kind !== "collect") return trial;
  const { stepId, attempt } = place;
  const why = keys === "" ? "menu-timeout" : "menu-invalid";
  if (step.kind === "menu") {
    const index = step.choices.findIndex((choice) => choice.key === keys);
    const choice = step.choices[index];
    if (choice !== undefined) return leave(trial, stepId, `choices.${index}.next`, choice.next);
  } else if (keys !== "" && keys.length >= step.keysMin) {
    // What is typed at a sensitive step is known to nobody, so nothing can be compared with it.
    const value = step.sensitive ? "*".repeat(keys.length) : keys;
    return leave({ ...trial, variables: remembered(trial, step.into, value) }, stepId, "next", step.next);
  }
  const again = noted(trial, { kind: "again", stepId, why });
  if (attempt >= step.attempts) return leave(again, stepId, "otherwise", step.otherwise);
  return ask(again, stepId, step, attempt + 1, why);
}
