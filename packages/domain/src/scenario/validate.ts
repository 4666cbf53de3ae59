import { type PromptRef, type Scenario, type ScenarioStep, type Sentence, say } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import type { Problem } from "../config/problem.ts";

/** What a scenario may refer to. `sounds: null` leaves the names of shipped sounds unchecked. */
export type ScenarioRefs = {
  readonly queues: ReadonlySet<string>;
  readonly hours: ReadonlySet<string>;
  readonly prompts: ReadonlySet<string>;
  readonly operators: ReadonlySet<string>;
  readonly sounds: ReadonlySet<string> | null;
};

type Exit = { readonly field: string; readonly to: string | null };
type Body = Omit<Scenario, "name">;

/**
 * Everything that is wrong with a scenario: steps, queues, prompts, hours and operators that are not there, steps that
 * nothing leads to, the same key twice in a menu, and circles in which a call would run for ever without waiting.
 */
export function validateScenario(scenario: Body, refs: ScenarioRefs): Problem[] {
  const problems: Problem[] = [];
  const add = (field: string, sentence: Sentence) =>
    problems.push({ kind: "scenario", id: scenario.id, field, ...sentence });
  if (!Object.hasOwn(scenario.steps, scenario.start)) add("start", say("STEP_MISSING", { id: scenario.start }));
  for (const [stepId, step] of Object.entries(scenario.steps)) {
    for (const exit of exitsOf(step)) {
      if (exit.to === null || Object.hasOwn(scenario.steps, exit.to)) continue;
      add(`steps.${stepId}.${exit.field}`, say("STEP_MISSING", { id: exit.to }));
    }
    for (const [field, sentence] of referenceMistakes(step, refs)) add(`steps.${stepId}.${field}`, sentence);
  }
  const reached = reachable(scenario);
  for (const stepId of Object.keys(scenario.steps)) {
    if (!reached.has(stepId)) add(`steps.${stepId}`, say("STEP_UNREACHED"));
  }
  const circle = endlessCircle(scenario);
  if (circle !== undefined) add(`steps.${circle}`, say("ENDLESS_CIRCLE"));
  return problems;
}

/** Where a step can lead, with the field that says so. */
export function exitsOf(step: ScenarioStep): Exit[] {
  switch (step.kind) {
    case "play":
    case "set":
    case "wait":
    case "language":
    case "voicemail":
      return [{ field: "next", to: step.next }];
    case "menu":
      return [
        ...step.choices.map((choice, index) => ({ field: `choices.${index}.next`, to: choice.next })),
        { field: "otherwise", to: step.otherwise },
      ];
    case "collect":
      return [
        { field: "next", to: step.next },
        { field: "otherwise", to: step.otherwise },
      ];
    case "hours":
      return [
        { field: "open", to: step.open },
        { field: "closed", to: step.closed },
      ];
    case "test":
      return [
        { field: "then", to: step.then },
        { field: "otherwise", to: step.otherwise },
      ];
    case "transfer":
    case "queue":
      return [{ field: "otherwise", to: step.otherwise }];
    case "hang-up":
      return [];
    default:
      return assertNever(step);
  }
}

function referenceMistakes(step: ScenarioStep, refs: ScenarioRefs): [string, Sentence][] {
  const mistakes = "prompts" in step ? promptMistakes(step.prompts, refs) : [];
  if (step.kind === "hours" && !refs.hours.has(step.hoursId))
    mistakes.push(["hoursId", say("HOURS_MISSING", { id: step.hoursId })]);
  const queueId = step.kind === "queue" || step.kind === "voicemail" ? step.queueId : null;
  if (queueId !== null && !refs.queues.has(queueId)) mistakes.push(["queueId", say("QUEUE_MISSING", { id: queueId })]);
  if (step.kind === "transfer") mistakes.push(...targetMistakes(step.target, refs));
  if (step.kind === "menu") mistakes.push(...keyMistakes(step.choices));
  if (step.kind === "collect" && step.keysMin > step.keysMax) mistakes.push(["keysMin", say("KEYS_MIN_ABOVE_MAX")]);
  return mistakes;
}

function promptMistakes(prompts: readonly PromptRef[], refs: ScenarioRefs): [string, Sentence][] {
  return prompts.flatMap((prompt, index): [string, Sentence][] => {
    if (prompt.kind === "prompt" && !refs.prompts.has(prompt.promptId)) {
      return [[`prompts.${index}`, say("PROMPT_MISSING", { id: prompt.promptId })]];
    }
    if (prompt.kind === "sound" && refs.sounds !== null && !refs.sounds.has(prompt.name)) {
      return [[`prompts.${index}`, say("SOUND_MISSING", { id: prompt.name })]];
    }
    return [];
  });
}

function targetMistakes(
  target: Extract<ScenarioStep, { kind: "transfer" }>["target"],
  refs: ScenarioRefs,
): [string, Sentence][] {
  if (target.kind === "queue" && !refs.queues.has(target.queueId)) {
    return [["target.queueId", say("QUEUE_MISSING", { id: target.queueId })]];
  }
  if (target.kind === "operator" && !refs.operators.has(target.operatorId)) {
    return [["target.operatorId", say("OPERATOR_MISSING", { id: target.operatorId })]];
  }
  return [];
}

function keyMistakes(choices: Extract<ScenarioStep, { kind: "menu" }>["choices"]): [string, Sentence][] {
  const seen = new Set<string>();
  return choices.flatMap((choice, index): [string, Sentence][] => {
    const twice = seen.has(choice.key);
    seen.add(choice.key);
    return twice ? [[`choices.${index}.key`, say("KEY_TWICE", { key: choice.key })]] : [];
  });
}

function reachable(scenario: Body): Set<string> {
  const reached = new Set<string>();
  const open = [scenario.start];
  for (let stepId = open.pop(); stepId !== undefined; stepId = open.pop()) {
    const step = Object.hasOwn(scenario.steps, stepId) ? scenario.steps[stepId] : undefined;
    if (step === undefined || reached.has(stepId)) continue;
    reached.add(stepId);
    for (const exit of exitsOf(step)) if (exit.to !== null) open.push(exit.to);
  }
  return reached;
}

/**
 * Whether a call may pass the step without waiting. What plays takes time, but a circle of prompts alone would keep a
 * caller for ever, so only steps where the caller can act, or that wait by themselves, break a circle.
 */
function passesAlone(step: ScenarioStep): boolean {
  switch (step.kind) {
    case "menu":
    case "collect":
    case "wait":
    case "voicemail":
    case "hang-up":
      return false;
    case "play":
    case "hours":
    case "set":
    case "test":
    case "language":
    case "transfer":
    case "queue":
      return true;
    default:
      return assertNever(step);
  }
}

/** A step on a circle in which nothing waits; undefined when there is none. */
function endlessCircle(scenario: Body): string | undefined {
  const done = new Set<string>();
  const path = new Set<string>();
  const visit = (stepId: string): string | undefined => {
    if (path.has(stepId)) return stepId;
    const step = Object.hasOwn(scenario.steps, stepId) ? scenario.steps[stepId] : undefined;
    if (step === undefined || done.has(stepId) || !passesAlone(step)) return undefined;
    path.add(stepId);
    for (const exit of exitsOf(step)) {
      const found = exit.to === null ? undefined : visit(exit.to);
      if (found !== undefined) return found;
    }
    path.delete(stepId);
    done.add(stepId);
    return undefined;
  };
  for (const stepId of Object.keys(scenario.steps)) {
    const found = visit(stepId);
    if (found !== undefined) return found;
  }
  return undefined;
}
