import type { CustomerInput } from "../port.ts";
import { cleanText, digitsOf, reversed } from "../text.ts";

const wordsMax = 60;
const wordLengthMax = 64;
const termsMax = 6;

/** Letters as they are compared: small, without accents (so е is found for ё), the same on every server. */
export function foldText(text: string): string {
  return cleanText(text).normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export function wordsOf(text: string): readonly string[] {
  const words = foldText(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => word.slice(0, wordLengthMax)))];
}

/** Country codes of one and of two digits (E.164 assignments); all others have three. */
const shortCode = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** Beginnings under which a number is found: with and without the country code ("+"), and from its end ("-"). */
export function numberWords(number: string): readonly string[] {
  const digits = digitsOf(number).slice(0, 32);
  if (digits === "") return [];
  // Of a number that is not international nobody knows how long the code is.
  const skips = number.startsWith("+") ? [0, shortCode.exec(digits)?.[0].length ?? 3] : [0, 1, 2, 3];
  const heads = skips.map((skip) => digits.slice(skip)).filter((head) => head.length >= 3);
  return [...heads.map((head) => `+${head}`), `-${reversed(digits)}`];
}

/** Everything a customer is found by. */
export function customerWords(customer: Pick<CustomerInput, "name" | "company" | "handles">): readonly string[] {
  const words = new Set<string>();
  for (const handle of customer.handles) {
    const found = handle.kind === "phone" ? numberWords(handle.value) : wordsOf(handle.value);
    for (const word of found) words.add(word);
  }
  for (const word of wordsOf(`${customer.name} ${customer.company}`)) words.add(word);
  return [...words].slice(0, wordsMax);
}

/** What a person typed into a search: each term must be found; a term is met by any of its word beginnings. */
export function searchTerms(text: string): readonly (readonly string[])[] {
  if (/^[\d\s()+./*#-]+$/.test(text) && digitsOf(text).length >= 3) return [numberBeginnings(text)];
  return wordsOf(text)
    .slice(0, termsMax)
    .map((word) => [word]);
}

/** A national number is written with a leading zero that the international one has not. */
function numberBeginnings(text: string): readonly string[] {
  const digits = digitsOf(text);
  const bare = digits.replace(/^0+/, "");
  const beginnings = [`+${digits}`, `-${reversed(digits)}`];
  return bare === digits || bare.length < 3 ? beginnings : [...beginnings, `+${bare}`, `-${reversed(bare)}`];
}
