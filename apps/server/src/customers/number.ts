import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { readNumber } from "../core/numbers.ts";

/** How a customer's phone is kept: in international form where it is a whole valid number, else as typed without spaces. */
export function phoneValue(raw: string, country: string): string {
  const number = readNumber(raw, country);
  return number.e164 ?? number.raw;
}

/** Whether a text is a whole number. Behind a plus its length decides, because a country may have numbers that our tables do not know yet. */
export function isWholeNumber(raw: string, country: string): boolean {
  const { e164, raw: digits } = readNumber(raw, country);
  if (e164 !== null) return true;
  return digits.startsWith("+") && parsePhoneNumberFromString(digits, country as CountryCode)?.isPossible() === true;
}

/** Whether anything in it could be dialled. */
export function hasDigits(text: string): boolean {
  return /[0-9]/.test(text);
}
