import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import type { Settings } from "./settings/schema.ts";

/** Addresses of this machine that others can reach, IPv4 first; loopback and link-local ones left out. */
export function localAddresses(families: readonly ("IPv4" | "IPv6")[] = ["IPv4"]): string[] {
  const entries = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return families.flatMap((family) =>
    entries
      .filter((entry) => entry.family === family && !entry.internal && !/^fe[89ab]/i.test(entry.address))
      .map((entry) => entry.address),
  );
}

/** Addresses at which others reach what is bound to `bind`: none when that is loopback. */
export function boundAddresses(bind: string): string[] {
  if (bind === "0.0.0.0") return localAddresses();
  if (bind === "::") return localAddresses(["IPv4", "IPv6"]);
  return bind === "::1" || bind.startsWith("127.") ? [] : [bind];
}

/** The address a browser would use, as it stands in a URL: the set one, else the first that is bound. */
export function shownHost(settings: Settings): string {
  if (settings.publicUrl !== null) return new URL(settings.publicUrl).host;
  return hostInUrl(boundAddresses(settings.bind)[0] ?? "localhost");
}

/** IPv6 addresses stand in brackets in URLs (RFC 3986 section 3.2.2). */
export function hostInUrl(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** Whether sockets can be bound to this address here. */
export function isOwnAddress(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind(0, address, () => socket.close(() => resolve(true)));
  });
}
