import { readNumber } from "../core/numbers.ts";

/** How a customer's phone is kept: in international form where it is a whole valid number, else as typed without spaces. */
export function phoneValue(raw: string, country: string): string {
  const number = readNumber(raw, country);
  return number.e164 ?? number.raw;
}

/** Whether anything in it could be dialled. */
export function hasDigits(text: string): boolean {
  return /[0-9]/.test(text);
}
