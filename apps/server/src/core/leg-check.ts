import type { Input } from "@centrala/contract";
import { type CentreState, knowsLeg } from "@centrala/domain";

/** What happens to a leg that lives; its end needs no answer. */
const ofLivingLegs: ReadonlySet<Input["kind"]> = new Set<Input["kind"]>([
  "legRinging",
  "legEarlyMedia",
  "legAnswered",
  "legHeld",
  "mediaLost",
  "phoneTransfer",
  "phoneTransferTo",
  "phoneJoin",
]);

/** The leg of an event that the core does not know: nobody would ever end it (SPEC.md [T5]). */
export function strayLeg(state: CentreState, input: Input): string | undefined {
  if (!ofLivingLegs.has(input.kind) || !("legId" in input) || input.legId === null) return undefined;
  return knowsLeg(state, input.legId) ? undefined : input.legId;
}

/** What telephony knows of a centre's legs. */
export type LegsOfTelephony = {
  /** Legs that are not over, those that are being dialled and those whose arrival is being looked up included. */
  alive(): ReadonlySet<string>;
  /** Ends a leg that no contact knows, if it lives: but no headset, and no telephone whose call is still being looked up. */
  dropUnknown(legId: string): void;
};

export type MissingLeg = Extract<Input, { kind: "legEnded" | "headsetLost" }>;

/** What the core must hear of legs it believes in and telephony does not have. What telephony had to say of their ends came before. */
export function missingLegs(state: CentreState, alive: ReadonlySet<string>): MissingLeg[] {
  const inputs: MissingLeg[] = [];
  for (const leg of state.legs.values()) {
    if (alive.has(leg.id)) continue;
    if (!leg.standing) inputs.push({ kind: "legEnded", legId: leg.id, code: "UNREACHABLE", sipStatus: null });
    else if (leg.operatorId !== null) inputs.push({ kind: "headsetLost", operatorId: leg.operatorId, legId: leg.id });
  }
  for (const { id, gone } of state.arrivals.values()) {
    if (gone === null && !alive.has(id))
      inputs.push({ kind: "legEnded", legId: id, code: "CANCELLED", sipStatus: null });
  }
  return inputs;
}

/** Legs of telephony that the core has never heard of or believes to be over. */
export function unknownLegs(state: CentreState, alive: ReadonlySet<string>): string[] {
  return [...alive].filter((legId) => !knowsLeg(state, legId));
}
