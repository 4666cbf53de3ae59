import { importEncodings } from "@centrala/contract";

/** Encodings that lists of customers come in; the names are those of the WHATWG encoding standard. */
export const textEncodings = importEncodings;
export type TextEncoding = (typeof textEncodings)[number];

const sampleBytes = 64 * 1024;
/** The commonest letters of Russian and Bulgarian; what is read with the wrong table has few of them. */
const common = new Set("оеаинтрслвкмдпуязьбгОЕАИНТРСЛВКМДПУЯЗБГ");

/** The text in the encoding given, without its byte order mark. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** Bytes in an encoding that a file names itself; null when it is none that we know. */
export function decodeCharset(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return null;
  }
}

/** The encoding of a text, by its mark, by what UTF-8 permits, else by which table makes words of it. */
export function guessEncoding(bytes: Uint8Array): TextEncoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  const wide = guessWide(bytes.subarray(0, sampleBytes));
  if (wide !== null) return wide;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return "utf-8";
  } catch {
    return guessTable(bytes);
  }
}

/** UTF-16 without a mark: every other byte is that of an alphabet, 0x00 or 0x04. */
function guessWide(sample: Uint8Array): TextEncoding | null {
  if (sample.length < 8) return null;
  const alphabets = [0, 0];
  sample.forEach((byte, at) => {
    if (byte === 0 || byte === 4) alphabets[at % 2] = (alphabets[at % 2] ?? 0) + 1;
  });
  const half = sample.length / 2;
  const [even = 0, odd = 0] = alphabets;
  if (odd > half * 0.8 && even < half * 0.2) return "utf-16le";
  if (even > half * 0.8 && odd < half * 0.2) return "utf-16be";
  return null;
}

/** Letters outside of ASCII stand near the beginning only by chance: the sample is the lines that have some. */
function guessTable(bytes: Uint8Array): TextEncoding {
  const sample = linesOutsideAscii(bytes);
  const tables = ["windows-1251", "windows-1252", "koi8-r", "ibm866", "x-mac-cyrillic"] as const;
  let best: TextEncoding = "windows-1251";
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const table of tables) {
    const score = likeness(new TextDecoder(table).decode(sample));
    if (score > bestScore) {
      best = table;
      bestScore = score;
    }
  }
  return best;
}

function linesOutsideAscii(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte >= 0x80);
  const start = bytes.lastIndexOf(0x0a, first) + 1;
  return bytes.subarray(start, start + sampleBytes);
}

/** How much a text looks like words of people: common letters, one alphabet a word, capitals only where words begin. */
export function likeness(text: string): number {
  let score = 0;
  for (const [word] of text.matchAll(/[^\s;,\t"'()|.@/\\0-9<>:+-]+/g)) {
    if (/^[ -~]*$/.test(word)) continue;
    const cyrillic = word.match(/[а-яёіїА-ЯЁІЇ]/g)?.length ?? 0;
    const latin = word.match(/[A-Za-z]/g)?.length ?? 0;
    const accented = word.match(/[À-ÖØ-öø-ÿŒœŠšŽžŸ]/g)?.length ?? 0;
    const strange = [...word].length - cyrillic - latin - accented;
    // «quotes», №, § and dashes stand in good texts, too.
    const quotes = word.match(/[«»„“”’‘№–—§°®©€\u00a0]/g)?.length ?? 0;
    score -= 4 * (strange - quotes) + quotes * 0.2;
    if (cyrillic > 0 && latin + accented > 0) score -= 3;
    if (cyrillic > 0) for (const letter of word) if (common.has(letter)) score += 0.5;
    if (accented > 0) score += latin > 2 * accented ? 1.5 + Math.min(latin, 8) * 0.2 : -accented;
    score -= 2 * (word.match(/\p{Ll}\p{Lu}/gu)?.length ?? 0);
    if (/^\p{Lu}?\p{Ll}+$/u.test(word) || /^\p{Lu}+$/u.test(word)) score += 1;
    if (/^\p{Lu}\p{Ll}+$/u.test(word)) score += 0.5;
  }
  return score;
}
