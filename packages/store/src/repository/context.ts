import { createHash, randomBytes } from "node:crypto";
import type { Instant } from "@centrala/kit";
import type { Db } from "../database.ts";
import type { Sealer } from "../seal.ts";
import type { KnownCallers } from "./known-callers.ts";
import type { RememberedRows } from "./remembered.ts";

export { newId } from "./id.ts";

/** What every repository stands on. */
export type Context = {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly now: () => Instant;
  readonly callers: KnownCallers;
  readonly remembered: RememberedRows;
};

/** 32 random bytes in base64url: what a person or machine keeps; we keep its hash. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

export function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
