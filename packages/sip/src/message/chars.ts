const token = 1;
const host = 2;
const userUnreserved = 4;
const passwordUnreserved = 8;
const parameterUnreserved = 16;
const digit = 32;
const whitespace = 64;

/** Classes of the 128 ASCII characters by the grammar of RFC 3261 section 25.1. */
const classes = classify();

function classify(): Uint8Array {
  const table = new Uint8Array(128);
  const alphanum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const unreserved = `${alphanum}-_.!~*'()`;
  mark(table, `${alphanum}-.!%*_+\`'~`, token);
  mark(table, `${alphanum}-._`, host);
  mark(table, `${unreserved}&=+$,;?/`, userUnreserved);
  mark(table, `${unreserved}&=+$,`, passwordUnreserved);
  mark(table, `${unreserved}[]/:&+$`, parameterUnreserved);
  mark(table, "0123456789", digit);
  mark(table, " \t", whitespace);
  return table;
}

function mark(table: Uint8Array, characters: string, bit: number): void {
  for (let index = 0; index < characters.length; index += 1) {
    const code = characters.charCodeAt(index);
    table[code] = (table[code] ?? 0) | bit;
  }
}

function is(code: number, bit: number): boolean {
  return code < 128 && ((classes[code] ?? 0) & bit) !== 0;
}

export function isTokenCode(code: number): boolean {
  return is(code, token);
}

export function isHostCode(code: number): boolean {
  return is(code, host);
}

export function isUserCode(code: number): boolean {
  return is(code, userUnreserved);
}

export function isPasswordCode(code: number): boolean {
  return is(code, passwordUnreserved);
}

export function isUriParameterCode(code: number): boolean {
  return is(code, parameterUnreserved);
}

export function isDigitCode(code: number): boolean {
  return is(code, digit);
}

export function isSpaceCode(code: number): boolean {
  return code === 32 || code === 9;
}

/** The first index at or after `index` that is neither space nor tab. */
export function skipSpace(text: string, index: number): number {
  while (index < text.length && isSpaceCode(text.charCodeAt(index))) index += 1;
  return index;
}

/** The end of the run of token characters that starts at `index`. */
export function skipToken(text: string, index: number): number {
  while (index < text.length && is(text.charCodeAt(index), token)) index += 1;
  return index;
}

/** True when `text` is one non-empty token (RFC 3261 section 25.1). */
export function isToken(text: string): boolean {
  return text.length > 0 && skipToken(text, 0) === text.length;
}

/**
 * The index after the quoted string that opens at `index`, or -1 when it is not closed. A backslash just before the
 * closing quote takes it along by the grammar; when nothing else closes the string, the quote closes it all the same.
 */
export function skipQuoted(text: string, index: number): number {
  for (let at = index + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 92) at += 1;
    else if (code === 34) return at + 1;
  }
  return skipQuotedLoosely(text, index);
}

/** The index after the first quote behind `index` that a bracket, a separator or the end follows, or -1. */
export function skipQuotedLoosely(text: string, index: number): number {
  for (let at = text.indexOf('"', index + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    const next = skipSpace(text, at + 1);
    if (next === text.length || "<>;,".includes(text.charAt(next))) return at + 1;
  }
  return -1;
}

/** What a quoted string (with its quotes) says: the quotes removed, escapes resolved, a last lone backslash left out. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (inner.indexOf("\\") < 0) return inner;
  let text = "";
  for (let index = 0; index < inner.length; index += 1) {
    if (inner.charCodeAt(index) === 92) index += 1;
    text += inner[index] ?? "";
  }
  return text;
}

/** `text` as a quoted string: quotes and backslashes escaped, line breaks replaced by a space. */
export function quote(text: string): string {
  let quoted = '"';
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 34 || code === 92) quoted += "\\";
    quoted += code === 10 || code === 13 ? " " : (text[index] ?? "");
  }
  return `${quoted}"`;
}

/**
 * A whole number of decimal digits only, or undefined when `text` is anything else or above `max`.
 * @param max at most 2^53 - 1
 */
export function parseWhole(text: string, max: number): number | undefined {
  if (text.length === 0 || text.length > 32) return undefined;
  let value = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return undefined;
    value = value * 10 + (code - 48);
    if (value > max) return undefined;
  }
  return value;
}

/** Splits at `separator` outside quoted strings and angle brackets; parts are trimmed and may be empty. */
export function splitOutside(text: string, separator: "," | ";"): string[] {
  if (text.indexOf(separator) < 0) return [text.trim()];
  const separatorCode = separator.charCodeAt(0);
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 34) {
      const end = skipQuoted(text, index);
      if (end < 0) break;
      index = end - 1;
    } else if (code === 60) depth = 1;
    else if (code === 62) depth = 0;
    else if (code === separatorCode && depth === 0) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
