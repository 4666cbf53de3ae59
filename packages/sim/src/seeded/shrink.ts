import type { Move } from "./plan.ts";

/**
 * Leaves out what is not needed: gives a list of moves with which `fails` still holds and no single one of which can go
 * (Zeller's ddmin), or the shortest found within `triesMax`.
 */
export async function shrink(
  moves: readonly Move[],
  fails: (moves: readonly Move[]) => Promise<boolean>,
  triesMax: number,
): Promise<readonly Move[]> {
  let best = moves;
  let tries = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1; ) {
    let isShorter = false;
    for (let from = 0; from < best.length && tries < triesMax; ) {
      const without = [...best.slice(0, from), ...best.slice(from + size)];
      tries += 1;
      if (without.length < best.length && (await fails(without))) {
        best = without;
        isShorter = true;
      } else from += size;
    }
    if (tries >= triesMax) break;
    if (size > 1) size = Math.ceil(size / 2);
    else if (!isShorter) break;
  }
  return best;
}
