/** A whole valid number in international form, or null; knows the country that the file's national numbers are of. */
export type ReadPhone = (digits: string) => string | null;

export type Phones = {
  readonly phones: readonly string[];
  /** Extensions and what else stood beside a number; belongs to the card's note. */
  readonly beside: readonly string[];
  /** What is no whole number, each with the reason. */
  readonly left: readonly { readonly text: string; readonly reason: NoNumber }[];
};
/** Why something in a column of telephones is none: a date, a number that a spreadsheet rounded, or no whole number. */
export type NoNumber = "date" | "rounded" | "not-whole";

const extension =
  /[\s,;(]*(?:вътр(?:ешен)?|вът|внутр(?:енний)?|вн|доб(?:авочный)?|ext(?:ension)?|int|x|#)\s*[.:№#]*\s*([0-9]{1,6})\s*\)?\s*$/i;
const label =
  /^(?:(?:тел(?:ефон)?|моб(?:илен|ильный)?|сот|раб|дом|сл|факс|gsm|джиесем|tel(?:ephone)?|mob(?:ile)?|cell|phone|work|home|office|whatsapp|viber|т|м)\s*[.:№-]*\s*)+(?=[+(0-9])/i;
const asTyped = /^\+?[0-9 \u00a0\u2007\u202f()./\\\u2010-\u2015-]+$/;
const partsMax = 20;

/**
 * The telephone numbers of a cell. Spaces, brackets, dots, dashes and slashes belong to a number; a cell is divided only
 * where every part is a whole number by itself; extensions are kept beside the number.
 */
export function readPhones(cell: string, readPhone: ReadPhone): Phones {
  const phones = new Set<string>();
  const beside: string[] = [];
  const left: { text: string; reason: NoNumber }[] = [];
  for (const part of cell.split(/\s*(?:[;\n|]|:::)\s*/, partsMax)) {
    if (part.trim() === "") continue;
    const found = readPart(part.trim(), readPhone);
    if (found === null) {
      left.push({ text: part.trim(), reason: noWholeNumber(part.trim()) ?? "not-whole" });
      continue;
    }
    for (const phone of found.phones) phones.add(phone);
    beside.push(...found.beside);
  }
  return { phones: [...phones], beside, left };
}

type Found = { readonly phones: readonly string[]; readonly beside: readonly string[] };

function readPart(part: string, readPhone: ReadPhone): Found | null {
  const whole = readOne(part, readPhone);
  if (whole !== null) return whole;
  for (const separator of [/\s*,\s*/, /\s*[/\\]\s*/, /\s+(?:и|или|and|or)\s+/i, /\s+(?=\+)/, /\s{2,}/, /\s+-\s+/]) {
    const parts = part.split(separator, partsMax).filter((piece) => piece !== "");
    if (parts.length < 2) continue;
    const found = parts.map((piece) => readOne(piece, readPhone));
    if (found.every((one) => one !== null))
      return { phones: found.flatMap((one) => one.phones), beside: found.flatMap((one) => one.beside) };
  }
  return null;
}

function readOne(text: string, readPhone: ReadPhone): Found | null {
  const reason = noWholeNumber(text);
  if (reason !== null) return null;
  const bare = text.replace(label, "").trim();
  const plain = numberOf(bare, readPhone);
  if (plain !== null) return { phones: [plain], beside: [] };
  const match = extension.exec(bare);
  const number = match === null ? null : numberOf(bare.slice(0, match.index).trim(), readPhone);
  if (match !== null && number !== null)
    return { phones: [number], beside: [`${number} ${match[0].replace(/^[\s,;(]+|[\s)]+$/g, "")}`] };
  // "0888 123 456 (Мария)": words beside a number that is whole.
  const words = /^(\+?[0-9][0-9 ()./-]{5,}[0-9])[\s,(–—-]+([^0-9]{2,60})$/.exec(bare);
  const beside = words === null ? null : numberOf(words[1] ?? "", readPhone);
  if (words === null || beside === null) return null;
  return { phones: [beside], beside: [`${beside} ${(words[2] ?? "").replace(/\)\s*$/, "").trim()}`] };
}

function numberOf(text: string, readPhone: ReadPhone): string | null {
  // A spreadsheet's number with a fraction of nothing: 888120015.0
  const whole = text.replace(/^([0-9]{7,15})[.,]0{1,2}$/, "$1");
  if (!asTyped.test(whole)) return null;
  const digits = whole
    .replace(/^\+\+/, "+")
    .replace(/\(0\)/, "")
    .replace(/[^0-9+]/g, "");
  if (digits.length < 6 || digits.length > 18) return null;
  return readPhone(digits);
}

/** Why a text can be no telephone number whatever its digits say; null when it might be one. */
export function noWholeNumber(text: string): NoNumber | null {
  if (/^[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+$/i.test(text)) return "rounded";
  return isDate(text) ? "date" : null;
}

function isDate(text: string): boolean {
  const day = text.replace(/[T ]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?Z?\s*(г\.?)?$/, "").replace(/\s*г\.?$/, "");
  const year = /^((?:19|20)[0-9]{2})([./-])([0-9]{1,2})\2([0-9]{1,2})$/.exec(day);
  if (year !== null) return Number(year[3]) <= 12 && Number(year[4]) <= 31;
  const end = /^([0-9]{1,2})([./-])([0-9]{1,2})\2((?:19|20)?[0-9]{2})$/.exec(day);
  if (end === null) return false;
  const [first, second] = [Number(end[1]), Number(end[3])];
  return first >= 1 && second >= 1 && Math.min(first, second) <= 12 && Math.max(first, second) <= 31;
}
