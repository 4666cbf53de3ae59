import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";

/**
 * Addresses of the loopback network, one for each party of a call: a carrier is known by its source address, a telephone
 * by its password, a stranger by neither.
 */
export const parties = {
  server: "127.0.0.1",
  carrier: "127.0.0.2",
  phone: "127.0.0.3",
  stranger: "127.0.0.4",
  otherCarrier: "127.0.0.5",
  edge: "127.0.0.6",
} as const;

/**
 * Below the range from which the system takes ports for outgoing connections, so that those do not get in the way; voice has
 * a part of its own, because a server refuses a range that holds its other ports.
 */
const single = { lowest: 12_000, highest: 20_000 };
const voice = { lowest: 20_000, highest: 32_000 };
const triesMax = 200;

/** What was given once is not given again: it may be bound only after the next one is looked for. */
const given = new Set<number>();

/** A port that is free for TCP and UDP on the address right now. */
export async function freePort(address: string = parties.server): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = randomInt(single.lowest, single.highest);
    if (given.has(port) || !(await isFreeForTcp(port, address)) || !(await isFreeForUdp(port, address))) continue;
    given.add(port);
    return port;
  }
  throw new Error("no free port was found");
}

/** A range of `count` ports for RTP, of which the ends and the middle are free. */
export async function freeRange(count: number, address: string = parties.server): Promise<string> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const first = randomInt(voice.lowest / 2, (voice.highest - count) / 2) * 2;
    const probes = [first, first + 1, first + count / 2, first + count - 1];
    const free = await Promise.all(probes.map((port) => isFreeForUdp(port, address)));
    if (free.every(Boolean)) return `${first}-${first + count - 1}`;
  }
  throw new Error("no free range of ports was found");
}

/** Whether somebody takes connections there. */
export function answersTcp(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function isFreeForTcp(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}

function isFreeForUdp(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind(port, address, () => socket.close(() => resolve(true)));
  });
}
