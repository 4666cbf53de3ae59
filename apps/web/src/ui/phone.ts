// By its own door: the rest of the domain is no part of the first page.
import { phoneText } from "@centrala/domain/phone-text";
import type * as Phones from "libphonenumber-js/min";

type Country = Parameters<typeof Phones.parsePhoneNumberFromString>[1];

let phones: typeof Phones | null = null;
let home = "";
/** Numbers come again with every view; one is parsed once. */
let written = new Map<string, string>();
const writtenMax = 2_000;

/** Brings the tables of the countries' numbers, which the sign-in does without. Idempotent; without them numbers stay ungrouped. */
export async function preparePhones(): Promise<void> {
  phones ??= await import("libphonenumber-js/min").catch(() => null);
}

/** Which country's numbers are written as at home: that of the centre one is signed in to. */
export function setHomeCountry(country: string): void {
  if (country === home) return;
  home = country;
  written = new Map();
}

/**
 * A number as people write it: 0888 123 456 at home, +44 20 7946 0649 from abroad. Accepts the international form and the
 * home country's own; other text (an extension, a name, half a number) is left as it is.
 */
export function formatPhone(number: string): string {
  const known = written.get(number);
  if (known !== undefined) return known;
  const text = write(number);
  if (phones === null) return text;
  if (written.size >= writtenMax) written.clear();
  written.set(number, text);
  return text;
}

function write(number: string): string {
  if (!/^\+?[\d\s().-]{5,24}$/.test(number)) return number;
  const parsed = phones?.parsePhoneNumberFromString(number, (home || undefined) as Country);
  // What is typed without a plus may be an extension; only a number that can exist is one.
  const exists = number.startsWith("+") ? parsed?.isPossible() : parsed?.isValid();
  return parsed && exists ? phoneText(parsed, home) : number;
}
