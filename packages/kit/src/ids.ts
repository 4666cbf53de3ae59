import type { Entropy } from "./entropy.ts";
import type { Instant } from "./instant.ts";

const hexDigits = "0123456789abcdef";

/**
 * A UUID of version 7 (RFC 9562 section 5.7): sorted by time, so that primary keys stay local in an index.
 * @param now milliseconds since 1970, below 2^48
 */
export function uuidV7(now: Instant, entropy: Entropy): string {
  const bytes = new Uint8Array(16);
  entropy.fill(bytes);
  let rest = now;
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  let text = "";
  for (let index = 0; index < 16; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-";
    const byte = bytes[index] ?? 0;
    text += (hexDigits[byte >> 4] ?? "") + (hexDigits[byte & 15] ?? "");
  }
  return text;
}
