import { expect, it } from "vitest";
import { type Entropy, PooledEntropy } from "./entropy.ts";

/** Gives 1, 2, 3 … and remembers how much was drawn at once. */
function counting(): Entropy & { readonly drawn: number[] } {
  const drawn: number[] = [];
  let next = 1;
  return {
    drawn,
    fill(out) {
      drawn.push(out.length);
      for (let at = 0; at < out.length; at += 1) out[at] = next++ % 256;
    },
  };
}

it("draws in large pieces, gives no byte twice, and lets what is larger than a piece past", () => {
  const source = counting();
  const pooled = new PooledEntropy(source, 8);
  const take = (length: number): number[] => {
    const out = new Uint8Array(length);
    pooled.fill(out);
    return [...out];
  };
  expect(source.drawn).toEqual([]);
  expect([take(3), take(4), take(2), take(9), take(0)]).toEqual([
    [1, 2, 3],
    [4, 5, 6, 7],
    [9, 10],
    [17, 18, 19, 20, 21, 22, 23, 24, 25],
    [],
  ]);
  expect(source.drawn).toEqual([8, 8, 9]);
});
