import type { Scenario, ScenarioStep, SentenceCode } from "@centrala/contract";
import { exitsOf } from "@centrala/domain";
import { assertNever } from "@centrala/kit";
import { keyOf } from "../keys.ts";

export type StepKind = ScenarioStep["kind"];
export const stepKinds: readonly StepKind[] = [
  "play",
  "menu",
  "hours",
  "queue",
  "transfer",
  "voicemail",
  "collect",
  "language",
  "set",
  "test",
  "wait",
  "hang-up",
];

/** A place in a flow where a step hangs: the flow's start, or an exit of a step by its field. */
export type Place = { readonly from: string; readonly field: string } | "start";

/** One line of the outline. Steps met again stand as `goto`, so that circles end. */
export type OutlineRow = {
  readonly place: Place;
  readonly depth: number;
  readonly to: { readonly kind: "step" | "goto"; readonly stepId: string } | { readonly kind: "end" };
};

/** Steps with one way on continue at the same depth; each way out of a fork is one level deeper. */
export function outlineOf(flow: Scenario): OutlineRow[] {
  const rows: OutlineRow[] = [];
  const seen = new Set<string>();
  const visit = (place: Place, to: string | null, depth: number): void => {
    if (to === null) {
      rows.push({ place, depth, to: { kind: "end" } });
      return;
    }
    const step = stepOf(flow, to);
    if (!step || seen.has(to)) {
      rows.push({ place, depth, to: { kind: "goto", stepId: to } });
      return;
    }
    seen.add(to);
    rows.push({ place, depth, to: { kind: "step", stepId: to } });
    const exits = exitsOf(step);
    const deeper = isFork(step) ? 1 : 0;
    for (const exit of exits) visit({ from: to, field: exit.field }, exit.to, depth + deeper);
  };
  visit("start", flow.start, 0);
  return rows;
}

export function isFork(step: ScenarioStep): boolean {
  const exits = exitsOf(step);
  return exits.length > 1 || exits[0]?.field === "otherwise";
}

/** Keys that a spoken text asks for: "press 1", in the three languages. */
export function keysAskedFor(text: string): string[] {
  return [...text.matchAll(/(?:press|нажмите|натиснете)\s+([0-9*#])(?![0-9])/giu)].map(([, key = ""]) => key);
}

/** Steps that no way from the start leads to. */
export function lostSteps(flow: Scenario): string[] {
  const shown = new Set(outlineOf(flow).flatMap((row) => (row.to.kind === "step" ? [row.to.stepId] : [])));
  return Object.keys(flow.steps).filter((stepId) => !shown.has(stepId));
}

export function stepOf(flow: Scenario, stepId: string): ScenarioStep | undefined {
  return Object.hasOwn(flow.steps, stepId) ? flow.steps[stepId] : undefined;
}

export function withStep(flow: Scenario, stepId: string, step: ScenarioStep): Scenario {
  return { ...flow, steps: { ...flow.steps, [stepId]: step } };
}

/** Lets a place lead elsewhere. A menu's key can't lead to nothing: there the old way stays. */
export function withExit(flow: Scenario, place: Place, to: string | null): Scenario {
  if (place === "start") return to === null ? flow : { ...flow, start: to };
  const step = stepOf(flow, place.from);
  if (!step) return flow;
  return withStep(flow, place.from, stepWithExit(step, place.field, to));
}

function stepWithExit(step: ScenarioStep, field: string, to: string | null): ScenarioStep {
  const choice = /^choices\.(\d+)\.next$/.exec(field);
  if (!choice) return { ...step, [field]: to } as ScenarioStep;
  if (step.kind !== "menu" || to === null) return step;
  const index = Number(choice[1]);
  return { ...step, choices: step.choices.map((each, at) => (at === index ? { ...each, next: to } : each)) };
}

/** Puts a new step where a way leads now; what was there comes after it. */
export function insertStep(
  flow: Scenario,
  place: Place,
  kind: StepKind,
  refs: NewStepRefs,
): { flow: Scenario; stepId: string } {
  const stepId = keyOf(kind, Object.keys(flow.steps));
  const after = exitAt(flow, place);
  const step = newStep(kind, after, refs);
  return { stepId, flow: withExit(withStep(flow, stepId, step), place, stepId) };
}

function exitAt(flow: Scenario, place: Place): string | null {
  if (place === "start") return flow.start;
  const step = stepOf(flow, place.from);
  return (step && exitsOf(step).find((exit) => exit.field === place.field)?.to) ?? null;
}

/** Takes a step out; whatever led to it leads to what came first after it. A menu's key whose step is gone ends the call. */
export function removeStep(flow: Scenario, stepId: string): Scenario {
  const step = stepOf(flow, stepId);
  if (!step || Object.keys(flow.steps).length === 1) return flow;
  const next = exitsOf(step).find((exit) => exit.to !== stepId)?.to ?? null;
  const { [stepId]: _gone, ...steps } = flow.steps;
  let left: Scenario = { ...flow, steps };
  if (next === null && needsStep(left, stepId)) {
    const ending = keyOf("hang-up", Object.keys(steps));
    left = withStep(left, ending, { kind: "hang-up", label: "", prompts: [] });
    return redirect(left, stepId, ending);
  }
  return redirect(left, stepId, next);
}

/** Whether a place leads to the step that must lead somewhere. */
function needsStep(flow: Scenario, stepId: string): boolean {
  if (flow.start === stepId) return true;
  return Object.values(flow.steps).some(
    (step) => step.kind === "menu" && step.choices.some((choice) => choice.next === stepId),
  );
}

function redirect(flow: Scenario, from: string, to: string | null): Scenario {
  let result: Scenario = flow.start === from && to !== null ? { ...flow, start: to } : flow;
  for (const [stepId, step] of Object.entries(flow.steps)) {
    for (const exit of exitsOf(step)) {
      if (exit.to === from) result = withExit(result, { from: stepId, field: exit.field }, to);
    }
  }
  return result;
}

/** What a new step refers to at first. */
export type NewStepRefs = { hoursId: string; queueId: string; language: Scenario["language"] };

/** A step as it is when it is added: it plays what fits and goes on to `next`. */
export function newStep(kind: StepKind, next: string | null, refs: NewStepRefs): ScenarioStep {
  const label = "";
  const sound = (name: string) => [{ kind: "sound" as const, name }];
  switch (kind) {
    case "play":
      return { kind, label, prompts: sound("greeting"), next };
    case "menu":
      return {
        kind,
        label,
        prompts: sound("menu-main"),
        choices: next === null ? [] : [{ key: "1", next, label: "" }],
        timeoutMs: 6_000,
        attempts: 3,
        otherwise: next,
      };
    case "collect":
      return {
        kind,
        label,
        prompts: sound("enter-number"),
        into: "number",
        keysMin: 1,
        keysMax: 10,
        terminator: "#",
        timeoutMs: 6_000,
        attempts: 3,
        sensitive: false,
        next,
        otherwise: next,
      };
    case "hours":
      return { kind, label, hoursId: refs.hoursId, open: next, closed: null };
    case "set":
      return { kind, label, variable: "topic", value: "", next };
    case "test":
      return { kind, label, variable: "caller", operator: "starts-with", value: "", then: next, otherwise: next };
    case "wait":
      return { kind, label, durationMs: 1_000, next };
    case "language":
      return { kind, label, language: refs.language, next };
    case "transfer":
      return { kind, label, target: { kind: "number", number: "" }, ringTimeoutMs: 30_000, otherwise: next };
    case "queue":
      return { kind, label, queueId: refs.queueId, priority: 50, otherwise: next };
    case "voicemail":
      return {
        kind,
        label,
        prompts: sound("leave-message"),
        queueId: refs.queueId || null,
        durationMsMax: 120_000,
        next,
      };
    case "hang-up":
      return { kind, label, prompts: sound("goodbye") };
    default:
      return assertNever(kind);
  }
}

/** A first flow: greets and waits in a queue. */
export function newFlow(name: string, clientId: string, refs: NewStepRefs): Scenario {
  return {
    id: "",
    name,
    clientId,
    language: refs.language,
    start: "greeting",
    steps: {
      greeting: newStep("play", "queue", refs),
      queue: newStep("queue", "goodbye", refs),
      goodbye: newStep("hang-up", null, refs),
    },
  };
}

const problemKeys: Readonly<Partial<Record<SentenceCode, string>>> = {
  STEP_MISSING: "missingStep",
  STEP_UNREACHED: "unreachable",
  ENDLESS_CIRCLE: "circle",
  KEY_TWICE: "twice",
  KEYS_MIN_ABOVE_MAX: "keys",
};

/** The step a problem of the domain is about, and the words it is said in. */
export function problemOf(field: string, code: SentenceCode): { stepId: string | null; key: string } {
  const stepId = /^steps\.([^.]+)/.exec(field)?.[1] ?? null;
  return { stepId, key: problemKeys[code] ?? (code.endsWith("_MISSING") ? "missing" : "other") };
}
