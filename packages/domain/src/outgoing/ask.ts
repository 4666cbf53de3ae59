import type { RefusalCode, Target } from "@centrala/contract";
import { type Draft, emit } from "../core/draft.ts";
import type { CentreState } from "../state.ts";
import { mayDial, type Refused, type Verdict } from "./may-dial.ts";
import { usedBy } from "./usage.ts";

type Outside = Extract<Target, { kind: "outside" }>;

/** Who dials, and by which telephone; nobody where a call flow does. */
export type Asking = { readonly operatorId: string | null; readonly deviceId: string | null };

/** {@link mayDial} with what the state knows: the rule, what was used today, whether the operator is on duty. */
export function askMayDial(
  draft: Draft,
  { emergency, destination }: Outside,
  { operatorId, deviceId }: Asking,
  trunkIds: readonly string[],
): Verdict {
  const { state, at } = draft;
  const call = { destination, emergency, operatorId, deviceId, trunkIds, onDuty: isOnDuty(state, operatorId) };
  return mayDial(state.config.core.outgoing, (scope, id) => usedBy(state.outgoing, scope, id, at), call);
}

/** Whoever goes off duty in a talk ends it first, with everything that a talk may need. */
function isOnDuty(state: CentreState, operatorId: string | null): boolean {
  const operator = operatorId === null ? undefined : state.operators.get(operatorId);
  return operator !== undefined && (operator.duty.state !== "offline" || operator.work.kind === "talking");
}

/** Whether the person's telephone may be used while they are off duty. */
export function offDutyRefused(state: CentreState, operatorId: string): boolean {
  const rule = state.config.core.outgoing;
  return rule !== undefined && !rule.offDuty && !isOnDuty(state, operatorId);
}

/** The telephone that an operator's leg is one of; null for headsets. */
export function phoneOf(state: CentreState, legId: string | null | undefined): string | null {
  const leg = legId == null ? undefined : state.legs.get(legId);
  return leg?.deviceId ?? leg?.phoneId ?? null;
}

/** Why a number outside may not be dialled now; the refusal that follows says whose limit it was. */
export function callRefusal(draft: Draft, target: Outside, asking: Asking): RefusalCode | undefined {
  const { trunkIds } = draft.state.config;
  if (trunkIds.length === 0) return "NO_TRUNK";
  const verdict = askMayDial(draft, target, asking, trunkIds);
  if (verdict.allowed) return undefined;
  draft.refusedCall = detailsOf(target, verdict);
  return verdict.code;
}

function detailsOf({ destination }: Outside, { scope }: Refused): Draft["refusedCall"] {
  return { scope, destination: destination ?? null };
}

/** A call that nobody waits for the answer of, or that was permitted when it was asked for. */
export function reportRefused(
  draft: Draft,
  contactId: string,
  { operatorId }: Asking,
  target: Outside,
  verdict: Refused,
): void {
  const { code } = verdict;
  emit(draft, { kind: "outgoingRefused", contactId, operatorId, code, ...detailsOf(target, verdict) });
}
