import type { Destination, OutgoingRefusal, OutgoingRule, OutgoingRuleLimits, OutgoingScope } from "@centrala/contract";

/** What was used today by one of those for whom limits count; `spent` in millionths of the currency. */
export type Used = { readonly atOnce: number; readonly calls: number; readonly ms: number; readonly spent: number };
export type UsedBy = (scope: OutgoingScope, id: string | null) => Used;

export type OutgoingCall = {
  /** Undefined: nobody has looked where the number leads. */
  readonly destination: Destination | undefined;
  readonly emergency: boolean;
  /** Null where a call flow or a campaign calls. */
  readonly operatorId: string | null;
  readonly onDuty: boolean;
  readonly deviceId: string | null;
  /** The lines to try, the first one first. */
  readonly trunkIds: readonly string[];
};

export type Refused = {
  readonly allowed: false;
  readonly code: OutgoingRefusal;
  /** Whose limit it is; null where it is none of the limits that count. */
  readonly scope: OutgoingScope | null;
};
export type Verdict = { readonly allowed: true; readonly trunkIds: readonly string[] } | Refused;

/**
 * Whether a call may go out, by which lines, or why not. One answer for every way out: a call of the desk, of a telephone,
 * a transfer, a consultation, a call flow, a redirect, a campaign. Emergency calls always may.
 */
export function mayDial(rule: OutgoingRule | undefined, used: UsedBy, call: OutgoingCall): Verdict {
  const { trunkIds, destination } = call;
  if (call.emergency || rule === undefined) return { allowed: true, trunkIds };
  if (call.operatorId !== null && !call.onDuty && !rule.offDuty) return refusal("OFF_DUTY");
  const where = destinationRefusal(rule, destination);
  if (where !== undefined || destination === undefined) return refusal(where ?? "NUMBER_NOT_ALLOWED");
  const limit = (scope: OutgoingScope, id: string | null) =>
    limitRefusal(rule.limits[scope], used(scope, id), destination.pricePerMinute);
  const { operatorId, deviceId } = call;
  const person = operatorId === null ? undefined : limit("person", operatorId);
  if (person !== undefined) return refusal(person, "person");
  const device = deviceId === null ? undefined : limit("device", deviceId);
  if (device !== undefined) return refusal(device, "device");
  const centre = limit("centre", null);
  if (centre !== undefined) return refusal(centre, "centre");
  const open = trunkIds.filter((trunkId) => limit("trunk", trunkId) === undefined);
  const full = open.length > 0 || trunkIds[0] === undefined ? undefined : limit("trunk", trunkIds[0]);
  return full === undefined ? { allowed: true, trunkIds: open } : refusal(full, "trunk");
}

function refusal(code: OutgoingRefusal, scope: OutgoingScope | null = null): Refused {
  return { allowed: false, code, scope };
}

function destinationRefusal(rule: OutgoingRule, to: Destination | undefined): OutgoingRefusal | undefined {
  if (to === undefined || to.listed === "denied") return "NUMBER_NOT_ALLOWED";
  if (to.listed === "allowed") return undefined;
  if (to.country !== null && !rule.countries.includes(to.country)) return "COUNTRY_NOT_ALLOWED";
  if (rule.classes.includes(to.class)) return undefined;
  return to.class === "unknown" ? "NUMBER_NOT_ALLOWED" : "CLASS_NOT_ALLOWED";
}

function limitRefusal(limits: OutgoingRuleLimits, used: Used, pricePerMinute: number): OutgoingRefusal | undefined {
  if (limits.atOnce !== null && used.atOnce >= limits.atOnce) return "CALLS_AT_ONCE";
  if (limits.calls !== null && used.calls >= limits.calls) return "CALLS_A_DAY";
  if (limits.ms !== null && used.ms >= limits.ms) return "MINUTES_A_DAY";
  // What costs nothing goes on when the money is used up.
  if (limits.spent !== null && pricePerMinute > 0 && used.spent >= limits.spent) return "SPENDING_A_DAY";
  return undefined;
}
