import type { CentreConfig, ExternalNumber, Target } from "@centrala/contract";

const stepsMax = 200;

/**
 * Where a call to one of the centre's own numbers gets without asking its caller: the queue or the operator its flow leads
 * to in open hours. Undefined when the flow asks or tests something, or leaves the centre: then it is called like any
 * number outside, and comes back where the carrier lets it.
 */
export function insideTarget(config: CentreConfig, number: ExternalNumber): Target | undefined {
  const flow = config.scenario.find((scenario) => scenario.id === number.scenarioId);
  let stepId: string | null = flow?.start ?? null;
  for (let count = 0; count < stepsMax && stepId !== null; count += 1) {
    const step: NonNullable<typeof flow>["steps"][string] | undefined = flow?.steps[stepId];
    switch (step?.kind) {
      case "queue":
        return { kind: "queue", queueId: step.queueId };
      case "transfer":
        return step.target.kind === "number" ? undefined : step.target;
      case "hours":
        stepId = step.open;
        break;
      case "play":
      case "set":
      case "wait":
      case "language":
        stepId = step.next;
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}
