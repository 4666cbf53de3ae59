// Pure packages compile without DOM and Node types; these two exist in every JavaScript runtime we use.
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(bytes: Uint8Array): string;
}

const encoder = new TextEncoder();
const lenient = new TextDecoder("utf-8");
const strict = new TextDecoder("utf-8", { fatal: true });

export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as text; what is not UTF-8 becomes U+FFFD. */
export function utf8Decode(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}

/** Bytes as text, or undefined when they are not well-formed UTF-8. */
export function utf8DecodeStrict(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Characters that nobody sees and that change what is seen: controls of terminals, turns of direction, marks without width. */
// oxlint-disable-next-line no-control-regex
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** One line of a stranger's text as a person may read it: it moves no cursor and turns no digits round. */
export function seenText(text: string, instead = ""): string {
  return text.replace(unseen, instead);
}

/**
 * The same text with memory of its own. A piece cut out of a longer text keeps all of that text alive: a caller's number of thirteen
 * characters a whole message, for as long as anybody remembers the caller.
 */
export function ownText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
