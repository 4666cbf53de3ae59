import type { CoreConfig } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { touchContact } from "../contact/fold-contact.ts";
import { foldConfiguredOperators } from "../operator/fold-operator.ts";
import { foldOutgoingConfigured } from "../outgoing/fold-outgoing.ts";
import { nextReview } from "../routing/queue-index.ts";
import { rebuildQueues, touchOperator } from "../routing/touch.ts";
import { type CentreState, indexConfig } from "../state.ts";

/** Part of the fold: everything that is derived of the configuration is made anew. */
export function foldConfigured(state: CentreState, config: CoreConfig, at: Instant): void {
  state.config = indexConfig(config);
  foldConfiguredOperators(state);
  rebuildQueues(state);
  for (const operatorId of state.operators.keys()) touchOperator(state, operatorId, at);
  reviewWaiting(state, at);
  foldOutgoingConfigured(state, at);
}

function reviewWaiting(state: CentreState, at: Instant): void {
  for (const contact of state.contacts.values()) {
    if (contact.phase.kind !== "waiting") continue;
    const queue = state.queues.get(contact.phase.queueId);
    if (queue !== undefined) contact.phase.reviewAt = nextReview(queue, contact.phase, at);
    touchContact(state, contact.id);
  }
}
