import { type CountryCode, getCountryCallingCode, parsePhoneNumberFromString } from "libphonenumber-js";
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

/**
 * A number of a list in international form; null where it is only perhaps one. What a person reads as "5 digits short" a
 * computer takes for another country's: without a plus, a foreign number counts only with all of its digits, and a local
 * one, without its area, never.
 */
export function listedNumber(digits: string, country: string): string | null {
  const { e164 } = readNumber(digits, country);
  if (e164 === null || /^(?:\+|00)/.test(digits)) return e164;
  const code = getCountryCallingCode(country as CountryCode);
  if (!e164.startsWith(`+${code}`)) {
    // Eleven digits that begin with 8 are a Russian number as it is dialled there, and perhaps one of Vietnam.
    const whole = digits.length >= 11 && e164 === `+${digits}` && !/^8[0-9]{10}$/.test(digits);
    return whole ? e164 : null;
  }
  // A spreadsheet takes the zero off a number, but without seven further digits it had none: the area is missing.
  const short = !digits.startsWith("0") && e164.length - 1 - code.length < 8;
  return short && readNumber(`0${digits}`, country).e164 === e164 ? null : e164;
}
