import { type NameAddr, parseDeltaSeconds, parseNameAddr, parseQValue } from "./values.ts";

/**
 * One Contact value (RFC 3261 section 20.10): "*", or an address with its expiry in seconds (0 to 2^32 - 1) and its
 * preference from 0 to 1. A malformed expires counts as absent here: a registrar then falls back to its own time
 * (section 10.2.1.1); a malformed q counts as absent too.
 */
export type Contact = { readonly address: NameAddr; readonly expiresSeconds?: number; readonly q?: number };

/** One Contact value, or undefined when malformed. */
export function parseContact(value: string): Contact | "*" | undefined {
  if (value.trim() === "*") return "*";
  const address = parseNameAddr(value);
  if (address === undefined) return undefined;
  const expires = address.params.get("expires");
  const q = address.params.get("q");
  return {
    address,
    expiresSeconds: typeof expires === "string" ? parseDeltaSeconds(expires) : undefined,
    q: typeof q === "string" ? parseQValue(q) : undefined,
  };
}
