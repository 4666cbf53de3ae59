import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import type { PortRange } from "../embedded/ports.ts";

/** Below the ports that the system gives to everybody's sockets by itself: what is free here stays so. */
const lowest = 20_000;
const highest = 32_000;
const triesMax = 100;

/** `width` ports and one more, beginning with an even one, all of them free on the loopback address. */
export async function freeRange(width: number): Promise<PortRange> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const first = 2 * randomInt(lowest / 2, Math.floor((highest - width) / 2));
    const free = await Promise.all(Array.from({ length: width + 1 }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return { first, last: first + width };
  }
  throw new Error("no free range of ports was found");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}
