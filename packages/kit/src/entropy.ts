/**
 * A source of random bytes. The shell gives a cryptographic one; a seed stands in only in simulation,
 * never where a nonce, tag or key comes from it in a running centre.
 */
export interface Entropy {
  /** Fills `out` completely. */
  fill(out: Uint8Array): void;
}

const hexDigits = "0123456789abcdef";

/** `bytes` random bytes as lower-case hexadecimal. */
export function randomHex(entropy: Entropy, bytes: number): string {
  const buffer = new Uint8Array(bytes);
  entropy.fill(buffer);
  let text = "";
  for (const byte of buffer) text += (hexDigits[byte >> 4] ?? "") + (hexDigits[byte & 15] ?? "");
  return text;
}
