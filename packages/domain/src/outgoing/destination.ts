import type { Destination, DestinationClass, Outgoing } from "@centrala/contract";
import { countrylessClass, isDear, isDearShort, islandCountry } from "./ranges.ts";

/** A number as it would be given to a carrier, and what a numbering plan says of it. */
export type DialledNumber = {
  /** Digits, perhaps with a plus sign, stars and hashes. */
  readonly dialled: string;
  /** Digits with the country's code and without the plus sign, whether or not the number is whole. */
  readonly international: string | null;
  readonly country: string | null;
  /** Whether it is a whole number of its country, or at least as long as one. */
  readonly fits: "whole" | "length" | "no";
  readonly kind: DestinationClass | null;
};

export type Classified = { readonly country: string | null; readonly class: DestinationClass };

const shortMax = 6;

/**
 * Country and class of a number. Own tables stand before what the library says: what is dear stays dear when a plan has
 * changed, and what is no whole number is never taken for a cheap one.
 * @param home the country (ISO 3166-1) in which short numbers and codes are dialled
 */
export function classify(number: DialledNumber, home: string): Classified {
  const { dialled, international } = number;
  // Letters, parameters and digits of other scripts: what a carrier makes of them nobody knows.
  if (!/^\+?[0-9*#]+$/.test(dialled)) return { country: null, class: "unknown" };
  if (/[*#]/.test(dialled)) return { country: home, class: "service-code" };
  const digits = dialled.replace(/\D/g, "");
  if (number.fits !== "whole" && !dialled.startsWith("+") && digits.length <= shortMax) {
    return { country: home, class: isDearShort(digits, home) ? "premium" : "short" };
  }
  if (international === null) return { country: null, class: "unknown" };
  const countryless = countrylessClass(international);
  if (countryless !== undefined) return { country: null, class: countryless };
  const country = islandCountry(international) ?? number.country;
  return { country, class: classOf(number, international, country, home) };
}

function classOf(number: DialledNumber, international: string, country: string | null, home: string): DestinationClass {
  if (isDear(international)) return "premium";
  if (country === null) return "unknown";
  if (number.fits === "whole") return number.kind ?? "other";
  // A range that is newer than the library: within the own country it is dialled, abroad it is not guessed at.
  return number.fits === "length" && country === home ? "other" : "unknown";
}

/** Where a number leads by the centre's lists and prices: what {@link mayDial} decides with. */
export function destinationOf(number: DialledNumber, home: string, outgoing: Outgoing): Destination {
  const classified = classify(number, home);
  const forms = [number.dialled, ...(number.international === null ? [] : [`+${number.international}`])];
  return {
    ...classified,
    pricePerMinute: priceOf(forms, classified, home, outgoing),
    listed: listedOf(forms, outgoing),
  };
}

function listedOf(forms: readonly string[], { allowedPrefixes, deniedPrefixes }: Outgoing): Destination["listed"] {
  const allowed = longest(forms, allowedPrefixes);
  const denied = longest(forms, deniedPrefixes);
  if (allowed === 0 && denied === 0) return null;
  return denied >= allowed ? "denied" : "allowed";
}

function longest(forms: readonly string[], prefixes: readonly string[]): number {
  let best = 0;
  for (const prefix of prefixes) {
    if (prefix.length > best && forms.some((form) => form.startsWith(prefix))) best = prefix.length;
  }
  return best;
}

function priceOf(forms: readonly string[], classified: Classified, home: string, outgoing: Outgoing): number {
  let best: { readonly prefix: string; readonly perMinute: number } | undefined;
  for (const price of outgoing.prefixPrices) {
    if (price.prefix.length <= (best?.prefix.length ?? 0)) continue;
    if (forms.some((form) => form.startsWith(price.prefix))) best = price;
  }
  const ofClass = outgoing.classPrices[classified.class];
  const perMinute = best?.perMinute ?? (classified.country === home ? ofClass.home : ofClass.abroad);
  return Math.round(perMinute * 1_000_000);
}
