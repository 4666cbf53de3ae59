import type { Scenario, ScenarioStep } from "@centrala/contract";
import { assertNever } from "@centrala/kit";

type TestStep = Extract<ScenarioStep, { kind: "test" }>;

/** Whether a test step holds for a value. */
export function holds(step: Pick<TestStep, "operator" | "value">, value: string): boolean {
  switch (step.operator) {
    case "equals":
      return value === step.value;
    case "starts-with":
      return value.startsWith(step.value);
    case "is-empty":
      return value === "";
    default:
      return assertNever(step.operator);
  }
}

/**
 * What a scenario's tests of `caller` and `called` come to, by step: worked out by whoever knows the numbers before the
 * call enters the core, so that no number stands in the journal.
 * @param who numbers in international form where known, as they came otherwise; null when withheld
 */
export function callerTests(
  scenario: Pick<Scenario, "steps">,
  who: { readonly caller: string | null; readonly called: string | null },
): Record<string, boolean> {
  const results: Record<string, boolean> = {};
  for (const [stepId, step] of Object.entries(scenario.steps)) {
    if (step.kind !== "test" || (step.variable !== "caller" && step.variable !== "called")) continue;
    results[stepId] = holds(step, who[step.variable] ?? "");
  }
  return results;
}
