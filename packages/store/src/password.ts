import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { StoreError } from "./error.ts";

const derive = promisify(argon2);
/** Hashing takes the threads that files and recordings need, too: two at a time, others wait in order. */
const atOnceMax = 2;
const waitingMax = 200;
let running = 0;
const waiting: (() => void)[] = [];

/** @throws StoreError OVERLOADED when too many wait already */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnceMax) {
    if (waiting.length >= waitingMax) throw new StoreError("OVERLOADED", "too many passwords are being checked");
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/** RFC 9106 argon2id, parameters of the OWASP password cheat sheet: 19 MiB, two passes, one lane. */
const memoryKiB = 19_456;
const passes = 2;
const tagLength = 32;
const shape = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** The hash in PHC string format, its parameters included, so that they can grow later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await tagOf(password, salt, memoryKiB, passes, 1);
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$${plain(salt)}$${plain(tag)}`;
}

/** False also for a hash that is not of our making. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const match = shape.exec(hash);
  if (match === null) return false;
  const [, memory, rounds, lanes, salt, tag] = match;
  const wanted = Buffer.from(tag ?? "", "base64");
  const found = await tagOf(password, Buffer.from(salt ?? "", "base64"), Number(memory), Number(rounds), Number(lanes));
  return found.length === wanted.length && timingSafeEqual(found, wanted);
}

async function tagOf(
  password: string,
  nonce: Uint8Array,
  memory: number,
  rounds: number,
  parallelism: number,
): Promise<Buffer> {
  // The same letters typed on another system may come composed differently.
  const message = Buffer.from(password.normalize("NFC"));
  return inTurn(() => derive("argon2id", { message, nonce, memory, passes: rounds, parallelism, tagLength }));
}

function plain(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
