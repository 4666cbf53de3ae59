import { BlockList, isIP } from "node:net";

/** RFC 5280 section 4.2.1.10. */
export const nameConstraintsId = "2.5.29.30";

/** Networks whose addresses lead to nobody else's site: those of this machine and of local networks. */
const localNetworks = [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["100.64.0.0", 10],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const;

const local = new BlockList();
for (const [address, bits] of localNetworks) local.addSubnet(address, bits, family(address));

/** The value of a name constraints extension: these names and addresses, and whatever is local. */
export function nameConstraints(names: readonly string[]): Uint8Array {
  const networks = localNetworks.map(([address, bits]) => subtree(addressBytes(address, bits)));
  const own = names.filter((name) => !isLocal(name)).map(ownSubtree);
  const permitted = der(0xa0, Buffer.concat([...own, ...networks]));
  return der(0x30, permitted);
}

/** Whether an authority with this extension may sign for the name. */
export function permitsName(extension: Uint8Array, name: string): boolean {
  return isLocal(name) || Buffer.from(extension).includes(ownSubtree(name));
}

function isLocal(name: string): boolean {
  return isIP(name) !== 0 && local.check(name, family(name));
}

function family(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}

function ownSubtree(name: string): Buffer {
  if (isIP(name) === 0) return subtree(der(0x82, Buffer.from(name.toLowerCase(), "ascii")));
  return subtree(addressBytes(name, name.includes(":") ? 128 : 32));
}

/** GeneralSubtree: the base alone, its minimum is 0. */
function subtree(base: Buffer): Buffer {
  return der(0x30, base);
}

/** iPAddress: address and mask. */
function addressBytes(address: string, bits: number): Buffer {
  const bytes = bytesOf(address);
  const mask = bytes.map((_byte, index) => (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))) & 0xff);
  return der(0x87, Buffer.from([...bytes, ...mask]));
}

function bytesOf(address: string): number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [head = "", tail] = address.split("::");
  const words = (text: string | undefined): number[] =>
    text === undefined || text === "" ? [] : text.split(":").map((word) => Number.parseInt(word, 16));
  const [before, after] = [words(head), words(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 0xff]);
}

function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
