import type { Input } from "@centrala/contract";
import type { CentreState } from "@centrala/domain";

/** What telephony knows of a centre's legs. */
export type LegsOfTelephony = {
  /** Legs that are not over, those that are being dialled and those whose arrival is being looked up included. */
  alive(): ReadonlySet<string>;
  /** Ends a leg that no contact knows; one whose arrival is still being looked up is left alone. */
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
  return inputs;
}

/** Legs of telephony that the core has never heard of or believes to be over. */
export function unknownLegs(state: CentreState, alive: ReadonlySet<string>): string[] {
  return [...alive].filter((legId) => !state.legs.has(legId));
}
