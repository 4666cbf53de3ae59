import type { CoreConfig } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { foldConfiguredOperators } from "../operator/fold-operator.ts";
import { foldOutgoingConfigured } from "../outgoing/fold-outgoing.ts";
import { rebuildQueues, touchOperator } from "../routing/touch.ts";
import { type CentreState, indexConfig } from "../state.ts";

/** Part of the fold: everything that is derived of the configuration is made anew. */
export function foldConfigured(state: CentreState, config: CoreConfig, at: Instant): void {
  state.config = indexConfig(config);
  foldConfiguredOperators(state);
  rebuildQueues(state);
  for (const operatorId of state.operators.keys()) touchOperator(state, operatorId);
  foldOutgoingConfigured(state, at);
}
