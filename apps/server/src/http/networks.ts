import { isIP } from "node:net";

/** An address or a network in CIDR notation; undefined when it is neither. */
export function readNetwork(text: string): { readonly address: string; readonly prefix: number } | undefined {
  const [address = "", bits] = text.trim().split("/", 2);
  const family = isIP(address);
  const bitsMax = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? bitsMax : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  return family === 0 || prefix < 0 || prefix > bitsMax ? undefined : { address, prefix };
}
