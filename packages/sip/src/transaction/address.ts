/** True for an IPv4 or IPv6 address as text, without brackets; false for names. */
export function isIpAddress(host: string): boolean {
  if (host.includes(":")) return /^[0-9a-f:.]+$/i.test(host);
  const parts = host.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

/** True for addresses of local networks (RFC 1918, 3927, 4193, 4291, 6598). */
export function isPrivateAddress(address: string): boolean {
  if (address.includes(":")) return /^(::1$|fe[89ab]|f[cd])/i.test(address);
  const [a = 0, b = 0] = address.split(".").map(Number);
  if (a === 10 || a === 127) return true;
  if (a === 172) return b >= 16 && b <= 31;
  if (a === 192) return b === 168;
  if (a === 169) return b === 254;
  return a === 100 && b >= 64 && b <= 127;
}
