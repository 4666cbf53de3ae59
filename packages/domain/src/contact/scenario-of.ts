import type { ScenarioStep } from "@centrala/contract";
import type { CentreState } from "../state.ts";
import type { Contact } from "./contact.ts";

/** The step with this id in the version that the contact runs. */
export function scenarioStep(state: CentreState, contact: Contact, stepId: string | null): ScenarioStep | undefined {
  if (stepId === null || contact.scenarioKey === null) return undefined;
  return state.scenarioVersions.get(contact.scenarioKey)?.body.steps[stepId];
}

/** Part of the fold: the contact no longer uses its version. */
export function releaseScenario(state: CentreState, contact: Contact): void {
  const version = contact.scenarioKey === null ? undefined : state.scenarioVersions.get(contact.scenarioKey);
  if (version === undefined || contact.scenarioKey === null) return;
  version.users -= 1;
  if (version.users === 0) state.scenarioVersions.delete(contact.scenarioKey);
  contact.scenarioKey = null;
}
