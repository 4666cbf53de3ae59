import { z } from "zod";
import { sentences } from "./said.ts";

/** What kind of number is called: what it may cost, not whose it is. */
export const destinationClasses = [
  "fixed",
  "mobile",
  "toll-free",
  "shared-cost",
  "short",
  "other",
  "premium",
  "satellite",
  "service-code",
  "unknown",
] as const;
export const destinationClassSchema = z.enum(destinationClasses);
export type DestinationClass = z.infer<typeof destinationClassSchema>;

/** Where a number leads, worked out of it at the edge, so that the number itself stays out of the journal. */
export type Destination = {
  /** ISO 3166-1; null where the number belongs to no country (satellites, international networks). */
  readonly country: string | null;
  readonly class: DestinationClass;
  /** Millionths of the centre's currency a minute. */
  readonly pricePerMinute: number;
  /** Whether a prefix of the centre's lists says so, whatever country and class are. */
  readonly listed: "allowed" | "denied" | null;
};

/** On whose behalf limits count: a person, a telephone, a carrier's line, the whole centre. */
export const outgoingScopes = ["person", "device", "trunk", "centre"] as const;
export type OutgoingScope = (typeof outgoingScopes)[number];

type Limits = {
  callsAtOnce: number | null;
  callsADay: number | null;
  minutesADay: number | null;
  spendingADay: number | null;
};

function limits(usual: Limits) {
  return z
    .object({
      callsAtOnce: z.int().min(0).max(10_000).nullable().default(usual.callsAtOnce),
      callsADay: z.int().min(0).max(1_000_000).nullable().default(usual.callsADay),
      minutesADay: z.int().min(0).max(10_000_000).nullable().default(usual.minutesADay),
      spendingADay: z.number().min(0).max(10_000_000).nullable().default(usual.spendingADay),
    })
    .strict()
    .prefault({});
}
export type OutgoingLimits = Limits;

const none: Limits = { callsAtOnce: null, callsADay: null, minutesADay: null, spendingADay: null };
const price = z.number().min(0).max(1_000);
const prefix = z.string().regex(/^\+?[0-9*#]{1,20}$/, sentences.FORM_DIGITS);

function prices(home: number, abroad: number) {
  return z
    .object({ home: price.default(home), abroad: price.default(abroad) })
    .strict()
    .prefault({});
}

/** Estimates where no prefix says it better: too high rather than too low. */
const classPricesSchema = z
  .object({
    fixed: prices(0.03, 0.4),
    mobile: prices(0.1, 0.8),
    "toll-free": prices(0, 0.4),
    "shared-cost": prices(0.15, 0.8),
    short: prices(0.15, 0.8),
    other: prices(0.1, 0.8),
    premium: prices(3, 5),
    satellite: prices(10, 10),
    "service-code": prices(0, 0),
    unknown: prices(1, 5),
  })
  .strict()
  .prefault({});

/**
 * Where the centre's people and call flows may call, and how much. What stands here for a centre that has set nothing lets
 * ordinary national calling go on and stops what fraud lives of.
 */
export const outgoingSchema = z
  .object({
    /** Beside the countries of the centre, its clients and its lines. */
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/, sentences.FORM_COUNTRY))
      .max(260)
      .default([]),
    classes: z
      .array(destinationClassSchema)
      .max(destinationClasses.length)
      .default(["fixed", "mobile", "toll-free", "shared-cost", "short", "other"]),
    /** Exceptions, in international form with a plus sign or as dialled; the longest one that fits decides. */
    allowedPrefixes: z.array(prefix).max(500).default([]),
    deniedPrefixes: z.array(prefix).max(500).default([]),
    person: limits({ callsAtOnce: 4, callsADay: 600, minutesADay: 900, spendingADay: 50 }),
    device: limits({ ...none, callsAtOnce: 4 }),
    trunk: limits(none),
    centre: limits({ ...none, spendingADay: 500 }),
    /** A call is ended after this long; emergency calls never are. */
    callMinutesMax: z.int().min(1).max(1_440).default(240),
    alarmPercent: z.int().min(1).max(99).default(80),
    /** Whether a telephone may call out while its person is off duty. */
    offDuty: z.boolean().default(false),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default("EUR"),
    classPrices: classPricesSchema,
    /** Prices a minute, in international form; the longest prefix decides. */
    prefixPrices: z
      .array(z.object({ prefix, perMinute: price }).strict())
      .max(5_000)
      .default([]),
  })
  .strict();
export type Outgoing = z.infer<typeof outgoingSchema>;

/** What the core decides with; prefixes and prices are applied at the edge. Spending in millionths, times in ms. */
export type OutgoingRule = {
  readonly timeZone: string;
  readonly countries: readonly string[];
  readonly classes: readonly DestinationClass[];
  readonly callMsMax: number;
  readonly alarmPercent: number;
  readonly offDuty: boolean;
  readonly limits: Readonly<Record<OutgoingScope, OutgoingRuleLimits>>;
};
export type OutgoingRuleLimits = {
  readonly atOnce: number | null;
  readonly calls: number | null;
  readonly ms: number | null;
  readonly spent: number | null;
};

/** Which limit of a day. */
export type OutgoingMeasure = "calls" | "ms" | "spent";

/** Why a call may not go out. */
export const outgoingRefusals = [
  "COUNTRY_NOT_ALLOWED",
  "CLASS_NOT_ALLOWED",
  "NUMBER_NOT_ALLOWED",
  "OFF_DUTY",
  "CALLS_AT_ONCE",
  "CALLS_A_DAY",
  "MINUTES_A_DAY",
  "SPENDING_A_DAY",
] as const;
export type OutgoingRefusal = (typeof outgoingRefusals)[number];

/** For whom a leg outside was dialled, and where it leads: what limits count. */
export type OutgoingCharge = {
  readonly operatorId: string | null;
  readonly deviceId: string | null;
  readonly trunkId: string | null;
  readonly destination: Destination;
};
