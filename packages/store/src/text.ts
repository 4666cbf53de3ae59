/** PostgreSQL stores neither NUL nor lone surrogates: one bad character from a peer must not stop a whole commit. */
export function cleanText(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}

const suspect = /\\u0000|\\ud[89a-f]/i;

/** JSON that jsonb accepts, whatever characters the strings hold. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!suspect.test(text)) return text;
  return JSON.stringify(cleanValue(JSON.parse(text)));
}

const recordSeparator = "\u001e";

/** JSON texts as one, to be split by `string_to_array(…, chr(30))`: far cheaper than an array, whose quotes would be escaped. */
export function joinRecords(texts: readonly string[]): string {
  return texts.join(recordSeparator);
}

function cleanValue(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [cleanText(key), cleanValue(part)]));
}

/** The least text greater than all that begin with `prefix`, by code points (collation "C"). */
export function prefixEnd(prefix: string): string {
  const points = [...prefix];
  for (let index = points.length - 1; index >= 0; index -= 1) {
    const next = nextPoint(points[index]?.codePointAt(0) ?? 0);
    if (next !== undefined) return points.slice(0, index).join("") + String.fromCodePoint(next);
  }
  return "\u{10ffff}\u{10ffff}";
}

function nextPoint(point: number): number | undefined {
  if (point >= 0x10ffff) return undefined;
  return point === 0xd7ff ? 0xe000 : point + 1;
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

export function reversed(text: string): string {
  return [...text].reverse().join("");
}
