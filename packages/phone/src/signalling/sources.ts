import { BlockList, isIP } from "node:net";

/** A set of IP addresses and networks ("192.0.2.1", "192.0.2.0/24", "2001:db8::/32"). Anything else is left out. */
export function sourceSet(entries: Iterable<string>): BlockList {
  const set = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.trim().split("/");
    const family = isIP(address);
    if (family === 0) continue;
    const width = family === 6 ? 128 : 32;
    const prefix = bits === undefined ? width : Number(bits);
    if (!Number.isInteger(prefix) || prefix < 0 || prefix > width) continue;
    set.addSubnet(address, prefix, family === 6 ? "ipv6" : "ipv4");
  }
  return set;
}

export function holds(set: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && set.check(address, family === 6 ? "ipv6" : "ipv4");
}
