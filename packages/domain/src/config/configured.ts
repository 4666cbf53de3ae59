import type { CoreConfig, Fact, Input } from "@centrala/contract";
import { act, type Draft, emit } from "../core/draft.ts";
import type { Operator } from "../operator/operator.ts";
import { missOffer } from "../routing/offers.ts";
import { leaveBecause, reviewWaiting } from "../routing/waiting.ts";
import { changedConfig } from "./change.ts";

/** A new configuration counts for everything decided from now on; running contacts keep their scenario's version. */
export function onConfigured(draft: Draft, input: Extract<Input, { kind: "configured" }>): void {
  configure(draft, input.config, { kind: "configured", config: input.config });
}

/** The same of what has changed since the configuration before. */
export function onConfigChanged(draft: Draft, { change }: Extract<Input, { kind: "configChanged" }>): void {
  configure(draft, changedConfig(draft.state.config.core, change), { kind: "configChanged", change });
}

function configure(draft: Draft, config: CoreConfig, fact: Fact): void {
  const kept = new Set(config.operators.map((operator) => operator.id));
  const gone = [...draft.state.operators.values()].filter((operator) => !kept.has(operator.id));
  for (const operator of gone) retire(draft, operator);
  emit(draft, fact);
  reviewWaiting(draft);
  for (const contact of [...draft.state.contacts.values()]) {
    if (contact.phase.kind !== "waiting" || draft.state.queues.has(contact.phase.queueId)) continue;
    leaveBecause(draft, contact, "ended");
  }
}

/** Somebody who is no operator any more takes no further contacts; a running talk is finished. */
function retire(draft: Draft, operator: Operator): void {
  const operatorId = operator.id;
  if (operator.duty.state !== "offline") {
    const fact = { kind: "operatorChanged", operatorId, reasonId: null, byUserId: null } as const;
    emit(draft, { ...fact, state: "offline", cause: "supervisor" });
  }
  const offer = operator.work.kind === "offered" ? draft.state.offers.get(operator.work.offerId) : undefined;
  if (offer !== undefined) missOffer(draft, offer, "declined");
  if (operator.headsetLegId !== null && operator.work.kind === "none") {
    act(draft, { kind: "dropLeg", legId: operator.headsetLegId, code: "DROPPED" });
  }
}
