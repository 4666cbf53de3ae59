import type { CoreConfig, Destination, OutgoingRule, OutgoingRuleLimits } from "@centrala/contract";
import { type Steps, testConfig } from "./config.ts";

const none: OutgoingRuleLimits = { atOnce: null, calls: null, ms: null, spent: null };

/** Bulgaria, ordinary classes, no limit that counts but those given. */
export function testRule(
  limits: Partial<Record<keyof OutgoingRule["limits"], Partial<OutgoingRuleLimits>>> = {},
  change: Partial<OutgoingRule> = {},
): OutgoingRule {
  return {
    timeZone: "Europe/Sofia",
    countries: ["BG"],
    classes: ["fixed", "mobile", "toll-free", "shared-cost", "short", "other"],
    callMsMax: 4 * 3_600_000,
    alarmPercent: 80,
    offDuty: false,
    limits: {
      person: { ...none, ...limits.person },
      device: { ...none, ...limits.device },
      trunk: { ...none, ...limits.trunk },
      centre: { ...none, ...limits.centre },
    },
    ...change,
  };
}

export function outgoingConfig(rule: OutgoingRule, steps?: Steps): CoreConfig {
  return testConfig(
    {
      outgoing: rule,
      trunks: [
        { id: "carrier", priority: 1 },
        { id: "other", priority: 2 },
      ],
    },
    steps,
  );
}

export const toMobile: Destination = { country: "BG", class: "mobile", pricePerMinute: 100_000, listed: null };
export const toSatellite: Destination = { country: null, class: "satellite", pricePerMinute: 10_000_000, listed: null };

export const mobileTarget = { kind: "outside", addressId: "out", emergency: false, destination: toMobile } as const;
export const satelliteTarget = { ...mobileTarget, destination: toSatellite } as const;
