import { createHash, randomBytes, randomFillSync } from "node:crypto";
import { type Instant, PooledEntropy, uuidV7 } from "@centrala/kit";
import type { Db } from "../database.ts";
import type { Sealer } from "../seal.ts";

/** What every repository stands on. */
export type Context = { readonly db: Db; readonly sealer: Sealer; readonly now: () => Instant };

const entropy = new PooledEntropy({
  fill(out) {
    randomFillSync(out);
  },
});

export function newId(now: Instant): string {
  return uuidV7(now, entropy);
}

/** 32 random bytes in base64url: what a person or machine keeps; we keep its hash. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

export function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
