import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import type { Settings } from "./settings/schema.ts";

/** IPv4 addresses of this machine that others can reach, loopback left out. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => entry.family === "IPv4" && !entry.internal)
    .map((entry) => entry.address);
}

/** The address a browser on another computer would use: the set one, else the first of the machine. */
export function shownHost(settings: Settings): string {
  if (settings.publicUrl !== null) return new URL(settings.publicUrl).host;
  if (settings.bind !== "0.0.0.0") return settings.bind;
  return localAddresses()[0] ?? "localhost";
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
