import type { CentreConfig, Destination, DestinationClass } from "@centrala/contract";
import { type DialledNumber, destinationOf } from "@centrala/domain";
import { LruMap } from "@centrala/kit";
import type { AddressInput } from "@centrala/store";
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  type NumberType,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";

const kinds: Readonly<Record<NonNullable<NumberType>, DestinationClass>> = {
  FIXED_LINE: "fixed",
  MOBILE: "mobile",
  // North America: the plan does not say which.
  FIXED_LINE_OR_MOBILE: "mobile",
  TOLL_FREE: "toll-free",
  SHARED_COST: "shared-cost",
  PREMIUM_RATE: "premium",
  // 070 in Great Britain and its like: forwarded to wherever, at the caller's cost.
  PERSONAL_NUMBER: "premium",
  PAGER: "other",
  UAN: "other",
  VOICEMAIL: "other",
  VOIP: "other",
};

const readMax = 5_000;
const numbersRead = new LruMap<DialledNumber>(readMax);

/** Where a number leads that would be dialled as it stands in `address`: what the limits of calls out ask. */
export function destinationOfAddress(address: AddressInput, config: CentreConfig): Destination {
  const { country, outgoing } = config.centre;
  return destinationOf(dialledNumber(address.e164 ?? address.raw, country), country, outgoing);
}

function dialledNumber(dialled: string, home: string): DialledNumber {
  const key = `${home} ${dialled}`;
  const known = numbersRead.get(key);
  if (known !== undefined) return known;
  const read = readDialled(dialled, home);
  numbersRead.set(key, read);
  return read;
}

function readDialled(dialled: string, home: string): DialledNumber {
  const national = parsePhoneNumberFromString(dialled, home as CountryCode);
  // What is whole with a plus sign before it may be taken for that by a carrier.
  const parsed = national?.isValid() === true ? national : (withoutPlus(dialled) ?? national);
  if (parsed === undefined) {
    return { dialled, international: internationalOf(dialled), country: null, fits: "no", kind: null };
  }
  const type = parsed.getType();
  return {
    dialled,
    international: parsed.number.slice(1),
    country: parsed.country ?? mainCountry(parsed.countryCallingCode),
    fits: parsed.isValid() ? "whole" : parsed.isPossible() ? "length" : "no",
    kind: type === undefined ? null : kinds[type],
  };
}

/** What is no number to the library may still be one to a carrier: too long, or with the sign of an international call. */
function internationalOf(dialled: string): string | null {
  const digits = /^(?:\+|00|011|810)([1-9][0-9]+)$/.exec(dialled);
  return digits?.[1] ?? null;
}

function withoutPlus(digits: string): ReturnType<typeof parsePhoneNumberFromString> {
  const parsed = /^[1-9][0-9]{9,14}$/.test(digits) ? parsePhoneNumberFromString(`+${digits}`) : undefined;
  return parsed?.isValid() === true ? parsed : undefined;
}

let countryOfCode: ReadonlyMap<string, string> | undefined;

/** The first country of a calling code: for numbers that are of none of its countries for certain. */
function mainCountry(callingCode: string): string | null {
  countryOfCode ??= new Map([...getCountries()].reverse().map((country) => [getCountryCallingCode(country), country]));
  const preferred: Readonly<Record<string, string>> = {
    "1": "US",
    "7": "RU",
    "44": "GB",
    "39": "IT",
    "47": "NO",
    "61": "AU",
  };
  return preferred[callingCode] ?? countryOfCode.get(callingCode) ?? null;
}
