import { randomFillSync } from "node:crypto";
import { type Instant, PooledEntropy, uuidV7 } from "@centrala/kit";

const entropy = new PooledEntropy({
  fill(out) {
    randomFillSync(out);
  },
});

export function newId(now: Instant): string {
  return uuidV7(now, entropy);
}
