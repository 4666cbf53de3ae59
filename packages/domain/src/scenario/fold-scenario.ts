import type { Fact } from "@centrala/contract";
import { required } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import { setPhase } from "../contact/fold-contact.ts";
import { releaseScenario } from "../contact/scenario-of.ts";
import { foldPlayed } from "../core/legs.ts";
import type { CentreState } from "../state.ts";

type FactOf<K extends Fact["kind"]> = Extract<Fact, { kind: K }>;

/** The version of a scenario that a contact runs stays as it was published, whatever the configuration says later. */
export function foldScenarioEntered(state: CentreState, fact: FactOf<"scenarioEntered">): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact in the scenario");
  const key = `${fact.scenarioId}@${fact.configVersion}`;
  releaseScenario(state, contact);
  const known = state.scenarioVersions.get(key);
  const body = known?.body ?? required(state.config.scenarios.get(fact.scenarioId), "the scenario");
  state.scenarioVersions.set(key, { body, users: (known?.users ?? 0) + 1 });
  contact.scenarioKey = key;
}

export function foldStepEntered(state: CentreState, fact: FactOf<"stepEntered">): void {
  const contact = required(state.contacts.get(fact.contactId), "the contact in the scenario");
  const { stepId, attempt, playId, collectId, until } = fact;
  setPhase(state, contact, { kind: "scenario", stepId, attempt, playId, collectId, until, recordingId: null });
  if (playId !== null) foldPlayed(state, contact.customerLegId, playId);
  if (playId !== null && speaksNotice(state, contact, stepId)) contact.noticeHeard = true;
}

/** Queue and transfer steps play nothing themselves: what is heard there is the notice. */
function speaksNotice(state: CentreState, contact: Contact, stepId: string): boolean {
  const step =
    contact.scenarioKey === null ? undefined : state.scenarioVersions.get(contact.scenarioKey)?.body.steps[stepId];
  if (step === undefined) return false;
  if (step.kind === "queue" || step.kind === "transfer") return true;
  const prompts = "prompts" in step ? step.prompts : [];
  return prompts.some((prompt) => prompt.kind === "sound" && prompt.name === "recording-notice");
}
